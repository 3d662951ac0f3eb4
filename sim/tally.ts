import { CHANNELS, type ChannelName, enumName, HEALTHS, MODES, type ModeName } from "../host/model/enums.ts";
import { eventKind } from "../host/model/events.ts";
import { CHANNEL_HEAD_WORDS, packedValue, WORDS_PER_INPUT } from "../host/model/record.ts";
import type { Signal } from "../host/model/signals.ts";
import type { Channel } from "./channel/channel.ts";
import type { FrameView } from "./flight/run.ts";
import { STAGE_SAFE } from "./world/stage.ts";

/** Words of a channel record (docs/core.md); the encapsulation stands before word 0. */
const WORD = { mode: 4, health: 11, trips: 17, errors: 23, inputs: CHANNEL_HEAD_WORDS };
/** Of an input's words: the reasons and the sensors' health. */
const SENSORS_AT = 6;
const VALID_AT = 2;
const WHY_AT = 3;
const WHY_HELD = 4;
const REASONS_AT = 5;
const REASON_DEFECT_MAX = 5;
const HEALTH_USED_MAX = 1;

export interface ChannelTally {
  readonly state: string;
  /** Frames in which the channels agreed that this one was in error. */
  readonly accused: number;
  readonly trips: number;
  readonly resets: number;
  /** Why its core stopped, when it did. */
  readonly crashed?: string;
}

export interface SensorTally {
  readonly sensor: string;
  readonly state: string;
  /** Frames that could judge it, and those with a defect among them. */
  readonly judged: number;
  readonly defects: number;
  /** Frames in which it was left out of selection, and the first and last of them. */
  readonly out: number;
  readonly out_first?: number;
  readonly out_last?: number;
}

/** An input whose selected value was held or invalid in some frame. */
export interface InputTally {
  readonly input: string;
  readonly held: number;
  readonly invalid: number;
  /** Last frame in which it was not valid. */
  readonly invalid_last?: number;
}

export interface ModeTally {
  readonly final: ModeName;
  readonly frames: Readonly<Record<"triplex" | "duplex" | "simplex" | "safe", number>>;
}

interface SensorCount {
  /** Frames in which anything was wrong with its input are counted here; the others in `#fine`. */
  judged: number;
  defects: number;
  out: number;
  first: number;
  last: number;
}

/**
 * Counts over a run. What the channels agree on is read from a channel whose line the stage took; while it takes none, the
 * last view stands.
 */
export class Tally {
  readonly vote: number[] = [0, 0, 0, 0];
  readonly events: Map<string, number> = new Map();
  readonly resets: number[] = [0, 0, 0];
  readonly #inputs: readonly Signal[];
  readonly #modes: number[] = [0, 0, 0, 0];
  readonly #accused: number[] = [0, 0, 0];
  readonly #sensors: readonly SensorCount[];
  /** Per input: frames in which every sample was good and every sensor HEALTHY. */
  readonly #fine: Uint32Array;
  readonly #held: Uint32Array;
  readonly #invalid: Uint32Array;
  readonly #invalidLast: Uint32Array;
  #longestHold = 0;
  /** Words of the last agreed view that the summary needs: mode, health, trips, sensor states. */
  #mode = MODES.length - 1;
  readonly #health: number[] = [0, 0, 0];
  readonly #trips: number[] = [0, 0, 0];
  readonly #sensorStates: Uint32Array;

  constructor(inputs: readonly Signal[]) {
    this.#inputs = inputs;
    this.#sensorStates = new Uint32Array(inputs.length);
    this.#fine = new Uint32Array(inputs.length);
    this.#held = new Uint32Array(inputs.length);
    this.#invalid = new Uint32Array(inputs.length);
    this.#invalidLast = new Uint32Array(inputs.length);
    this.#sensors = inputs.flatMap(() => CHANNELS.map(() => ({ judged: 0, defects: 0, out: 0, first: 0, last: 0 })));
  }

  event(code: number): void {
    const { name } = eventKind(code);
    this.events.set(name, (this.events.get(name) ?? 0) + 1);
  }

  frame(view: FrameView): void {
    this.vote[view.outcome] = (this.vote[view.outcome] ?? 0) + 1;
    if (view.stage.heldFrames > this.#longestHold) this.#longestHold = view.stage.heldFrames;
    if (view.voter !== undefined) this.#agreed(view.frame, view.voter);
    if (view.outcome === STAGE_SAFE) this.#mode = 0;
    this.#modes[this.#mode] = (this.#modes[this.#mode] ?? 0) + 1;
  }

  #agreed(frame: number, voter: Channel): void {
    const words = voter.core.words;
    const at = (voter.recordAt >>> 2) + 1;
    this.#mode = words[at + WORD.mode] as number;
    for (let channel = 0; channel < 3; channel += 1) {
      this.#health[channel] = words[at + WORD.health + channel] as number;
      this.#trips[channel] = words[at + WORD.trips + channel] as number;
      if (words[at + WORD.errors + channel] !== 0) this.#accused[channel] = (this.#accused[channel] ?? 0) + 1;
    }
    for (let input = 0; input < this.#inputs.length; input += 1) {
      const from = at + WORD.inputs + input * WORDS_PER_INPUT;
      this.#sensorStates[input] = words[from + SENSORS_AT] as number;
      this.#countSensors(frame, input, words[from + REASONS_AT] as number);
      if (words[from + WHY_AT] === WHY_HELD) this.#held[input] = (this.#held[input] as number) + 1;
      if (words[from + VALID_AT] !== 0) continue;
      this.#invalid[input] = (this.#invalid[input] as number) + 1;
      this.#invalidLast[input] = frame;
    }
  }

  #countSensors(frame: number, input: number, reasons: number): void {
    const states = this.#sensorStates[input] as number;
    if (reasons === 0 && states === 0) {
      this.#fine[input] = (this.#fine[input] as number) + 1;
      return;
    }
    for (let source = 0; source < 3; source += 1) {
      const count = this.#sensors[3 * input + source] as SensorCount;
      const reason = packedValue(reasons, source);
      // NO_SOURCE and NOT_VOTER say nothing about the sensor.
      if (reason <= REASON_DEFECT_MAX + 1) count.judged += 1;
      if (reason > 0 && reason <= REASON_DEFECT_MAX) count.defects += 1;
      if (packedValue(states, source) <= HEALTH_USED_MAX) continue;
      if (count.out === 0) count.first = frame;
      count.out += 1;
      count.last = frame;
    }
  }

  get longestHold(): number {
    return this.#longestHold;
  }

  mode(): ModeTally {
    const [safe = 0, simplex = 0, duplex = 0, triplex = 0] = this.#modes;
    return { final: MODES[this.#mode] ?? "SAFE", frames: { triplex, duplex, simplex, safe } };
  }

  channels(channels: readonly Channel[]): Record<ChannelName, ChannelTally> {
    const of = (index: number): ChannelTally => {
      const { crashed } = channels[index] as Channel;
      return {
        state: enumName("health", this.#health[index] as number),
        accused: this.#accused[index] as number,
        trips: this.#trips[index] as number,
        resets: this.resets[index] as number,
        ...(crashed === undefined ? {} : { crashed }),
      };
    };
    return { A: of(0), B: of(1), C: of(2) };
  }

  /** Inputs in table order. */
  inputs(): InputTally[] {
    return this.#inputs.map(({ name }, i) => {
      const invalid = this.#invalid[i] as number;
      const last = invalid === 0 ? {} : { invalid_last: this.#invalidLast[i] as number };
      return { input: name, held: this.#held[i] as number, invalid, ...last };
    });
  }

  /** Sensors in table order, three per input. */
  sensors(): SensorTally[] {
    return this.#sensors.map((count, index) => {
      const input = Math.floor(index / 3);
      const source = index % 3;
      const out = count.out === 0 ? {} : { out_first: count.first, out_last: count.last };
      return {
        sensor: `${CHANNELS[source]}.${this.#inputs[input]?.name}`,
        state: HEALTHS[packedValue(this.#sensorStates[input] as number, source)] ?? "?",
        judged: count.judged + (this.#fine[input] as number),
        defects: count.defects,
        out: count.out,
        ...out,
      };
    });
  }
}
