/**
 * Goal: of a cut Zstandard frame its whole blocks are read, and nothing else. Method: frames by the library, cut all along,
 * and frames by hand with every kind of head, in blocks of plain bytes.
 */
import { compress } from "@foxglove/wasm-zstd";
import { beforeAll, describe, expect, it } from "vitest";
import { concat, text, u8, u16, u32, u64 } from "../../../test/trace/make/bytes.ts";
import { ZSTD_MAGIC, zstdBlock } from "../../../test/trace/make/zstd.ts";
import type { Codec } from "./codec.ts";
import { loadZstd, mendedFrame } from "./zstd.ts";

/** Three blocks of at most 128 KiB, which do not compress to next to nothing. */
const CONTENT = Uint8Array.from(
  { length: 300_000 },
  (_, i) => Math.imul(i ^ (i >>> 9), Math.imul(i, 0x85ebca6b)) >>> 27,
);

let zstd: Codec;
beforeAll(async () => {
  zstd = await loadZstd();
});

const plain = (content: string, isLast = false): Uint8Array =>
  zstdBlock({ kind: "plain", bytes: text(content), isLast });

describe("a Zstandard frame", () => {
  it("that is whole gives its content, and none other", () => {
    const frame = compress(CONTENT, 3);
    expect(Buffer.compare(zstd.expand(frame, CONTENT.length), CONTENT)).toBe(0);
    expect(() => zstd.expand(frame, CONTENT.length - 1)).toThrow();
    expect(() => zstd.expand(frame.subarray(0, -1), CONTENT.length)).toThrow();
  });

  it("that is cut gives the blocks before the cut", () => {
    const frame = compress(CONTENT, 3);
    const sizes = new Set<number>();
    for (let size = 0; size < frame.length; size += size < 50 ? 1 : 97) {
      const beginning = zstd.expandBeginning(frame.subarray(0, size), CONTENT.length);
      expect(Buffer.compare(beginning, CONTENT.subarray(0, beginning.length)), `cut at ${size}`).toBe(0);
      sizes.add(beginning.length);
    }
    expect([...sizes]).toEqual([0, 1 << 17, 2 << 17]);
  });

  it.each([
    ["a window", u8(0x00, 0x58)],
    ["a window and a checksum", u8(0x04, 0x58)],
    ["a window and a size of 2 bytes", concat(u8(0x40, 0x58), u16(300))],
    ["a size of 1 byte", u8(0x20, 200)],
    ["a size of 4 bytes", concat(u8(0xa0), u32(900))],
    ["a size of 8 bytes and a checksum", concat(u8(0xe4), u64(900))],
    ["a window and a dictionary that is none", u8(0x01, 0x58, 0)],
  ])("with %s in its head is mended", (_, head) => {
    const repeated = zstdBlock({ kind: "repeated", bytes: text("y"), count: 16 });
    const frame = concat(ZSTD_MAGIC, head, plain("abc"), repeated, plain("z"), plain(".", true));
    const give = (size: number): string => Buffer.from(zstd.expandBeginning(frame.subarray(0, size), 900)).toString();
    const whole = `abc${"y".repeat(16)}z`;
    const first = 4 + head.length;
    expect(give(first + 5)).toBe("");
    expect(give(first + 6)).toBe("abc");
    expect(give(first + 9)).toBe("abc");
    expect(give(first + 10)).toBe(whole.slice(0, -1));
    expect(give(frame.length - 1)).toBe(whole);
    expect(give(frame.length)).toBe(`${whole}.`);
  });

  it("is not mended when it is none, or has no whole block", () => {
    const frame = compress(CONTENT, 3);
    expect(mendedFrame(frame.subarray(1))).toBeUndefined();
    for (let size = 0; size < 20; size++)
      expect(mendedFrame(frame.subarray(0, size)), `cut at ${size}`).toBeUndefined();
  });
});
