import type { ResolvedFault } from "../faults/resolve-faults.ts";
import type { FaultFree } from "./sample-bounds.ts";

/**
 * Which samples a judge may measure others by: those of sensors without a fault in that frame, recorded by a channel whose own
 * record may be believed.
 */
export class FaultFreeSamples implements FaultFree {
  readonly #inputs: number;
  readonly #faults: readonly ResolvedFault[];
  readonly #first: number;

  constructor(faults: readonly ResolvedFault[], inputs: number) {
    this.#inputs = inputs;
    this.#faults = faults.filter((fault) => fault.place === "sensor" || spoilsRecord(fault));
    this.#first = Math.min(...this.#faults.map(({ frame }) => frame));
  }

  faultFree(frame: number, channel: number): number {
    const all = (1 << this.#inputs) - 1;
    if (frame < this.#first) return all;
    let bits = all;
    for (const fault of this.#faults) {
      if (fault.place === "link" || fault.channel !== channel || frame < fault.frame) continue;
      if (fault.place === "channel") return 0;
      if (frame >= fault.end) continue;
      bits &= ~(1 << fault.input);
      if (fault.other >= 0) bits &= ~(1 << fault.other);
    }
    return bits;
  }
}

/** A flip in a core may change what it records, from then on. */
function spoilsRecord(fault: ResolvedFault): boolean {
  return fault.place === "channel" && fault.mode.name === "bitflip" && fault.choice === "core";
}
