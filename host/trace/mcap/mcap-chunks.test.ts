import { describe, expect, it } from "vitest";
import { text } from "../../../test/trace/make/bytes.ts";
import { lz4Frame } from "../../../test/trace/make/lz4.ts";
import { chunk } from "../../../test/trace/make/mcap.ts";
import { CHUNK_LIMITS, ChunkError, ChunkExpander, chunkHead } from "./mcap-chunks.ts";

const CONTENT = text("abc".repeat(30));
const LZ4 = lz4Frame(CONTENT);

async function prepared(limits: { chunkBytesMax: number; totalBytesMax: number }): Promise<ChunkExpander> {
  const expander = new ChunkExpander(limits);
  await expander.prepare("lz4");
  return expander;
}

describe("the expander of chunks", () => {
  it("takes a chunk of exactly the limit, and none of a byte more", async () => {
    const size = CONTENT.length;
    const wide = await prepared({ chunkBytesMax: size, totalBytesMax: 1000 });
    expect(wide.expand("lz4", LZ4, BigInt(size))).toEqual(CONTENT);
    const narrow = await prepared({ chunkBytesMax: size - 1, totalBytesMax: 1000 });
    expect(() => narrow.expand("lz4", LZ4, BigInt(size))).toThrow(/at most 89 bytes, found 90; .*mcap decompress/);
    expect(() => narrow.expand("lz4", LZ4, 2n ** 64n - 1n)).toThrow(/found 18446744073709551615/);
    expect(() => narrow.expand("lz4", new Uint8Array(size), 1n)).toThrow(/at most 89 bytes, found 90/);
  });

  it("takes as many bytes as its limit in all, failed attempts included", async () => {
    const size = BigInt(CONTENT.length);
    const expander = await prepared({ chunkBytesMax: 100, totalBytesMax: 2 * CONTENT.length });
    expect(() => expander.expand("lz4", LZ4.subarray(0, -1), size)).toThrow(/lz4 frame is cut/);
    expect(expander.expand("lz4", LZ4, size)).toEqual(CONTENT);
    expect(() => expander.expand("lz4", LZ4, size)).toThrow(/more than 180 bytes: cut it first/);
    expect(() => expander.expand("lz4", LZ4, 1n)).toThrow(ChunkError);
  });

  it("refuses a chunk that expands to less or more than it declares", async () => {
    const expander = await prepared({ chunkBytesMax: 100, totalBytesMax: 1000 });
    expect(() => expander.expand("lz4", LZ4, 91n)).toThrow(/91 bytes it declares: found 90/);
    expect(() => expander.expand("lz4", LZ4, 89n)).toThrow(/89 bytes it declares: an lz4 block expands beyond/);
    expect(() => expander.expand("lz4", LZ4, 0n)).toThrow(/0 bytes it declares/);
  });

  it("is never ready for a compression that nobody knows", async () => {
    const expander = new ChunkExpander(CHUNK_LIMITS);
    for (const name of ["zip", "valueOf", "__proto__"]) {
      await expander.prepare(name);
      expect(expander.isReadyFor(name)).toBe(false);
      expect(expander.handlers[name]).toBeUndefined();
    }
    expect(expander.isReadyFor("")).toBe(true);
    expect(expander.isReadyFor("zstd")).toBe(false);
    await expander.prepare("zstd");
    expect(expander.isReadyFor("zstd")).toBe(true);
  });
});

describe("the head of a chunk", () => {
  const whole = chunk(CONTENT, { compression: "lz4", packed: LZ4 });

  it("is read, and only where it fits", () => {
    const head = { compression: "lz4", expandedSize: 90n, recordsAt: 52, recordsSize: BigInt(LZ4.length) };
    expect(chunkHead(whole)).toEqual(head);
    for (let size = 0; size < head.recordsAt; size++) expect(chunkHead(whole.subarray(0, size))).toBeUndefined();
    expect(chunkHead(whole.subarray(0, head.recordsAt))).toEqual(head);
  });

  it("is none when the name of the compression is longer than any", () => {
    expect(chunkHead(chunk(CONTENT, { compression: "a".repeat(16) }))?.compression).toBe("a".repeat(16));
    expect(chunkHead(chunk(CONTENT, { compression: "a".repeat(17) }))).toBeUndefined();
  });
});
