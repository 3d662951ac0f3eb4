import { Qh64, qh64Text } from "../../../host/model/qh64.ts";
import type { NumberType } from "../../../host/wasm/value-types.ts";
import { makeCompanion } from "../../../sim/channel/companion.ts";
import { globalTypes } from "../../../sim/channel/globals.ts";
import { Chain } from "../../../sim/verify/chain.ts";
import type { Plan } from "../../../sim/verify/plan.ts";
import { v8Trap } from "../traps.ts";
import { type Shown, STEP_FUEL, STEP_OK, STEP_TRAP } from "./shown.ts";

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly fuel?: WebAssembly.Global;
  init(): void;
  step(argument?: number): number | undefined;
}

interface Attempt {
  readonly status: number;
  readonly traps: readonly number[] | undefined;
  readonly result: number;
}

/** Follows a plan in V8, with the module as it is. */
export function chainInV8(plan: Plan): Shown[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(plan.wasm)));
  const module = exports as unknown as Exports;
  const view = new DataView(module.memory.buffer);
  const stateHash = hasher(plan, exports);
  const chain = new Chain();
  const put = ({ address, value }: { address: number; value: number }): void => view.setInt32(address, value, true);
  module.init();
  for (const preset of plan.presets) put(preset);
  return Array.from({ length: plan.steps }, (_, step): Shown => {
    const words = plan.words.subarray(step * plan.stride, (step + 1) * plan.stride);
    for (const constant of plan.constants) put(constant);
    for (const { address, word } of plan.feeds) put({ address, value: words[word] as number });
    const { status, traps, result } = attempt(module, plan, words);
    const fuel = plan.fuel === undefined ? 0 : Number(module.fuel?.value);
    const outputs = plan.outputs === "result" ? [result] : plan.outputs.map((address) => view.getUint32(address, true));
    const shown = status === STEP_OK ? outputs : [];
    const { low, high } = stateHash();
    chain.step({ step, status, fuel, low, high, outputs: shown });
    const answer = new Chain();
    answer.words(shown);
    return {
      ...{ status, traps, fuel, outputs: qh64Text(answer.a, answer.b) },
      ...{ state: qh64Text(low, high), chain: qh64Text(chain.a, chain.b) },
    };
  });
}

function attempt(module: Exports, { fuel, argument }: Plan, words: Uint32Array): Attempt {
  if (fuel !== undefined && module.fuel !== undefined) {
    module.fuel.value = "amount" in fuel ? fuel.amount : (words[fuel.word] as number) | 0;
  }
  try {
    const result = argument === undefined ? module.step() : module.step(words[argument] as number);
    return { status: STEP_OK, traps: undefined, result: result ?? 0 };
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    const isFuel = Number(module.fuel?.value ?? 0) < 0;
    return { status: isFuel ? STEP_FUEL : STEP_TRAP, traps: isFuel ? undefined : v8Trap(error.message), result: 0 };
  }
}

/** QH64 of the state. Globals are read by a companion: JavaScript would not keep the bits of a NaN. */
function hasher({ wasm, stateBytes }: Plan, exports: WebAssembly.Exports): () => { low: number; high: number } {
  const declared = globalTypes(wasm);
  const types: NumberType[] = [];
  for (let type = declared.get("state.0"); type !== undefined; type = declared.get(`state.${types.length}`)) {
    types.push(type);
  }
  const state = types.map((_, i) => [`state.${i}`, exports[`state.${i}`]] as const);
  const fuel = exports.fuel ?? new WebAssembly.Global({ value: "i32", mutable: true }, 0);
  // Only what reads is used, so any function may stand for the step.
  const { memory } = exports as unknown as Exports;
  const { read } = makeCompanion({ memory, step: exports.init, fuel, ...Object.fromEntries(state) }, types, 0);
  const hash = new Qh64();
  return () => {
    const count = hash.parts(new Uint32Array(memory.buffer, 0, stateBytes / 4)) + read.length;
    hash.words(Uint32Array.from(read, (word) => word()));
    hash.end(count);
    return { low: hash.low, high: hash.high };
  };
}
