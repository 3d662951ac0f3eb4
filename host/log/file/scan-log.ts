import {
  type ChunkPlace,
  DATA_END_SIZE,
  emptyIndex,
  type LogIndex,
  type Loss,
  note,
  readLibrary,
} from "./log-index.ts";
import { type LogSource, windowed } from "./log-source.ts";
import {
  CHUNK_RECORDS_AT,
  Cursor,
  FormatDamage,
  isMagic,
  openAttachment,
  openChunk,
  parseMessage,
  recordsIn,
} from "./mcap-parse.ts";
import { MAGIC, OPCODES, RECORD_HEAD_SIZE } from "./mcap-writer.ts";
import { walkData } from "./walk-data.ts";

/**
 * Finds again what is in a file whose end is missing or damaged. The scan goes from record to record; where the
 * next one makes no sense it looks for the next chunk or attachment whose sizes agree with each other and whose
 * checksum is right. These vouch for what is in them by their checksums, so nothing is taken on trust unless asked for.
 */

export interface ScanResult {
  readonly index: LogIndex;
  readonly losses: readonly Loss[];
  /** Whether the data section is as it was written; `undefined` when its end was not found. */
  readonly intact: boolean | undefined;
}

/** No writer makes larger ones; a larger size is taken for damage. */
const RECORD_SIZE_MAX: number = 256 * 1024 * 1024;
const WINDOW: number = 1024 * 1024;
/** Names in attachments and metadata; a longer one is no name. */
const NAME_SIZE_MAX = 256;
/** What a sound record in front of the data's end may be. */
const DATA_OPCODES: readonly number[] = [
  OPCODES.header,
  OPCODES.chunk,
  OPCODES.messageIndex,
  OPCODES.attachment,
  OPCODES.metadata,
];
const SUMMARY_OPCODES: readonly number[] = [
  OPCODES.schema,
  OPCODES.channel,
  OPCODES.chunkIndex,
  OPCODES.attachmentIndex,
  OPCODES.statistics,
  OPCODES.metadataIndex,
  OPCODES.summaryOffset,
];
const FOOTER_SIZE = 20;

/**
 * Scans a file. `unverified`: a damaged chunk's messages are taken as far as their structure is whole; the messages
 * of a last chunk that is merely cut are always taken.
 * @throws FormatDamage when it is no MCAP file.
 */
export async function scanIndex(source: LogSource, options: { readonly unverified: boolean }): Promise<ScanResult> {
  return await new Scan(source, options.unverified).run();
}

class Scan {
  readonly #file: LogSource;
  /** Reads ahead: records are small, and a file may have millions of them. */
  readonly #source: LogSource;
  readonly #unverified: boolean;
  readonly #losses: Loss[] = [];
  /** Bytes that false chunks may cost: a hostile file has one at every byte. */
  #falseBytesLeft: number;
  #index: LogIndex = emptyIndex("");
  #dataEnd: number | undefined;

  constructor(source: LogSource, unverified: boolean) {
    this.#file = source;
    this.#source = windowed(source, 2 * WINDOW);
    this.#unverified = unverified;
    this.#falseBytesLeft = 8 * source.size + WINDOW;
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
    const end = this.#dataEnd;
    const intact = end === undefined ? undefined : (await walkData(this.#file, end)).intact;
    return { index: { ...this.#index, dataEnd: end }, losses: this.#losses, intact };
  }

  /** Takes in the record at `at` and gives where the next one is; `undefined` at the end of the data. */
  async #step(at: number): Promise<number | undefined> {
    const head = await this.#head(at);
    if (head?.opcode === OPCODES.dataEnd && (await this.#isDataEnd(at))) {
      this.#dataEnd = at;
      await this.#lookBehind(at + DATA_END_SIZE);
      return undefined;
    }
    const end = at + RECORD_HEAD_SIZE + (head?.size ?? 0);
    if (head === undefined || !DATA_OPCODES.includes(head.opcode) || head.size > RECORD_SIZE_MAX)
      return await this.#lost(at, "no record makes sense here");
    if (end > this.#source.size) return await this.#cutRecord(at, head.opcode);
    const record = await this.#source.read(at, end - at);
    try {
      if (head.opcode === OPCODES.chunk) this.#takeChunk(record, at);
      else if (head.opcode === OPCODES.attachment) this.#takeAttachment(record, at);
      else if (head.opcode === OPCODES.messageIndex) checkMessageIndex(record, at);
      else for (const one of recordsIn(new Cursor(record, at))) note(this.#index, one);
      return end;
    } catch (error) {
      if (!(error instanceof FormatDamage)) throw error;
      if (head.opcode !== OPCODES.chunk && (await this.#isDataRecord(end))) {
        this.#lose({ offset: at, size: end - at, problem: error.message });
        return end;
      }
      return await this.#lost(at, error.message);
    }
  }

  #takeChunk(record: Uint8Array, offset: number): void {
    const { records, at } = openChunk(record, offset);
    const place = this.#enter(new Cursor(records, at));
    if (place !== undefined) this.#index.chunks.push({ offset, size: record.length, ...place });
  }

  /** Notes what a chunk declares, and gives what its messages say; a chunk's own times have no checksum. */
  #enter(records: Cursor): Omit<ChunkPlace, "offset" | "size"> | undefined {
    const found = new Messages();
    for (const record of recordsIn(records)) {
      if (record.opcode === OPCODES.message) found.add(record.body);
      else note(this.#index, record);
    }
    return found.place;
  }

  #takeAttachment(record: Uint8Array, offset: number): void {
    const { name, mediaType, data } = openAttachment(record, offset);
    this.#index.attachments.set(name, { offset, size: record.length, dataSize: data.length, mediaType });
  }

  /** The file ends inside this record. Of a chunk, the whole messages are still there. */
  async #cutRecord(at: number, opcode: number): Promise<number | undefined> {
    const next = await this.#findVouched(at + 1);
    if (next !== undefined) return await this.#lost(at, "a record's size is damaged");
    const kept = opcode === OPCODES.chunk ? await this.#keepUnverified(at, this.#source.size) : undefined;
    const problem = kept === undefined ? "the file ends in a record" : "the file ends in this chunk";
    if (kept !== undefined) this.#losses.push({ offset: at, size: kept - at, problem, unverified: true });
    const offset = kept ?? at;
    const rest = kept === undefined ? problem : "the file ends in a message";
    if (offset < this.#source.size) this.#losses.push({ offset, size: this.#source.size - offset, problem: rest });
    return undefined;
  }

  async #lost(at: number, problem: string): Promise<number | undefined> {
    const next = await this.#findVouched(at + 1);
    const end = next ?? (await this.#endOfData(at));
    const kept = this.#unverified ? await this.#keepUnverified(at, end) : undefined;
    this.#lose({ offset: at, size: end - at, problem, ...(kept === undefined ? {} : { unverified: true }) });
    return next ?? (end < this.#source.size && (await this.#isDataEnd(end)) ? end : undefined);
  }

  /** Millions of damaged records in a row are one loss. */
  #lose(loss: Loss): void {
    const last = this.#losses.at(-1);
    const isNext = last !== undefined && last.offset + last.size === loss.offset && last.unverified === loss.unverified;
    if (!isNext || last.problem !== loss.problem) this.#losses.push(loss);
    else this.#losses[this.#losses.length - 1] = { ...last, size: last.size + loss.size };
  }

  /** Enters the damaged chunk at `at` if it has a whole message, and gives where the last one ends. */
  async #keepUnverified(at: number, end: number): Promise<number | undefined> {
    const bytes = await this.#source.read(at, Math.min(end - at, RECORD_SIZE_MAX));
    const place = unverifiedChunk(this.#index, bytes, at);
    if (place === undefined) return undefined;
    this.#index.chunks.push(place);
    return at + place.size;
  }

  /** Where the data ends as far as the footer says, else the end of the file. */
  async #endOfData(from: number): Promise<number> {
    const { size } = this.#source;
    const tail = new Cursor(await this.#source.read(Math.max(0, size - 37), 37), Math.max(0, size - 37));
    if (tail.left < 37 || tail.u8() !== OPCODES.footer) return size;
    tail.u64();
    const start = tail.u64();
    const end = Number(start) - DATA_END_SIZE;
    return start < BigInt(size) && end > from ? end : size;
  }

  async #head(at: number): Promise<{ opcode: number; size: number } | undefined> {
    const bytes = await this.#source.read(at, RECORD_HEAD_SIZE);
    if (bytes.length < RECORD_HEAD_SIZE) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const size = view.getBigUint64(1, true);
    return size > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : { opcode: view.getUint8(0), size: Number(size) };
  }

  /** Whether the data section ends here: with what a summary begins with behind it, or with the file. */
  async #isDataEnd(at: number): Promise<boolean> {
    const head = await this.#head(at);
    if (head?.opcode !== OPCODES.dataEnd || head.size !== DATA_END_SIZE - RECORD_HEAD_SIZE) return false;
    if (at + DATA_END_SIZE + RECORD_HEAD_SIZE > this.#source.size) return at + DATA_END_SIZE <= this.#source.size;
    const next = await this.#head(at + DATA_END_SIZE);
    return next !== undefined && (SUMMARY_OPCODES.includes(next.opcode) || next.opcode === OPCODES.footer);
  }

  /** Whether a record of the data may begin here; the last one of a file may be cut. */
  async #isDataRecord(at: number): Promise<boolean> {
    if (at + RECORD_HEAD_SIZE > this.#source.size) return true;
    const head = await this.#head(at);
    if (head?.opcode === OPCODES.dataEnd) return await this.#isDataEnd(at);
    return head !== undefined && DATA_OPCODES.includes(head.opcode) && head.size <= RECORD_SIZE_MAX;
  }

  /** Says of bytes behind the summary that they are not looked at. A damaged summary hides where it ends. */
  async #lookBehind(from: number): Promise<void> {
    for (let at = from; ; ) {
      const head = await this.#head(at);
      if (head === undefined) return;
      const end = at + RECORD_HEAD_SIZE + head.size;
      if (head.opcode === OPCODES.footer && head.size === FOOTER_SIZE) {
        const offset = end + MAGIC.length;
        const isEnd = isMagic(await this.#source.read(end, MAGIC.length));
        const size = this.#source.size - offset;
        if (isEnd && size > 0) this.#losses.push({ offset, size, problem: "they stand behind the end of the log" });
        return;
      }
      if (!SUMMARY_OPCODES.includes(head.opcode) || end > this.#source.size) return;
      at = end;
    }
  }

  /** The next offset from `from` on where a whole, good chunk or attachment stands. */
  async #findVouched(from: number): Promise<number | undefined> {
    for (let at = from; at < this.#source.size; at += WINDOW) {
      const window = await this.#source.read(at, WINDOW + CHUNK_RECORDS_AT + 2 * NAME_SIZE_MAX);
      const end = Math.min(WINDOW, window.length);
      for (let i = 0; i < end; i++) {
        const size =
          window[i] === OPCODES.chunk
            ? chunkSize(window, i)
            : window[i] === OPCODES.attachment
              ? attachmentSize(window, i)
              : undefined;
        if (size !== undefined && at + i + size <= this.#source.size && (await this.#isVouched(at + i, size)))
          return at + i;
      }
    }
    return undefined;
  }

  async #isVouched(at: number, size: number): Promise<boolean> {
    if (size > this.#falseBytesLeft) return false;
    try {
      const record = await this.#source.read(at, size);
      if (record[0] === OPCODES.chunk) openChunk(record, at);
      else openAttachment(record, at);
      return true;
    } catch (error) {
      if (!(error instanceof FormatDamage)) throw error;
      this.#falseBytesLeft -= size;
      return false;
    }
  }
}

/** Channels and times of the messages of a chunk. */
class Messages {
  readonly #channels = new Set<number>();
  #startTime: bigint | undefined;
  #endTime = 0n;

  add(body: Cursor): void {
    const { channel, logTime } = parseMessage(body);
    this.#channels.add(channel);
    this.#startTime = this.#startTime === undefined || logTime < this.#startTime ? logTime : this.#startTime;
    if (logTime > this.#endTime) this.#endTime = logTime;
  }

  get place(): Omit<ChunkPlace, "offset" | "size"> | undefined {
    if (this.#startTime === undefined) return undefined;
    return { startTime: this.#startTime, endTime: this.#endTime, channels: this.#channels };
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

/** The size of the attachment record at `i` when the sizes in it agree. */
function attachmentSize(window: Uint8Array, i: number): number | undefined {
  const cursor = new Cursor(window.subarray(i), 0);
  try {
    cursor.u8();
    const size = cursor.size();
    cursor.raw(16);
    for (const _ of ["name", "media type"]) {
      const length = cursor.u32();
      if (length > NAME_SIZE_MAX) return undefined;
      cursor.raw(length);
    }
    const end = cursor.offset + 8 + cursor.size() + 4 - RECORD_HEAD_SIZE;
    return size === end && size <= RECORD_SIZE_MAX ? size + RECORD_HEAD_SIZE : undefined;
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    return undefined;
  }
}

/** A message index has no checksum, and nothing is read from it; but a damaged record must not pass for one. */
function checkMessageIndex(record: Uint8Array, offset: number): void {
  const body = new Cursor(record.subarray(RECORD_HEAD_SIZE), offset + RECORD_HEAD_SIZE);
  body.u16();
  const size = body.u32();
  if (size === body.left && size % 16 === 0 && size > 0) return;
  const [problem, expected] = ["a message index contradicts itself", `${body.left} bytes of entries`];
  throw new FormatDamage({ problem, offset, expected, found: `${size}` });
}

/** A chunk without a valid checksum, cut behind its last whole record; `undefined` when it has no message. */
export function unverifiedChunk(index: LogIndex, bytes: Uint8Array, offset: number): ChunkPlace | undefined {
  if (bytes[0] !== OPCODES.chunk || bytes.length < CHUNK_RECORDS_AT) return undefined;
  const found = new Messages();
  const records = new Cursor(bytes.subarray(CHUNK_RECORDS_AT), offset + CHUNK_RECORDS_AT);
  let end = records.offset;
  try {
    for (const record of recordsIn(records)) {
      if (record.opcode === OPCODES.message) found.add(record.body);
      else if (record.opcode === OPCODES.schema || record.opcode === OPCODES.channel) note(index, record);
      else break;
      end = records.offset;
    }
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
  }
  const { place } = found;
  return place === undefined ? undefined : { offset, size: end - offset, ...place, unverified: true };
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
