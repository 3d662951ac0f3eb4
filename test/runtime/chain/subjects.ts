/** The modules that all engines run step by step, each with the words it is given. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuiltModule, buildLaw } from "../../../host/build/build.ts";
import { encodeSignalTable, SIGNAL_SECTION } from "../../../host/build/law/signal-section.ts";
import { optimise } from "../../../host/build/optimise/optimise.ts";
import { meter } from "../../../host/build/passes/fuel.ts";
import { boundAccesses } from "../../../host/build/passes/memory-bounds.ts";
import { canonicaliseNaN } from "../../../host/build/passes/nan.ts";
import { wordOf } from "../../../host/model/numbers.ts";
import type { SignalTable } from "../../../host/model/signals.ts";
import { addFuelGlobal, EXPORT_GLOBAL, readModule } from "../../../host/wasm/wasm-module.ts";
import { writeModule } from "../../../host/wasm/write-module.ts";
import { lawPlan, type Plan } from "../../../sim/verify/plan.ts";
import { StepRecording } from "../../../sim/verify/step-recording.ts";
import { buildText } from "../../build/helpers.ts";
import { KERNELS, kernelBytes } from "../../build/kernel-modules.ts";
import type { KernelName } from "../kernels.ts";
import { METER } from "../session.ts";
import { root, run, type Workshop } from "../toolchain.ts";
import { ALL_KINDS, LAW_KINDS, PLAIN_KINDS, TRAPPING_LAW, trappingModule } from "./trapping.ts";
import { chainInV8 } from "./v8.ts";

export const LAWS = ["altitude-hold", "motor-speed", "rate-damper", "thermal-guard"];

export interface Subject {
  readonly name: string;
  readonly plan: Plan;
  /** METER of session.ts. */
  readonly meter: number;
  /** The subject whose steps this one repeats with fewer instructions. */
  readonly shortOf?: string;
  /** Every step ends within its fuel: the run can be broken at each block and must not show it. */
  readonly isBreakable?: boolean;
}

const PAGE = 65_536;
/** Linear memory of a kernel that is built as a law is. */
const KERNEL_MEMORY = 4096;
const KERNEL_FUEL = 50_000_000;
/** A page is hashed after each step of a module without a signal table; such runs are short. */
const STEPS_OF_PAGES = 30;
const STEPS = 60;

/** Everything random comes from here; the same subjects each time. */
export function randomWords(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
}

const argumentPlan = (wasm: Uint8Array, stateBytes: number, words: Uint32Array): Plan => ({
  ...{ wasm, stateBytes, words, stride: 1, steps: words.length },
  ...{ presets: [], constants: [], feeds: [], argument: 0, outputs: "result" },
});

/** Arguments of the kernels (test/kernels/README.md). */
function kernelWords(count: number): Uint32Array {
  let argument = 12_345;
  return Uint32Array.from({ length: count }, () => {
    argument = (Math.imul(argument, 1_664_525) + 1_013_904_223) >>> 0;
    return argument >>> 8;
  });
}

/** The mutable globals as the build exports them. */
function showState(wasm: Uint8Array): Uint8Array {
  const module = readModule(wasm);
  module.exports = [...module.exports, ...stateExports(module)];
  return writeModule(module, []).bytes;
}

function stateExports(module: ReturnType<typeof readModule>): typeof module.exports {
  const mutable = [...module.globals.entries()].filter(([, global]) => global.mutable).map(([index]) => index);
  const known = module.exports.filter(({ kind }) => kind === EXPORT_GLOBAL).map(({ index }) => index);
  return mutable
    .filter((index) => !known.includes(index))
    .map((index, n) => ({ name: `state.${n}`, kind: EXPORT_GLOBAL, index }));
}

interface Shape {
  readonly memory: number;
  readonly isOptimised: boolean;
}

/** What `quorate build` does behind the compiler: canonical NaN, bounds, fuel, a signal table. */
function asBuilt(wasm: Uint8Array, { memory, isOptimised }: Shape): Uint8Array {
  const module = readModule(wasm);
  const state = stateExports(module);
  if (isOptimised) optimise(module);
  canonicaliseNaN(module);
  boundAccesses(module, memory);
  const fuel = addFuelGlobal(module, KERNEL_FUEL);
  meter(module, fuel);
  module.exports = [...module.exports, { name: "fuel", kind: EXPORT_GLOBAL, index: fuel }, ...state];
  const none: SignalTable["inputs"] = [];
  const lists = { inputs: none, outputs: none, parameters: none, probes: none };
  const sizes = { memorySize: memory, stateSize: memory, callDepth: 8, valueStackDepth: 512 };
  const rest = { periodUs: 10_000, fuelBudget: KERNEL_FUEL, worstFuel: 0, fttiUs: 0, frameAddress: 0, dtAddress: 0 };
  const body = encodeSignalTable({ law: "kernel", ...lists, ...sizes, ...rest });
  return writeModule(module, [{ name: SIGNAL_SECTION, body }]).bytes;
}

/** A kernel as `quorate build` would make it, with little memory. */
export async function builtKernel(name: KernelName): Promise<Uint8Array> {
  return asBuilt(await kernelBytes(name), { memory: KERNEL_MEMORY, isOptimised: false });
}

/** The same module built without and with `-O`. */
function bothBuilds(name: string, build: (isOptimised: boolean) => Omit<Subject, "name" | "shortOf">): Subject[] {
  return [
    { name, ...build(false) },
    { name: `${name} -O`, shortOf: name, ...build(true) },
  ];
}

async function kernels(): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const { name } of KERNELS) {
    const bytes = await kernelBytes(name);
    const plain = argumentPlan(showState(bytes), PAGE, kernelWords(STEPS_OF_PAGES));
    subjects.push({ name: `${name} without fuel`, plan: plain, meter: METER.none });
    const metered = bothBuilds(name, (isOptimised) => {
      const wasm = asBuilt(bytes, { memory: KERNEL_MEMORY, isOptimised });
      const plan = { ...argumentPlan(wasm, KERNEL_MEMORY, kernelWords(STEPS)), fuel: { amount: KERNEL_FUEL } };
      return { plan, meter: METER.module, isBreakable: true };
    });
    subjects.push(...metered, ...metered.map(starved));
  }
  return subjects;
}

/** The same steps, each with some fuel between none and a little more than the dearest step burns. */
function starved({ name, plan, meter: counted }: Subject): Subject {
  if (plan.fuel === undefined || !("amount" in plan.fuel)) throw new Error(`${name} has no fuel to be taken away`);
  const { amount } = plan.fuel;
  const most = 1.2 * Math.max(...chainInV8(plan).map(({ fuel }) => amount - fuel));
  const random = randomWords(plan.words.length);
  const stride = plan.stride + 1;
  const words = new Uint32Array(plan.steps * stride);
  for (let step = 0; step < plan.steps; step++) {
    words.set(plan.words.subarray(step * plan.stride, (step + 1) * plan.stride), step * stride);
    words[step * stride + plan.stride] = (random() / 2 ** 32) * most;
  }
  return {
    name: `${name}, starved`,
    plan: { ...plan, words, stride, fuel: { word: plan.stride } },
    meter: counted,
  };
}

/** Random bits, and often numbers of ordinary size: NaN and infinities come up as well. */
function recordedInputs(table: SignalTable): StepRecording {
  const random = randomWords(2026);
  const recording = new StepRecording(table.inputs.length);
  for (let frame = 0; frame < STEPS; frame++) {
    const selected = Uint32Array.from(table.inputs, ({ type, min, max }) => {
      const bits = random();
      if (type === "bool") return bits & 1;
      return (bits & 3) === 0 ? random() : wordOf(type, min + (random() / 2 ** 32) * (max - min) * 1.1);
    });
    const valid = Uint32Array.from(table.inputs, () => (random() % 8 === 0 ? 0 : 1));
    recording.committed({ frame, selected, valid });
  }
  return recording;
}

function planOf({ wasm, table }: BuiltModule, steps: StepRecording): Plan {
  const parameters = Uint32Array.from(table.parameters, ({ type, initial }) => wordOf(type, initial));
  return lawPlan({ wasm, table, parameters, steps });
}

async function laws(): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const name of LAWS) {
    const path = join(root, "firmware/control", `${name}.ts`);
    const [plain, short] = [await buildLaw({ path }), await buildLaw({ path, optimise: true })];
    const whole = bothBuilds(name, (isOptimised) => {
      const built = isOptimised ? short : plain;
      return { plan: planOf(built, recordedInputs(built.table)), meter: METER.module, isBreakable: true };
    });
    subjects.push(...whole, ...whole.map(starved));
  }
  return subjects;
}

/** Kinds come in turn, each of them behind and before all others, and steps without a trap between. */
const kindWords = (kinds: readonly number[]): Uint32Array =>
  Uint32Array.from(
    [1, 5, 7].flatMap((stride) => kinds.flatMap((_, i) => [kinds[(i * stride) % kinds.length] ?? 0, i % 3 ? 0 : 100])),
  );

async function trapping(workshop: Workshop): Promise<Subject[]> {
  const assemble = (hasTable: boolean): Uint8Array => {
    const [text, output] = [workshop.path("trapping.wat"), workshop.path("trapping.wasm")];
    writeFileSync(text, trappingModule({ hasTable }));
    run("wat2wasm", [text, "-o", output]);
    return readFileSync(output);
  };
  const all = { plan: argumentPlan(assemble(true), PAGE, kindWords(ALL_KINDS)), meter: METER.none };
  const metered = bothBuilds("traps", (isOptimised) => {
    const wasm = asBuilt(assemble(false), { memory: PAGE, isOptimised });
    return {
      plan: { ...argumentPlan(wasm, PAGE, kindWords(PLAIN_KINDS)), fuel: { amount: 1000 } },
      meter: METER.module,
    };
  });
  const [plain, short] = [await buildText(TRAPPING_LAW), await buildText(TRAPPING_LAW, { optimise: true })];
  const law = bothBuilds("trapping law", (isOptimised) => {
    const built = isOptimised ? short : plain;
    const steps = new StepRecording(2);
    for (const [frame, kind] of kindWords(Array.from({ length: LAW_KINDS }, (_, kind) => kind)).entries()) {
      steps.committed({
        frame,
        selected: Uint32Array.of(kind, wordOf("f32", frame / 7)),
        valid: Uint32Array.of(1, 1),
      });
    }
    return { plan: planOf(built, steps), meter: METER.module };
  });
  return [{ name: "traps without fuel", ...all }, ...metered, ...law];
}

/** What a fuzzer starts from: everything that counts its fuel and has enough of it. */
export async function builtSubjects(workshop: Workshop): Promise<Subject[]> {
  return (await buildSubjects(workshop)).filter(({ plan: { fuel } }) => fuel !== undefined && "amount" in fuel);
}

/** All of them, built anew. */
export async function buildSubjects(workshop: Workshop): Promise<Subject[]> {
  return [...(await kernels()), ...(await laws()), ...(await trapping(workshop))];
}
