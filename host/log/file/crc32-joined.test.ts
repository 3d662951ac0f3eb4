import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32Joined } from "./crc32-joined.ts";

describe("the joined checksum", () => {
  it("is the checksum of both pieces together", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        expect(crc32Joined(crc32(a), crc32(b), b.length)).toBe(crc32(Buffer.concat([a, b])));
      }),
      { seed: 2026, numRuns: 500 },
    );
  });

  it.each([2 ** 16, 2 ** 20 - 49, 2 ** 20 + 1])("holds for a second piece of %d bytes, a chunk's size", (size) => {
    const first = Uint8Array.of(1, 2, 3);
    const second = new Uint8Array(size).map((_, i) => i * 31);
    expect(crc32Joined(crc32(first), crc32(second), size)).toBe(crc32(Buffer.concat([first, second])));
  });
});
