/**
 * LZ4 frames (lz4 "Frame Format Description" 1.6 and "Block Format Description"), each the records of one chunk. The
 * decoder is ours because no library has one that survives damage: docs/decisions/0011-lz4-frames.md.
 *
 *   04 22 4d 18 | flags u8 | block size u8 | content size u64? | checksum of these u8 |
 *   blocks: size u32, bytes, checksum u32? | 0 u32 | checksum of the content u32?
 *
 * A block is a row of sequences: literal bytes, then a match, which repeats bytes already given. The top bit of a block's
 * size says that the block is plain bytes.
 */
import type { Codec } from "./codec.ts";
import { xxh32 } from "./xxh32.ts";

const MAGIC = 0x184d2204;
const FLAG = {
  version: 0xc0,
  independent: 0x20,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  reserved: 0x02,
  dictionary: 0x01,
} as const;
const VERSION = 0x40;
/** By bits 4 to 6 of the byte behind the flags; the other bits are reserved. */
const BLOCK_SIZES: ReadonlyMap<number, number> = new Map([
  [0x40, 1 << 16],
  [0x50, 1 << 18],
  [0x60, 1 << 20],
  [0x70, 1 << 22],
]);
const CHECKSUM_SIZE = 4;
const PLAIN_BLOCK = 0x80000000;
/** Counts from here on go on in further bytes, up to the first that is not 255. */
const COUNT_MORE = 15;
const MATCH_MIN = 4;
/** A loop copies fewer bytes faster than a call. */
const SHORT_MAX = 32;

/** Why a frame cannot be expanded. */
export class Lz4Error extends Error {}

export const lz4: Codec = {
  expand(bytes, size) {
    const frame = new Lz4Frame(bytes, size);
    frame.run();
    return frame.content;
  },
  expandBeginning(bytes, size) {
    const frame = new Lz4Frame(bytes, size);
    try {
      frame.run();
    } catch (error) {
      if (!(error instanceof Lz4Error)) throw error;
    }
    return frame.content;
  },
};

interface Head {
  readonly blockSizeMax: number;
  readonly isIndependent: boolean;
  readonly hasBlockChecksum: boolean;
  readonly hasContentChecksum: boolean;
  readonly contentSize: bigint | undefined;
}

/** One frame, expanded into a content of a given size at most; after an error the content is what came before it. */
class Lz4Frame {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #content: Uint8Array;
  #at = 0;
  #count = 0;

  constructor(bytes: Uint8Array, sizeMax: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#content = new Uint8Array(sizeMax);
  }

  get content(): Uint8Array {
    return this.#content.subarray(0, this.#count);
  }

  run(): void {
    const head = this.#readHead();
    for (let size = this.#u32(); size !== 0; size = this.#u32()) this.#readBlock(size, head);
    if (head.hasContentChecksum && this.#u32() !== xxh32(this.content)) throw new Lz4Error("its lz4 checksum is wrong");
    if (head.contentSize !== undefined && head.contentSize !== BigInt(this.#count))
      throw new Lz4Error(`its lz4 frame says ${head.contentSize} bytes and expands to ${this.#count}`);
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new Lz4Error(`${left} bytes follow its lz4 frame`);
  }

  #readHead(): Head {
    if (this.#u32() !== MAGIC) throw new Lz4Error("expected an lz4 frame (first bytes 04 22 4d 18)");
    const from = this.#at;
    const flags = this.#u8();
    const blockSizeMax = BLOCK_SIZES.get(this.#u8());
    const isKnown = (flags & (FLAG.version | FLAG.reserved)) === VERSION;
    if (!isKnown || blockSizeMax === undefined) throw new Lz4Error("its lz4 frame is of an unknown version");
    if ((flags & FLAG.dictionary) !== 0) throw new Lz4Error("its lz4 frame needs a dictionary");
    const contentSize = (flags & FLAG.contentSize) === 0 ? undefined : this.#u64();
    const expected = (xxh32(this.#bytes.subarray(from, this.#at)) >>> 8) & 0xff;
    if (this.#u8() !== expected) throw new Lz4Error("the checksum of its lz4 head is wrong");
    return {
      blockSizeMax,
      isIndependent: (flags & FLAG.independent) !== 0,
      hasBlockChecksum: (flags & FLAG.blockChecksum) !== 0,
      hasContentChecksum: (flags & FLAG.contentChecksum) !== 0,
      contentSize,
    };
  }

  /** A block that the end of the bytes cuts is expanded up to there, and then said to be cut. */
  #readBlock(sizeField: number, head: Head): void {
    const size = sizeField % PLAIN_BLOCK;
    if (size > head.blockSizeMax) throw new Lz4Error(`an lz4 block of ${size} bytes, more than ${head.blockSizeMax}`);
    const end = this.#at + size;
    const isWhole = end + (head.hasBlockChecksum ? CHECKSUM_SIZE : 0) <= this.#bytes.length;
    const block = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    if (isWhole && head.hasBlockChecksum && this.#u32() !== xxh32(block))
      throw new Lz4Error("the checksum of an lz4 block is wrong");
    if (sizeField >= PLAIN_BLOCK) this.#putPlain(block);
    else this.#expandBlock(block, head);
    if (!isWhole) throw cut();
  }

  #putPlain(block: Uint8Array): void {
    if (block.length > this.#content.length - this.#count) throw tooLong();
    this.#content.set(block, this.#count);
    this.#count += block.length;
  }

  #expandBlock(block: Uint8Array, head: Head): void {
    const content = this.#content;
    const floor = head.isIndependent ? this.#count : 0;
    const end = Math.min(content.length, this.#count + head.blockSizeMax);
    let to = this.#count;
    for (let at = 0; at < block.length; ) {
      const token = block[at++] ?? 0;
      let literals = token >> 4;
      if (literals === COUNT_MORE) [literals, at] = longCount(block, at);
      if (literals > block.length - at) throw cut();
      if (literals > end - to) throw tooLong();
      if (literals > SHORT_MAX) content.set(block.subarray(at, at + literals), to);
      else for (let i = 0; i < literals; i++) content[to + i] = block[at + i] ?? 0;
      at += literals;
      to += literals;
      this.#count = to;
      // The last sequence of a block has no match.
      if (at === block.length) return;

      if (at + 2 > block.length) throw cut();
      const from = to - ((block[at] ?? 0) | ((block[at + 1] ?? 0) << 8));
      at += 2;
      let length = token & COUNT_MORE;
      if (length === COUNT_MORE) [length, at] = longCount(block, at);
      length += MATCH_MIN;
      if (from >= to || from < floor) throw new Lz4Error("an lz4 match lies outside of what came before it");
      if (length > end - to) throw tooLong();
      repeat(content, { from, to, length });
      to += length;
      this.#count = to;
    }
    // A whole block ends with literals, be they none.
    throw cut();
  }

  #u8(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw cut();
    return value;
  }

  #u32(): number {
    this.#at += 4;
    if (this.#at > this.#bytes.length) throw cut();
    return this.#view.getUint32(this.#at - 4, true);
  }

  #u64(): bigint {
    this.#at += 8;
    if (this.#at > this.#bytes.length) throw cut();
    return this.#view.getBigUint64(this.#at - 8, true);
  }
}

/** A count that did not fit into its half of the token, and where it ends. */
function longCount(block: Uint8Array, from: number): [count: number, at: number] {
  let count = COUNT_MORE;
  for (let at = from; at < block.length; at++) {
    const more = block[at] ?? 0;
    count += more;
    if (more !== 255) return [count, at + 1];
  }
  throw cut();
}

/** Copies `length` bytes within `content`. The target may begin inside the source: what was just copied is copied on. */
function repeat(content: Uint8Array, place: { from: number; to: number; length: number }): void {
  const { from, to, length } = place;
  if (length <= SHORT_MAX) {
    for (let i = 0; i < length; i++) content[to + i] = content[from + i] ?? 0;
    return;
  }
  // Each copy doubles what can be copied next.
  for (let done = 0; done < length; ) {
    const part = Math.min(length - done, to - from + done);
    content.copyWithin(to + done, from, from + part);
    done += part;
  }
}

function cut(): Lz4Error {
  return new Lz4Error("its lz4 frame is cut");
}

function tooLong(): Lz4Error {
  return new Lz4Error("an lz4 block expands beyond its limit");
}
