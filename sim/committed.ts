import type { Channel } from "./channel/channel.ts";

/** One step that the channels committed: what the law was given. The arrays are reused: copy what must last. */
export interface CommittedStep {
  readonly frame: number;
  readonly selected: Uint32Array;
  readonly valid: Uint32Array;
}

interface Candidate {
  frame: number;
  base: number;
  selected: Uint32Array;
  valid: Uint32Array;
}

/** Held frames between two votes are at most HOLD_FRAMES; three channels may each have stepped differently. */
const CANDIDATES_MAX = 64;

/**
 * Finds out which steps became committed. A voted frame was; a frame without a vote is known only later, from the frame that
 * the next voted step was stepped from.
 */
export class CommitTracker {
  readonly #candidates: Candidate[] = [];
  readonly #onStep: (step: CommittedStep) => void;
  #last: number;
  /** Votes whose history could not be rebuilt: the channels voted from a state nobody saw committed. */
  unknownBases = 0;

  constructor(first: number, onStep: (step: CommittedStep) => void) {
    this.#last = (first - 1) >>> 0;
    this.#onStep = onStep;
  }

  /** After the stage's vote of a frame: `voter` is one of the agreeing channels, or undefined when nothing was voted. */
  frame(frame: number, voter: Channel | undefined, channels: readonly Channel[]): void {
    if (voter === undefined) {
      for (const channel of channels) if (channel.stepped) this.#remember(frame, channel);
      return;
    }
    if (voter.base !== this.#last) this.#catchUp(voter.base);
    if (this.#candidates.length > 0) this.#candidates.length = 0;
    this.#last = frame;
    this.#onStep({ frame, selected: voter.core.selected, valid: voter.core.valid });
  }

  #remember(frame: number, channel: Channel): void {
    if (this.#candidates.length >= CANDIDATES_MAX) this.#candidates.shift();
    const { selected, valid } = channel.core;
    this.#candidates.push({ frame, base: channel.base, selected: selected.slice(), valid: valid.slice() });
  }

  /** Replays the held steps that lead from the last committed frame to `base`. */
  #catchUp(base: number): void {
    const chain: Candidate[] = [];
    let wanted = base;
    while (wanted !== this.#last) {
      const step = this.#candidates.find((candidate) => candidate.frame === wanted);
      if (step === undefined || chain.length >= CANDIDATES_MAX) {
        this.unknownBases += 1;
        return;
      }
      chain.unshift(step);
      wanted = step.base;
    }
    for (const step of chain) this.#onStep(step);
  }
}
