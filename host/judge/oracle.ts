import { numberOf, wordOf } from "../model/numbers.ts";
import { STAGE_HEAD_WORDS, STAGE_WORD } from "../model/record.ts";
import type { Signal, SignalTable } from "../model/signals.ts";
import { CommittedSteps, type Replay, type RunStep } from "./committed-steps.ts";
import type { FrameRecords } from "./frame-records.ts";
import { type FaultFree, SampleBounds } from "./sample-bounds.ts";
import { STAGE_HELD, STAGE_MASKED } from "./stage-outcome.ts";
import { rangeText, type Violation, valueText } from "./violation.ts";

/**
 * What "wrong" means, judged at the output stage from records alone (REDUNDANCY section 2):
 *
 * - value: every voted output equals a replay of the law on the inputs the channels committed; a held frame repeats the
 *   last voted values, a safe frame has the declared safe ones, and no voted value leaves its declared range;
 * - range: every selected value lies between the least and the greatest sample of the fault-free sensors of that frame,
 *   widened by the tolerance where fewer than three samples were valid.
 *
 * It is not a comparison with a clean run: a median moves legitimately when a sensor is stuck.
 */

export interface OracleResult {
  readonly value_ok: boolean;
  readonly range_ok: boolean;
  /** Evidence: frames whose outputs and selected values that were judged. */
  readonly judged_frames: number;
  readonly judged_values: number;
  /** Voted frames behind a gap in the records that nothing leads to. */
  readonly unjudged_frames: number;
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
  /** The law, `init` done and parameters set; the oracle alone uses it. */
  readonly replay: Replay;
  readonly table: SignalTable;
  readonly faultFree: FaultFree;
  /** Frames that a disputed input may hold its last selected value outside the bounds; 0 under the masking hypothesis. */
  readonly holdFrames: number;
  /** The same while fewer than two fault-free sensors keep to their declaration: the recording is to blame then. */
  readonly roughHoldFrames: number;
  /** Told of every step that was committed, in order. */
  readonly onStep?: ((step: RunStep) => void) | undefined;
}

/** Selection compares in single precision; the last bits of a tolerance are not the oracle's business. */
const TOLERANCE_SLACK = 1 + 2 ** -20;

/** Judges outputs and selected values, one frame a call. */
export class Oracle {
  readonly #replay: Replay;
  readonly #table: SignalTable;
  readonly #bounds: SampleBounds;
  readonly #steps: CommittedSteps;
  readonly #onStep: ((step: RunStep) => void) | undefined;
  readonly #safe: Uint32Array;
  readonly #last: Uint32Array;
  readonly #holdFrames: number;
  readonly #roughHoldFrames: number;
  readonly #heldRow: Uint32Array;
  readonly #lastSelected: Uint32Array;
  #replayOk = false;
  #voted = false;
  /** Records are missing before this frame, and no vote has led on from what is known since. */
  #isLost = false;
  #judgedFrames = 0;
  #unjudgedFrames = 0;
  #judgedValues = 0;
  #unjudgedValues = 0;
  #wrongFrames = 0;
  #wrongRow = 0;
  #longestWrong = 0;
  #rangeWrong = 0;
  #rangeHeld = 0;
  #first: Violation | null = null;

  constructor({ replay, table, faultFree, holdFrames, roughHoldFrames, onStep }: OracleOptions) {
    this.#holdFrames = holdFrames;
    this.#roughHoldFrames = roughHoldFrames;
    this.#heldRow = new Uint32Array(table.inputs.length);
    this.#lastSelected = new Uint32Array(table.inputs.length);
    this.#replay = replay;
    this.#table = table;
    this.#onStep = onStep;
    this.#bounds = new SampleBounds(table.inputs, faultFree, table.periodUs);
    this.#steps = new CommittedSteps(replay, table.inputs.length, (step, isRight) => this.#committed(step, isRight));
    this.#safe = Uint32Array.from(table.outputs, (output) => wordOf(output.type, output.safe));
    this.#last = this.#safe.slice();
  }

  frame(records: FrameRecords): void {
    const { stage } = records;
    this.#bounds.look(records);
    if (stage === undefined) {
      this.#steps.unvoted(records);
      this.#isLost = true;
      return;
    }
    const isVoted = (stage[STAGE_WORD.outcome] as number) <= STAGE_MASKED;
    const right = isVoted ? this.#judgeVote(records, stage) : this.#judgeHeld(records, stage);
    if (right === undefined) return;
    this.#judgedFrames += 1;
    this.#wrongRow = right ? 0 : this.#wrongRow + 1;
    if (right) return;
    this.#wrongFrames += 1;
    this.#longestWrong = Math.max(this.#longestWrong, this.#wrongRow);
  }

  /** Records of frames are missing: what is voted next may lead on from nothing that is known. */
  gap(): void {
    this.#isLost = true;
  }

  result(): OracleResult {
    return {
      value_ok: this.#wrongFrames === 0,
      range_ok: this.#rangeWrong === 0,
      judged_frames: this.#judgedFrames,
      judged_values: this.#judgedValues,
      unjudged_frames: this.#unjudgedFrames,
      unjudged_values: this.#unjudgedValues,
      wrong_frames: this.#wrongFrames,
      longest_wrong: this.#longestWrong,
      range_wrong: this.#rangeWrong,
      range_held: this.#rangeHeld,
      first: this.#first,
    };
  }

  #committed(step: RunStep, isRight: boolean): void {
    this.#replayOk = isRight;
    this.#judgeRange(step);
    this.#onStep?.(step);
  }

  /** Whether the actuators got what they should have got; `undefined`: nobody can know. */
  #judgeVote(records: FrameRecords, stage: Uint32Array): boolean | undefined {
    const agreeing = stage[STAGE_WORD.agreeing] as number;
    if (this.#isLost && !this.#steps.leadsOn(records, agreeing)) {
      this.#unjudgedFrames += 1;
      return undefined;
    }
    this.#isLost = false;
    this.#voted = true;
    const { frame } = records;
    const finding = this.#steps.voted(records, agreeing);
    if (finding === "uncommitted" || !this.#replayOk) return this.#noReplay(frame, stage, finding);
    this.#last.set(this.#replay.outputs);
    if (finding === "unknown") return this.#noBase(frame);
    return this.#same(frame, "value", stage, this.#last) && this.#withinLimits(frame, stage);
  }

  #judgeHeld(records: FrameRecords, stage: Uint32Array): boolean | undefined {
    const { frame } = records;
    this.#steps.unvoted(records);
    const isHeld = stage[STAGE_WORD.outcome] === STAGE_HELD;
    if (!isHeld) return this.#same(frame, "safe", stage, this.#safe);
    if (this.#isLost) {
      this.#unjudgedFrames += 1;
      return undefined;
    }
    // Before the first vote there is nothing to hold but the safe values.
    return this.#same(frame, "held", stage, this.#voted ? this.#last : this.#safe);
  }

  #noReplay(frame: number, stage: Uint32Array, finding: string): boolean {
    for (let i = 0; i < this.#last.length; i += 1) this.#last[i] = stage[STAGE_HEAD_WORDS + i] as number;
    this.#report({
      rule: "replay",
      frame,
      signal: "",
      expected: "voted outputs that a replay of the law gives",
      found: finding === "uncommitted" ? "outputs of a step that was not committed" : "a replay that fails",
    });
    return false;
  }

  #noBase(frame: number): boolean {
    this.#report({
      rule: "base",
      frame,
      signal: "",
      expected: "a vote from the state that a replay of the law gives",
      found: "one from another state",
    });
    return false;
  }

  #same(frame: number, rule: Violation["rule"], stage: Uint32Array, expected: Uint32Array): boolean {
    let right = true;
    for (let i = 0; i < expected.length; i += 1) {
      const wanted = expected[i] as number;
      const found = stage[STAGE_HEAD_WORDS + i] as number;
      if (wanted === found) continue;
      right = false;
      if (this.#first !== null) continue;
      const signal = this.#table.outputs[i] as Signal;
      const texts = { expected: valueText(wanted, signal), found: valueText(found, signal) };
      this.#report({ rule, frame, signal: signal.name, ...texts });
    }
    return right;
  }

  /** A command outside its declared range, or none at all (NaN), is wrong however many channels agree on it. */
  #withinLimits(frame: number, stage: Uint32Array): boolean {
    const signals = this.#table.outputs;
    for (let i = 0; i < signals.length; i += 1) {
      const signal = signals[i] as Signal;
      const word = stage[STAGE_HEAD_WORDS + i] as number;
      const value = numberOf(signal.type, word);
      if (value >= signal.min && value <= signal.max) continue;
      const expected = rangeText(signal.min, signal.max, signal);
      this.#report({ rule: "limits", frame, signal: signal.name, expected, found: valueText(word, signal) });
      return false;
    }
    return true;
  }

  #judgeRange(step: RunStep): void {
    const { inputs } = this.#table;
    for (let i = 0; i < inputs.length; i += 1) {
      if (step.valid[i] === 0) continue;
      if (!this.#bounds.knows(step.frame, i)) {
        this.#unjudgedValues += 1;
        continue;
      }
      this.#judgedValues += 1;
      this.#judgeValue(step, i, ((step.threeValid >>> i) & 1) === 1);
    }
  }

  #judgeValue(step: RunStep, input: number, hasThree: boolean): void {
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
    const expected = rangeText(least, greatest, signal);
    this.#report({ rule: "range", frame: step.frame, signal: signal.name, expected, found: valueText(word, signal) });
  }

  #holdsAllowed(frame: number, input: number): number {
    const isRough = this.#bounds.wasRough(frame, input, this.#roughHoldFrames);
    return isRough ? Math.max(this.#holdFrames, this.#roughHoldFrames) : this.#holdFrames;
  }

  #report(violation: Violation): void {
    this.#first ??= violation;
  }
}
