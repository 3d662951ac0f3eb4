import { type ChunkPlace, emptyIndex, type LogIndex, note, readLibrary } from "./index.ts";
import { MAGIC, OPCODES, RECORD_HEAD_SIZE } from "./mcap.ts";
import {
  CHUNK_RECORDS_AT,
  Cursor,
  checkAttachment,
  FormatDamage,
  openChunk,
  parseMessage,
  recordsIn,
} from "./parse.ts";
import type { LogSource } from "./source.ts";

/**
 * Finds again what is in a file whose end is missing or damaged. The scan goes from record to record; where the
 * next one makes no sense it looks for the next chunk whose sizes agree with each other and whose checksum is
 * right. A chunk vouches for its messages by its checksum, so nothing is taken on trust unless asked for.
 */

/** Bytes that could not be used. */
export interface Loss {
  readonly offset: number;
  readonly size: number;
  readonly problem: string;
  /** The frames whose records and events were there, where the index tells. */
  readonly frames?: { readonly from: number; readonly to: number };
  /** Whole messages in these bytes were taken although nothing vouches for them. */
  readonly unverified?: true;
}

export interface ScanResult {
  readonly index: LogIndex;
  readonly losses: readonly Loss[];
}

/** No writer makes larger ones; a larger size is taken for damage. */
const RECORD_SIZE_MAX: number = 256 * 1024 * 1024;
const WINDOW: number = 1024 * 1024;

/**
 * Scans a file. `unverified`: a damaged chunk's messages are taken as far as their structure is whole; the messages
 * of a last chunk that is merely cut are always taken.
 * @throws FormatDamage when it is no MCAP file.
 */
export async function scanIndex(source: LogSource, options: { readonly unverified: boolean }): Promise<ScanResult> {
  return await new Scan(source, options.unverified).run();
}

class Scan {
  readonly #source: LogSource;
  readonly #unverified: boolean;
  readonly #losses: Loss[] = [];
  /** Bytes that false chunks may cost: a hostile file has one at every byte. */
  #falseChunkBytesLeft: number;
  #index: LogIndex = emptyIndex("");

  constructor(source: LogSource, unverified: boolean) {
    this.#source = source;
    this.#unverified = unverified;
    this.#falseChunkBytesLeft = 8 * source.size + WINDOW;
  }

  async run(): Promise<ScanResult> {
    this.#index = emptyIndex(await libraryOrBlank(this.#source));
    let at = MAGIC.length;
    while (at < this.#source.size) {
      const next = await this.#step(at);
      if (next === undefined) break;
      at = next;
    }
    // Nothing found: then say that this is no such file, rather than that all of it is lost.
    if (this.#index.chunks.length === 0) await readLibrary(this.#source);
    return { index: this.#index, losses: this.#losses };
  }

  /** Takes in the record at `at` and gives where the next one is; `undefined` at the end of the data. */
  async #step(at: number): Promise<number | undefined> {
    const head = await this.#head(at);
    if (head?.opcode === OPCODES.dataEnd) return undefined;
    if (head === undefined || head.size > RECORD_SIZE_MAX) return await this.#lost(at, "no record makes sense here");
    const end = at + RECORD_HEAD_SIZE + head.size;
    if (end > this.#source.size) return await this.#cutRecord(at, head.opcode);
    if (head.opcode === OPCODES.messageIndex || head.opcode > OPCODES.dataEnd) {
      return (await this.#isPlausible(end)) ? end : await this.#lost(at, "no record makes sense here");
    }
    const record = await this.#source.read(at, end - at);
    try {
      if (head.opcode === OPCODES.chunk) this.#takeChunk(record, at);
      else this.#takeOther(record, at);
      return end;
    } catch (error) {
      if (!(error instanceof FormatDamage)) throw error;
      if (head.opcode === OPCODES.attachment && (await this.#isPlausible(end))) {
        this.#losses.push({ offset: at, size: end - at, problem: error.message });
        return end;
      }
      return await this.#lost(at, error.message);
    }
  }

  #takeChunk(record: Uint8Array, offset: number): void {
    const { head, records, at } = openChunk(record, offset);
    const channels = new Set<number>();
    for (const inner of recordsIn(new Cursor(records, at))) {
      if (inner.opcode === OPCODES.message) channels.add(inner.body.u16());
      else note(this.#index, inner);
    }
    const { startTime, endTime } = head;
    this.#index.chunks.push({ offset, size: record.length, startTime, endTime, channels });
  }

  #takeOther(record: Uint8Array, offset: number): void {
    for (const one of recordsIn(new Cursor(record, offset))) {
      if (one.opcode === OPCODES.attachment) checkAttachment(record, offset);
      note(this.#index, one);
    }
  }

  /** The file ends inside this record. Of a chunk, the whole messages are still there. */
  async #cutRecord(at: number, opcode: number): Promise<number | undefined> {
    const next = await this.#findChunk(at + 1);
    if (next !== undefined) return await this.#lost(at, "a record's size is damaged");
    const kept = opcode === OPCODES.chunk ? await this.#keepUnverified(at, this.#source.size) : undefined;
    const offset = kept ?? at;
    const problem =
      kept === undefined ? "the file ends in a record" : "the file ends in a chunk, behind its last whole message";
    this.#losses.push({ offset, size: this.#source.size - offset, problem });
    return undefined;
  }

  async #lost(at: number, problem: string): Promise<number | undefined> {
    const next = await this.#findChunk(at + 1);
    const end = next ?? (await this.#dataEnd());
    const kept = this.#unverified ? await this.#keepUnverified(at, end) : undefined;
    this.#losses.push({ offset: at, size: end - at, problem, ...(kept === undefined ? {} : { unverified: true }) });
    return next;
  }

  /** Enters the damaged chunk at `at` if it has a whole message, and gives where the last one ends. */
  async #keepUnverified(at: number, end: number): Promise<number | undefined> {
    const bytes = await this.#source.read(at, Math.min(end - at, RECORD_SIZE_MAX));
    if (bytes[0] !== OPCODES.chunk || bytes.length < CHUNK_RECORDS_AT) return undefined;
    const place = unverifiedChunk(this.#index, bytes, at);
    if (place === undefined) return undefined;
    this.#index.chunks.push(place);
    return at + place.size;
  }

  /** Where the summary begins if the footer says so, else the end of the file. */
  async #dataEnd(): Promise<number> {
    const { size } = this.#source;
    const tail = new Cursor(await this.#source.read(Math.max(0, size - 37), 37), Math.max(0, size - 37));
    if (tail.left < 37 || tail.u8() !== OPCODES.footer) return size;
    tail.u64();
    const start = tail.u64();
    return start > 0n && start < BigInt(size) ? Number(start) : size;
  }

  async #head(at: number): Promise<{ opcode: number; size: number } | undefined> {
    const bytes = await this.#source.read(at, RECORD_HEAD_SIZE);
    if (bytes.length < RECORD_HEAD_SIZE) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const opcode = view.getUint8(0);
    const size = view.getBigUint64(1, true);
    if (opcode === 0 || size > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
    if (opcode > OPCODES.dataEnd && opcode < 0x80) return undefined;
    return { opcode, size: Number(size) };
  }

  /** Whether a record may begin here; the last one of a file may be cut. */
  async #isPlausible(at: number): Promise<boolean> {
    if (at + RECORD_HEAD_SIZE > this.#source.size) return true;
    const head = await this.#head(at);
    if (head === undefined) return false;
    if (at + RECORD_HEAD_SIZE + head.size <= this.#source.size) return true;
    return head.opcode === OPCODES.chunk && chunkSize(await this.#source.read(at, CHUNK_RECORDS_AT), 0) !== undefined;
  }

  /** The next offset from `from` on where a whole, good chunk stands. */
  async #findChunk(from: number): Promise<number | undefined> {
    for (let at = from; at < this.#source.size; at += WINDOW) {
      const window = await this.#source.read(at, WINDOW + CHUNK_RECORDS_AT);
      for (let i = window.indexOf(OPCODES.chunk); i >= 0 && i < WINDOW; i = window.indexOf(OPCODES.chunk, i + 1)) {
        const size = chunkSize(window, i);
        if (size !== undefined && at + i + size <= this.#source.size && (await this.#isChunk(at + i, size)))
          return at + i;
      }
    }
    return undefined;
  }

  async #isChunk(at: number, size: number): Promise<boolean> {
    if (size > this.#falseChunkBytesLeft) return false;
    try {
      openChunk(await this.#source.read(at, size), at);
      return true;
    } catch (error) {
      if (!(error instanceof FormatDamage)) throw error;
      this.#falseChunkBytesLeft -= size;
      return false;
    }
  }
}

/** The size of the chunk record at `i` when the three sizes in its head agree. */
function chunkSize(window: Uint8Array, i: number): number | undefined {
  if (i + CHUNK_RECORDS_AT > window.length) return undefined;
  const view = new DataView(window.buffer, window.byteOffset + i, CHUNK_RECORDS_AT);
  const size = view.getBigUint64(1, true);
  const recordsSize = view.getBigUint64(41, true);
  if (view.getUint32(37, true) !== 0 || size !== recordsSize + 40n || view.getBigUint64(25, true) !== recordsSize) {
    return undefined;
  }
  return size > BigInt(RECORD_SIZE_MAX) ? undefined : Number(size) + RECORD_HEAD_SIZE;
}

/** A chunk without a valid checksum, cut behind its last whole record; `undefined` when it has no message. */
function unverifiedChunk(index: LogIndex, bytes: Uint8Array, offset: number): ChunkPlace | undefined {
  const channels = new Set<number>();
  const records = new Cursor(bytes.subarray(CHUNK_RECORDS_AT), offset + CHUNK_RECORDS_AT);
  let end = records.offset;
  let startTime: bigint | undefined;
  let endTime = 0n;
  try {
    for (const record of recordsIn(records)) {
      if (record.opcode === OPCODES.message) {
        const { channel, logTime } = parseMessage(record.body);
        channels.add(channel);
        startTime = startTime === undefined || logTime < startTime ? logTime : startTime;
        endTime = logTime > endTime ? logTime : endTime;
      } else if (record.opcode === OPCODES.schema || record.opcode === OPCODES.channel) note(index, record);
      else break;
      end = records.offset;
    }
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
  }
  if (startTime === undefined) return undefined;
  return { offset, size: end - offset, startTime, endTime, channels, unverified: true };
}

/** A damaged start costs the library's name and nothing else. */
async function libraryOrBlank(source: LogSource): Promise<string> {
  try {
    return await readLibrary(source);
  } catch (error) {
    if (error instanceof FormatDamage) return "";
    throw error;
  }
}
