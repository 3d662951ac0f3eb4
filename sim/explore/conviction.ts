/** How long an error rate takes to convict a channel (REDUNDANCY 8). */

import { median, random } from "./draws.ts";
import { channelHealth } from "./state-views.ts";
import { TINY } from "./tiny-law.ts";
import { Trio } from "./trio.ts";
import { lossBit, X3 } from "./trio-hooks.ts";

/** C's results reach nobody: both others accuse it, and it stays in step with them. */
export const C_UNHEARD = lossBit(X3, 2, 0) | lossBit(X3, 2, 1);

/** Error rate per frame, median frames to conviction, and how far a median of the runs below may lie from it. */
export const LATENCIES = [
  { rate: 1, frames: 3, tolerance: 0 },
  { rate: 0.5, frames: 10, tolerance: 3 },
  { rate: 0.1, frames: 59, tolerance: 16 },
  { rate: 0.05, frames: 150, tolerance: 40 },
] as const;

/** Error rates whose convictions are too rare for `npm test`; docs/decisions/0005 has their exact medians. */
export const LONG_RATES = [0.02, 0.01];

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

const ALPHA_ONE = 256;
const ALPHA_OPENS = 5 * ALPHA_ONE;
const ERRORS_OPEN = 3;

/**
 * The frame in which the counting rule of the design convicts, from the same draws: a sampled median of rare events strays by a tenth,
 * so the core is compared run by run and without a tolerance. Evidence of a frame takes effect in the next one.
 */
export function framesByRule(rate: number, seed: number, framesMax: number): number {
  const next = random(seed);
  let alpha = 0;
  let inRow = 0;
  for (let frame = 1; frame <= framesMax; frame += 1) {
    const isError = next() < rate;
    alpha = isError ? alpha + ALPHA_ONE : alpha - ((alpha + 127) >> 7);
    inRow = isError ? inRow + 1 : 0;
    if (inRow >= ERRORS_OPEN || alpha >= ALPHA_OPENS) return frame;
  }
  return framesMax;
}
