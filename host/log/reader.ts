import {
  channelLayout,
  detailLayout,
  ENCAPSULATION,
  ENCAPSULATION_SIZE,
  type RecordLayout,
  stageLayout,
} from "../model/record.ts";
import type { SignalTable } from "../model/signals.ts";
import { type EventRecord, parseEvent } from "./file/event-record.ts";
import { type FrameSet, FrameSets } from "./file/frame-set.ts";
import type { FrameRange } from "./file/frame-span.ts";
import {
  checkSchemas,
  checkTopics,
  type Extent,
  type Found,
  inspect,
  nearTo,
  readAttachment,
  readTable,
  topicIds,
} from "./file/inspect.ts";
import { asLogError } from "./file/log-error.ts";
import type { ChunkPlace, LogIndex, Loss } from "./file/log-index.ts";
import type { LogSource } from "./file/log-source.ts";
import { CHUNK_RECORDS_AT, eachMessage, FormatDamage, openChunk, printable } from "./file/mcap-parse.ts";
import { checkVersion } from "./file/run-metadata.ts";
import { EVENTS_TOPIC, isFrameTopic, isRecordTopic, STAGE_TOPIC, TOPICS, type Topic } from "./file/schemas.ts";

export interface TopicCount {
  readonly topic: Topic;
  readonly messages: number;
  readonly first?: number;
  readonly last?: number;
}

const FRAME_TOPICS = TOPICS.flatMap((_, topic) => (isFrameTopic(topic) ? [topic] : []));
const RECORD_TOPICS = TOPICS.flatMap((_, topic) => (isRecordTopic(topic) ? [topic] : []));

/**
 * A voter log, read through its index. Memory is two chunks and the index, whatever the file's size.
 *
 *     const log = await VoterLog.open(await fileSource("run.mcap"));
 *     for await (const { frame, channels } of log.frames({ from: 900 })) ...
 */
export class VoterLog {
  readonly #source: LogSource;
  readonly index: LogIndex;
  /** Bytes that cannot be used: found by the check, or by the scan when the index is not whole. */
  readonly losses: readonly Loss[];
  /** Whether every byte in front of the summary is as it was written; `undefined` unless all was checked. */
  readonly intact: boolean | undefined;
  /** Why the file was read from the start instead of through its index; `undefined` when it was not. */
  readonly indexProblem: string | undefined;
  readonly table: SignalTable;
  readonly channelLayout: RecordLayout;
  readonly detailLayout: RecordLayout;
  readonly stageLayout: RecordLayout;
  /** Channel ids of `TOPICS`, in their order. */
  readonly #ids: readonly (number | undefined)[];

  private constructor(source: LogSource, found: Found, table: SignalTable) {
    this.#source = source;
    this.index = found.index;
    this.losses = found.losses;
    this.intact = found.intact;
    this.indexProblem = found.problem;
    this.table = table;
    this.channelLayout = channelLayout(table);
    this.detailLayout = detailLayout();
    this.stageLayout = stageLayout(table);
    this.#ids = topicIds(found.index);
  }

  /**
   * Opens a log; without a whole index it is scanned. `check`: compares the chunks of these frames with their checksums
   * first and leaves the damaged ones out; without an end on either side the whole file is read. What is not checked
   * is refused where it is damaged.
   * @throws LogError when it is no voter log, of another version, or too damaged to know its signals.
   */
  static async open(source: LogSource, { check }: { readonly check?: FrameRange } = {}): Promise<VoterLog> {
    try {
      const found = await inspect(source, extentOf(check));
      checkVersion(source.name, found.index);
      checkTopics(source.name, found.index);
      const table = await readTable(source, found.index);
      checkSchemas(source.name, found.index, table);
      return new VoterLog(source, found, table);
    } catch (error) {
      throw asLogError(error, source.name);
    }
  }

  /** The same log with all of it checked. */
  recheck(): Promise<VoterLog> {
    return VoterLog.open(this.#source, { check: {} });
  }

  get name(): string {
    return this.#source.name;
  }

  get size(): number {
    return this.#source.size;
  }

  /** Entries of one of the file's metadata records, without control characters; empty when it has none. */
  metadata(
    name: "quorate.run" | "quorate.source" | "quorate.recovery" | "quorate.result",
  ): ReadonlyMap<string, string> {
    const entries = this.index.metadata.get(name) ?? new Map<string, string>();
    return new Map([...entries].map(([key, value]) => [printable(key), printable(value)]));
  }

  get periodUs(): number {
    return this.table.periodUs;
  }

  async attachment(name: string): Promise<Uint8Array | undefined> {
    const place = this.index.attachments.get(name);
    if (place === undefined) return undefined;
    try {
      return await readAttachment(this.#source, name, place);
    } catch (error) {
      throw asLogError(error, this.name);
    }
  }

  /** Whether the file may lack records that the run had. */
  get isDamaged(): boolean {
    const { losses, intact, indexProblem, index } = this;
    return (
      losses.length > 0 || intact === false || indexProblem !== undefined || index.metadata.has("quorate.recovery")
    );
  }

  /** All frames of a range in order, the records of the channels and the stage put together. */
  async *frames(range: FrameRange = {}): AsyncGenerator<FrameSet> {
    const from = range.from ?? 0;
    const to = range.to ?? 0xffffffff;
    const sets = new FrameSets({ file: this.name, isDamaged: this.isDamaged });
    for await (const { records, at } of this.#chunks({ from, to, topics: RECORD_TOPICS })) {
      const ready: FrameSet[] = [];
      this.#eachRecord(records, at, (topic, view) => {
        const frame = view.getUint32(ENCAPSULATION_SIZE, true);
        if (frame < from || frame > to) return;
        const set = sets.add(topic, frame, view);
        if (set !== undefined) ready.push(set);
      });
      yield* ready;
    }
    yield* sets.rest();
  }

  /** One frame, found through the index; `undefined` when no record of it is in the file. */
  async frame(frame: number): Promise<FrameSet | undefined> {
    for await (const set of this.frames({ from: frame, to: frame })) return set;
    return undefined;
  }

  /** All events of a range in the order of the file. */
  async *events(range: FrameRange = {}): AsyncGenerator<EventRecord> {
    const from = range.from ?? 0;
    const to = range.to ?? 0xffffffff;
    const id = this.#ids[EVENTS_TOPIC];
    for await (const { records, at } of this.#chunks({ from, to, topics: [EVENTS_TOPIC] })) {
      const found: EventRecord[] = [];
      this.#guard(() =>
        eachMessage(records, at, (channel, dataAt, size) => {
          if (channel !== id) return;
          const event = parseEvent(records.subarray(dataAt, dataAt + size), at + dataAt);
          if (event.frame >= from && event.frame <= to) found.push(event);
        }),
      );
      yield* found;
    }
  }

  /** The number of every frame record, in the order of the file; source 0 to 2 for A to C, 3 for the output stage. */
  async eachFrameNumber(visit: (source: number, frame: number) => void): Promise<void> {
    for await (const { records, at } of this.#chunks({ from: 0, to: 0xffffffff, topics: FRAME_TOPICS })) {
      this.#eachRecord(records, at, (topic, view) => {
        if (isFrameTopic(topic)) visit(topic, view.getUint32(ENCAPSULATION_SIZE, true));
      });
    }
  }

  /** Messages of each topic; of the frame topics also the first and last frame. */
  async counts(): Promise<TopicCount[]> {
    const { chunks, counts } = this.index;
    const known = counts.size > 0;
    const found = TOPICS.map((topic, i) => ({ topic, messages: counts.get(this.#ids[i] ?? -1) ?? 0 }) as OpenCount);
    // With the file's own statistics its first and last chunk tell the rest.
    const places = known ? chunks.filter((_, i) => i === 0 || i === chunks.length - 1) : chunks;
    for (const place of places) {
      const opened = await this.#readChunk(place);
      if ("error" in opened) throw asLogError(opened.error, this.name);
      const { records, at } = opened;
      const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
      this.#guard(() =>
        eachMessage(records, at, (channel, dataAt, size) => {
          const count = found[this.#ids.indexOf(channel)];
          if (count === undefined) return;
          if (!known) count.messages += 1;
          if (!isFrameTopic(TOPICS.indexOf(count.topic)) || size < 2 * ENCAPSULATION_SIZE) return;
          const frame = view.getUint32(dataAt + ENCAPSULATION_SIZE, true);
          count.first = Math.min(count.first ?? frame, frame);
          count.last = Math.max(count.last ?? frame, frame);
        }),
      );
    }
    return found;
  }

  close(): Promise<void> {
    return this.#source.close();
  }

  /** The verified records of all chunks that have one of these topics in a range; the next one is read ahead. */
  async *#chunks(want: Wanted): AsyncGenerator<{ records: Uint8Array; at: number }> {
    const ids = want.topics.map((topic) => this.#ids[topic]).filter((id) => id !== undefined);
    const isNear = nearTo(want, this.periodUs);
    const places = this.index.chunks.filter(
      (place) => isNear(place) && (place.channels === undefined || ids.some((id) => place.channels?.has(id) === true)),
    );
    let ahead: Promise<Opened> | undefined;
    for (const [i, place] of places.entries()) {
      const opened = await (ahead ?? this.#readChunk(place));
      const next = places[i + 1];
      ahead = next === undefined ? undefined : this.#readChunk(next);
      if ("error" in opened) throw asLogError(opened.error, this.name);
      yield opened;
    }
  }

  /** Never rejects: a chunk read ahead may fail while nobody waits for it. */
  async #readChunk(place: ChunkPlace): Promise<Opened> {
    try {
      const bytes = await this.#source.read(place.offset, place.size);
      if (place.unverified !== true) return openChunk(bytes, place.offset);
      return { records: bytes.subarray(CHUNK_RECORDS_AT), at: place.offset + CHUNK_RECORDS_AT };
    } catch (error) {
      return { error };
    }
  }

  /** Visits the records of all frames; `topic` is the place in `TOPICS`. */
  #eachRecord(records: Uint8Array, at: number, visit: (topic: number, view: DataView) => void): void {
    this.#guard(() =>
      eachMessage(records, at, (channel, dataAt, found) => {
        const topic = this.#ids.indexOf(channel);
        if (!isRecordTopic(topic)) return;
        const { size: expected } = this.#layoutOf(topic);
        const view = new DataView(records.buffer, records.byteOffset + dataAt, found);
        if (found !== expected || view.getUint32(0, false) !== CDR_LITTLE)
          throw badRecord(at + dataAt, { expected, found });
        visit(topic, view);
      }),
    );
  }

  #layoutOf(topic: number): RecordLayout {
    if (topic === STAGE_TOPIC) return this.stageLayout;
    return topic < STAGE_TOPIC ? this.channelLayout : this.detailLayout;
  }

  #guard(body: () => void): void {
    try {
      body();
    } catch (error) {
      throw asLogError(error, this.name);
    }
  }
}

type OpenCount = { -readonly [K in keyof TopicCount]: TopicCount[K] };

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly topics: readonly number[];
}

type Opened = { readonly records: Uint8Array; readonly at: number } | { readonly error: unknown };

const CDR_LITTLE: number = ENCAPSULATION.reduce((word, byte) => word * 256 + byte, 0);

function extentOf(check: FrameRange | undefined): Extent {
  if (check === undefined) return "none";
  if (check.from === undefined && check.to === undefined) return "all";
  return { from: check.from ?? 0, to: check.to ?? 0xffffffff };
}

function badRecord(offset: number, sizes: { expected: number; found: number }): FormatDamage {
  const expected = `${sizes.expected} bytes of little-endian CDR`;
  return new FormatDamage({ problem: "a frame record is not one", offset, expected, found: `${sizes.found} bytes` });
}
