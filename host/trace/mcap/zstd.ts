/**
 * Zstandard frames (RFC 8878), each the records of one chunk. @foxglove/wasm-zstd, the library of MCAP's own readers,
 * expands a whole frame or nothing; what is left of a cut frame is made whole again here.
 */
import type { Codec } from "./codec.ts";

/** 28 b5 2f fd, in the order of the file. */
const MAGIC: readonly number[] = [0x28, 0xb5, 0x2f, 0xfd];
const FLAG = { contentSize: 0xc0, singleSegment: 0x20, dictionary: 0x03 } as const;
/** By the two bits that say it; where the content is a single segment, 0 means a byte too. */
const CONTENT_SIZE_SIZES: readonly number[] = [0, 2, 4, 8];
const DICTIONARY_SIZES: readonly number[] = [0, 1, 2, 4];
/** A window of 128 MiB, no smaller than any chunk that is read: it reaches back to the first byte. */
const WINDOW = (27 - 10) << 3;
const BLOCK_HEAD_SIZE = 3;
const BLOCK_REPEATED = 1;
const BLOCK_LAST = 1;

/** Loads the library: 400 KB that most recordings do not need. */
export async function loadZstd(): Promise<Codec> {
  const { decompress, isLoaded } = await import("@foxglove/wasm-zstd");
  await isLoaded;
  return {
    expand: decompress,
    expandBeginning(bytes, size) {
      const frame = mendedFrame(bytes);
      return frame === undefined ? new Uint8Array() : decompress(frame, size);
    },
  };
}

/**
 * A frame of the whole blocks at the beginning of a cut one, or undefined when there are none. The new head states no size
 * and no checksum of the content, which were those of all blocks.
 *
 *   magic u32 | flags u8 | window u8? | dictionary? | content size? | blocks: last 1 bit, kind 2, size 21; bytes
 */
export function mendedFrame(bytes: Uint8Array): Uint8Array | undefined {
  const flags = bytes[MAGIC.length];
  if (flags === undefined || MAGIC.some((byte, i) => bytes[i] !== byte)) return undefined;
  const isSingleSegment = (flags & FLAG.singleSegment) !== 0;
  const dictionarySize = DICTIONARY_SIZES[flags & FLAG.dictionary] ?? 0;
  const contentSizeSize = CONTENT_SIZE_SIZES[(flags & FLAG.contentSize) >> 6] || Number(isSingleSegment);
  const dictionaryAt = MAGIC.length + (isSingleSegment ? 1 : 2);
  const from = dictionaryAt + dictionarySize + contentSizeSize;
  const { end, last } = wholeBlocks(bytes, from);
  if (last === undefined) return undefined;

  const dictionary = bytes.subarray(dictionaryAt, dictionaryAt + dictionarySize);
  const head = [...MAGIC, flags & FLAG.dictionary, WINDOW, ...dictionary];
  const frame = new Uint8Array(head.length + end - from);
  frame.set(head);
  frame.set(bytes.subarray(from, end), head.length);
  const lastAt = head.length + last - from;
  frame[lastAt] = (frame[lastAt] ?? 0) | BLOCK_LAST;
  return frame;
}

/** Where the last whole block begins, and where it ends. */
function wholeBlocks(bytes: Uint8Array, from: number): { end: number; last: number | undefined } {
  let end = from;
  let last: number | undefined;
  while (end + BLOCK_HEAD_SIZE <= bytes.length) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(end, end + BLOCK_HEAD_SIZE);
    const head = a | (b << 8) | (c << 16);
    const size = ((head >> 1) & 3) === BLOCK_REPEATED ? 1 : head >> 3;
    const next = end + BLOCK_HEAD_SIZE + size;
    if (next > bytes.length) break;
    last = end;
    end = next;
    if ((head & BLOCK_LAST) !== 0) break;
  }
  return { end, last };
}
