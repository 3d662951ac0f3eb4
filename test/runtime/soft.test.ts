/**
 * Goal: the engine's own f32 sums and products (soft.h, for cores without a float unit) have the bits of IEEE 754.
 * Method: compare them with the PC's float unit over special values in all pairs, and over random pairs of five kinds:
 * any bits, near exponents, few bits (ties), cancelling sums, beside special values. NaN counts as one value.
 */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run, targetFolder, Workshop } from "./toolchain.ts";

const PAIRS = 20_000_000;

describe("sums and products of f32 without a float unit", () => {
  const workshop = new Workshop();
  afterAll(() => {
    workshop.close();
  });

  it.each(["pc", "clang"] as const)(
    "have the bits of the float unit, compiled for %s",
    (target) => {
      const object = workshop.compile(target, join(targetFolder, "soft.c"));
      const program = workshop.link(target, [object], `soft-${target}`);
      expect(run(program, [String(PAIRS)]).trim()).toBe(`0 differences in ${PAIRS} pairs`);
    },
    300_000,
  );
});
