import { Law, STEP_OK } from "../channel/law.ts";
import type { LawPlanOptions } from "./plan.ts";

/** What an engine shows of one step. */
export interface StepFacts {
  readonly step: number;
  /** STEP_OK, STEP_TRAP or STEP_FUEL of sim/channel/law.ts. */
  readonly status: number;
  /** The fuel counter after the step, as a signed word; 0 for a module without fuel. */
  readonly fuel: number;
  /** State hash after the step. */
  readonly low: number;
  readonly high: number;
  /** Output words. A step that failed has none. */
  readonly outputs: ArrayLike<number>;
}

/**
 * The chain that engines are compared by: pairs of QH64 (docs/module.md) over the facts of each step,
 *
 *   step, status   fuel, number of outputs   state low, state high   outputs in pairs, the last one with 0
 *
 * Both lanes after each step are kept, so the first difference is found and nothing that differs once can look equal later.
 */
export class Chain {
  a = 0x243f6a88;
  b = 0x85a308d3;

  pair(first: number, second: number): void {
    const p = Math.imul(this.a ^ first, 0x9e3779b1);
    const q = Math.imul(this.b ^ second, 0x85ebca77);
    this.a = ((q << 17) | (q >>> 15)) >>> 0;
    this.b = Math.imul(((p << 13) | (p >>> 19)) + this.a, 0xc2b2ae3d) >>> 0;
  }

  step({ step, status, fuel, low, high, outputs }: StepFacts): void {
    this.pair(step, status);
    this.pair(fuel, outputs.length);
    this.pair(low, high);
    this.words(outputs);
  }

  words(words: ArrayLike<number>): void {
    for (let i = 0; i < words.length; i += 2) this.pair(words[i] as number, words[i + 1] ?? 0);
  }
}

/** Both lanes after each step; shorter than the recording when a step failed. */
export interface ReferenceChain {
  /** a and b of step 0, a and b of step 1, ... */
  readonly lanes: Uint32Array;
  readonly steps: number;
  /** True when the step after the last one failed: every engine must fail there. */
  readonly stopped: boolean;
}

export type ReferenceOptions = LawPlanOptions;

/** Repeats the recorded steps in V8 with a fresh instance of the module. */
export async function referenceChain({ wasm, table, parameters, steps }: ReferenceOptions): Promise<ReferenceChain> {
  const law = new Law(await WebAssembly.compile(wasm), wasm, table);
  law.init();
  for (let i = 0; i < parameters.length; i += 1) law.setParameter(i, parameters[i] as number);
  const { words, stride, inputs } = steps;
  const lanes = new Uint32Array(2 * steps.steps);
  const chain = new Chain();
  for (let step = 0; step < steps.steps; step += 1) {
    const at = step * stride;
    law.setInputs(words.subarray(at + 1, at + 1 + inputs), words.subarray(at + 1 + inputs, at + stride));
    const status = law.step(words[at] as number);
    if (status !== STEP_OK) return { lanes: lanes.subarray(0, 2 * step), steps: step, stopped: true };
    const fuel = table.fuelBudget - law.fuelUsed;
    chain.step({ step, status, fuel, low: law.hashLow, high: law.hashHigh, outputs: law.outputs });
    lanes[2 * step] = chain.a;
    lanes[2 * step + 1] = chain.b;
  }
  return { lanes, steps: steps.steps, stopped: false };
}
