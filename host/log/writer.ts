import { crc32 } from "node:zlib";
import { CHANNELS, type ModeName } from "../protocol/enums.ts";
import { type EventFacts, eventKind, type Level } from "../protocol/events.ts";
import { channelLayout, stageLayout } from "../protocol/record.ts";
import type { SignalList } from "../protocol/signals.ts";
import { eventSentence } from "../protocol/words.ts";
import { ByteWriter } from "./bytes.ts";
import { Chunk, chunkIndexOf, type Moment, type SealedChunk, setMoment, wide } from "./chunk.ts";
import { type Attachment, putAttachment, putChannel, putDataEnd, putHeader, putMetadata, putSchema } from "./mcap.ts";
import { CHANNEL_A_ID, EVENTS_ID, logChannels, logSchemas, STAGE_ID, TEXT_ID } from "./schemas.ts";
import { Summary } from "./summary.ts";

/** Where the file goes: `@mcap/core`'s `IWritable`, so its `FileHandleWritable` and ours both fit. */
export interface LogWritable {
  /** The bytes stay as they are until the promise is settled. */
  write(bytes: Uint8Array): Promise<unknown>;
}

export interface RunFacts {
  /** The control law's name. */
  readonly law: string;
  readonly periodUs: number;
  readonly signals: SignalList;
  /** The run's seed; `undefined` when nothing in it is drawn (boards). */
  readonly seed: string | undefined;
  readonly moduleHash: string;
  readonly coreHash: string;
  readonly stageHash: string;
  /** Engine to version: `v8` to `11.3`. */
  readonly engines: Readonly<Record<string, string>>;
  /** Trace file, format, hash, how replicas were derived, or the plant: `quorate.source`. */
  readonly source: Readonly<Record<string, string>>;
  /** `signals.bin` is a must: without it nobody can read the records. */
  readonly attachments: readonly Attachment[];
  /** Bytes of records in one chunk. 1 MiB (the default) for simulated runs, 64 KiB when live. */
  readonly chunkSize?: number;
}

export interface RunResult {
  readonly frames: number;
  readonly verdict: "pass" | "fail";
  readonly outputHash: string;
  readonly mode: ModeName;
  /** Further entries of `quorate.result`. */
  readonly more?: Readonly<Record<string, string>>;
}

export interface LoggedEvent extends EventFacts {
  readonly frame: number;
  /** The sentence; made from the event table when left out. */
  readonly text?: string;
}

export const CHUNK_SIZE_SIMULATED: number = 1024 * 1024;
export const CHUNK_SIZE_LIVE: number = 64 * 1024;
/** Longer sentences are cut: one record must fit into the smallest chunk. */
export const TEXT_LENGTH_MAX = 4096;
/** Sealed chunks that may wait for `flush`. More means that nobody awaits it. */
const SEALED_MAX = 256;
const SPARE_CHUNKS_MAX = 8;

const LOG_LEVELS: Readonly<Record<Level, number>> = { info: 2, warning: 3, error: 4 };

/**
 * Writes the voter log of one run. Records are taken in at once and copied, so a simulation calls
 * `channelFrame` as often as it likes and awaits `flush` every few hundred frames.
 *
 *     const log = new VoterLogWriter(writable, facts);
 *     log.event({ frame, by: "A", code: 51, subject: 2, argument: 7 });
 *     log.channelFrame(0, frame, record);
 *     await log.flush();
 *     await log.finish({ frames, verdict: "pass", outputHash, mode: "TRIPLEX" });
 *
 * The same calls give the same bytes: no clock, no random numbers, no versions but those handed in.
 */
export class VoterLogWriter {
  readonly #writable: LogWritable;
  readonly #facts: RunFacts;
  readonly #summary: Summary;
  readonly #frameSizes: readonly number[];
  readonly #spare: Chunk[] = [];
  readonly #sealed: { readonly from: Chunk; readonly sealed: SealedChunk }[] = [];
  readonly #logTime: Moment = { low: 0, high: 0 };
  readonly #head: { channel: number; sequence: number; size: number; logTime: Moment; publishTime: Moment };
  readonly #clocks: readonly Moment[] = CHANNELS.map(() => ({ low: 0, high: 0 }));
  readonly #offsetsNs: number[] = CHANNELS.map(() => 0);
  #chunk: Chunk;
  #frame = 0;
  #eventCount = 0;
  #textCount = 0;
  #position = 0;
  #dataCrc = 0;
  #queue: Promise<void> = Promise.resolve();
  #started = false;
  #finished = false;

  constructor(writable: LogWritable, facts: RunFacts) {
    if (!facts.attachments.some(({ name }) => name === "signals.bin")) {
      throw new Error("a voter log needs the attachment signals.bin");
    }
    this.#writable = writable;
    this.#facts = facts;
    const channelSize = channelLayout(facts.signals).size;
    this.#frameSizes = [channelSize, channelSize, channelSize, stageLayout(facts.signals).size];
    this.#summary = new Summary(logSchemas(facts.signals), logChannels());
    this.#head = { channel: 0, sequence: 0, size: 0, logTime: this.#logTime, publishTime: this.#logTime };
    this.#chunk = this.#freshChunk();
    this.#declareTopics();
  }

  /** Messages wait in sealed chunks: how many bytes of them. */
  get waitingBytes(): number {
    return this.#sealed.reduce((sum, { sealed }) => sum + sealed.chunk.length + sealed.indexes.length, 0);
  }

  /** From now on this channel's own clock (publishTime) is `offsetUs` ahead of the run's time. */
  clock(channel: number, offsetUs: number): void {
    this.#offsetsNs[channel] = Math.round(offsetUs * 1000);
    this.#setClocks();
  }

  /**
   * Takes the record of one channel (0 for A). `record` is what the core wrote; the words of the probes come
   * behind it, in it or as `probes`.
   */
  channelFrame(channel: number, frame: number, record: Uint8Array, probes?: Uint8Array): void {
    const size = record.length + (probes === undefined ? 0 : probes.length);
    if (size !== this.#frameSizes[channel] || channel >= STAGE_ID - CHANNEL_A_ID) this.#refuse(channel, size);
    const publishTime = this.#at(frame).#clocks[channel] ?? this.#logTime;
    const at = this.#begin(CHANNEL_A_ID + channel, frame, size, publishTime);
    this.#chunk.bytes.set(record, at);
    if (probes !== undefined) this.#chunk.bytes.set(probes, at + record.length);
  }

  /** Takes the record of the output stage. */
  stageFrame(frame: number, record: Uint8Array): void {
    const index = STAGE_ID - CHANNEL_A_ID;
    if (record.length !== this.#frameSizes[index]) this.#refuse(index, record.length);
    const at = this.#at(frame).#begin(STAGE_ID, frame, record.length, this.#logTime);
    this.#chunk.bytes.set(record, at);
  }

  event(event: LoggedEvent): void {
    const { frame, by, code, subject, argument } = event;
    const { name, level } = eventKind(code);
    const text = cut(event.text ?? eventSentence(event, this.#facts.signals));
    const channel = (CHANNELS as readonly string[]).indexOf(by);
    this.#at(frame);
    const body = { frame, by, code, name, level, subject: subject >>> 0, argument: argument >>> 0, text };
    this.#json(EVENTS_ID, this.#eventCount++, body, this.#clocks[channel] ?? this.#logTime);
  }

  /** A sentence for a person; it belongs to the newest frame. */
  text(level: Level, message: string): void {
    const ns = wide(this.#logTime);
    const timestamp = { sec: Number(ns / 1_000_000_000n), nsec: Number(ns % 1_000_000_000n) };
    const body = { timestamp, level: LOG_LEVELS[level], message: cut(message), name: "quorate", file: "", line: 0 };
    this.#json(TEXT_ID, this.#textCount++, body, this.#logTime);
  }

  /** Writes what is sealed. `all`: the running chunk too, so that a live log loses nothing when the power goes. */
  flush(options: { readonly all?: boolean } = {}): Promise<void> {
    if (options.all === true && !this.#chunk.isEmpty) this.#seal();
    this.#queue = this.#queue.then(() => this.#writeSealed());
    return this.#queue;
  }

  /** Ends the file: result, indexes, footer. Nothing may be logged after it. */
  async finish(result: RunResult): Promise<void> {
    if (this.#finished) throw new Error("the voter log is finished already");
    this.#finished = true;
    await this.flush({ all: true });
    const { frames, verdict, outputHash, mode, more = {} } = result;
    const out = new ByteWriter();
    const entries = { frames: String(frames), verdict, output_hash: outputHash, mode, ...more };
    this.#metadata(out, "quorate.result", entries);
    await this.#write(out.bytes);
    out.clear();
    putDataEnd(out, this.#dataCrc);
    await this.#write(out.bytes);
    await this.#write(this.#summary.encode(this.#position));
  }

  #refuse(index: number, found: number): never {
    throw new Error(`a record of channel ${index} has ${found} bytes, expected ${this.#frameSizes[index]}`);
  }

  async #writeStart(): Promise<void> {
    const { facts, out } = { facts: this.#facts, out: new ByteWriter() };
    putHeader(out, "quorate voter log 1");
    this.#metadata(out, "quorate.run", {
      format: "1",
      law: facts.law,
      seed: facts.seed ?? "",
      period_us: String(facts.periodUs),
      module_hash: facts.moduleHash,
      core_hash: facts.coreHash,
      stage_hash: facts.stageHash,
      ...Object.fromEntries(Object.entries(facts.engines).map(([name, version]) => [`engine.${name}`, version])),
    });
    this.#metadata(out, "quorate.source", facts.source);
    for (const attachment of facts.attachments) {
      const offset = out.size;
      putAttachment(out, attachment);
      this.#summary.attachments.push({ attachment, at: { offset, size: out.size - offset } });
    }
    await this.#write(out.bytes);
  }

  #metadata(out: ByteWriter, name: string, entries: Readonly<Record<string, string>>): void {
    const offset = this.#position + out.size;
    const start = out.size;
    putMetadata(out, name, new Map(Object.entries(entries)));
    this.#summary.metadata.push({ name, at: { offset, size: out.size - start } });
  }

  #declareTopics(): void {
    const out = new ByteWriter();
    for (const schema of this.#summary.schemas) putSchema(out, schema);
    for (const channel of this.#summary.channels) putChannel(out, channel);
    this.#chunk.addRecord(out.bytes);
  }

  /** Moves the log's time to `frame`; it never goes back, whatever arrives late. */
  #at(frame: number): this {
    if (frame > this.#frame) {
      this.#frame = frame;
      setMoment(this.#logTime, frame, this.#facts.periodUs);
      this.#setClocks();
    }
    return this;
  }

  #setClocks(): void {
    const { low, high } = this.#logTime;
    for (const [channel, clock] of this.#clocks.entries()) {
      const sum = low + (this.#offsetsNs[channel] ?? 0);
      const carry = Math.floor(sum / 2 ** 32);
      const early = high + carry < 0;
      clock.low = early ? 0 : sum - carry * 2 ** 32;
      clock.high = early ? 0 : high + carry;
    }
  }

  #begin(channel: number, sequence: number, size: number, publishTime: Moment): number {
    if (this.#finished) throw new Error("the voter log is finished");
    if (!this.#chunk.fits(size)) this.#seal();
    const head = this.#head;
    head.channel = channel;
    head.sequence = sequence;
    head.size = size;
    head.publishTime = publishTime;
    this.#summary.count(channel, this.#logTime);
    return this.#chunk.begin(head);
  }

  #json(channel: number, sequence: number, body: object, publishTime: Moment): void {
    const bytes = utf8.encode(JSON.stringify(body));
    const at = this.#begin(channel, sequence, bytes.length, publishTime);
    this.#chunk.bytes.set(bytes, at);
  }

  #seal(): void {
    if (this.#sealed.length >= SEALED_MAX) throw new Error(`${SEALED_MAX} chunks wait: await flush() now and then`);
    this.#sealed.push({ from: this.#chunk, sealed: this.#chunk.seal() });
    this.#chunk = this.#spare.pop() ?? this.#freshChunk();
  }

  #freshChunk(): Chunk {
    return new Chunk(Math.max(this.#facts.chunkSize ?? CHUNK_SIZE_SIMULATED, CHUNK_SIZE_LIVE));
  }

  async #writeSealed(): Promise<void> {
    if (!this.#started) await this.#writeStart();
    this.#started = true;
    for (let next = this.#sealed.shift(); next !== undefined; next = this.#sealed.shift()) {
      const { from, sealed } = next;
      this.#summary.chunks.push(chunkIndexOf(sealed, this.#position));
      await this.#write(sealed.chunk);
      await this.#write(sealed.indexes);
      from.clear();
      if (this.#spare.length < SPARE_CHUNKS_MAX) this.#spare.push(from);
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#dataCrc = crc32(bytes, this.#dataCrc);
    this.#position += bytes.length;
    await this.#writable.write(bytes);
  }
}

const utf8 = new TextEncoder();

function cut(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`;
}
