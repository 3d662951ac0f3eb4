import type { ResolvedFault, SensorFault } from "../faults/resolved-fault.ts";
import type { FaultFree } from "./sample-bounds.ts";

/**
 * Which samples a judge may measure others by: those of sensors without a fault in that frame. A channel builds its X1 anew in every
 * frame, and records what is in it, so that what happens to a channel does not spoil its recorded samples.
 */
export class FaultFreeSamples implements FaultFree {
  readonly #inputs: number;
  readonly #faults: readonly SensorFault[];
  readonly #first: number;
  readonly #end: number;

  constructor(faults: readonly ResolvedFault[], inputs: number) {
    this.#inputs = inputs;
    this.#faults = faults.filter((fault) => fault.place === "sensor");
    this.#first = Math.min(...this.#faults.map(({ frame }) => frame));
    this.#end = Math.max(0, ...this.#faults.map(({ end }) => end));
  }

  faultFree(frame: number, channel: number): number {
    let bits = (1 << this.#inputs) - 1;
    if (frame < this.#first || frame >= this.#end) return bits;
    for (const fault of this.#faults) {
      if (fault.channel !== channel || frame < fault.frame || frame >= fault.end) continue;
      bits &= ~(1 << fault.input);
      if (fault.other >= 0) bits &= ~(1 << fault.other);
    }
    return bits;
  }
}
