import type { SignalTable } from "../../host/protocol/signals.ts";
import { Law, STEP_OK } from "../law.ts";
import type { StepRecording } from "./recording.ts";

/**
 * The chain that engines are compared by: QH64 pairs (docs/module.md) over, for each step, the state hash and the output
 * words. Both lanes after each step are kept, so the first difference is found and nothing that differs once can look equal
 * later.
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
}

/** Both lanes after each step; shorter than the recording when a step failed. */
export interface ReferenceChain {
  /** a and b of step 0, a and b of step 1, ... */
  readonly lanes: Uint32Array;
  readonly steps: number;
  /** True when the step after the last one failed: every engine must fail there. */
  readonly stopped: boolean;
}

export interface ReferenceOptions {
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  /** One raw word for each parameter. */
  readonly parameters: Uint32Array;
  readonly steps: StepRecording;
}

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
    if (law.step(words[at] as number) !== STEP_OK) {
      return { lanes: lanes.subarray(0, 2 * step), steps: step, stopped: true };
    }
    chain.pair(law.hashLow, law.hashHigh);
    const { outputs } = law;
    for (let i = 0; i < outputs.length; i += 2) chain.pair(outputs[i] as number, outputs[i + 1] ?? 0);
    lanes[2 * step] = chain.a;
    lanes[2 * step + 1] = chain.b;
  }
  return { lanes, steps: steps.steps, stopped: false };
}
