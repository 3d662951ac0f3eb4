import type { ResolvedFault, SensorFault } from "../faults/resolved-fault.ts";
import type { Lifetimes } from "./lifetimes.ts";

/** What may be claimed of a run: REDUNDANCY section 2. */
export type Hypothesis = "none" | "masking" | "safety" | "outside";

/**
 * What is claimed of a run with these faults. Without `lifetimes` it is what the list of faults alone says: how long a flip lies
 * in a memory shows only as the run goes on.
 */
export function hypothesisOf(
  faults: readonly ResolvedFault[],
  { holdFrames, lifetimes }: { readonly holdFrames: number; readonly lifetimes?: Lifetimes },
): Hypothesis {
  if (faults.length === 0) return "none";
  if (faults.some((fault) => fault.mode.hypothesis === "outside")) return "outside";
  if (new Set(faults.map(component)).size === 1) return faults.every(isMasking) ? "masking" : "safety";
  if (sameInputTwice(faults)) return "outside";
  return areTooClose(faults, holdFrames, lifetimes) ? "outside" : "safety";
}

/** The component a fault hits: one channel with all that is on it, one direction of a link, or one sensor. */
function component(fault: ResolvedFault): string {
  switch (fault.place) {
    case "sensor":
      return `sensor ${fault.channel}.${fault.input}`;
    case "link":
      return `link ${fault.from}>${fault.to}`;
    case "channel":
      return `channel ${fault.channel}`;
    default:
      return fault satisfies never;
  }
}

/**
 * Corruptions of several channels less than HOLD_FRAMES apart may be alike and then outvote the good one. So may a flip and another
 * one that has been lying in its memory since, however long ago it came: nobody notices two that are alike.
 */
function areTooClose(faults: readonly ResolvedFault[], holdFrames: number, lifetimes: Lifetimes | undefined): boolean {
  const hits = faults.flatMap((fault, index) => (fault.place === "channel" ? [{ fault, index }] : []));
  return hits.some((one) =>
    hits.some((other) => {
      if (other.fault.channel === one.fault.channel || other.fault.frame < one.fault.frame) return false;
      if (other.fault.frame - one.fault.frame < holdFrames) return true;
      const isFlip = other.fault.mode.name === "bitflip";
      return isFlip && other.fault.frame <= (lifetimes?.until(one.index) ?? one.fault.frame);
    }),
  );
}

/** Two bad sensors of one input, at once or before the first is out for good, may agree with each other and outvote the good one. */
function sameInputTwice(faults: readonly ResolvedFault[]): boolean {
  const sensors = faults.filter((fault) => fault.place === "sensor");
  return sensors.some((one) => sensors.some((other) => one.channel < other.channel && touchSameInput(one, other)));
}

/** A swap spoils both inputs. */
function touchSameInput(one: SensorFault, other: SensorFault): boolean {
  return [one.input, one.other].some((input) => input >= 0 && (input === other.input || input === other.other));
}

function isMasking(fault: ResolvedFault): boolean {
  return fault.mode.hypothesis === "masking";
}
