/**
 * The committed steps of a run, as one block of words: what a second engine needs to repeat them.
 *
 *   per step   frame   inputs   selected values, one word each   inputs   validity, 0 or 1
 */

/** Larger blocks are cut, and the result says how many steps were compared. */
export const RECORDING_BYTES_MAX: number = 8 * 1024 * 1024;
const STEPS_FIRST = 1024;

/** Collects steps; it is a judge of a flight (sim/flight/fly.ts) that never objects. */
export class StepRecording {
  readonly inputs: number;
  /** Words of one step. */
  readonly stride: number;
  /** Steps that came after the block was full. */
  dropped = 0;
  #words: Uint32Array;
  #steps = 0;

  constructor(inputs: number) {
    this.inputs = inputs;
    this.stride = 1 + 2 * inputs;
    this.#words = new Uint32Array(STEPS_FIRST * this.stride);
  }

  get steps(): number {
    return this.#steps;
  }

  /** All recorded words, `steps * stride` of them. */
  get words(): Uint32Array {
    return this.#words.subarray(0, this.#steps * this.stride);
  }

  /** A step the channels committed, in order. */
  committed({ frame, selected, valid }: { frame: number; selected: Uint32Array; valid: Uint32Array }): void {
    const at = this.#steps * this.stride;
    if ((at + this.stride) * 4 > RECORDING_BYTES_MAX) {
      this.dropped += 1;
      return;
    }
    if (at + this.stride > this.#words.length) this.#grow();
    const words = this.#words;
    words[at] = frame;
    for (let i = 0; i < this.inputs; i += 1) {
      words[at + 1 + i] = selected[i] as number;
      words[at + 1 + this.inputs + i] = valid[i] as number;
    }
    this.#steps += 1;
  }

  /** Frames without a committed step leave no trace. */
  frame(): void {}

  #grow(): void {
    const grown = new Uint32Array(this.#words.length * 2);
    grown.set(this.#words);
    this.#words = grown;
  }
}
