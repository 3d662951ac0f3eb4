import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import type { FrameRecords } from "../../host/judge/frame-records.ts";
import type { JudgedEvent } from "../../host/judge/judged-event.ts";
import { CHANNELS } from "../../host/model/enums.ts";
import { EVENT } from "../../host/model/events.ts";
import {
  CHANNEL_HEAD_WORDS,
  CHANNEL_WORD,
  channelLayout,
  detailLayout,
  INPUT_WORD,
  type RecordLayout,
  stageLayout,
  WORDS_PER_INPUT,
} from "../../host/model/record.ts";
import type { Samples } from "../../host/model/samples.ts";
import type { Channel } from "../channel/channel.ts";
import { Run, type RunOptions } from "./run.ts";
import { RunEvents } from "./run-events.ts";
import { RunRecords } from "./run-records.ts";

/** The first word or event of a frame that is not what the same cores give on the recorded samples. */
export interface Contradiction {
  readonly frame: number;
  /** `A`, `B`, `C`, `stage` or `host`. */
  readonly of: string;
  readonly field: string;
  readonly recorded: string;
  readonly computed: string;
}

/** Events that rest on more than one flight knows; they are taken as they are stated. */
const STATED: ReadonlySet<number> = new Set([EVENT.FAULT_GONE, EVENT.FAULT_LATENT, EVENT.ENGINE_DIFFERS]);

/**
 * Flies a recorded run again: the same core, stage, law, faults and seed on the samples that the channels recorded, and compares
 * every word of every record and every event. What was recorded is thereby recomputed: votes, modes, health, selection, hashes,
 * the output stage and its output hash.
 */
export class Refly {
  readonly #run: Run;
  readonly #records: RunRecords;
  readonly #samples: Samples;
  readonly #inputs: number;
  readonly #events: RunEvents;
  readonly #channel: RecordLayout;
  readonly #detail = detailLayout();
  readonly #stage: RecordLayout;
  #heard: JudgedEvent[] = [];
  #next = 0;
  /** Records are missing, and with them samples: nothing behind them can be computed. */
  isLost = false;

  /** `faults` are those of the recorded run; its samples already have what sensors suffered. */
  constructor(options: Omit<RunOptions, "world" | "onEvent" | "onHost">) {
    const { table } = options.parts;
    this.#events = new RunEvents(options.faults, (event) => this.#heard.push(event));
    const faults = options.faults.filter(({ place }: ResolvedFault) => place !== "sensor");
    this.#run = new Run({ ...options, faults, world: NO_WORLD, ...this.#events.sinks });
    this.#records = new RunRecords(this.#run.channels, this.#run.stage);
    this.#inputs = table.inputs.length;
    this.#samples = { words: new Uint32Array(3 * this.#inputs), fresh: new Uint16Array(3) };
    this.#channel = channelLayout(table);
    this.#stage = stageLayout(table);
  }

  /** Flies the next frame. `events`: those recorded in it, in order. */
  frame(records: FrameRecords, events: readonly JudgedEvent[]): Contradiction | undefined {
    const { frame } = records;
    this.isLost ||= frame !== this.#next;
    if (this.isLost) return undefined;
    this.#next = frame + 1;
    this.#heard = [];
    this.#take(records, events);
    this.#events.begin(frame);
    const view = this.#run.stepOn(frame, this.#samples);
    this.#events.end(view);
    const computed = this.#records.take(frame);
    this.isLost = isMissing(records, computed);
    if (this.isLost) return undefined;
    return this.#compareRecords(records, computed) ?? this.#compareEvents(frame, events);
  }

  /** Samples of a core that trapped in this frame are in no record: its host reported them. */
  #take({ channels }: FrameRecords, events: readonly JudgedEvent[]): void {
    const { words, fresh } = this.#samples;
    words.fill(0);
    for (let channel = 0; channel < 3; channel += 1) {
      const record = channels[channel];
      fresh[channel] = record?.[CHANNEL_WORD.fresh] ?? 0;
      for (let input = 0; record !== undefined && input < this.#inputs; input += 1) {
        const at = CHANNEL_HEAD_WORDS + WORDS_PER_INPUT * input + INPUT_WORD.sample;
        words[channel * this.#inputs + input] = record[at] as number;
      }
    }
    for (const { code, subject, argument } of events) {
      if (code !== EVENT.SAMPLE_SENT) continue;
      const [channel, input] = [subject & 3, subject >>> 2];
      words[channel * this.#inputs + input] = argument;
      fresh[channel] = (fresh[channel] as number) | (1 << input);
    }
  }

  #compareRecords(recorded: FrameRecords, computed: FrameRecords): Contradiction | undefined {
    const { frame } = recorded;
    for (let i = 0; i < 3; i += 1) {
      const of = CHANNELS[i] ?? "";
      const probes = (this.#run.channels[i] as Channel).law.probes;
      const found =
        this.#compare({ frame, of }, this.#channel, [recorded.channels[i], computed.channels[i], probes]) ??
        this.#compare({ frame, of }, this.#detail, [recorded.details[i], computed.details[i], NO_PROBES]);
      if (found !== undefined) return found;
    }
    return this.#compare({ frame, of: "stage" }, this.#stage, [recorded.stage, computed.stage, NO_PROBES]);
  }

  #compare(
    place: { readonly frame: number; readonly of: string },
    { schema, fields }: RecordLayout,
    [recorded, computed, probes]: readonly [Uint32Array | undefined, Uint32Array | undefined, Uint32Array],
  ): Contradiction | undefined {
    if (recorded === undefined && computed === undefined) return undefined;
    if (recorded === undefined || computed === undefined) {
      const there = (words: Uint32Array | undefined) => (words === undefined ? "none" : "one");
      return { ...place, field: schema, recorded: there(recorded), computed: there(computed) };
    }
    for (let word = 0; word < recorded.length; word += 1) {
      const wanted = computed[word] ?? probes[word - computed.length];
      if (recorded[word] === wanted) continue;
      const hex = (value: number | undefined) => (value === undefined ? "none" : `0x${value.toString(16)}`);
      const field = fields[word]?.name ?? `word ${word}`;
      return { ...place, field, recorded: hex(recorded[word]), computed: hex(wanted) };
    }
    return undefined;
  }

  #compareEvents(frame: number, events: readonly JudgedEvent[]): Contradiction | undefined {
    const recorded = events.filter(({ code }) => !STATED.has(code));
    for (let i = 0; i < Math.max(recorded.length, this.#heard.length); i += 1) {
      const [one, other] = [recorded[i], this.#heard[i]];
      if (one !== undefined && other !== undefined && isSame(one, other)) continue;
      const of = other?.by ?? one?.by ?? "";
      return { frame, of, field: "event", recorded: eventText(one), computed: eventText(other) };
    }
    return undefined;
  }
}

/** Whether a record is not there that the run gave. */
function isMissing(recorded: FrameRecords, computed: FrameRecords): boolean {
  if (recorded.stage === undefined) return true;
  return computed.channels.some((words, i) => words !== undefined && recorded.channels[i] === undefined);
}

const NO_PROBES = new Uint32Array(0);
/** The recorded samples are all of the world that is needed. */
const NO_WORLD = {
  frames: 0,
  period_us: 0,
  provenance: [],
  sample: (): void => undefined,
};

/** The sentence is made from the rest, but where the host had more to say. */
function isSame(one: JudgedEvent, other: JudgedEvent): boolean {
  if (one.frame !== other.frame || one.by !== other.by) return false;
  if (one.code !== other.code || one.subject !== other.subject) return false;
  return one.argument === other.argument && (other.text === undefined || one.text === other.text);
}

function eventText(event: JudgedEvent | undefined): string {
  return event === undefined ? "none" : `event ${event.code} of ${event.by} (${event.subject}, ${event.argument})`;
}
