import { CHANNEL_WORD, STAGE_WORD } from "../model/record.ts";
import { type AgreedView, HEALTH_VOTES_MAX } from "./agreed-view.ts";
import type { FrameRecords } from "./frame-records.ts";
import { STAGE_SAFE } from "./stage-outcome.ts";

/** Modes and health states by number (docs/core.md, "Enumerations"). */
const SAFE = 0;
const SIMPLEX = 1;
const TRIPLEX = 3;
const RESYNC = 3;
const PROBATION = 4;

/** Limits of the core's configuration that invariants speak of. */
export interface InvariantLimits {
  readonly holdFrames: number;
  readonly tripsMax: number;
  /** Clean frames that forgive one trip. */
  readonly forgiveFrames: number;
}

/** An invariant that a frame broke (REDUNDANCY section 14). */
export interface Breach {
  readonly invariant: string;
  readonly frame: number;
  readonly problem: string;
}

/**
 * The invariants as far as records decide them: A3, A4, A5, A7, A8, A9, A11 here; A1 and A6 are in the verdict, A2 and A10 in
 * the oracle and the comparison of agreed states. Each is told once, where it is broken first.
 */
export class Invariants {
  readonly #limits: InvariantLimits;
  readonly #view: AgreedView;
  readonly #breaches = new Map<string, Breach>();
  readonly #readmissions: number[] = [0, 0, 0];
  readonly #wasVoter: boolean[] = [true, true, true];
  #first: number | undefined;
  #mode: number | undefined;
  #wasSafe = false;

  constructor(limits: InvariantLimits, view: AgreedView) {
    this.#limits = limits;
    this.#view = view;
  }

  /** Call after the view took the frame in. */
  frame(records: FrameRecords): void {
    const { frame, stage } = records;
    this.#first ??= frame;
    if (stage !== undefined) this.#stage(frame, stage);
    this.#masters(records);
    if (this.#view.shownBy < 0 && this.#mode === this.#view.mode) return;
    this.#agreed(frame);
  }

  get breaches(): readonly Breach[] {
    return [...this.#breaches.values()];
  }

  #stage(frame: number, stage: Uint32Array): void {
    const isSafe = stage[STAGE_WORD.outcome] === STAGE_SAFE;
    if (this.#wasSafe && !isSafe) this.#breach("A4", frame, "the output stage left SAFE");
    this.#wasSafe ||= isSafe;
    const held = stage[STAGE_WORD.held_frames] as number;
    if (!isSafe && held > this.#limits.holdFrames) {
      this.#breach("A9", frame, `outputs were held for ${held} frames, at most ${this.#limits.holdFrames} are allowed`);
    }
  }

  /** Two channels that each drive alone. */
  #masters({ frame, channels }: FrameRecords): void {
    let masters = 0;
    for (const words of channels) {
      if (words?.[CHANNEL_WORD.mode] === SIMPLEX && words[CHANNEL_WORD.gate] !== 0) masters += 1;
    }
    if (masters > 1) this.#breach("A11", frame, `${masters} channels drive alone`);
  }

  #agreed(frame: number): void {
    const { mode, voters, health } = this.#view;
    const before = this.#mode;
    this.#mode = mode;
    if (mode !== SAFE && mode !== voters) this.#breach("A5", frame, `mode ${mode} with ${voters} voters`);
    const returning = health.filter((state) => state === RESYNC || state === PROBATION).length;
    if (returning > 1) this.#breach("A3", frame, `${returning} channels come back at once`);
    if (before === TRIPLEX && mode === SIMPLEX) this.#breach("A8", frame, "TRIPLEX fell to SIMPLEX in one frame");
    for (let channel = 0; channel < 3; channel += 1) this.#readmitted(frame, channel);
  }

  #readmitted(frame: number, channel: number): void {
    const isVoter = (this.#view.health[channel] as number) <= HEALTH_VOTES_MAX;
    if (isVoter && this.#wasVoter[channel] === false) {
      const count = (this.#readmissions[channel] ?? 0) + 1;
      this.#readmissions[channel] = count;
      const allowed = this.#limits.tripsMax + (frame - (this.#first ?? frame)) / this.#limits.forgiveFrames;
      if (count > allowed) this.#breach("A7", frame, `channel ${"ABC".charAt(channel)} came back ${count} times`);
    }
    this.#wasVoter[channel] = isVoter;
  }

  #breach(invariant: string, frame: number, problem: string): void {
    if (!this.#breaches.has(invariant)) this.#breaches.set(invariant, { invariant, frame, problem });
  }
}
