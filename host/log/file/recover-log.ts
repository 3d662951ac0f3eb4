import { counted } from "../../model/words.ts";
import { ATTACHMENTS } from "./attachments.ts";
import { LogFileWriter, type LogWritable, type MessageHead } from "./file-writer.ts";
import { type Found, inspect } from "./inspect.ts";
import { asLogError, LogError } from "./log-error.ts";
import type { ChunkPlace, LogIndex, Loss } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";
import { CHUNK_RECORDS_AT, Cursor, openAttachment, openChunk, parseMessage, recordsIn } from "./mcap-parse.ts";
import { OPCODES } from "./mcap-writer.ts";
import { checkVersion, framesTold } from "./run-metadata.ts";
import { isFrameTopic, isRecordTopic, LIBRARY, TOPICS } from "./schemas.ts";

/** Saves what is whole in a log into a new file with a new index, and says which frames are gone. */

export interface FrameGap {
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  /** Damage lies in between; otherwise the channel was off or its end is missing. */
  readonly damaged: boolean;
}

export interface Recovery {
  readonly messages: Readonly<Record<string, number>>;
  readonly losses: readonly Loss[];
  readonly gaps: readonly FrameGap[];
  /** Gaps beyond `GAPS_MAX`. */
  readonly moreGaps: number;
  readonly chunks: number;
  /** Records that were left out because their topic had that frame, or a newer one, already. */
  readonly repeated: number;
  /** Chunks taken without a valid checksum. */
  readonly unverified: number;
  /** Whether the checksum of the whole was right; `null` when the file cannot tell. */
  readonly intact: boolean | null;
  readonly attachments: readonly string[];
  readonly metadata: readonly string[];
}

/** Entry of a saved log that tells of the damage: its new checksums vouch for nothing older. */
const RECOVERY = "quorate.recovery";

export const GAPS_MAX = 1000;
/** Topics with a record in every frame: a frame that they have not is told. */
const FRAME_TOPICS: readonly string[] = TOPICS.filter((_, topic) => isFrameTopic(topic));
const RECORD_TOPICS: readonly string[] = TOPICS.filter((_, topic) => isRecordTopic(topic));

/**
 * Copies every message, attachment and metadata record that is whole from `source` to `writable`.
 * @throws LogError when it is no MCAP file, or nothing in it can be saved.
 */
export async function recoverLog(
  source: LogSource,
  writable: LogWritable,
  options: { readonly unverified: boolean },
): Promise<Recovery> {
  try {
    const found = await inspect(source, "all", options);
    checkVersion(source.name, found.index);
    if (found.index.chunks.length === 0 || found.index.channels.size === 0) throw nothingLeft(source, found, options);
    if (!found.index.attachments.has(ATTACHMENTS.signals)) throw noSignals(source);
    return await new Rescue(source, found).copyTo(writable);
  } catch (error) {
    throw asLogError(error, source.name);
  }
}

class Rescue {
  readonly #source: LogSource;
  readonly #index: LogIndex;
  readonly #losses: readonly Loss[];
  readonly #intact: boolean | null;
  readonly #messages: Record<string, number> = {};
  readonly #gaps: FrameGap[] = [];
  readonly #last = new Map<string, { frame: number; offset: number }>();
  #moreGaps = 0;
  #repeated = 0;
  #newest = -1;
  /** Times never decrease in the new file, whatever the old one had. */
  #lastTime = 0n;

  constructor(source: LogSource, { index, losses, intact }: Found) {
    this.#source = source;
    this.#intact = intact ?? null;
    this.#index = index;
    this.#losses = losses;
  }

  async copyTo(writable: LogWritable): Promise<Recovery> {
    const { schemas, channels, metadata, attachments, chunks, library } = this.#index;
    const writer = new LogFileWriter(writable, {
      library: library || LIBRARY,
      schemas: [...schemas.values()],
      channels: [...channels.values()],
    });
    const damage = this.#damage();
    for (const [name, entries] of metadata)
      if (name !== "quorate.result" && name !== RECOVERY) writer.metadata(name, entries);
    if (damage !== undefined) writer.metadata(RECOVERY, damage);
    for (const { offset, size } of attachments.values())
      writer.attachment(openAttachment(await this.#source.read(offset, size), offset));
    for (const place of chunks) {
      await this.#copyChunk(writer, place);
      await writer.flush();
    }
    await writer.flush({ all: true });
    const result = metadata.get("quorate.result");
    if (result !== undefined) writer.metadata("quorate.result", result);
    await writer.end();
    this.#endGaps(framesTold(result) - 1);
    return {
      messages: this.#messages,
      losses: this.#losses,
      gaps: this.#gaps.sort((a, b) => FRAME_TOPICS.indexOf(a.topic) - FRAME_TOPICS.indexOf(b.topic) || a.from - b.from),
      moreGaps: this.#moreGaps,
      chunks: chunks.length,
      repeated: this.#repeated,
      unverified: this.#unverified(),
      intact: this.#intact,
      attachments: [...attachments.keys()],
      metadata: [...metadata.keys()],
    };
  }

  /** What the new file must say of this damage and of what an earlier recovery found. */
  #damage(): ReadonlyMap<string, string> | undefined {
    const before = this.#index.metadata.get(RECOVERY);
    const bytes = this.#losses.reduce((sum, { size, unverified }) => sum + (unverified === true ? 0 : size), 0);
    const unverified = this.#unverified();
    if (before === undefined && this.#intact === true && bytes + unverified === 0) return undefined;
    const sum = (key: string, found: number) => `${(Number(before?.get(key)) || 0) + found}`;
    return new Map([
      ["lost_bytes", sum("lost_bytes", bytes)],
      ["unverified_chunks", sum("unverified_chunks", unverified)],
      ["metadata", this.#intact === true ? (before?.get("metadata") ?? "") : "unverified"],
    ]);
  }

  #unverified(): number {
    return this.#index.chunks.filter(({ unverified }) => unverified === true).length;
  }

  async #copyChunk(writer: LogFileWriter, place: ChunkPlace): Promise<void> {
    const bytes = await this.#source.read(place.offset, place.size);
    const isWhole = place.unverified !== true;
    const { records, at } = isWhole
      ? openChunk(bytes, place.offset)
      : { records: bytes.subarray(CHUNK_RECORDS_AT), at: place.offset + CHUNK_RECORDS_AT };
    for (const { opcode, body } of recordsIn(new Cursor(records, at))) {
      if (opcode !== OPCODES.message) continue;
      const message = parseMessage(body);
      const topic = this.#index.channels.get(message.channel)?.topic;
      if (topic === undefined) continue; // Its channel record is lost: nobody can say what it means.
      if (RECORD_TOPICS.includes(topic) && !this.#note(topic, message.data, place.offset)) {
        this.#repeated += 1;
        continue;
      }
      this.#messages[topic] = (this.#messages[topic] ?? 0) + 1;
      if (message.logTime > this.#lastTime) this.#lastTime = message.logTime;
      const head: MessageHead = {
        channel: message.channel,
        sequence: message.sequence,
        size: message.data.length,
        logTime: moment(this.#lastTime),
        publishTime: moment(message.publishTime),
      };
      const dataAt = writer.begin(head);
      writer.bytes.set(message.data, dataAt);
    }
  }

  /** Whether the record is of a newer frame than those before it: a reader refuses a frame that comes twice. */
  #note(topic: string, data: Uint8Array, offset: number): boolean {
    const frame = data.length < 8 ? -1 : new DataView(data.buffer, data.byteOffset).getUint32(4, true);
    const last = this.#last.get(topic) ?? { frame: -1, offset: 0 };
    if (frame <= last.frame) return false;
    if (frame > last.frame + 1 && FRAME_TOPICS.includes(topic))
      this.#gap({ topic, from: last.frame + 1, to: frame - 1 }, { start: last.offset, end: offset });
    this.#last.set(topic, { frame, offset });
    this.#newest = Math.max(this.#newest, frame);
    return true;
  }

  #endGaps(newest: number): void {
    const to = Math.max(newest, this.#newest);
    for (const topic of FRAME_TOPICS) {
      const { frame, offset } = this.#last.get(topic) ?? { frame: -1, offset: 0 };
      if (frame < to) this.#gap({ topic, from: frame + 1, to }, { start: offset, end: this.#source.size });
    }
  }

  #gap(gap: Omit<FrameGap, "damaged">, place: { start: number; end: number }): void {
    const damaged = this.#losses.some(({ offset, size }) => offset < place.end && offset + size > place.start);
    if (this.#gaps.length < GAPS_MAX) this.#gaps.push({ ...gap, damaged });
    else this.#moreGaps += 1;
  }
}

function moment(ns: bigint): { low: number; high: number } {
  return { low: Number(ns & 0xffffffffn), high: Number(ns >> 32n) };
}

function noSignals({ name }: LogSource): LogError {
  return new LogError({
    code: "no-signals",
    kind: "file",
    problem: "the signal table of this log is lost",
    place: { file: name },
    expected: `the attachment ${ATTACHMENTS.signals}, whole`,
    found: "none",
    hint: "Without it no record can be read. Look for another copy of the file.",
  });
}

function nothingLeft(
  { name }: LogSource,
  { losses }: Found,
  { unverified }: { readonly unverified: boolean },
): LogError {
  return new LogError({
    code: "nothing-left",
    kind: "file",
    problem: "nothing in this file can be saved",
    place: { file: name },
    expected: "at least one whole chunk",
    found: counted(losses.length, "damaged place"),
    hint: unverified
      ? "Nothing more can be done with this file; look for another copy of it."
      : "Try --unverified, which takes messages from damaged chunks as well.",
  });
}
