import { wordOf } from "../../host/model/numbers.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import type { StepRecording } from "./step-recording.ts";

/**
 * What a module is given in each step and where its answers lie. Every engine that is compared follows the same plan, so all
 * see the same words at the same addresses.
 */
export interface Plan {
  readonly wasm: Uint8Array;
  /** The state is memory [0, stateBytes) and the `state.<n>` globals. */
  readonly stateBytes: number;
  /** The words of all steps, `stride` of them each. */
  readonly words: Uint32Array;
  readonly stride: number;
  readonly steps: number;
  /** Stored once, behind `init`. */
  readonly presets: readonly { readonly address: number; readonly value: number }[];
  /** Stored before each step, as the presets but again each time. */
  readonly constants: readonly { readonly address: number; readonly value: number }[];
  /** Stored before each step: the step's word number `word`. */
  readonly feeds: readonly { readonly address: number; readonly word: number }[];
  /** The step's word that `step` takes as its argument. Left out: it takes none. */
  readonly argument?: number;
  /** The `fuel` global before each step: a number, or one of the step's words. Left out: the module has no fuel. */
  readonly fuel?: { readonly amount: number } | { readonly word: number };
  /** Addresses of the output words, or the result of `step`. */
  readonly outputs: readonly number[] | "result";
}

export interface LawPlanOptions {
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  /** One raw word for each parameter. */
  readonly parameters: Uint32Array;
  readonly steps: StepRecording;
}

/** The plan of a control law: the places are in its signal table. */
export function lawPlan({ wasm, table, parameters, steps }: LawPlanOptions): Plan {
  const { inputs } = steps;
  // The same constant as in the core: the declared period as f32 seconds.
  const dt = wordOf("f32", table.periodUs * 1e-6);
  const feeds = table.inputs.flatMap(({ address, validAddress }, i) => [
    { address, word: 1 + i },
    { address: validAddress, word: 1 + inputs + i },
  ]);
  if (table.frameAddress !== 0) feeds.push({ address: table.frameAddress, word: 0 });
  return {
    wasm,
    stateBytes: Math.ceil(table.stateSize / 8) * 8,
    words: steps.words,
    stride: steps.stride,
    steps: steps.steps,
    presets: table.parameters.map(({ address }, i) => ({ address, value: parameters[i] as number })),
    constants: table.dtAddress === 0 ? [] : [{ address: table.dtAddress, value: dt }],
    feeds,
    fuel: { amount: table.fuelBudget },
    outputs: table.outputs.map(({ address }) => address),
  };
}
