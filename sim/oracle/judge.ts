import { CHANNEL_HEAD_WORDS, WORDS_PER_INPUT } from "../../host/protocol/record.ts";
import type { FrameView } from "../run.ts";
import { Oracle, type OracleFrame, type OracleOptions, type OracleResult, type OracleStep } from "./oracle.ts";

/** Of an input's words in a channel record (docs/core.md): why each source's sample was not used. */
const REASONS_AT = 5;

/** The oracle as a judge of a flight (sim/fly.ts). */
export class OracleJudge {
  readonly #oracle: Oracle;
  readonly #inputs: number;
  readonly #frame: { -readonly [K in keyof OracleFrame]: OracleFrame[K] };

  constructor(options: OracleOptions) {
    this.#oracle = new Oracle(options);
    this.#inputs = options.table.inputs.length;
    const samples = { words: new Uint32Array(0), fresh: new Uint16Array(3) };
    this.#frame = { frame: 0, outcome: 0, outputs: new Uint32Array(0), samples, threeValid: 0 };
  }

  committed(step: OracleStep): void {
    this.#oracle.committed(step);
  }

  frame(view: FrameView): void {
    const judged = this.#frame;
    judged.frame = view.frame;
    judged.outcome = view.outcome;
    judged.outputs = view.stage.outputs;
    judged.samples = view.samples;
    judged.threeValid = this.#threeValid(view);
    this.#oracle.frame(judged);
  }

  result(): OracleResult {
    return this.#oracle.result();
  }

  /** From the record of a channel whose line the stage took. */
  #threeValid({ voter }: FrameView): number {
    if (voter === undefined) return 0;
    const inputs = (voter.recordAt >>> 2) + 1 + CHANNEL_HEAD_WORDS;
    let bits = 0;
    for (let i = 0; i < this.#inputs; i += 1) {
      const reasons = voter.core.words[inputs + i * WORDS_PER_INPUT + REASONS_AT] as number;
      // Four bits for each of three sources, 0 = OK.
      if ((reasons & 0xfff) === 0) bits |= 1 << i;
    }
    return bits;
  }
}
