import { describe, expect, it } from "vitest";
import { xxh32 } from "./xxh32.ts";

describe("XXH32", () => {
  // The xxHash project's own and widely printed values; the last is longer than two stripes and no multiple of four.
  it.each([
    ["", 0x02cc5d05],
    ["a", 0x550d7456],
    ["abc", 0x32d153ff],
    ["Nobody inspects the spammish repetition", 0xe2293b2f],
  ])("of '%s' is the published one", (text, hash) => {
    expect(xxh32(new TextEncoder().encode(text))).toBe(hash);
  });
});
