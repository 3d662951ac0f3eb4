import { LogFileWriter, type LogWritable, type MessageHead } from "./file-writer.ts";
import { type ChunkPlace, checkData, type LogIndex, loadIndex } from "./index.ts";
import { OPCODES } from "./mcap.ts";
import { CHUNK_RECORDS_AT, Cursor, FormatDamage, openChunk, parseMessage, recordsIn } from "./parse.ts";
import { asLogError, LogError } from "./problem.ts";
import { type Loss, type ScanResult, scanIndex } from "./scan.ts";
import { LIBRARY, TOPICS } from "./schemas.ts";
import type { LogSource } from "./source.ts";

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
const FRAME_TOPICS: readonly string[] = TOPICS.slice(0, 4);

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
    const scan = await scanIndex(source, options);
    if (scan.index.chunks.length === 0 || scan.index.channels.size === 0) throw nothingLeft(source, scan, options);
    return await new Rescue(source, { ...scan, intact: await intactOf(source) }).copyTo(writable);
  } catch (error) {
    throw asLogError(error, source.name);
  }
}

/** Of what has no checksum of its own, only the file's can tell. */
async function intactOf(source: LogSource): Promise<boolean | null> {
  try {
    return (await checkData(source, await loadIndex(source))) ?? null;
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    return null;
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
  #newest = -1;
  /** Times never decrease in the new file, whatever the old one had. */
  #lastTime = 0n;

  constructor(source: LogSource, { index, losses, intact }: ScanResult & { readonly intact: boolean | null }) {
    this.#source = source;
    this.#intact = intact;
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
    for (const [name, place] of attachments) {
      const data = await this.#attachment(place.offset, place.size);
      writer.attachment({ name, mediaType: place.mediaType, data });
    }
    for (const place of chunks) {
      await this.#copyChunk(writer, place);
      await writer.flush();
    }
    await writer.flush({ all: true });
    const result = metadata.get("quorate.result");
    if (result !== undefined) writer.metadata("quorate.result", result);
    await writer.end();
    this.#endGaps(result === undefined ? this.#newest : Number(result.get("frames")) - 1);
    return {
      messages: this.#messages,
      losses: this.#losses,
      gaps: this.#gaps.sort((a, b) => FRAME_TOPICS.indexOf(a.topic) - FRAME_TOPICS.indexOf(b.topic) || a.from - b.from),
      moreGaps: this.#moreGaps,
      chunks: chunks.length,
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
    if (before === undefined && this.#intact !== false && bytes + unverified === 0) return undefined;
    const sum = (key: string, found: number) => `${Number(before?.get(key) ?? 0) + found}`;
    return new Map([
      ["lost_bytes", sum("lost_bytes", bytes)],
      ["unverified_chunks", sum("unverified_chunks", unverified)],
      ["metadata", this.#intact === false ? "unverified" : (before?.get("metadata") ?? "")],
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
      this.#messages[topic] = (this.#messages[topic] ?? 0) + 1;
      if (FRAME_TOPICS.includes(topic) && message.data.length >= 8) this.#note(topic, message.data, place.offset);
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

  #note(topic: string, data: Uint8Array, offset: number): void {
    const frame = new DataView(data.buffer, data.byteOffset).getUint32(4, true);
    const last = this.#last.get(topic) ?? { frame: -1, offset: 0 };
    if (frame <= last.frame) return;
    if (frame > last.frame + 1)
      this.#gap({ topic, from: last.frame + 1, to: frame - 1 }, { start: last.offset, end: offset });
    this.#last.set(topic, { frame, offset });
    this.#newest = Math.max(this.#newest, frame);
  }

  #endGaps(newest: number): void {
    for (const [topic, { frame, offset }] of this.#last) {
      const to = Math.max(newest, this.#newest);
      if (frame < to) this.#gap({ topic, from: frame + 1, to }, { start: offset, end: this.#source.size });
    }
  }

  #gap(gap: Omit<FrameGap, "damaged">, place: { start: number; end: number }): void {
    const damaged = this.#losses.some(({ offset, size }) => offset < place.end && offset + size > place.start);
    if (this.#gaps.length < GAPS_MAX) this.#gaps.push({ ...gap, damaged });
    else this.#moreGaps += 1;
  }

  async #attachment(offset: number, size: number): Promise<Uint8Array> {
    const bytes = await this.#source.read(offset, size);
    const [record] = recordsIn(new Cursor(bytes, offset));
    if (record === undefined) return new Uint8Array(0);
    const { body } = record;
    body.raw(16);
    body.text();
    body.text();
    return body.raw(body.size());
  }
}

function moment(ns: bigint): { low: number; high: number } {
  return { low: Number(ns & 0xffffffffn), high: Number(ns >> 32n) };
}

function nothingLeft(
  { name }: LogSource,
  { losses }: ScanResult,
  { unverified }: { readonly unverified: boolean },
): LogError {
  return new LogError({
    code: "nothing-left",
    kind: "file",
    problem: "nothing in this file can be saved",
    place: { file: name },
    expected: "at least one whole chunk",
    found: `${losses.length} damaged places`,
    hint: unverified
      ? "Nothing more can be done with this file; look for another copy of it."
      : "Try --unverified, which takes messages from damaged chunks as well.",
  });
}
