import type { Workshop } from "../runtime/toolchain.ts";
import { wasm3Program } from "../runtime/wasm3.ts";
import { converse, cut, DIED, type Filling, type Talk, type Traits } from "./filling.ts";

/** A module that wasm3 took wrongly may run for ever. */
const SECONDS_MAX = 5;

/** wasm3 may die of a module: a file's talks share a process while that goes well, then each has its own. */
export class Wasm3 implements Filling {
  readonly name = "wasm3";
  readonly traits: Traits = { nan: "any", tableTraps: "each" };
  readonly #program: string;

  constructor(workshop: Workshop, sources: string) {
    this.#program = wasm3Program(workshop, sources);
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  answers(talks: readonly Talk[]): readonly (readonly string[])[] {
    const together = cut(converse(this.#program, talks), talks);
    if (!together.some((answers) => answers.includes(DIED))) return together;
    return talks.map((talk) => cut(converse(this.#program, [talk], SECONDS_MAX), [talk])[0] ?? []);
  }
}
