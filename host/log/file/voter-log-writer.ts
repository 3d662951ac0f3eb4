import { copyInto } from "../../model/copy.ts";
import { CHANNELS, type ModeName } from "../../model/enums.ts";
import { type EventFacts, eventKind, type Level } from "../../model/events.ts";
import { channelLayout, detailLayout, stageLayout } from "../../model/record.ts";
import type { SignalList } from "../../model/signals.ts";
import { eventSentence } from "../../model/words.ts";
import { ATTACHMENTS } from "./attachments.ts";
import { type Moment, setMoment, wide } from "./chunk.ts";
import { LogFileWriter, type LogWritable, type MessageHead } from "./file-writer.ts";
import type { Attachment } from "./mcap-writer.ts";
import { VERSIONS } from "./run-metadata.ts";
import {
  CHANNEL_A_ID,
  DETAIL_A_ID,
  EVENTS_ID,
  LIBRARY,
  logChannels,
  logSchemas,
  STAGE_ID,
  TEXT_ID,
} from "./schemas.ts";

export interface RunFacts {
  /** The control law's name. */
  readonly controller: string;
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
  /** By their names in attachments.ts; the signal table is a must. */
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

/** Longer sentences are cut: one record must fit into the smallest chunk. */
export const TEXT_LENGTH_MAX = 4096;
const LOG_LEVELS: Readonly<Record<Level, number>> = { info: 2, warning: 3, error: 4 };

/**
 * Writes the voter log of one run. Records are taken in at once and copied, so a simulation calls
 * `channelFrame` as often as it likes and awaits `flush` every few hundred frames.
 *
 *     const log = new VoterLogWriter(writable, facts);
 *     log.event({ frame, by: "A", code: EVENT.ACCUSE_SILENCE, subject: 2, argument: 7 });
 *     log.channelFrame(0, frame, record);
 *     await log.flush();
 *     await log.finish({ frames, verdict: "pass", outputHash, mode: "TRIPLEX" });
 *
 * The same calls give the same bytes: no clock, no random numbers, no versions but those handed in.
 */
export class VoterLogWriter {
  readonly #file: LogFileWriter;
  readonly #facts: RunFacts;
  readonly #logTime: Moment = { low: 0, high: 0 };
  readonly #clocks: readonly Moment[] = CHANNELS.map(() => ({ low: 0, high: 0 }));
  /** Heads of the frame records, channel by channel. */
  readonly #channels: readonly MessageHead[];
  readonly #details: readonly MessageHead[];
  readonly #stage: MessageHead;
  readonly #offsetsNs: number[] = CHANNELS.map(() => 0);
  #frame = 0;
  #eventCount = 0;
  #textCount = 0;

  constructor(writable: LogWritable, facts: RunFacts) {
    if (!facts.attachments.some(({ name }) => name === ATTACHMENTS.signals)) {
      throw new Error(`a voter log needs the attachment ${ATTACHMENTS.signals}`);
    }
    this.#facts = facts;
    const { size } = channelLayout(facts.signals);
    const head = { sequence: 0, logTime: this.#logTime };
    this.#channels = this.#clocks.map((publishTime, i) => ({ ...head, channel: CHANNEL_A_ID + i, size, publishTime }));
    const detail = detailLayout().size;
    this.#details = this.#clocks.map((publishTime, i) => ({
      ...head,
      channel: DETAIL_A_ID + i,
      size: detail,
      publishTime,
    }));
    this.#stage = { ...head, channel: STAGE_ID, size: stageLayout(facts.signals).size, publishTime: this.#logTime };
    this.#file = new LogFileWriter(writable, {
      library: LIBRARY,
      schemas: logSchemas(facts.signals),
      channels: logChannels(),
      chunkSize: facts.chunkSize,
    });
    this.#file.metadata("quorate.run", runMetadata(facts));
    this.#file.metadata("quorate.source", new Map(Object.entries(facts.source)));
    for (const attachment of facts.attachments) this.#file.attachment(attachment);
  }

  /** Bytes that wait for `flush`. */
  get waitingBytes(): number {
    return this.#file.waitingBytes;
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
    const head = this.#channels[channel];
    if (head === undefined) throw new Error(`there is no channel ${channel}`);
    if (size !== head.size) throw wrongSize(`channel ${channel}`, size, head.size);
    const at = this.#begin(head, frame);
    copyInto(this.#file.bytes, record, at);
    if (probes !== undefined) copyInto(this.#file.bytes, probes, at + record.length);
  }

  /** Takes the details of one channel (0 for A) in a frame that has any. */
  channelDetail(channel: number, frame: number, record: Uint8Array): void {
    const head = this.#details[channel];
    if (head === undefined) throw new Error(`there is no channel ${channel}`);
    if (record.length !== head.size) throw wrongSize(`the details of channel ${channel}`, record.length, head.size);
    const at = this.#begin(head, frame);
    copyInto(this.#file.bytes, record, at);
  }

  /** Takes the record of the output stage. */
  stageFrame(frame: number, record: Uint8Array): void {
    if (record.length !== this.#stage.size) throw wrongSize("the stage", record.length, this.#stage.size);
    const at = this.#begin(this.#stage, frame);
    copyInto(this.#file.bytes, record, at);
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

  /** Writes what is complete. `all`: everything, so that a live log loses nothing when the power goes. */
  flush(options: { readonly all?: boolean } = {}): Promise<void> {
    return this.#file.flush(options);
  }

  /** Ends the file: result, indexes, footer. Nothing may be logged after it. */
  async finish(result: RunResult): Promise<void> {
    const { frames, verdict, outputHash, mode, more = {} } = result;
    const entries = { frames: String(frames), verdict, output_hash: outputHash, mode, ...more };
    await this.#file.flush({ all: true });
    this.#file.metadata("quorate.result", new Map(Object.entries(entries)));
    await this.#file.end();
  }

  /** Moves the log's time to `frame`; it never goes back, whatever arrives late. */
  #at(frame: number): void {
    if (!(frame > this.#frame)) return;
    this.#frame = frame;
    setMoment(this.#logTime, frame, this.#facts.periodUs);
    this.#setClocks();
  }

  #setClocks(): void {
    const { low, high } = this.#logTime;
    for (let channel = 0; channel < this.#clocks.length; channel += 1) {
      const clock = this.#clocks[channel] as Moment;
      const sum = low + (this.#offsetsNs[channel] ?? 0);
      const carry = Math.floor(sum / 2 ** 32);
      const early = high + carry < 0;
      clock.low = early ? 0 : sum - carry * 2 ** 32;
      clock.high = early ? 0 : high + carry;
    }
  }

  /** Puts the head of a frame record down and returns where its bytes go. */
  #begin(head: MessageHead, frame: number): number {
    this.#at(frame);
    head.sequence = frame;
    return this.#file.begin(head);
  }

  #json(channel: number, sequence: number, body: object, publishTime: Moment): void {
    const bytes = utf8.encode(JSON.stringify(body));
    const at = this.#file.begin({ channel, sequence, size: bytes.length, logTime: this.#logTime, publishTime });
    this.#file.bytes.set(bytes, at);
  }
}

const utf8 = new TextEncoder();

function wrongSize(whose: string, found: number, expected: number): Error {
  return new Error(`a record of ${whose} has ${found} bytes, expected ${expected}`);
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX - 1)}…`;
}

function runMetadata(facts: RunFacts): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(VERSIONS).map(([key, version]) => [key, String(version)] as const),
    ["controller", facts.controller],
    ["seed", facts.seed ?? ""],
    ["period_us", String(facts.periodUs)],
    ["module_hash", facts.moduleHash],
    ["core_hash", facts.coreHash],
    ["stage_hash", facts.stageHash],
    ...Object.entries(facts.engines).map(([name, version]) => [`engine.${name}`, version] as const),
  ]);
}
