/** How long an error rate takes to convict a channel (REDUNDANCY 8). */
import { TINY } from "./law.ts";
import { median, random } from "./random.ts";
import { lossBit, Trio, X3 } from "./trio.ts";
import { channelHealth } from "./views.ts";

/** C's results reach nobody: both others accuse it, and it stays in step with them. */
export const C_UNHEARD = lossBit(X3, 2, 0) | lossBit(X3, 2, 1);

/** Error rate per frame, median frames to conviction, and how far a median of the runs below may lie from it. */
export const LATENCIES = [
  { rate: 1, frames: 3, tolerance: 0 },
  { rate: 0.5, frames: 10, tolerance: 3 },
  { rate: 0.1, frames: 59, tolerance: 16 },
  { rate: 0.05, frames: 150, tolerance: 40 },
] as const;

/**
 * Far too rare for `npm test`. Medians are exact: docs/decisions/0005. The time to a rare event is spread exponentially, so a median of
 * 151 runs has a standard error of median / (ln 2 * sqrt(151)); the tolerance is three of them.
 */
export const LONG_LATENCIES = [
  { rate: 0.02, frames: 1249, tolerance: 320 },
  { rate: 0.01, frames: 37_859, tolerance: 13_300 },
] as const;

/** Frames from the first that could be in error to the conviction. */
export function framesToConviction(rate: number, seed: number, framesMax: number): number {
  const next = random(seed);
  const trio = new Trio(TINY);
  const judged = trio.cores[0] as (typeof trio.cores)[number];
  trio.frame({ lost: next() < rate ? C_UNHEARD : 0 });
  for (let frame = 1; frame <= framesMax; frame += 1) {
    trio.frame({ lost: next() < rate ? C_UNHEARD : 0 });
    if (channelHealth(judged, 2).state === "OPEN") return frame;
  }
  return framesMax;
}

export function medianConviction(rate: number, runs: number, framesMax: number): number {
  return median(Array.from({ length: runs }, (_, seed) => framesToConviction(rate, seed + 1, framesMax)));
}
