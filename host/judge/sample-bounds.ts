import { numberOf } from "../model/numbers.ts";
import { CHANNEL_HEAD_WORDS, CHANNEL_WORD, INPUT_WORD, WORDS_PER_INPUT } from "../model/record.ts";
import type { Signal } from "../model/signals.ts";
import type { FrameRecords } from "./frame-records.ts";

/** Which sensors had no fault (host/judge/fault-free.ts). */
export interface FaultFree {
  /** Inputs of a channel whose samples may be trusted in this frame, as bits. */
  faultFree(frame: number, channel: number): number;
}

/** Frames whose bounds are kept: a held frame is judged when it turns out to be committed, a few frames later. */
const FRAMES_KEPT = 64;
/** With fewer good samples than these selection may have nothing to choose from. */
const STEADY_MIN = 2;
const NEVER = -1;

/**
 * Least and greatest sample of the fault-free sensors, per input, for the last frames, from what the channels recorded of their
 * own. What they read is the world as the recording has it, and a recording may be rough: a spike, a hole or a step that no
 * such sensor can make.
 */
export class SampleBounds {
  readonly #signals: readonly Signal[];
  readonly #faultFree: FaultFree;
  readonly #frames = new Float64Array(FRAMES_KEPT).fill(-1);
  readonly #least: Float64Array;
  readonly #greatest: Float64Array;
  /** The last frame up to this one in which fewer than two fault-free sensors kept to their declaration. */
  readonly #roughAt: Float64Array;
  readonly #rough: Float64Array;
  readonly #steady: Uint8Array;
  /** Of each sensor: its last fresh reading and the frame of it. */
  readonly #reading: Float64Array;
  readonly #readAt: Float64Array;
  readonly #periodS: number;

  constructor(signals: readonly Signal[], faultFree: FaultFree, periodUs: number) {
    this.#signals = signals;
    this.#periodS = periodUs / 1e6;
    this.#roughAt = new Float64Array(FRAMES_KEPT * signals.length);
    this.#rough = new Float64Array(signals.length).fill(NEVER);
    this.#steady = new Uint8Array(signals.length);
    this.#reading = new Float64Array(3 * signals.length);
    this.#readAt = new Float64Array(3 * signals.length).fill(NEVER);
    this.#faultFree = faultFree;
    this.#least = new Float64Array(FRAMES_KEPT * signals.length);
    this.#greatest = new Float64Array(FRAMES_KEPT * signals.length);
  }

  /** Takes the samples of a frame in. */
  look({ frame, channels }: FrameRecords): void {
    const slot = frame % FRAMES_KEPT;
    const count = this.#signals.length;
    this.#frames[slot] = frame;
    this.#steady.fill(0);
    for (let input = 0; input < count; input += 1) {
      this.#least[slot * count + input] = Number.POSITIVE_INFINITY;
      this.#greatest[slot * count + input] = Number.NEGATIVE_INFINITY;
    }
    for (let channel = 0; channel < 3; channel += 1) {
      const words = channels[channel];
      if (words !== undefined) this.#lookAt(frame, channel, words);
    }
    for (let input = 0; input < count; input += 1) {
      if ((this.#steady[input] as number) < STEADY_MIN) this.#rough[input] = frame;
      this.#roughAt[slot * count + input] = this.#rough[input] as number;
    }
  }

  #lookAt(frame: number, channel: number, words: Uint32Array): void {
    const count = this.#signals.length;
    const from = (frame % FRAMES_KEPT) * count;
    const good = this.#faultFree.faultFree(frame, channel) & (words[CHANNEL_WORD.fresh] as number);
    for (let input = 0; input < count; input += 1) {
      if (((good >>> input) & 1) === 0) continue;
      const { type } = this.#signals[input] as Signal;
      const at = CHANNEL_HEAD_WORDS + WORDS_PER_INPUT * input + INPUT_WORD.sample;
      const value = numberOf(type, words[at] as number);
      this.#widen(from + input, value);
      if (this.#isSteady(frame, channel, input, value)) this.#steady[input] = (this.#steady[input] as number) + 1;
    }
  }

  /** Whether the sensors gave so little in this frame, or in the `frames` - 1 before it, that selection may hold its last value. */
  wasRough(frame: number, input: number, frames: number): boolean {
    const at = this.#at(frame, input);
    if (at < 0) return false;
    const last = this.#roughAt[at] as number;
    return last !== NEVER && frame - last < frames;
  }

  /** In range, and no faster than declared since this sensor's reading before. */
  #isSteady(frame: number, channel: number, input: number, value: number): boolean {
    const { min, max, rateLimit } = this.#signals[input] as Signal;
    const at = channel * this.#signals.length + input;
    const before = this.#readAt[at] as number;
    const step = Math.abs(value - (this.#reading[at] as number));
    this.#reading[at] = value;
    this.#readAt[at] = frame;
    if (!(value >= min && value <= max)) return false;
    return rateLimit === 0 || before === NEVER || step <= rateLimit * this.#periodS * (frame - before);
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
