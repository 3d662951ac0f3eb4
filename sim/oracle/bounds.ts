import type { Signal } from "../../host/protocol/signals.ts";
import type { Samples } from "../../host/trace/source.ts";
import { numberOf } from "../world/words.ts";

/** Which sensors had no fault: `SensorFaults` is one. */
export interface FaultFree {
  /** Inputs of a channel without a sensor fault in this frame, as bits. */
  faultFree(frame: number, channel: number): number;
}

/** Frames whose bounds are kept: a held frame is judged when it turns out to be committed, a few frames later. */
const FRAMES_KEPT = 64;

/** Least and greatest sample of the fault-free sensors, per input, for the last frames. */
export class SampleBounds {
  readonly #signals: readonly Signal[];
  readonly #faultFree: FaultFree;
  readonly #frames = new Float64Array(FRAMES_KEPT).fill(-1);
  readonly #least: Float64Array;
  readonly #greatest: Float64Array;

  constructor(signals: readonly Signal[], faultFree: FaultFree) {
    this.#signals = signals;
    this.#faultFree = faultFree;
    this.#least = new Float64Array(FRAMES_KEPT * signals.length);
    this.#greatest = new Float64Array(FRAMES_KEPT * signals.length);
  }

  /** Takes the samples of a frame in, as the channels saw them. */
  look(frame: number, { words, fresh }: Samples): void {
    const slot = frame % FRAMES_KEPT;
    const count = this.#signals.length;
    this.#frames[slot] = frame;
    for (let input = 0; input < count; input += 1) {
      this.#least[slot * count + input] = Number.POSITIVE_INFINITY;
      this.#greatest[slot * count + input] = Number.NEGATIVE_INFINITY;
    }
    for (let channel = 0; channel < 3; channel += 1) {
      const good = this.#faultFree.faultFree(frame, channel) & (fresh[channel] as number);
      for (let input = 0; input < count; input += 1) {
        if (((good >>> input) & 1) === 0) continue;
        const { type } = this.#signals[input] as Signal;
        this.#widen(slot * count + input, numberOf(type, words[channel * count + input] as number));
      }
    }
  }

  /** Whether any sensor was good enough to judge this input in this frame. */
  knows(frame: number, input: number): boolean {
    const at = this.#at(frame, input);
    return at >= 0 && (this.#least[at] as number) <= (this.#greatest[at] as number);
  }

  least(frame: number, input: number): number {
    return this.#least[this.#at(frame, input)] as number;
  }

  greatest(frame: number, input: number): number {
    return this.#greatest[this.#at(frame, input)] as number;
  }

  #at(frame: number, input: number): number {
    const slot = frame % FRAMES_KEPT;
    return this.#frames[slot] === frame ? slot * this.#signals.length + input : -1;
  }

  /** NaN compares false and widens nothing. */
  #widen(at: number, value: number): void {
    if (value < (this.#least[at] as number)) this.#least[at] = value;
    if (value > (this.#greatest[at] as number)) this.#greatest[at] = value;
  }
}
