import type { FrameRecords } from "../../host/judge/frame-records.ts";
import {
  CHANNEL_HEAD_WORDS,
  CHANNEL_WORD,
  INPUT_WORD,
  STAGE_HEAD_WORDS,
  STAGE_WORD,
  WORDS_PER_INPUT,
} from "../../host/model/record.ts";
import type { Law } from "../../sim/channel/law.ts";
import { accumulator } from "../../sim/channel/testing.ts";

/** Records of a run of the law with one input and one output (sim/channel/testing.ts), written word by word. */

const NO_FRAME = 0xffffffff;
const ALL = 7;
export const AGREED = 0;
export const MASKED = 1;
export const HELD = 2;
export const SAFE = 3;

/** One frame: what the channels stepped and committed, and what the output stage gave out. */
export interface Scened {
  /** Selected value of a step that all commit. */
  readonly selected?: number;
  readonly valid?: number;
  /** Selected values of steps that stay in doubt, channel by channel. */
  readonly ran?: readonly number[];
  /** The channel whose step in doubt of the frame before turns out to be committed. */
  readonly late?: number;
  readonly outcome: number;
  readonly output: number;
  readonly samples?: readonly number[];
  readonly fresh?: readonly number[];
  /** Whether all three samples were judged good. */
  readonly threeValid?: number;
}

interface State {
  frame: number;
  low: number;
  high: number;
}

export class Scene {
  readonly #law: Law;
  readonly #state: State = { frame: NO_FRAME, low: 0, high: 0 };
  #doubtful: readonly number[] = [];
  #frame = 0;

  private constructor(law: Law) {
    this.#law = law;
  }

  static async make(): Promise<Scene> {
    return new Scene(await accumulator());
  }

  /** The records of the next frame. */
  next(scened: Scened): FrameRecords {
    const frame = this.#frame++;
    const { selected, ran = [], late } = scened;
    const committed = late === undefined ? undefined : this.#doubtful[late];
    if (committed !== undefined) this.#commit(frame - 1, committed, 1);
    const base = { ...this.#state };
    if (selected !== undefined) this.#commit(frame, selected, scened.valid ?? 1);
    this.#doubtful = ran;
    const channels = [0, 1, 2].map((channel) => this.#record(frame, channel, base, scened));
    return { frame, channels, details: [undefined, undefined, undefined], stage: stageOf(frame, scened) };
  }

  #commit(frame: number, selected: number, valid: number): void {
    this.#law.setInputs(Uint32Array.of(selected), Uint32Array.of(valid));
    this.#law.step(frame);
    this.#state.frame = frame;
    this.#state.low = this.#law.hashLow;
    this.#state.high = this.#law.hashHigh;
  }

  #record(frame: number, channel: number, base: State, scened: Scened): Uint32Array {
    const { samples = [1, 1, 1], fresh = [1, 1, 1], threeValid = 1 } = scened;
    const words = new Uint32Array(CHANNEL_HEAD_WORDS + WORDS_PER_INPUT + 1);
    const given = scened.selected ?? scened.ran?.[channel];
    words[CHANNEL_WORD.frame] = frame;
    words[CHANNEL_WORD.committed_frame] = this.#state.frame;
    words[CHANNEL_WORD.pending_frame] = NO_FRAME;
    words[CHANNEL_WORD.module_hash_low] = this.#state.low;
    words[CHANNEL_WORD.module_hash_high] = this.#state.high;
    words[CHANNEL_WORD.gate] = 1;
    words[CHANNEL_WORD.mode] = 3;
    words[CHANNEL_WORD.fresh] = fresh[channel] as number;
    const at = CHANNEL_HEAD_WORDS;
    words[at + INPUT_WORD.sample] = samples[channel] as number;
    words[at + INPUT_WORD.reasons] = threeValid === 1 ? 0 : 1;
    if (given === undefined) return words;
    words[CHANNEL_WORD.base_frame] = base.frame;
    words[CHANNEL_WORD.base_hash_low] = base.low;
    words[CHANNEL_WORD.base_hash_high] = base.high;
    words[CHANNEL_WORD.received] = ALL;
    words[at + INPUT_WORD.selected] = given;
    words[at + INPUT_WORD.valid] = scened.valid ?? 1;
    return words;
  }
}

function stageOf(frame: number, { outcome, output }: Scened): Uint32Array {
  const words = new Uint32Array(STAGE_HEAD_WORDS + 1);
  words[STAGE_WORD.frame] = frame;
  words[STAGE_WORD.outcome] = outcome;
  words[STAGE_WORD.enabled] = ALL;
  words[STAGE_WORD.agreeing] = outcome <= MASKED ? ALL : 0;
  words[STAGE_HEAD_WORDS] = output;
  return words;
}
