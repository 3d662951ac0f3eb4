import { crc32 } from "node:zlib";
import {
  CHUNK_HEAD_SIZE,
  type ChunkIndexRecord,
  INDEX_ENTRY_SIZE,
  MESSAGE_HEAD_SIZE,
  OPCODES,
  RECORD_HEAD_SIZE,
} from "./mcap-writer.ts";

/**
 * The chunk being filled. Messages are laid down in their final form in one buffer, times as pairs of
 * 32-bit words: no object and no BigInt per message, because a simulation writes a million of them a second.
 *
 *     9 chunk record head | 40 chunk head | message | message | ...
 */

const CHUNK_RECORDS_AT = RECORD_HEAD_SIZE + CHUNK_HEAD_SIZE;
const MESSAGE_SIZE_MIN = RECORD_HEAD_SIZE + MESSAGE_HEAD_SIZE;
const INDEX_WORDS = 4;

/** One chunk ready to be written, with its index. */
export interface SealedChunk {
  readonly chunk: Uint8Array;
  readonly indexes: Uint8Array;
  /** Channel id to the offset of its message index within `indexes`. */
  readonly indexAt: ReadonlyMap<number, number>;
  /** Messages by channel id. */
  readonly counts: readonly number[];
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly recordsSize: number;
  /** CRC-32 of the records, the last `recordsSize` bytes of the chunk. */
  readonly recordsCrc: number;
}

/** A moment in nanoseconds as two words, so that 64 bits cost no allocation. */
export interface Moment {
  low: number;
  high: number;
}

export class Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly #limit: number;
  /** Channel id, time low, time high and offset of each message. */
  #index: Uint32Array = new Uint32Array(INDEX_WORDS * 1024);
  #used: number = CHUNK_RECORDS_AT;
  #messages = 0;

  constructor(size: number) {
    this.#limit = CHUNK_RECORDS_AT + size;
    this.bytes = new Uint8Array(this.#limit);
    this.view = new DataView(this.bytes.buffer);
  }

  get isEmpty(): boolean {
    return this.#used === CHUNK_RECORDS_AT;
  }

  /** Whether a message with `size` bytes of data still fits. */
  fits(size: number): boolean {
    return this.#used + MESSAGE_SIZE_MIN + size <= this.#limit;
  }

  /** Adds a record that is no message: a schema or a channel, before its first message. */
  addRecord(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#limit) throw new Error("a schema does not fit into a chunk");
    this.bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Puts the head of a message down and returns where its `size` bytes of data go. */
  begin(message: { channel: number; sequence: number; size: number; logTime: Moment; publishTime: Moment }): number {
    const { channel, size, logTime, publishTime } = message;
    const at = this.#used;
    const view = this.view;
    this.bytes[at] = OPCODES.message;
    view.setUint32(at + 1, MESSAGE_HEAD_SIZE + size, true);
    view.setUint32(at + 5, 0, true);
    view.setUint16(at + 9, channel, true);
    view.setUint32(at + 11, message.sequence, true);
    view.setUint32(at + 15, logTime.low, true);
    view.setUint32(at + 19, logTime.high, true);
    view.setUint32(at + 23, publishTime.low, true);
    view.setUint32(at + 27, publishTime.high, true);
    this.#note(channel, logTime, at - CHUNK_RECORDS_AT);
    this.#used = at + MESSAGE_SIZE_MIN + size;
    return at + MESSAGE_SIZE_MIN;
  }

  /** Fills in head, checksum and indexes. The chunk may be filled again after `clear`. */
  seal(): SealedChunk {
    const recordsSize = this.#used - CHUNK_RECORDS_AT;
    // Times never decrease.
    const startTime = this.#timeOf(0);
    const endTime = this.#timeOf(this.#messages - 1);
    const { view } = this;
    view.setUint8(0, OPCODES.chunk);
    view.setBigUint64(1, BigInt(CHUNK_HEAD_SIZE + recordsSize), true);
    view.setBigUint64(9, startTime, true);
    view.setBigUint64(17, endTime, true);
    view.setBigUint64(25, BigInt(recordsSize), true);
    const recordsCrc = crc32(this.bytes.subarray(CHUNK_RECORDS_AT, this.#used));
    view.setUint32(33, recordsCrc, true);
    view.setUint32(37, 0, true);
    view.setBigUint64(41, BigInt(recordsSize), true);
    const chunk = this.bytes.subarray(0, this.#used);
    return { ...this.#sealIndexes(), chunk, startTime, endTime, recordsSize, recordsCrc };
  }

  clear(): void {
    this.#used = CHUNK_RECORDS_AT;
    this.#messages = 0;
  }

  #note(channel: number, time: Moment, offset: number): void {
    const at = INDEX_WORDS * this.#messages;
    if (at === this.#index.length) {
      const larger = new Uint32Array(2 * at);
      larger.set(this.#index);
      this.#index = larger;
    }
    const index = this.#index;
    index[at] = channel;
    index[at + 1] = time.low;
    index[at + 2] = time.high;
    index[at + 3] = offset;
    this.#messages += 1;
  }

  /** Time of a message, 0 when there is none. */
  #timeOf(message: number): bigint {
    const at = INDEX_WORDS * message;
    return wide({ low: this.#index[at + 1] ?? 0, high: this.#index[at + 2] ?? 0 });
  }

  /** One index per channel, as the file has them. */
  #sealIndexes(): Pick<SealedChunk, "indexes" | "indexAt" | "counts"> {
    const index = this.#index.subarray(0, INDEX_WORDS * this.#messages);
    const counts: number[] = [];
    for (let i = 0; i < index.length; i += INDEX_WORDS) {
      const channel = index[i] as number;
      while (counts.length <= channel) counts.push(0);
      counts[channel] = (counts[channel] as number) + 1;
    }
    const headSize = RECORD_HEAD_SIZE + 6;
    const sizes = counts.map((count) => (count === 0 ? 0 : headSize + INDEX_ENTRY_SIZE * count));
    const indexes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    const view = new DataView(indexes.buffer);
    const indexAt = new Map<number, number>();
    /** Where the next entry of each channel goes. */
    const next: number[] = [];
    let at = 0;
    for (const [channel, count] of counts.entries()) {
      next.push(at + headSize);
      if (count === 0) continue;
      indexAt.set(channel, at);
      view.setUint8(at, OPCODES.messageIndex);
      view.setUint32(at + 1, 6 + INDEX_ENTRY_SIZE * count, true);
      view.setUint16(at + 9, channel, true);
      view.setUint32(at + 11, INDEX_ENTRY_SIZE * count, true);
      at += sizes[channel] as number;
    }
    for (let i = 0; i < index.length; i += INDEX_WORDS) {
      const channel = index[i] as number;
      const entry = next[channel] as number;
      view.setUint32(entry, index[i + 1] as number, true);
      view.setUint32(entry + 4, index[i + 2] as number, true);
      view.setUint32(entry + 8, index[i + 3] as number, true);
      next[channel] = entry + INDEX_ENTRY_SIZE;
    }
    return { indexes, indexAt, counts };
  }
}

/** The index record of a sealed chunk that was written at `offset`. */
export function chunkIndexOf(sealed: SealedChunk, offset: number): ChunkIndexRecord {
  const indexesAt = offset + sealed.chunk.length;
  return {
    startTime: sealed.startTime,
    endTime: sealed.endTime,
    offset,
    size: sealed.chunk.length,
    messageIndexes: new Map([...sealed.indexAt].map(([channel, at]) => [channel, indexesAt + at])),
    messageIndexSize: sealed.indexes.length,
    recordsSize: sealed.recordsSize,
  };
}

/** `frame` periods after the epoch, exact for every frame number and period. */
export function setMoment(moment: Moment, frame: number, periodUs: number): void {
  const us = frame * periodUs; // below 2^52: exact
  const usHigh = Math.floor(us / 2 ** 32);
  const low = (us - usHigh * 2 ** 32) * 1000;
  const carry = Math.floor(low / 2 ** 32);
  moment.low = low - carry * 2 ** 32;
  moment.high = usHigh * 1000 + carry;
}

export function wide({ low, high }: Moment): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}
