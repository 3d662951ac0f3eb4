/**
 * What one input's selected value must be, judged from every sample since the start (REDUNDANCY 5) with sensors that are never
 * put out. It keeps no state: each question goes back through the history.
 */
import type { InputSpec } from "../../sim/explore/tiny-table.ts";

/** One source in one frame; `undefined`: its X1 reached nobody. */
export interface Sample {
  readonly word: number;
  readonly isFresh: boolean;
}
export type Frame = readonly (Sample | undefined)[];

export interface Expected {
  /** Words that may be selected: more than one only where numbers are equal and bits are not. */
  readonly words: readonly number[];
  readonly isValid: boolean;
  readonly why: string;
}

const view = new DataView(new ArrayBuffer(4));

export function numberOf(word: number, type: InputSpec["type"]): number {
  view.setUint32(0, word);
  if (type === "i32") return view.getInt32(0);
  return type === "u32" || type === "bool" ? word : view.getFloat32(0);
}

export class SelectionOracle {
  readonly #spec: Required<InputSpec>;
  readonly #history: readonly Frame[];
  readonly #framesPerSecond: number;
  readonly #holdFrames: number;

  constructor(spec: Required<InputSpec>, history: readonly Frame[], holdFrames = 3, framesPerSecond = 100) {
    this.#spec = spec;
    this.#history = history;
    this.#holdFrames = holdFrames;
    this.#framesPerSecond = framesPerSecond;
  }

  /** The selected value after the frame at `index`. */
  expected(index: number): Expected {
    const choice = this.#choice(index);
    if (choice !== undefined) return { ...choice, isValid: true };
    const last = this.#lastChoice(index);
    if (last === undefined) return { words: [0], isValid: false, why: "INVALID" };
    const isHeld = index - last.index <= this.#holdFrames;
    return { words: last.words, isValid: isHeld, why: isHeld ? "HELD" : "INVALID" };
  }

  #lastChoice(before: number): { readonly index: number; readonly words: readonly number[] } | undefined {
    for (let index = before - 1; index >= 0; index -= 1) {
      const choice = this.#choice(index);
      if (choice !== undefined) return { index, words: choice.words };
    }
    return undefined;
  }

  /** What this frame's samples select, nothing when they are too few or disputed. */
  #choice(index: number): { readonly words: readonly number[]; readonly why: string } | undefined {
    const frame = this.#history[index] ?? [];
    const valid = [0, 1, 2].filter((source) => this.#isValid(index, source)).map((source) => frame[source]?.word ?? 0);
    return this.#spec.selection === "majority" ? majority(valid) : this.#median(valid, index);
  }

  #median(valid: readonly number[], index: number): { words: readonly number[]; why: string } | undefined {
    const number = (word: number) => numberOf(word, this.#spec.type);
    if (valid.length === 3) {
      const middle = [...valid].map(number).sort((a, b) => a - b)[1];
      return { words: valid.filter((word) => number(word) === middle), why: "MEDIAN" };
    }
    const [lower, upper] = valid;
    if (lower === undefined) return undefined;
    if (upper === undefined) return this.#spec.single ? { words: [lower], why: "SINGLE" } : undefined;
    if (distance(number(lower), number(upper)) > this.#spec.tolerance) return undefined;
    const last = number(this.#lastChoice(index)?.words[0] ?? 0);
    const isUpper = distance(number(upper), last) < distance(number(lower), last);
    return { words: [isUpper ? upper : lower], why: "NEAREST" };
  }

  #isValid(index: number, source: number): boolean {
    const sample = this.#history[index]?.[source];
    return sample !== undefined && this.#isSound(sample) && this.#keepsRate(index, source);
  }

  /** Present, a number, within its range. */
  #isSound({ word, isFresh }: Sample): boolean {
    const value = numberOf(word, this.#spec.type);
    return isFresh && value >= this.#spec.least && value <= this.#spec.greatest;
  }

  #keepsRate(index: number, source: number): boolean {
    if (this.#spec.rate === 0) return true;
    const sound = this.#soundBefore(index + 1, source);
    const accepted: number[] = [];
    const fitting: number[] = [];
    for (const at of sound) {
      const last = accepted.at(-1);
      if (last === undefined || this.#isNear(source, last, at)) {
        accepted.push(at);
        fitting.length = 0;
        continue;
      }
      const previous = fitting.at(-1);
      if (previous !== undefined && !this.#isNear(source, previous, at)) fitting.length = 0;
      fitting.push(at);
      if (fitting.length < 3) continue;
      accepted.push(at);
      fitting.length = 0;
    }
    return accepted.at(-1) === index;
  }

  #soundBefore(end: number, source: number): number[] {
    return [...this.#history.keys()].filter((index) => {
      const sample = index < end ? this.#history[index]?.[source] : undefined;
      return sample !== undefined && this.#isSound(sample);
    });
  }

  #isNear(source: number, from: number, to: number): boolean {
    const value = (index: number) => numberOf(this.#history[index]?.[source]?.word ?? 0, this.#spec.type);
    const perFrame = this.#spec.rate / this.#framesPerSecond;
    return distance(value(from), value(to)) <= perFrame * (to - from) * (1 + 1e-12);
  }
}

function distance(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b);
}

function majority(valid: readonly number[]): { words: readonly number[]; why: string } | undefined {
  const word = valid.find((candidate) => valid.filter((other) => other === candidate).length > 1);
  return word === undefined ? undefined : { words: [word], why: "MAJORITY" };
}
