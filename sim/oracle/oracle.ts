import { numberOf, wordOf } from "../../host/model/numbers.ts";
import type { Samples } from "../../host/model/samples.ts";
import type { Signal, SignalTable } from "../../host/model/signals.ts";
import { wordText } from "../../host/model/words.ts";
import { type Law, STEP_OK } from "../channel/law.ts";
import { type FaultFree, SampleBounds } from "./bounds.ts";

/**
 * What "wrong" means, judged at the output stage (REDUNDANCY section 2):
 *
 * - value: every voted output equals a replay of the law on the inputs the channels committed; a held frame repeats the
 *   last voted values, a safe frame has the declared safe ones, and no voted value leaves its declared range;
 * - range: every selected value lies between the least and the greatest sample of the fault-free sensors of that frame,
 *   widened by the tolerance where fewer than three samples were valid.
 *
 * It is not a comparison with a clean run: a median moves legitimately when a sensor is stuck.
 */

/** Outcomes of the output stage (docs/core.md, "Stage record"). */
const AGREED = 0;
const MASKED = 1;
const HELD = 2;

/** A step the channels committed: what the law was given. Read before the call returns. */
export interface OracleStep {
  readonly frame: number;
  readonly selected: Uint32Array;
  readonly valid: Uint32Array;
}

/** A frame as the output stage left it. */
export interface OracleFrame {
  readonly frame: number;
  /** 0 AGREED, 1 MASKED, 2 HELD, 3 SAFE. */
  readonly outcome: number;
  /** One raw word for each output. */
  readonly outputs: Uint32Array;
  /** Samples as the channels saw them, faults included. */
  readonly samples: Samples;
  /** Inputs whose three samples were all valid in this frame, as bits; 0 when that is not known. */
  readonly threeValid: number;
}

export interface Violation {
  readonly rule: "value" | "limits" | "range" | "held" | "safe" | "replay";
  readonly frame: number;
  readonly signal: string;
  readonly expected: string;
  readonly found: string;
}

export interface OracleResult {
  readonly value_ok: boolean;
  readonly range_ok: boolean;
  /** Evidence: frames whose outputs and selected values that were judged. */
  readonly judged_frames: number;
  readonly judged_values: number;
  /** Valid selected values that no fault-free sensor could judge. */
  readonly unjudged_values: number;
  /** Frames with a wrong output, and the longest row of them. */
  readonly wrong_frames: number;
  readonly longest_wrong: number;
  /** Selected values out of range, and those that a dispute held there for no longer than is allowed. */
  readonly range_wrong: number;
  readonly range_held: number;
  readonly first: Violation | null;
}

export interface OracleOptions {
  /** A fourth instance of the law, `init` done and parameters set; the oracle alone uses it. */
  readonly law: Law;
  readonly table: SignalTable;
  readonly faultFree: FaultFree;
  /** Frames that a disputed input may hold its last selected value outside the bounds; 0 under the masking hypothesis. */
  readonly holdFrames: number;
  /** The same while fewer than two fault-free sensors keep to their declaration: the recording is to blame then. */
  readonly roughHoldFrames: number;
}

/** Steps that may wait for their frame's samples: one for each frame in doubt and the voted one. */
const STEPS_MAX = 64;
/** Selection compares in single precision; the last bits of a tolerance are not the oracle's business. */
const TOLERANCE_SLACK = 1 + 2 ** -20;

/**
 * Judges a run as it flies.
 *
 * ```ts
 * oracle.committed(step); // none, one, or several for frames that were in doubt
 * oracle.frame(view);
 * oracle.result();
 * ```
 */
export class Oracle {
  readonly #law: Law;
  readonly #table: SignalTable;
  readonly #bounds: SampleBounds;
  readonly #safe: Uint32Array;
  readonly #last: Uint32Array;
  readonly #steps: readonly Step[];
  #waiting = 0;
  #replayed = -1;
  #replayOk = false;
  #voted = false;
  #judgedFrames = 0;
  #judgedValues = 0;
  #unjudgedValues = 0;
  #wrongFrames = 0;
  #wrongRow = 0;
  #longestWrong = 0;
  #rangeWrong = 0;
  #rangeHeld = 0;
  readonly #holdFrames: number;
  readonly #roughHoldFrames: number;
  readonly #heldRow: Uint32Array;
  readonly #lastSelected: Uint32Array;
  #valueOk = true;
  #first: Violation | null = null;

  constructor({ law, table, faultFree, holdFrames, roughHoldFrames }: OracleOptions) {
    this.#holdFrames = holdFrames;
    this.#roughHoldFrames = roughHoldFrames;
    this.#heldRow = new Uint32Array(table.inputs.length);
    this.#lastSelected = new Uint32Array(table.inputs.length);
    this.#law = law;
    this.#table = table;
    this.#bounds = new SampleBounds(table.inputs, faultFree, table.periodUs);
    this.#safe = Uint32Array.from(table.outputs, (output) => wordOf(output.type, output.safe));
    this.#last = this.#safe.slice();
    const inputs = table.inputs.length;
    this.#steps = Array.from({ length: STEPS_MAX }, () => new Step(inputs));
  }

  /** A step the channels committed. Steps come in order, before the frame that proves them. */
  committed({ frame, selected, valid }: OracleStep): void {
    this.#law.setInputs(selected, valid);
    this.#replayOk = this.#law.step(frame) === STEP_OK;
    this.#replayed = frame;
    const step = this.#steps[this.#waiting];
    if (step === undefined) throw new Error(`more than ${STEPS_MAX} steps were committed in one frame`);
    step.take(frame, selected, valid);
    this.#waiting += 1;
  }

  frame(view: OracleFrame): void {
    this.#bounds.look(view.frame, view.samples);
    for (let i = 0; i < this.#waiting; i += 1) {
      const step = this.#steps[i] as Step;
      this.#judgeRange(step, step.frame === view.frame ? view.threeValid : 0);
    }
    this.#waiting = 0;
    this.#judgedFrames += 1;
    const right = this.#judgeOutputs(view);
    this.#wrongRow = right ? 0 : this.#wrongRow + 1;
    if (right) return;
    this.#valueOk = false;
    this.#wrongFrames += 1;
    this.#longestWrong = Math.max(this.#longestWrong, this.#wrongRow);
  }

  result(): OracleResult {
    return {
      value_ok: this.#valueOk,
      range_ok: this.#rangeWrong === 0,
      judged_frames: this.#judgedFrames,
      judged_values: this.#judgedValues,
      unjudged_values: this.#unjudgedValues,
      wrong_frames: this.#wrongFrames,
      longest_wrong: this.#longestWrong,
      range_wrong: this.#rangeWrong,
      range_held: this.#rangeHeld,
      first: this.#first,
    };
  }

  /** Whether the actuators got what they should have got. */
  #judgeOutputs({ frame, outcome, outputs }: OracleFrame): boolean {
    if (outcome === AGREED || outcome === MASKED) {
      this.#voted = true;
      if (this.#replayed !== frame || !this.#replayOk) return this.#noReplay(frame, outputs);
      this.#last.set(this.#law.outputs);
      return this.#same(frame, "value", outputs, this.#last) && this.#withinLimits(frame, outputs);
    }
    // Before the first vote there is nothing to hold but the safe values.
    if (outcome === HELD) return this.#same(frame, "held", outputs, this.#voted ? this.#last : this.#safe);
    return this.#same(frame, "safe", outputs, this.#safe);
  }

  #noReplay(frame: number, outputs: Uint32Array): boolean {
    this.#last.set(outputs);
    const trapped = this.#replayed === frame;
    this.#report({
      rule: "replay",
      frame,
      signal: "",
      expected: "voted outputs that a replay of the law gives",
      found: trapped ? "a replay that fails" : "outputs of a step that was not committed",
    });
    return false;
  }

  #same(frame: number, rule: Violation["rule"], outputs: Uint32Array, expected: Uint32Array): boolean {
    let right = true;
    for (let i = 0; i < expected.length; i += 1) {
      const wanted = expected[i] as number;
      const found = outputs[i] as number;
      if (wanted === found) continue;
      right = false;
      if (this.#first !== null) continue;
      const signal = this.#table.outputs[i] as Signal;
      this.#report({ rule, frame, signal: signal.name, expected: text(wanted, signal), found: text(found, signal) });
    }
    return right;
  }

  /** A command outside its declared range, or none at all (NaN), is wrong however many channels agree on it. */
  #withinLimits(frame: number, outputs: Uint32Array): boolean {
    const signals = this.#table.outputs;
    for (let i = 0; i < signals.length; i += 1) {
      const signal = signals[i] as Signal;
      const word = outputs[i] as number;
      const value = numberOf(signal.type, word);
      if (value >= signal.min && value <= signal.max) continue;
      const unit = signal.unit === "" ? "" : ` ${signal.unit}`;
      const expected = `${signal.min} to ${signal.max}${unit}`;
      this.#report({ rule: "limits", frame, signal: signal.name, expected, found: text(word, signal) });
      return false;
    }
    return true;
  }

  #judgeRange(step: Step, threeValid: number): void {
    const { inputs } = this.#table;
    for (let i = 0; i < inputs.length; i += 1) {
      if (step.valid[i] === 0) continue;
      if (!this.#bounds.knows(step.frame, i)) {
        this.#unjudgedValues += 1;
        continue;
      }
      this.#judgedValues += 1;
      this.#judgeValue(step, i, ((threeValid >>> i) & 1) === 1);
    }
  }

  #judgeValue(step: Step, input: number, hasThree: boolean): void {
    const signal = this.#table.inputs[input] as Signal;
    const widen = hasThree ? 0 : signal.tolerance * TOLERANCE_SLACK;
    const least = this.#bounds.least(step.frame, input) - widen;
    const greatest = this.#bounds.greatest(step.frame, input) + widen;
    const word = step.selected[input] as number;
    const value = numberOf(signal.type, word);
    const isHeld = word === this.#lastSelected[input];
    this.#lastSelected[input] = word;
    const isGood = value >= least && value <= greatest;
    const row = isGood ? 0 : (this.#heldRow[input] as number) + 1;
    this.#heldRow[input] = row;
    if (isGood) return;
    if (isHeld && row <= this.#holdsAllowed(step.frame, input)) {
      this.#rangeHeld += 1;
      return;
    }
    this.#rangeWrong += 1;
    if (this.#first !== null) return;
    const expected = `${least} to ${greatest}${signal.unit === "" ? "" : ` ${signal.unit}`}`;
    this.#report({ rule: "range", frame: step.frame, signal: signal.name, expected, found: text(word, signal) });
  }

  #holdsAllowed(frame: number, input: number): number {
    const isRough = this.#bounds.wasRough(frame, input, this.#roughHoldFrames);
    return isRough ? Math.max(this.#holdFrames, this.#roughHoldFrames) : this.#holdFrames;
  }

  #report(violation: Violation): void {
    this.#first ??= violation;
  }
}

class Step {
  frame = 0;
  readonly selected: Uint32Array;
  readonly valid: Uint32Array;

  constructor(inputs: number) {
    this.selected = new Uint32Array(inputs);
    this.valid = new Uint32Array(inputs);
  }

  take(frame: number, selected: Uint32Array, valid: Uint32Array): void {
    this.frame = frame;
    for (let i = 0; i < this.selected.length; i += 1) {
      this.selected[i] = selected[i] as number;
      this.valid[i] = valid[i] as number;
    }
  }
}

/** Value and bits: two floats may look alike and differ. */
function text(word: number, signal: Signal): string {
  return `${wordText(word, signal)} (0x${(word >>> 0).toString(16).padStart(8, "0")})`;
}

/** One sentence for a person. */
export function violationText({ rule, frame, signal, expected, found }: Violation): string {
  const what = {
    value: `output ${signal} is not what the law computes`,
    limits: `output ${signal} left its declared range`,
    held: `output ${signal} changed while it was held`,
    safe: `output ${signal} is not at its safe value`,
    range: `input ${signal} was selected outside what good sensors read`,
    replay: "the outputs cannot be replayed",
  }[rule];
  return `frame ${frame}: ${what}: expected ${expected}, found ${found}`;
}
