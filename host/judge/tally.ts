import { CHANNELS, type ChannelName, enumName, HEALTHS, MODES, type ModeName } from "../model/enums.ts";
import { EVENT } from "../model/events.ts";
import {
  CHANNEL_HEAD_WORDS,
  DETAIL_WORD,
  INPUT_WORD,
  packedValue,
  STAGE_WORD,
  WORDS_PER_INPUT,
} from "../model/record.ts";
import type { Signal } from "../model/signals.ts";
import { type AgreedView, HEALTH_VOTES_MAX } from "./agreed-view.ts";
import type { FrameRecords } from "./frame-records.ts";
import { STOPPED } from "./gates.ts";
import type { JudgedEvent } from "./judged-event.ts";
import { STAGE_HELD, STAGE_SAFE } from "./stage-outcome.ts";

const WHY_HELD = 4;
/** Reasons up to here are defects of the sample; the next, SENSOR_OUT, still is an opinion of the sensor. */
const REASON_DEFECT_MAX = 5;
const REASON_JUDGED_MAX = 6;

export interface VoteTally {
  readonly agreed: number;
  readonly masked: number;
  readonly held: number;
  readonly safe: number;
  /** Held frames in a row. */
  readonly longest_hold: number;
}

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
 * Counts over a run. What the channels agree on comes from the agreed view; samples and selected values are counted in the
 * frames whose commit it shows.
 */
export class Tally {
  readonly #inputs: readonly Signal[];
  readonly #view: AgreedView;
  readonly #vote: number[] = [0, 0, 0, 0];
  readonly #modes: number[] = [0, 0, 0, 0];
  readonly #accused: number[] = [0, 0, 0];
  readonly #resets: number[] = [0, 0, 0];
  readonly #crashed: (string | undefined)[] = [undefined, undefined, undefined];
  readonly #sensors: readonly SensorCount[];
  readonly #sensorStates: Uint32Array;
  /** Per input: frames in which every sample was good and every sensor HEALTHY. */
  readonly #fine: Uint32Array;
  readonly #held: Uint32Array;
  readonly #invalid: Uint32Array;
  readonly #invalidLast: Uint32Array;
  #hold = 0;
  #longestHold = 0;
  #mode: number;

  constructor(inputs: readonly Signal[], view: AgreedView) {
    this.#inputs = inputs;
    this.#view = view;
    this.#mode = view.mode;
    this.#sensorStates = new Uint32Array(inputs.length);
    this.#fine = new Uint32Array(inputs.length);
    this.#held = new Uint32Array(inputs.length);
    this.#invalid = new Uint32Array(inputs.length);
    this.#invalidLast = new Uint32Array(inputs.length);
    this.#sensors = inputs.flatMap(() => CHANNELS.map(() => ({ judged: 0, defects: 0, out: 0, first: 0, last: 0 })));
  }

  event({ code, subject, argument, text }: JudgedEvent): void {
    if (code === EVENT.CHANNEL_RESET) this.#resets[subject] = (this.#resets[subject] ?? 0) + 1;
    // A channel that starts again is no longer a stopped one.
    if (code === EVENT.CHANNEL_RESET || code === EVENT.CHANNEL_RUNS) this.#crashed[subject] = undefined;
    if (code === EVENT.CHANNEL_STOPPED && argument === STOPPED.trapped) this.#crashed[subject] = text ?? "";
  }

  /** Call after the view took the frame in. */
  frame(records: FrameRecords): void {
    const { frame, stage } = records;
    const shown = records.channels[this.#view.shownBy];
    if (shown !== undefined) this.#agreed(frame, shown, records.details[this.#view.shownBy]);
    this.#mode = this.#view.mode;
    if (stage !== undefined) this.#stage(stage);
    // Of a log that lost its beginning nobody knows the mode before the first state that two channels share.
    if (this.#view.frame === undefined && this.#mode !== 0) return;
    this.#modes[this.#mode] = (this.#modes[this.#mode] ?? 0) + 1;
  }

  #stage(stage: Uint32Array): void {
    const outcome = stage[STAGE_WORD.outcome] as number;
    this.#vote[outcome] = (this.#vote[outcome] ?? 0) + 1;
    this.#hold = outcome === STAGE_HELD ? this.#hold + 1 : 0;
    if (this.#hold > this.#longestHold) this.#longestHold = this.#hold;
    if (outcome === STAGE_SAFE) this.#mode = 0;
  }

  #agreed(frame: number, words: Uint32Array, detail: Uint32Array | undefined): void {
    if (detail !== undefined) {
      for (let channel = 0; channel < 3; channel += 1) {
        if (detail[DETAIL_WORD.err_a + channel] !== 0) this.#accused[channel] = (this.#accused[channel] ?? 0) + 1;
      }
    }
    for (let input = 0; input < this.#inputs.length; input += 1) {
      const at = CHANNEL_HEAD_WORDS + WORDS_PER_INPUT * input;
      this.#sensorStates[input] = words[at + INPUT_WORD.sensors] as number;
      this.#countSensors(frame, input, words[at + INPUT_WORD.reasons] as number);
      if (words[at + INPUT_WORD.why] === WHY_HELD) this.#held[input] = (this.#held[input] as number) + 1;
      if (words[at + INPUT_WORD.valid] !== 0) continue;
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
      if (reason <= REASON_JUDGED_MAX) count.judged += 1;
      if (reason > 0 && reason <= REASON_DEFECT_MAX) count.defects += 1;
      if (packedValue(states, source) <= HEALTH_VOTES_MAX) continue;
      if (count.out === 0) count.first = frame;
      count.out += 1;
      count.last = frame;
    }
  }

  vote(): VoteTally {
    const [agreed = 0, masked = 0, held = 0, safe = 0] = this.#vote;
    return { agreed, masked, held, safe, longest_hold: this.#longestHold };
  }

  mode(): ModeTally {
    const [safe = 0, simplex = 0, duplex = 0, triplex = 0] = this.#modes;
    return { final: MODES[this.#mode] ?? "SAFE", frames: { triplex, duplex, simplex, safe } };
  }

  channels(): Record<ChannelName, ChannelTally> {
    const of = (index: number): ChannelTally => {
      const crashed = this.#crashed[index];
      return {
        state: enumName("health", this.#view.health[index] as number),
        accused: this.#accused[index] as number,
        trips: this.#view.trips[index] as number,
        resets: this.#resets[index] as number,
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
