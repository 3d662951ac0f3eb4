import { qh64Bytes } from "../model/qh64.ts";
import type { SignalTable } from "../model/signals.ts";
import { emit } from "../wasm/code.ts";
import { Op } from "../wasm/opcodes.ts";
import {
  addFuelGlobal,
  EXPORT_FUNCTION,
  EXPORT_GLOBAL,
  EXPORT_MEMORY,
  readModule,
  type WasmModule,
} from "../wasm/wasm-module.ts";
import { writeModule } from "../wasm/write-module.ts";
import { compileLaw } from "./compile.ts";
import { BuildError } from "./law/build-error.ts";
import type { LawDeclaration } from "./law/declaration.ts";
import { STEP_EXPORT } from "./law/rewrite.ts";
import { encodeSignalTable, SIGNAL_SECTION } from "./law/signal-section.ts";
import { movedPlaces, type SourcePlace } from "./law/source-places.ts";
import { refuseTakenNames, tableOf } from "./law/table-of.ts";
import { fixedWords } from "./optimise/fixed-words.ts";
import { optimise } from "./optimise/optimise.ts";
import { callGraph, stackUse } from "./passes/calls.ts";
import { checkCompiled } from "./passes/checks.ts";
import { measureState } from "./passes/first-state.ts";
import { meter } from "./passes/fuel.ts";
import { leastFuel } from "./passes/least-fuel.ts";
import { boundAccesses } from "./passes/memory-bounds.ts";
import { canonicaliseNaN } from "./passes/nan.ts";
import { worstFuel } from "./passes/worst-fuel.ts";

export interface BuildOptions {
  /** The control law's source file. */
  readonly path: string;
  /** `-O`: shorter to run and longer to store, with the same results. Left out: false. */
  readonly optimise?: boolean;
}

export interface BuildReport {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of memory that snapshots and the state hash cover. */
  readonly stateSize: number;
  /** Number of `state.<n>` globals. */
  readonly stateGlobals: number;
  /** Most fuel of one step, 0 = no bound found. */
  readonly worstFuel: number;
  /** Fuel that `init` burns. */
  readonly initFuel: number;
  readonly callDepth: number;
  /** Slots of 64 bits on the deepest call path. */
  readonly valueStackDepth: number;
  /** Memory accesses with a test, and without one because they are proven; both 0 with a full page. */
  readonly bounds: { readonly tested: number; readonly proven: number };
}

/** A control law that engines can run, and what people want to know about it. */
export interface BuiltModule {
  readonly wasm: Uint8Array;
  /** 16 hexadecimal digits: QH64 of the file. */
  readonly hash: string;
  readonly table: SignalTable;
  readonly report: BuildReport;
  /** Where each piece of code comes from, in order of offset. Beside the module, never inside: bytes that fly carry no paths. */
  readonly places: readonly SourcePlace[];
}

/** Fuel for `init`: the counter's first value. A law that needs more to start is refused. */
export const INIT_FUEL = 10_000_000;
/** What the signal table's 16-bit field holds. */
const STACK_SLOTS_MAX = 0xffff;

/**
 * Builds a control law: compiles it, checks it, makes its results the same on every engine and describes its signals.
 *
 * ```ts
 * const { wasm, hash, table } = await buildLaw({ path: "firmware/control/rate-damper.ts" });
 * ```
 *
 * The same source gives the same bytes, on every machine and from every folder. Throws BuildError with file, line and column
 * when the law is wrong.
 */
export async function buildLaw({ path, optimise: isOptimised = false }: BuildOptions): Promise<BuiltModule> {
  const compiled = await compileLaw(path);
  const { declaration } = compiled.law;
  refuseTakenNames(declaration);
  checkCompiled(compiled);
  const module = readModule(compiled.optimised.wasm);
  const fuel = shape(module);
  if (isOptimised) optimise(module, { fixed: fixedWords(module, compiled.blockAddress, declaration) });
  canonicaliseNaN(module);
  const bounds = boundAccesses(module, declaration.memory);
  const worst = worstFuel(module, exportIndex(module, "step"));
  refuseBudget(declaration, leastFuel(module, exportIndex(module, "step")));
  meter(module, fuel);
  const stack = stackUse(module, callGraph(module), [exportIndex(module, "init"), exportIndex(module, "step")]);
  if (stack.slots > STACK_SLOTS_MAX) refuseStack(declaration, stack.slots);
  const bare = writeModule(module, []);
  // The table comes behind the code, so the places stay true when it is added.
  const places = movedPlaces(compiled.optimised.map, bare.moved, compiled.nameFile);
  const { stateSize, initFuel } = await measureState({ wasm: bare.bytes, compiled, places });
  const table = tableOf(compiled, { stateSize, worst, callDepth: stack.callDepth, slots: stack.slots });
  const wasm = writeModule(module, [{ name: SIGNAL_SECTION, body: encodeSignalTable(table) }]).bytes;
  const report: BuildReport = {
    size: wasm.length,
    stateSize,
    stateGlobals: module.exports.filter((each) => each.name.startsWith("state.")).length,
    worstFuel: worst,
    initFuel,
    callDepth: stack.callDepth,
    valueStackDepth: stack.slots,
    bounds,
  };
  return { wasm, hash: qh64Bytes(wasm), table, report, places };
}

/** No step of such a law could end: every run would go to SAFE at once. */
function refuseBudget({ fuel, lawPlace }: LawDeclaration, least: number): void {
  if (fuel >= least) return;
  throw new BuildError({
    code: "small-budget",
    problem: "no step can end within the fuel budget",
    place: lawPlace,
    expected: `at least ${least} instructions, which every step runs`,
    found: `fuel: ${fuel}`,
    hint: "Raise fuel in @law, or do less in one step; quorate build prints how many instructions a step can need.",
  });
}

function refuseStack(declaration: LawDeclaration, slots: number): never {
  throw new BuildError({
    code: "deep-stack",
    problem: "the law needs too much stack",
    place: declaration.lawPlace,
    expected: `at most ${STACK_SLOTS_MAX} slots of 8 bytes`,
    found: `${slots}`,
    hint: "Keep large sets of numbers in a StaticArray made at start, not in local variables.",
  });
}

/** Gives the module its exports, memory and fuel counter; returns the counter's index. */
function shape(module: WasmModule): number {
  const step = exportIndex(module, STEP_EXPORT);
  const init = module.start ?? addEmptyFunction(module);
  const states = [...module.globals.entries()].filter(([, global]) => global.mutable).map(([index]) => index);
  const fuel = addFuelGlobal(module, INIT_FUEL);
  module.memory = { initial: 1, maximum: 1 };
  module.start = undefined;
  module.exports = [
    { name: "memory", kind: EXPORT_MEMORY, index: 0 },
    { name: "init", kind: EXPORT_FUNCTION, index: init },
    { name: "step", kind: EXPORT_FUNCTION, index: step },
    { name: "fuel", kind: EXPORT_GLOBAL, index: fuel },
    ...states.map((index, n) => ({ name: `state.${n}`, kind: EXPORT_GLOBAL, index })),
  ];
  return fuel;
}

function addEmptyFunction(module: WasmModule): number {
  let type = module.types.findIndex((each) => each.parameters.length === 0 && each.results.length === 0);
  if (type < 0) type = module.types.push({ parameters: [], results: [] }) - 1;
  return module.functions.push({ type, locals: [], code: [emit(0, Op.end)] }) - 1;
}

function exportIndex(module: WasmModule, name: string): number {
  const found = module.exports.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the compiler lost the export ${name}`);
  return found.index;
}
