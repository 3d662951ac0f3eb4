import type { Samples } from "../model/samples.ts";
import type { Signal } from "../model/signals.ts";
import { parseFault } from "./parse-fault.ts";
import { type FaultTarget, resolveFaults } from "./resolve-faults.ts";
import type { ResolvedFault } from "./resolved-fault.ts";

/** Builders for the tests of this folder. */

/** An f32 input in rad/s, range -35 to 35, tolerance 0.25, unless told otherwise. */
export function input(name: string, other: Partial<Signal> = {}): Signal {
  return {
    name,
    unit: "rad/s",
    role: "input",
    type: "f32",
    selection: "median",
    single: false,
    address: 16,
    validAddress: 20,
    min: -35,
    max: 35,
    tolerance: 0.25,
    rateLimit: 0,
    safe: 0,
    initial: 0,
    ...other,
  };
}

/** Three inputs, 1000 frames of 10 ms, 96 bytes of core and 64 bytes of module state. */
export const TARGET: FaultTarget = {
  table: {
    inputs: [
      input("gyro_x"),
      input("gyro_y"),
      input("armed", { type: "bool", unit: "", min: 0, max: 1, tolerance: 0 }),
    ],
    outputs: [],
    probes: [],
    frameAddress: 0,
    dtAddress: 0,
    periodUs: 10_000,
  },
  frames: 1000,
  coreStateSize: 96,
  moduleStateSize: 64,
  seed: 7,
};

export function faults(...texts: string[]): readonly ResolvedFault[] {
  return resolveFaults(texts.map(parseFault), TARGET);
}

/** All present: word = 1000 * channel + 10 * input as float, the bool 1. */
export function samples(): Samples {
  const values = [0, 1, 2].flatMap((channel) => [1000 * channel, 1000 * channel + 10]);
  const words = new Uint32Array(9);
  const floats = new Float32Array(words.buffer);
  for (let channel = 0; channel < 3; channel += 1) {
    floats[3 * channel] = values[2 * channel] ?? 0;
    floats[3 * channel + 1] = values[2 * channel + 1] ?? 0;
    words[3 * channel + 2] = 1;
  }
  return { words, fresh: Uint16Array.of(7, 7, 7) };
}
