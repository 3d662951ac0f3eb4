import { crc32c } from "../model/crc32c.ts";

/**
 * What faults draw from the run's seed. A fault has its own stream, named after its text: taking another fault out of a run
 * changes nothing for those that stay.
 */
const FAULT_STREAMS = 0xfa000000;

/** Gives every fault of a list its stream, in the order of the list: faults of one text are numbered. */
export class FaultStreams {
  readonly #seen = new Map<string, number>();

  next(text: string): number {
    const n = this.#seen.get(text) ?? 0;
    this.#seen.set(text, n + 1);
    const name = new TextEncoder().encode(`${text}#${n}`);
    return (FAULT_STREAMS | (crc32c(name) & 0xffffff)) >>> 0;
  }
}
