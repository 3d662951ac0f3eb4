import { crc32 } from "node:zlib";
import {
  CHUNK_HEAD_SIZE,
  type ChunkIndexRecord,
  INDEX_ENTRY_SIZE,
  MESSAGE_HEAD_SIZE,
  OPCODES,
  RECORD_HEAD_SIZE,
} from "./mcap.ts";

/**
 * The chunk being filled. Messages are laid down in their final form in one buffer, times as pairs of
 * 32-bit words: no object and no BigInt per message, because a simulation writes a million of them a second.
 *
 *     9 chunk record head | 40 chunk head | message | message | ...
 */

const CHUNK_RECORDS_AT = RECORD_HEAD_SIZE + CHUNK_HEAD_SIZE;
const MESSAGE_SIZE_MIN = RECORD_HEAD_SIZE + MESSAGE_HEAD_SIZE;

/** One chunk ready to be written, with its index. */
export interface SealedChunk {
  readonly chunk: Uint8Array;
  readonly indexes: Uint8Array;
  /** Channel id to the offset of its message index within `indexes`. */
  readonly indexAt: ReadonlyMap<number, number>;
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
  /** Per channel id: time low, time high, offset of each message. */
  readonly #indexes: Uint32Array[] = [];
  readonly #counts: number[] = [];
  #used: number = CHUNK_RECORDS_AT;
  #messages = 0;
  #startTime = 0n;
  readonly #endTime: Moment = { low: 0, high: 0 };

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
    const endTime = wide(this.#endTime);
    const { view } = this;
    view.setUint8(0, OPCODES.chunk);
    view.setBigUint64(1, BigInt(CHUNK_HEAD_SIZE + recordsSize), true);
    view.setBigUint64(9, this.#startTime, true);
    view.setBigUint64(17, endTime, true);
    view.setBigUint64(25, BigInt(recordsSize), true);
    const recordsCrc = crc32(this.bytes.subarray(CHUNK_RECORDS_AT, this.#used));
    view.setUint32(33, recordsCrc, true);
    view.setUint32(37, 0, true);
    view.setBigUint64(41, BigInt(recordsSize), true);
    const { indexes, indexAt } = this.#sealIndexes();
    const chunk = this.bytes.subarray(0, this.#used);
    return { chunk, indexes, indexAt, startTime: this.#startTime, endTime, recordsSize, recordsCrc };
  }

  clear(): void {
    this.#used = CHUNK_RECORDS_AT;
    this.#messages = 0;
    this.#startTime = 0n;
    this.#endTime.low = 0;
    this.#endTime.high = 0;
    this.#counts.fill(0);
  }

  #note(channel: number, time: Moment, offset: number): void {
    if (this.#messages === 0) this.#startTime = wide(time);
    this.#messages += 1;
    this.#endTime.low = time.low;
    this.#endTime.high = time.high;
    const count = this.#counts[channel] ?? 0;
    let index = this.#indexes[channel];
    if (index === undefined || 3 * count + 3 > index.length) {
      const larger = new Uint32Array(Math.max(768, 6 * count));
      if (index !== undefined) larger.set(index);
      this.#indexes[channel] = larger;
      index = larger;
    }
    index[3 * count] = time.low;
    index[3 * count + 1] = time.high;
    index[3 * count + 2] = offset;
    this.#counts[channel] = count + 1;
  }

  #sealIndexes(): { indexes: Uint8Array; indexAt: Map<number, number> } {
    const used = this.#counts.flatMap((count, channel) => (count > 0 ? [{ channel, count }] : []));
    const headSize = RECORD_HEAD_SIZE + 6;
    const size = used.reduce((sum, { count }) => sum + headSize + INDEX_ENTRY_SIZE * count, 0);
    const indexes = new Uint8Array(size);
    const view = new DataView(indexes.buffer);
    const indexAt = new Map<number, number>();
    let at = 0;
    for (const { channel, count } of used) {
      indexAt.set(channel, at);
      view.setUint8(at, OPCODES.messageIndex);
      view.setUint32(at + 1, 6 + INDEX_ENTRY_SIZE * count, true);
      view.setUint16(at + 9, channel, true);
      view.setUint32(at + 11, INDEX_ENTRY_SIZE * count, true);
      at += headSize;
      const index = this.#indexes[channel] ?? new Uint32Array(0);
      for (let i = 0; i < 3 * count; i += 3, at += INDEX_ENTRY_SIZE) {
        view.setUint32(at, index[i] ?? 0, true);
        view.setUint32(at + 4, index[i + 1] ?? 0, true);
        view.setUint32(at + 8, index[i + 2] ?? 0, true);
      }
    }
    return { indexes, indexAt };
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
