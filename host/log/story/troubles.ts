import type { EventRecord } from "../file/event-record.ts";

/**
 * Troubles that begin with one event and end with another: a sensor is left out and comes back, outputs are held and
 * agree again. The end says nothing of the cause, and may come long after it; it belongs to where the beginning was told.
 */

type Step = "begins" | "ends";

/** By code: which trouble, and whether the event begins or ends it. */
const STEPS: ReadonlyMap<number, readonly [string, Step]> = new Map([
  [10, ["source", "begins"]],
  [11, ["source", "ends"]],
  [12, ["source", "begins"]],
  [22, ["sensor", "begins"]],
  [23, ["sensor", "ends"]],
  [24, ["sensor", "ends"]],
  [25, ["sensor", "begins"]],
  [26, ["input", "begins"]],
  [27, ["input", "begins"]],
  [28, ["input", "ends"]],
  [30, ["channel", "begins"]],
  [31, ["channel", "begins"]],
  [32, ["channel", "ends"]],
  [33, ["channel", "begins"]],
  [34, ["channel", "begins"]],
  [80, ["output", "begins"]],
  [81, ["output", "begins"]],
  [82, ["output", "begins"]],
  [83, ["output", "ends"]],
]);
const OUTPUT_HELD = 81;
const OUTPUT_SAFE = 82;

export class Troubles<Place> {
  readonly #newest = new Map<string, { readonly code: number; readonly place: Place }>();

  /** Where the trouble was told that the event ends or goes on with; `undefined` when it begins one. */
  begunIn(event: EventRecord): Place | undefined {
    const step = STEPS.get(event.code)?.[1];
    if (step === undefined) return undefined;
    const newest = this.#newest.get(keyOf(event));
    return newest !== undefined && (step === "ends" || isSameHold(event, newest.code)) ? newest.place : undefined;
  }

  told(event: EventRecord, place: Place): void {
    if (STEPS.has(event.code)) this.#newest.set(keyOf(event), { code: event.code, place });
  }
}

/** A hold is told again in each of its frames, and what it ends in is the safe values. */
function isSameHold({ code, argument }: EventRecord, before: number): boolean {
  return before === OUTPUT_HELD && (code === OUTPUT_SAFE || (code === OUTPUT_HELD && argument > 1));
}

/** There is one output; data may be lost at one receiver and not at another. */
function keyOf({ code, by, subject }: EventRecord): string {
  const [what = ""] = STEPS.get(code) ?? [];
  return what === "output" ? what : what === "source" ? `${what}:${subject}:${by}` : `${what}:${subject}`;
}
