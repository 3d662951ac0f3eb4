import { CHANNELS, HEALTHS, MODES, OUTCOMES, SAMPLES, STAGE_OUTCOMES, STEPS, WHYS } from "../model/enums.ts";
import { packedValue } from "../model/record.ts";
import type { FrameRange, FrameSet, VoterLog } from "./reader.ts";

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
  /** Frames of these in which no channel found a majority: nothing is known of mode, health and selection. */
  readonly unagreed: number;
  readonly modes: Counts;
  readonly channels: Readonly<Record<string, ChannelStats>>;
  readonly inputs: readonly InputStats[];
  readonly sensors: readonly SensorStats[];
  readonly stage: StageStats;
}

/** Reads the whole log, or a range of it, once. */
export async function statsOf(log: VoterLog, range: FrameRange = {}): Promise<LogStats> {
  const collector = new Collector(log);
  for await (const set of log.frames(range)) collector.add(set);
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
  /** Byte offset of a field in a channel record. */
  readonly #at: (name: string) => number;
  readonly #places: Readonly<Record<string, number>>;
  readonly #channels = CHANNELS.map(() => new ChannelCollector());
  readonly #modes = new Tally(MODES);
  readonly #inputs: { at: number; frames: number; invalid: number; why: Tally }[];
  readonly #sensors: { frames: number; used: number; reasons: Tally; health: Tally }[][];
  readonly #stage = { frames: 0, outcomes: new Tally(STAGE_OUTCOMES), available: 0, last: -1, hold: 0, longestHold: 0 };
  #frames = 0;
  #unagreed = 0;

  constructor(log: VoterLog) {
    this.#log = log;
    this.#at = (name) => 4 + 4 * (log.channelLayout.byName.get(name)?.word ?? 0);
    const names = [
      "outcome",
      "mode",
      "gate",
      "driven",
      "accusations",
      "fuel_used",
      "step_status",
      "health_a",
      "trips_a",
    ];
    this.#places = Object.fromEntries(names.map((name) => [name, this.#at(name)]));
    const { inputs } = log.table;
    this.#inputs = inputs.map(({ name }) => ({
      at: this.#at(`${name}_valid`),
      frames: 0,
      invalid: 0,
      why: new Tally(WHYS),
    }));
    this.#sensors = inputs.map(() =>
      CHANNELS.map(() => ({ frames: 0, used: 0, reasons: new Tally(SAMPLES), health: new Tally(HEALTHS) })),
    );
  }

  add(set: FrameSet): void {
    this.#frames += 1;
    for (const [channel, view] of set.channels.entries()) if (view !== undefined) this.#addChannel(channel, view);
    const agreed = set.channels.find((view) => view !== undefined && VOTED.includes(this.#word(view, "outcome")));
    // Without a vote the agreed state in the records is an older one: it says nothing of this frame.
    if (agreed === undefined) this.#unagreed += 1;
    else this.#addAgreed(agreed);
    if (set.stage !== undefined) this.#addStage(set.frame, set.stage);
  }

  result(): LogStats {
    const { frames, outcomes, available, longestHold } = this.#stage;
    return {
      frames: this.#frames,
      unagreed: this.#unagreed,
      modes: this.#modes.counts,
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

  #word(view: DataView, name: string): number {
    return view.getUint32(this.#places[name] ?? 0, true);
  }

  #addChannel(index: number, view: DataView): void {
    const channel = this.#channels[index];
    if (channel === undefined) return;
    channel.frames += 1;
    channel.outcomes.add(this.#word(view, "outcome"));
    if (this.#word(view, "gate") !== 0) channel.gateOn += 1;
    if (this.#word(view, "driven") !== 0) channel.driven += 1;
    const accusations = this.#word(view, "accusations");
    for (const [peer, other] of this.#channels.entries()) if (((accusations >>> peer) & 1) === 1) other.accused += 1;
    const status = this.#word(view, "step_status");
    channel.steps.add(status);
    if (STEPS[status] === "NOT_RUN") return;
    const fuel = this.#word(view, "fuel_used");
    channel.fuelSteps += 1;
    channel.fuelSum += fuel;
    channel.fuelMin = Math.min(channel.fuelMin, fuel);
    channel.fuelMax = Math.max(channel.fuelMax, fuel);
  }

  /** What all voters see alike: mode, health, sensors, selection. */
  #addAgreed(view: DataView): void {
    this.#modes.add(this.#word(view, "mode"));
    for (const [i, channel] of this.#channels.entries()) {
      channel.health.add(view.getUint32((this.#places.health_a ?? 0) + 4 * i, true));
      channel.trips = Math.max(channel.trips, view.getUint32((this.#places.trips_a ?? 0) + 4 * i, true));
    }
    for (const [i, input] of this.#inputs.entries()) {
      // valid, why, used, reasons, sensors stand in a row (core.md, "Channel record").
      input.frames += 1;
      if (view.getUint32(input.at, true) === 0) input.invalid += 1;
      input.why.add(view.getUint32(input.at + 4, true));
      const used = view.getUint32(input.at + 8, true);
      const reasons = view.getUint32(input.at + 12, true);
      const health = view.getUint32(input.at + 16, true);
      for (const [channel, sensor] of (this.#sensors[i] ?? []).entries()) {
        sensor.frames += 1;
        if (((used >>> channel) & 1) === 1) sensor.used += 1;
        const reason = packedValue(reasons, channel);
        if (reason !== 0) sensor.reasons.add(reason);
        sensor.health.add(packedValue(health, channel));
      }
    }
  }

  #addStage(frame: number, view: DataView): void {
    const stage = this.#stage;
    const outcome = view.getUint32(8, true);
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
