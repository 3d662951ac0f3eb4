import { CHANNELS, HEALTHS, OUTCOMES, SAMPLES, STAGE_OUTCOMES, STEPS, WHYS } from "../model/enums.ts";
import {
  CHANNEL_HEAD_WORDS,
  CHANNEL_WORD,
  DETAIL_WORD,
  INPUT_WORD,
  packedValue,
  STAGE_WORD,
  WORDS_PER_INPUT,
} from "../model/record.ts";
import type { FrameRange } from "./file/frame-span.ts";
import { FrameWords } from "./frame-words.ts";
import type { VoterLog } from "./reader.ts";

/** Figures of a run. Every count stands beside the number of frames or samples it was counted in. */

export type Counts = Readonly<Record<string, number>>;

export interface ChannelStats {
  readonly frames: number;
  readonly outcomes: Counts;
  readonly steps: Counts;
  /** Frames in which its line was driven. */
  readonly driven: number;
  readonly gateOn: number;
  /** Frames in which each other channel held it for wrong, summed. */
  readonly accused: number;
  /** Health of this channel as the voters see it. */
  readonly health: Counts;
  readonly trips: number;
  /** Over the steps that ran; zeros when none did. */
  readonly fuel: { readonly min: number; readonly mean: number; readonly max: number; readonly steps: number };
}

export interface SensorStats {
  readonly sensor: string;
  /** Frames in which the voters had an opinion. */
  readonly frames: number;
  readonly used: number;
  /** Why it was not used. */
  readonly reasons: Counts;
  readonly health: Counts;
}

export interface InputStats {
  readonly input: string;
  readonly frames: number;
  readonly why: Counts;
  readonly invalid: number;
}

export interface StageStats {
  readonly frames: number;
  readonly outcomes: Counts;
  /** Frames with an output that lines agreed on. */
  readonly available: number;
  /** Frames in a row, each with a record. */
  readonly longestHold: number;
}

export interface LogStats {
  /** Frames of which there is any record. */
  readonly frames: number;
  /** Frames of these in which no channel found a majority: nothing is known of health and selection. */
  readonly unagreed: number;
  readonly channels: Readonly<Record<string, ChannelStats>>;
  readonly inputs: readonly InputStats[];
  readonly sensors: readonly SensorStats[];
  readonly stage: StageStats;
}

/** Reads the whole log, or a range of it, once. */
export async function statsOf(log: VoterLog, range: FrameRange = {}): Promise<LogStats> {
  const collector = new Collector(log);
  const words = new FrameWords();
  for await (const set of log.frames(range)) collector.add(words.take(set));
  return collector.result();
}

/** Outcomes of a channel that took part in the vote: its view of the others is the agreed one. */
const VOTED = [OUTCOMES.indexOf("AGREED"), OUTCOMES.indexOf("MASKED")];
const HELD = STAGE_OUTCOMES.indexOf("HELD");

class ChannelCollector {
  frames = 0;
  driven = 0;
  gateOn = 0;
  accused = 0;
  trips = 0;
  fuelMin = Number.POSITIVE_INFINITY;
  fuelMax = 0;
  fuelSum = 0;
  fuelSteps = 0;
  readonly outcomes = new Tally(OUTCOMES);
  readonly steps = new Tally(STEPS);
  readonly health = new Tally(HEALTHS);
}

class Tally {
  readonly #names: readonly string[];
  /** By value, in the order in which values are told. Damaged records have any value. */
  readonly #counts: Map<number, number>;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#counts = new Map(names.map((_, value) => [value, 0]));
  }

  add(value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
  }

  get counts(): Counts {
    const named = [...this.#counts].map(([value, count]) => [this.#names[value] ?? String(value), count] as const);
    return Object.fromEntries(named.filter(([, count]) => count > 0));
  }
}

class Collector {
  readonly #log: VoterLog;
  readonly #channels = CHANNELS.map(() => new ChannelCollector());
  readonly #inputs: { frames: number; invalid: number; why: Tally }[];
  readonly #sensors: { frames: number; used: number; reasons: Tally; health: Tally }[][];
  readonly #stage = { frames: 0, outcomes: new Tally(STAGE_OUTCOMES), available: 0, last: -1, hold: 0, longestHold: 0 };
  #frames = 0;
  #unagreed = 0;

  constructor(log: VoterLog) {
    this.#log = log;
    const { inputs } = log.table;
    this.#inputs = inputs.map(() => ({ frames: 0, invalid: 0, why: new Tally(WHYS) }));
    this.#sensors = inputs.map(() =>
      CHANNELS.map(() => ({ frames: 0, used: 0, reasons: new Tally(SAMPLES), health: new Tally(HEALTHS) })),
    );
  }

  add({ frame, channels, details, stage }: FrameWords): void {
    this.#frames += 1;
    for (const [channel, words] of channels.entries()) {
      if (words !== undefined) this.#addChannel(channel, words, details[channel]?.[DETAIL_WORD.accusations] ?? 0);
    }
    const agreed = channels.find((words) => VOTED.includes(words?.[CHANNEL_WORD.outcome] ?? -1));
    // Without a vote the agreed state in the records is an older one: it says nothing of this frame.
    if (agreed === undefined) this.#unagreed += 1;
    else this.#addAgreed(agreed);
    if (stage !== undefined) this.#addStage(frame, stage);
  }

  result(): LogStats {
    const { frames, outcomes, available, longestHold } = this.#stage;
    return {
      frames: this.#frames,
      unagreed: this.#unagreed,
      channels: Object.fromEntries(this.#channels.map((channel, i) => [CHANNELS[i], channelStats(channel)])),
      inputs: this.#inputs.map(({ frames: n, invalid, why }, i) => ({
        input: this.#log.table.inputs[i]?.name ?? "",
        frames: n,
        why: why.counts,
        invalid,
      })),
      sensors: this.#sensors.flatMap((sensors, i) =>
        sensors.map(({ frames: n, used, reasons, health }, channel) => ({
          sensor: `${CHANNELS[channel]}.${this.#log.table.inputs[i]?.name}`,
          frames: n,
          used,
          reasons: reasons.counts,
          health: health.counts,
        })),
      ),
      stage: { frames, outcomes: outcomes.counts, available, longestHold },
    };
  }

  #addChannel(index: number, words: Uint32Array, accusations: number): void {
    const channel = this.#channels[index];
    if (channel === undefined) return;
    channel.frames += 1;
    channel.outcomes.add(wordOf(words, CHANNEL_WORD.outcome));
    if (words[CHANNEL_WORD.gate] !== 0) channel.gateOn += 1;
    if (words[CHANNEL_WORD.driven] !== 0) channel.driven += 1;
    for (const [peer, other] of this.#channels.entries()) if (((accusations >>> peer) & 1) === 1) other.accused += 1;
    const status = wordOf(words, CHANNEL_WORD.step_status);
    channel.steps.add(status);
    if (STEPS[status] === "NOT_RUN") return;
    const fuel = wordOf(words, CHANNEL_WORD.fuel_used);
    channel.fuelSteps += 1;
    channel.fuelSum += fuel;
    channel.fuelMin = Math.min(channel.fuelMin, fuel);
    channel.fuelMax = Math.max(channel.fuelMax, fuel);
  }

  /** What all voters see alike: mode, health, sensors, selection. */
  #addAgreed(words: Uint32Array): void {
    for (const [i, channel] of this.#channels.entries()) {
      channel.health.add(wordOf(words, CHANNEL_WORD.health_a + i));
      channel.trips = Math.max(channel.trips, wordOf(words, CHANNEL_WORD.trips_a + i));
    }
    for (const [i, input] of this.#inputs.entries()) {
      const word = (name: keyof typeof INPUT_WORD) =>
        wordOf(words, CHANNEL_HEAD_WORDS + WORDS_PER_INPUT * i + INPUT_WORD[name]);
      input.frames += 1;
      if (word("valid") === 0) input.invalid += 1;
      input.why.add(word("why"));
      const [used, reasons, health] = [word("used"), word("reasons"), word("sensors")];
      for (const [channel, sensor] of (this.#sensors[i] ?? []).entries()) {
        sensor.frames += 1;
        if (((used >>> channel) & 1) === 1) sensor.used += 1;
        const reason = packedValue(reasons, channel);
        if (reason !== 0) sensor.reasons.add(reason);
        sensor.health.add(packedValue(health, channel));
      }
    }
  }

  #addStage(frame: number, words: Uint32Array): void {
    const stage = this.#stage;
    const outcome = wordOf(words, STAGE_WORD.outcome);
    stage.frames += 1;
    stage.outcomes.add(outcome);
    if (outcome < HELD) stage.available += 1;
    // What the stage did in a frame without a record is not known: a hold may have ended there.
    if (outcome !== HELD || frame !== stage.last + 1) stage.hold = 0;
    if (outcome === HELD) stage.hold += 1;
    stage.last = frame;
    stage.longestHold = Math.max(stage.longestHold, stage.hold);
  }
}

/** The reader has checked that a record has all its words. */
function wordOf(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function channelStats(channel: ChannelCollector): ChannelStats {
  const { frames, driven, gateOn, accused, trips, fuelSteps: steps } = channel;
  const mean = steps === 0 ? 0 : channel.fuelSum / steps;
  return {
    frames,
    outcomes: channel.outcomes.counts,
    steps: channel.steps.counts,
    driven,
    gateOn,
    accused,
    health: channel.health.counts,
    trips,
    fuel: { min: steps === 0 ? 0 : channel.fuelMin, mean, max: channel.fuelMax, steps },
  };
}
