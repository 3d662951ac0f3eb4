import { describe, expect, it } from "vitest";
import { PROMISES } from "../../sim/explore/promises.ts";

/**
 * Goal: the built core keeps the promises of docs/safety.md that a search can break. Method: short exhaustive searches and
 * played scenes; the long ones are `npm run soak -- core`.
 */
describe("the built core", () => {
  it.each(PROMISES)("keeps $number: $text", ({ broken }) => {
    expect(broken({})).toEqual([]);
  });
});
