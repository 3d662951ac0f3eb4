import { crc32 } from "node:zlib";
import { CHUNK_HEAD_SIZE, MAGIC, MESSAGE_HEAD_SIZE, OPCODES, RECORD_HEAD_SIZE } from "./mcap-writer.ts";

/**
 * The records of an MCAP file, reading side. Bytes in, values out; no I/O. Every size is checked against the bytes
 * that are there before it is believed, so a damaged size costs an error and no memory.
 */

/** What is wrong with the bytes, and where in the file. */
export class FormatDamage extends Error {
  readonly offset: number;
  readonly expected: string;
  readonly found: string;
  constructor(damage: { readonly problem: string; offset: number; expected: string; found: string }) {
    super(damage.problem);
    this.name = "FormatDamage";
    this.offset = damage.offset;
    this.expected = damage.expected;
    this.found = damage.found;
  }
}

export interface RawRecord {
  readonly opcode: number;
  /** Offset of the opcode in the file. */
  readonly offset: number;
  readonly body: Cursor;
}

export interface ChunkHead {
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly crc: number;
  readonly compression: string;
  readonly recordsSize: number;
}

export interface RawAttachment {
  readonly name: string;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

export interface RawMessage {
  readonly channel: number;
  readonly sequence: number;
  readonly logTime: bigint;
  readonly publishTime: bigint;
  readonly data: Uint8Array;
}

/** Reads values one after the other; `base` is where its first byte stands in the file. */
export class Cursor {
  readonly #view: DataView;
  readonly #base: number;
  #at = 0;

  constructor(bytes: Uint8Array, base: number) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = base;
  }

  get left(): number {
    return this.#view.byteLength - this.#at;
  }

  /** Offset in the file. */
  get offset(): number {
    return this.#base + this.#at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** A size or offset: 64 bits in the file, but nothing real is beyond 2^53. */
  size(): number {
    const offset = this.offset;
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new FormatDamage({ problem: "a size is impossible", offset, expected: "below 2^53", found: `${value}` });
    }
    return Number(value);
  }

  raw(size: number): Uint8Array {
    const at = this.#take(size);
    return new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, size);
  }

  text(): string {
    const size = this.u32();
    const offset = this.offset;
    const bytes = this.raw(size);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new FormatDamage({ problem: "a string is not UTF-8", offset, expected: "UTF-8", found: "other bytes" });
    }
  }

  /** A part of `size` bytes with a cursor of its own. */
  part(size: number): Cursor {
    const { offset } = this;
    return new Cursor(this.raw(size), offset);
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.left) {
      const found = `${this.left} bytes`;
      throw new FormatDamage({ problem: "the record is cut", offset: this.offset, expected: `${size} bytes`, found });
    }
    this.#at += size;
    return at;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function isMagic(bytes: Uint8Array): boolean {
  return bytes.length === MAGIC.length && MAGIC.every((byte, i) => bytes[i] === byte);
}

/** All records of a run of bytes, in order. */
export function* recordsIn(cursor: Cursor): Generator<RawRecord> {
  while (cursor.left > 0) {
    const { offset } = cursor;
    const opcode = cursor.u8();
    const size = cursor.size();
    yield { opcode, offset, body: cursor.part(size) };
  }
}

export function parseChunkHead(body: Cursor): ChunkHead {
  const startTime = body.u64();
  const endTime = body.u64();
  const { offset } = body;
  const wholeSize = body.size();
  const crc = body.u32();
  const compression = body.text();
  const recordsSize = body.size();
  if (compression === "" && wholeSize !== recordsSize) {
    const problem = "a chunk contradicts itself";
    throw new FormatDamage({ problem, offset, expected: `${recordsSize} bytes`, found: `${wholeSize}` });
  }
  return { startTime, endTime, crc, compression, recordsSize };
}

/** The records of a chunk whose whole bytes are there, checked. `record` starts at the opcode. */
export function openChunk(record: Uint8Array, offset: number): { head: ChunkHead; records: Uint8Array; at: number } {
  const cursor = new Cursor(record, offset);
  const opcode = cursor.u8();
  if (opcode !== OPCODES.chunk) {
    const problem = "there is no chunk where one should be";
    throw new FormatDamage({ problem, offset, expected: `opcode ${OPCODES.chunk}`, found: `${opcode}` });
  }
  const body = cursor.part(cursor.size());
  const head = parseChunkHead(body);
  if (head.compression !== "") {
    const found = `"${head.compression}"`;
    throw new FormatDamage({ problem: "the chunk is compressed", offset, expected: "no compression", found });
  }
  const at = body.offset;
  const records = body.raw(head.recordsSize);
  const crc = crc32(records);
  if (head.crc !== crc) {
    const problem = "the chunk is damaged: its checksum is wrong";
    throw new FormatDamage({ problem, offset, expected: hex(head.crc), found: hex(crc) });
  }
  return { head, records, at };
}

/** The attachment in a record whose whole bytes are there, checked. `record` starts at the opcode. */
export function openAttachment(record: Uint8Array, offset: number): RawAttachment {
  const cursor = new Cursor(record, offset);
  const opcode = cursor.u8();
  if (opcode !== OPCODES.attachment) {
    const problem = "there is no attachment where one should be";
    throw new FormatDamage({ problem, offset, expected: `opcode ${OPCODES.attachment}`, found: `${opcode}` });
  }
  const size = cursor.size();
  const body = cursor.part(size);
  body.raw(16);
  const [name, mediaType] = [body.text(), body.text()];
  const data = body.raw(body.size());
  const covered = size - body.left;
  const expected = body.u32();
  const found = crc32(record.subarray(RECORD_HEAD_SIZE, RECORD_HEAD_SIZE + covered));
  if (expected !== found) {
    const problem = `the attachment ${name} is damaged: its checksum is wrong`;
    throw new FormatDamage({ problem, offset, expected: hex(expected), found: hex(found) });
  }
  return { name, mediaType, data };
}

/** The message in a record's body. */
export function parseMessage(body: Cursor): RawMessage {
  const channel = body.u16();
  const sequence = body.u32();
  const logTime = body.u64();
  const publishTime = body.u64();
  return { channel, sequence, logTime, publishTime, data: body.raw(body.left) };
}

/** Calls `visit` for each message of a chunk without making an object per message. */
export function eachMessage(
  records: Uint8Array,
  at: number,
  visit: (channel: number, dataAt: number, size: number) => void,
): void {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  let here = 0;
  while (here < records.length) {
    if (here + RECORD_HEAD_SIZE > records.length) throw cutRecord(at + here, records.length - here);
    const size = view.getUint32(here + 1, true);
    const end = here + RECORD_HEAD_SIZE + size;
    if (view.getUint32(here + 5, true) !== 0 || end > records.length) throw cutRecord(at + here, records.length - here);
    if (records[here] === OPCODES.message) {
      if (size < MESSAGE_HEAD_SIZE) throw cutRecord(at + here, size);
      const dataAt = here + RECORD_HEAD_SIZE + MESSAGE_HEAD_SIZE;
      visit(view.getUint16(here + RECORD_HEAD_SIZE, true), dataAt, end - dataAt);
    }
    here = end;
  }
}

/** Offset of a chunk's records from the opcode of the chunk, when it is not compressed. */
export const CHUNK_RECORDS_AT: number = RECORD_HEAD_SIZE + CHUNK_HEAD_SIZE;

/** Text of a file as it may go to a terminal: a control character could forge a line or move the cursor. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
}

function cutRecord(offset: number, left: number): FormatDamage {
  return new FormatDamage({
    problem: "a record in a chunk is cut",
    offset,
    expected: "a whole record",
    found: `${left} bytes`,
  });
}
