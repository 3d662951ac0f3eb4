/**
 * Control laws that were changed in a few places and stayed valid: another constant, another operator of the same type, a load of
 * another width, another local. What they compute is nonsense, and it must be the same nonsense everywhere.
 */

import { encodeSignalTable, readSignalTable, SIGNAL_SECTION } from "../../host/build/law/signal-section.ts";
import { canonicaliseNaN } from "../../host/build/passes/nan.ts";
import type { Instruction } from "../../host/wasm/code.ts";
import { Op } from "../../host/wasm/opcodes.ts";
import { EXPORT_GLOBAL, readModule, type WasmFunction, type WasmModule } from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { follow, NOTHING_BROKEN, writeTable } from "./chain/engines.ts";
import { firstDifference, type Shown, STEP_OK } from "./chain/shown.ts";
import { randomWords, type Subject } from "./chain/subjects.ts";
import { chainInV8 } from "./chain/v8.ts";
import type { TargetName, Workshop } from "./toolchain.ts";

const PAGE = 65_536;
const FUEL = 20_000;
const STEPS = 20;
const CHANGES_MAX = 4;

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

/** Opcodes of one signature each. */
const ALIKE: readonly (readonly number[])[] = [
  range(0x46, 0x4f), // comparisons: i32, i64, f32, f64
  range(0x51, 0x5a),
  range(0x5b, 0x60),
  range(0x61, 0x66),
  [...range(0x67, 0x69), 0xc0, 0xc1], // one operand: i32, i64, f32, f64
  [...range(0x79, 0x7b), 0xc2, 0xc3, 0xc4],
  range(0x8b, 0x91),
  range(0x99, 0x9f),
  range(0x6a, 0x78), // two operands: i32, i64, f32, f64
  range(0x7c, 0x8a),
  range(0x92, 0x98),
  range(0xa0, 0xa6),
  [0xa8, 0xa9, 0xfc00, 0xfc01, 0xbc], // i32 and i64 out of f32 and f64
  [0xaa, 0xab, 0xfc02, 0xfc03],
  [0xae, 0xaf, 0xfc04, 0xfc05],
  [0xb0, 0xb1, 0xfc06, 0xfc07, 0xbd],
  [0xb2, 0xb3, 0xbe], // f32 and f64 out of i32
  [0xb7, 0xb8],
];
/** Accesses of one type each. */
const ACCESSES: readonly (readonly number[])[] = [
  [0x28, ...range(0x2c, 0x2f)],
  [0x29, ...range(0x30, 0x35)],
  [0x36, 0x3a, 0x3b],
  [0x37, ...range(0x3c, 0x3e)],
];
const OFFSETS = [0, 1, 3, 4, 7, 64, 1021, 65_533];
const NUMBERS = [0, 1, -1, 2, 7, 31, 32, 255, 65_535, 65_536, 0x7fffffff, -0x80000000];

/** A subject with a few changes, drawn from `random`; undefined where nothing could be changed. */
export function mutant({ name, plan, meter }: Subject, seed: number, random: () => number): Subject | undefined {
  const module = readModule(plan.wasm);
  const fuel = module.exports.find((each) => each.name === "fuel" && each.kind === EXPORT_GLOBAL)?.index ?? -1;
  const changes = 1 + (random() % CHANGES_MAX);
  let changed = 0;
  for (let attempt = 0; attempt < 100 && changed < changes; attempt += 1) {
    const f = module.functions[random() % module.functions.length] as WasmFunction;
    const at = random() % f.code.length;
    if (isPrologue(f.code, at, fuel)) continue;
    const other = change(module, f, f.code[at] as Instruction, random);
    if (other === undefined) continue;
    f.code[at] = other;
    changed += 1;
  }
  if (changed === 0) return undefined;
  // The build has done so before, for the operators that were here then.
  canonicaliseNaN(module);
  // Accesses that the build has proven may lie anywhere now, and V8 knows no memory below a page.
  const table = { ...readSignalTable(plan.wasm), memorySize: PAGE, stateSize: PAGE };
  const wasm = writeModule(module, [{ name: SIGNAL_SECTION, body: encodeSignalTable(table) }]).bytes;
  const steps = Math.min(STEPS, plan.steps);
  const shorter = { steps, words: plan.words.subarray(0, steps * plan.stride) };
  return {
    name: `${name}, changed by ${seed}`,
    plan: { ...plan, ...shorter, wasm, stateBytes: PAGE, fuel: { amount: FUEL } },
    meter,
  };
}

/** Charges must keep their bytes (docs/module.md, "Fuel"): from the first look at the counter to the `end`, and one around. */
function isPrologue(code: readonly Instruction[], at: number, fuel: number): boolean {
  const longest = 20;
  for (let i = Math.max(0, at - longest); i <= Math.min(at + 1, code.length - 1); i += 1) {
    if (code[i]?.op !== Op.globalGet || code[i]?.value !== fuel) continue;
    let end = i;
    while (end < code.length && code[end]?.op !== Op.end) end += 1;
    if (at <= end + 1) return true;
  }
  return false;
}

function change(
  module: WasmModule,
  f: WasmFunction,
  instruction: Instruction,
  random: () => number,
): Instruction | undefined {
  const { op } = instruction;
  const pick = <T>(from: readonly T[]): T => from[random() % from.length] as T;
  const alike = ALIKE.find((group) => group.includes(op));
  if (alike !== undefined) return { ...instruction, op: pick(alike) };
  const access = ACCESSES.find((group) => group.includes(op));
  if (access !== undefined) return { ...instruction, op: pick(access), align: 0, value: nearOffset(instruction, pick) };
  if (op === Op.i32Const) return { ...instruction, value: nearNumber(instruction.value, random, pick) };
  if (op === Op.f32Const || op === Op.f64Const) return nearFloat(instruction, random);
  if (op === Op.localGet || op === Op.localSet || op === Op.localTee) {
    const types = [...(module.types[f.type]?.parameters ?? []), ...f.locals];
    const same = [...types.keys()].filter((local) => types[local] === types[instruction.value]);
    return { ...instruction, value: pick(same) };
  }
  return undefined;
}

function nearOffset({ value }: Instruction, pick: <T>(from: readonly T[]) => T): number {
  return pick([true, true, false]) ? value : value + pick(OFFSETS);
}

function nearNumber(value: number, random: () => number, pick: <T>(from: readonly T[]) => T): number {
  return pick([value ^ (1 << (random() & 31)), (value + 1) | 0, (value - 1) | 0, pick(NUMBERS)]);
}

/** One bit of a float, but no NaN: which bits a constant NaN has is not what this is about. */
function nearFloat(instruction: Instruction, random: () => number): Instruction | undefined {
  const raw = Uint8Array.from(instruction.raw ?? []);
  const bit = random() % (8 * raw.length);
  raw[bit >>> 3] = (raw[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
  const view = new DataView(raw.buffer);
  const value = instruction.op === Op.f32Const ? view.getFloat32(0, true) : view.getFloat64(0, true);
  return Number.isNaN(value) ? undefined : { ...instruction, raw };
}

export interface Compared {
  readonly cases: number;
  /** How many of them came to the end of every step. */
  readonly calm: number;
  readonly failures: readonly string[];
}

/** Follows `count` mutants of the subjects in V8 and in the engine on some targets, all of them in one program each. */
export function compareMutants(
  workshop: Workshop,
  subjects: readonly Subject[],
  { seed, count, targets }: { readonly seed: number; readonly count: number; readonly targets: readonly TargetName[] },
): Compared {
  const random = randomWords(seed);
  const chains = new Map<Subject, readonly Shown[]>();
  for (let n = 0; n < count; n += 1) {
    const one = mutant(subjects[n % subjects.length] as Subject, n, random);
    const chain = one === undefined ? undefined : chainWithStart(one);
    if (one !== undefined && chain !== undefined) chains.set(one, chain);
  }
  const mutants = [...chains.keys()];
  const table = writeTable(workshop, "mutants", mutants, NOTHING_BROKEN);
  const failures = targets.flatMap((target) => {
    const followed = follow(workshop, target, { name: "mutants", table, filling: workshop.engine(target) });
    return [...chains].flatMap(([{ name, plan }, reference]) => {
      const engine = `${target}, seed ${seed}, ${name}`;
      const sentence = firstDifference(reference, { engine, steps: followed.get(name)?.whole ?? [] });
      return sentence === undefined ? [] : [`${sentence}; the module is ${Buffer.from(plan.wasm).toString("hex")}`];
    });
  });
  const calm = [...chains.values()].filter((chain) => chain.every(({ status }) => status === STEP_OK)).length;
  return { cases: mutants.length, calm, failures };
}

/** Undefined where the change hit `init` so that there is no first state. */
function chainWithStart({ plan }: Subject): readonly Shown[] | undefined {
  try {
    return chainInV8(plan);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined;
    throw error;
  }
}
