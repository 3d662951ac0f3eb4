import { f32, floatOf, signalTable } from "./tiny-table.ts";
import type { Sampler, TinyLaw, TrioOptions } from "./trio.ts";

/** Tolerance of the tiny law's only input. */
export const TOLERANCE = 5;

/** What the three sensors say, the same in every frame: a median that differs from each. */
export const SENSORS = [10, 11, 12] as const;

/**
 * One input, one output, a state of 13 values: small enough to search, and every earlier selection still shows in it.
 * Its output is never 0 and tells state, selection and validity apart.
 */
export const tinyLaw: TinyLaw = (state, { selected, valid, frame }, out) => {
  const value = floatOf(selected[0] as number);
  const isValid = valid[0] !== 0;
  const next = (3 * (state[0] as number) + value + ((frame * frame) % 13) + (isValid ? 0 : 2)) % 13;
  state[0] = next;
  state[1] = 1;
  out[0] = 1 + next * 60 + value + (isValid ? 0 : 300);
};

const words = SENSORS.map(f32);

export const steadySample: Sampler = (_frame, channel, samples) => {
  samples[0] = words[channel] as number;
  samples[16] = 1;
};

export const TINY: TrioOptions = {
  table: signalTable([{ tolerance: TOLERANCE, single: true }], 1),
  law: tinyLaw,
  sample: steadySample,
};
