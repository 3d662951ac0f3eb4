import { CHANNELS, listText } from "../model/enums.ts";
import { EVENT } from "../model/events.ts";
import { counted } from "../model/words.ts";
import type { JudgedEvent } from "./judged-event.ts";

/** Why a step gave no result, by the status that the core reports (docs/core.md). */
const WHYS = ["returned too late", "trapped", "ran out of fuel", "was not run"];

interface Failure {
  readonly first: number;
  channels: number;
  count: number;
}

/** Counts STEP_FAILED over a run, for every reason its own. */
export class StepFailures {
  readonly #failures = new Map<number, Failure>();

  event({ frame, by, code, subject }: JudgedEvent): void {
    if (code !== EVENT.STEP_FAILED) return;
    const failure = this.#failures.get(subject) ?? { first: frame, channels: 0, count: 0 };
    failure.channels |= 1 << (CHANNELS as readonly string[]).indexOf(by);
    failure.count += 1;
    this.#failures.set(subject, failure);
  }

  /** One sentence for every reason, in the order in which they came up. */
  sentences(): string[] {
    return [...this.#failures].map(([status, { first, channels, count }]) => {
      const names = CHANNELS.filter((_, i) => ((channels >>> i) & 1) === 1);
      const what = `the step of ${listText(names)} ${WHYS[status] ?? `failed with status ${status}`}`;
      return `${what} in frame ${first}${count === 1 ? "" : `, ${counted(count, "time")} from there on`}`;
    });
  }
}
