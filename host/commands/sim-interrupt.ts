import { setImmediate } from "node:timers/promises";
import { QuorateError } from "../errors.ts";

/** Looks between two turns of the event loop, in which a signal can arrive: a flight never waits by itself. */
const LOOKS_PER_TURN = 16;

/** Ends a flight at Ctrl-C so that its log stays readable. A second Ctrl-C ends the process at once. */
export class Interrupt {
  readonly #log: string | undefined;
  readonly #onSignal = (): void => {
    this.#isWanted = true;
  };
  #isWanted = false;
  #looks = 0;

  /** `log`: where the flight writes, for the message. */
  constructor(log: string | undefined) {
    this.#log = log;
    process.once("SIGINT", this.#onSignal);
  }

  /** Call now and then; throws once Ctrl-C was pressed. */
  async look(frames: number): Promise<void> {
    this.#looks += 1;
    if (this.#looks % LOOKS_PER_TURN === 0) await setImmediate();
    if (!this.#isWanted) return;
    const log = this.#log;
    throw new QuorateError({
      code: "interrupted",
      kind: "interrupted",
      problem: `the run was interrupted after ${frames} frames and judged nothing`,
      ...(log === undefined ? {} : { hint: `Its voter log can be read so far: quorate log events ${log}` }),
    });
  }

  end(): void {
    process.removeListener("SIGINT", this.#onSignal);
  }
}
