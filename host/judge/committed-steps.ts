import { CHANNEL_HEAD_WORDS, CHANNEL_WORD, INPUT_WORD, WORDS_PER_INPUT } from "../model/record.ts";
import { type FrameRecords, frameBefore } from "./frame-records.ts";

/** The control law once more, by itself: what it was given decides what it must give. */
export interface Replay {
  setInputs(selected: Uint32Array, valid: Uint32Array): void;
  /** Returns 0 when the step came to its end. */
  step(frame: number): number;
  /** Raw words of the last step. */
  readonly outputs: Uint32Array;
  /** Hash of the state: its two words. */
  readonly hashLow: number;
  readonly hashHigh: number;
  snapshot(slot: number): void;
  restore(slot: number): void;
}

/** A step that some channel ran: where from, and what the law was given. */
export interface RunStep {
  readonly frame: number;
  readonly baseFrame: number;
  readonly baseLow: number;
  readonly baseHigh: number;
  readonly selected: Uint32Array;
  readonly valid: Uint32Array;
  /** Inputs whose three samples were all valid, as bits. */
  readonly threeValid: number;
}

/** `known`: replayed. `uncommitted`: no channel committed what was voted. `unknown`: from a state that no replay gives. */
export type Finding = "known" | "uncommitted" | "unknown";

/** Frames in doubt that are remembered, three steps each: more than HOLD_FRAMES are never committed late. */
const FRAMES_MAX = 64;
const STEP_OK = 0;
const SLOT = 0;

/**
 * Finds out which steps became committed and replays them. A voted frame was committed; a frame without a vote is known only
 * later, from the frame and the hash that the next voted step was stepped from. Several channels may have stepped a frame
 * differently, so a step counts only when its replay gives that very hash.
 */
export class CommittedSteps {
  readonly #replay: Replay;
  readonly #inputs: number;
  readonly #onStep: (step: RunStep, isRight: boolean) => void;
  readonly #doubtful: RunStep[] = [];
  readonly #voted: { -readonly [K in keyof RunStep]: RunStep[K] };
  /** What the replay stands at. Nobody has a hash of the state before the first step: the records say 0. */
  #frame: number | undefined;
  #low = 0;
  #high = 0;
  /** Votes from a state that no replay gives. */
  unknownBases = 0;

  /** `onStep`: after each committed step was replayed; `isRight`: it came to its end. The step is reused. */
  constructor(replay: Replay, inputs: number, onStep: (step: RunStep, isRight: boolean) => void) {
    this.#replay = replay;
    this.#inputs = inputs;
    this.#onStep = onStep;
    const [selected, valid] = [new Uint32Array(inputs), new Uint32Array(inputs)];
    this.#voted = { frame: 0, baseFrame: 0, baseLow: 0, baseHigh: 0, selected, valid, threeValid: 0 };
  }

  /** A frame whose lines the stage took; `agreeing`: the channels of these lines (bits). */
  voted(records: FrameRecords, agreeing: number): Finding {
    this.#frame ??= frameBefore(records.frame);
    const channels = committers(records, agreeing);
    for (let bits = channels; bits !== 0; bits &= bits - 1) {
      this.#read(records, lowestOf(bits), this.#voted);
      if (this.#isHere(this.#voted)) return this.#advance(this.#voted, "known");
    }
    for (let bits = channels; bits !== 0; bits &= bits - 1) {
      this.#read(records, lowestOf(bits), this.#voted);
      const path = this.#pathTo(this.#voted, new Map());
      if (path === undefined) continue;
      for (const step of path) this.#advance(step, "known");
      return this.#advance(this.#voted, "known");
    }
    if (channels === 0) return "uncommitted";
    this.unknownBases += 1;
    this.#read(records, lowestOf(channels), this.#voted);
    return this.#advance(this.#voted, "unknown");
  }

  /** Whether the vote of a frame leads on from what is known: after a gap in a log it may not. */
  leadsOn(records: FrameRecords, agreeing: number): boolean {
    if (this.#frame === undefined) return false;
    const channels = committers(records, agreeing);
    for (let bits = channels; bits !== 0; bits &= bits - 1) {
      this.#read(records, lowestOf(bits), this.#voted);
      if (this.#pathTo(this.#voted, new Map()) !== undefined) return true;
    }
    return false;
  }

  /** A frame without a vote: what the channels stepped may turn out to be committed. */
  unvoted(records: FrameRecords): void {
    this.#frame ??= frameBefore(records.frame);
    for (let channel = 0; channel < 3; channel += 1) {
      if (!hasResult(records, channel)) continue;
      const [selected, valid] = [new Uint32Array(this.#inputs), new Uint32Array(this.#inputs)];
      const step = { frame: 0, baseFrame: 0, baseLow: 0, baseHigh: 0, selected, valid, threeValid: 0 };
      this.#read(records, channel, step);
      if (!this.#doubtful.some((other) => isSameStep(other, step))) this.#doubtful.push(step);
    }
    while (this.#doubtful.length > 3 * FRAMES_MAX) this.#doubtful.shift();
  }

  #read(records: FrameRecords, channel: number, step: { -readonly [K in keyof RunStep]: RunStep[K] }): void {
    const words = records.channels[channel] as Uint32Array;
    step.frame = records.frame;
    step.baseFrame = words[CHANNEL_WORD.base_frame] as number;
    step.baseLow = words[CHANNEL_WORD.base_hash_low] as number;
    step.baseHigh = words[CHANNEL_WORD.base_hash_high] as number;
    step.threeValid = 0;
    for (let i = 0; i < this.#inputs; i += 1) {
      const at = CHANNEL_HEAD_WORDS + WORDS_PER_INPUT * i;
      step.selected[i] = words[at + INPUT_WORD.selected] as number;
      step.valid[i] = words[at + INPUT_WORD.valid] as number;
      if (words[at + INPUT_WORD.reasons] === 0) step.threeValid |= 1 << i;
    }
  }

  #isHere({ baseFrame, baseLow, baseHigh }: RunStep): boolean {
    return baseFrame === this.#frame && baseLow === this.#low && baseHigh === this.#high;
  }

  #advance(step: RunStep, finding: Finding): Finding {
    const isRight = this.#run(step);
    this.#frame = step.frame;
    this.#low = this.#replay.hashLow;
    this.#high = this.#replay.hashHigh;
    if (this.#doubtful.length > 0 && step === this.#voted) this.#doubtful.length = 0;
    this.#onStep(step, isRight);
    return finding;
  }

  #run({ frame, selected, valid }: RunStep): boolean {
    this.#replay.setInputs(selected, valid);
    return this.#replay.step(frame) === STEP_OK;
  }

  /** Steps in doubt that lead from what is known to a step's base. `known`: what was found out for other bases. */
  #pathTo(step: RunStep, known: Map<string, RunStep[] | undefined>): RunStep[] | undefined {
    if (this.#isHere(step)) return [];
    const base = `${step.baseFrame} ${step.baseLow} ${step.baseHigh}`;
    if (known.has(base)) return known.get(base);
    known.set(base, undefined); // Damaged records may lead round in a circle.
    for (const before of this.#doubtful) {
      if (before.frame !== step.baseFrame) continue;
      const path = this.#pathTo(before, known);
      if (path === undefined || !this.#leadsTo([...path, before], step)) continue;
      known.set(base, [...path, before]);
      break;
    }
    return known.get(base);
  }

  #leadsTo(path: readonly RunStep[], { baseLow, baseHigh }: RunStep): boolean {
    this.#replay.snapshot(SLOT);
    const ran = path.every((step) => this.#run(step));
    const isReached = ran && this.#replay.hashLow === baseLow && this.#replay.hashHigh === baseHigh;
    this.#replay.restore(SLOT);
    return isReached;
  }
}

/** Channels that committed this frame, as bits: those whose lines were taken, or else any. */
function committers({ frame, channels }: FrameRecords, agreeing: number): number {
  let all = 0;
  for (let channel = 0; channel < 3; channel += 1) {
    if (channels[channel]?.[CHANNEL_WORD.committed_frame] === frame) all |= 1 << channel;
  }
  return (all & agreeing) === 0 ? all : all & agreeing;
}

/** Whether a channel's step of this frame came to a result: it sent its X3. */
function hasResult({ channels }: FrameRecords, channel: number): boolean {
  return ((((channels[channel]?.[CHANNEL_WORD.received] ?? 0) as number) >>> channel) & 1) === 1;
}

function lowestOf(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function isSameStep(one: RunStep, other: RunStep): boolean {
  if (one.frame !== other.frame || one.baseFrame !== other.baseFrame) return false;
  if (one.baseLow !== other.baseLow || one.baseHigh !== other.baseHigh) return false;
  return (
    one.selected.every((word, i) => word === other.selected[i]) && one.valid.every((word, i) => word === other.valid[i])
  );
}
