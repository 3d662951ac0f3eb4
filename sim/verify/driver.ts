import binaryen from "assemblyscript/binaryen";
import type { SignalTable } from "../../host/protocol/signals.ts";
import { exportedGlobals, type GlobalType } from "../globals.ts";
import type { StepRecording } from "./recording.ts";

/**
 * A copy of a module that drives itself.
 *
 * The other engines can hardly be talked to: npm `wasmtime` passes no floats and shows no memory, wabt's interpreter calls
 * exports without arguments and nothing else. So the copy carries the recorded inputs in a passive data segment, which
 * leaves its memory and every bounds check as they were, and gets functions that feed one step, run it, hash state and
 * outputs into the chain (chain.ts) and return it.
 *
 *   step_low  () -> i32   next step, then lane a      (for wasmtime)
 *   high      () -> i32   lane b
 *   s0, s1, ... () -> i64 next step, then b << 32 | a (for wabt, which runs all exports once, in order)
 */
export interface DriverOptions {
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  readonly parameters: Uint32Array;
  readonly steps: StepRecording;
  readonly exports: "lanes" | "numbered";
}

const SEED_A = 0x243f6a88;
const SEED_B = 0x85a308d3;

/** Bytes of the driving copy. */
export function buildDriver(options: DriverOptions): Uint8Array {
  const { copy, names } = openCopy(options.wasm);
  const text = copy.emitText();
  copy.dispose();
  const end = text.lastIndexOf(")");
  const driven = binaryen.parseText(`${text.slice(0, end)}${driverText(options, names)})`);
  try {
    driven.setFeatures(
      binaryen.Features.MutableGlobals |
        binaryen.Features.SignExt |
        binaryen.Features.NontrappingFPToInt |
        binaryen.Features.BulkMemory,
    );
    return driven.emitBinary();
  } finally {
    driven.dispose();
  }
}

interface Names {
  readonly init: string;
  readonly step: string;
  readonly fuel: string;
  /** Internal name and type of each `state.<n>`. */
  readonly state: readonly (readonly [string, GlobalType])[];
}

/** Reads the module and takes its exports off, after noting what they stand for. */
function openCopy(wasm: Uint8Array): { copy: binaryen.Module; names: Names } {
  const copy = binaryen.readBinary(wasm);
  const internal = new Map<string, string>();
  for (let i = copy.getNumExports() - 1; i >= 0; i -= 1) {
    const info = binaryen.getExportInfo(copy.getExportByIndex(i));
    internal.set(info.name, info.value);
    copy.removeExport(info.name);
  }
  const types = exportedGlobals(wasm);
  const state: [string, GlobalType][] = [];
  for (let name = "state.0"; types.has(name); name = `state.${state.length}`) {
    state.push([nameOf(internal, name), types.get(name) as GlobalType]);
  }
  const names = {
    init: nameOf(internal, "init"),
    step: nameOf(internal, "step"),
    fuel: nameOf(internal, "fuel"),
    state,
  };
  return { copy, names };
}

function nameOf(internal: ReadonlyMap<string, string>, name: string): string {
  const found = internal.get(name);
  if (found === undefined) throw new Error(`the module exports no ${name}`);
  return `$${found}`;
}

function driverText({ table, parameters, steps, exports }: DriverOptions, names: Names): string {
  return `
  (data $q.steps "${escaped(steps.words)}")
  (global $q.at (mut i32) (i32.const 0))
  (global $q.low (mut i32) (i32.const 0))
  (global $q.high (mut i32) (i32.const 0))
  (global $q.a (mut i32) (i32.const ${SEED_A}))
  (global $q.b (mut i32) (i32.const ${SEED_B}))
  ${hashText(table, names)}
  ${absorbText()}
  (func $q.next
    (if (i32.eqz (global.get $q.at)) (then
      (call ${names.init})
      ${table.parameters.map(({ address }, i) => store(address, parameters[i] as number)).join("\n      ")}))
    ${feedText(table, steps.stride)}
    (global.set ${names.fuel} (i32.const ${table.fuelBudget}))
    (call ${names.step})
    (call $q.hash)
    (call $q.absorb (global.get $q.low) (global.get $q.high))
    ${outputPairs(table)}
    (global.set $q.at (i32.add (global.get $q.at) (i32.const ${4 * steps.stride}))))
  ${exports === "lanes" ? laneExports() : numberedExports(steps.steps)}`;
}

function store(address: number, word: number): string {
  return `(i32.store (i32.const ${address}) (i32.const ${word | 0}))`;
}

/** Copies the words of the next step to where the law reads them. */
function feedText(table: SignalTable, stride: number): string {
  const count = (stride - 1) / 2;
  const from = (word: number) => `(i32.add (global.get $q.at) (i32.const ${4 * word}))`;
  const copy = (address: number, word: number) =>
    `(memory.init $q.steps (i32.const ${address}) ${from(word)} (i32.const 4))`;
  const lines = table.inputs.flatMap(({ address, validAddress }, i) => [
    copy(address, 1 + i),
    copy(validAddress, 1 + count + i),
  ]);
  if (table.frameAddress !== 0) lines.push(copy(table.frameAddress, 0));
  // The same constant as in the core: the declared period as f32 seconds.
  const dt = new Uint32Array(Float32Array.of(table.periodUs * 1e-6).buffer)[0] as number;
  if (table.dtAddress !== 0) lines.push(store(table.dtAddress, dt));
  return lines.join("\n    ");
}

function outputPairs(table: SignalTable): string {
  const words = table.outputs.map(({ address }) => `(i32.load (i32.const ${address}))`);
  if (words.length % 2 === 1) words.push("(i32.const 0)");
  const pairs: string[] = [];
  for (let i = 0; i < words.length; i += 2) pairs.push(`(call $q.absorb ${words[i]} ${words[i + 1]})`);
  return pairs.join("\n    ");
}

/** One QH64 pair into two lanes: `first` and `second` are expressions. */
function pairText(lanes: { a: string; b: string; get: string; set: string }, first: string, second: string): string {
  const { a, b, get, set } = lanes;
  return `(local.set $p (i32.rotl (i32.mul (i32.xor (${get} ${a}) ${first}) (i32.const 0x9E3779B1)) (i32.const 13)))
      (${set} ${a} (i32.rotl (i32.mul (i32.xor (${get} ${b}) ${second}) (i32.const 0x85EBCA77)) (i32.const 17)))
      (${set} ${b} (i32.mul (i32.add (local.get $p) (${get} ${a})) (i32.const 0xC2B2AE3D)))`;
}

function absorbText(): string {
  const lanes = { a: "$q.a", b: "$q.b", get: "global.get", set: "global.set" };
  return `(func $q.absorb (param $w0 i32) (param $w1 i32) (local $p i32)
      ${pairText(lanes, "(local.get $w0)", "(local.get $w1)")})`;
}

/** QH64 over the state: memory in a loop, then each global. */
function hashText(table: SignalTable, names: Names): string {
  const bytes = Math.ceil(table.stateSize / 8) * 8;
  const globals = names.state.flatMap(([name, type]) => globalWords(name, type));
  const count = bytes / 4 + globals.length;
  if (globals.length % 2 === 1) globals.push("(i32.const 0)");
  const lanes = { a: "$a", b: "$b", get: "local.get", set: "local.set" };
  const tail: string[] = [];
  for (let i = 0; i < globals.length; i += 2)
    tail.push(pairText(lanes, globals[i] as string, globals[i + 1] as string));
  return `(func $q.mix (param $x i32) (result i32)
    (local.set $x (i32.mul (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 16))) (i32.const 0x85EBCA6B)))
    (local.set $x (i32.mul (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 13))) (i32.const 0xC2B2AE35)))
    (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 16))))
  (func $q.hash (local $a i32) (local $b i32) (local $p i32) (local $i i32)
    (local.set $a (i32.const ${SEED_A}))
    (local.set $b (i32.const ${SEED_B}))
    (block $done (loop $more
      (br_if $done (i32.ge_u (local.get $i) (i32.const ${bytes})))
      ${pairText(lanes, "(i32.load (local.get $i))", "(i32.load offset=4 (local.get $i))")}
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br $more)))
    ${tail.join("\n    ")}
    (local.set $a (i32.xor (local.get $a) (i32.const ${count})))
    (local.set $b (call $q.mix (i32.add (local.get $b) (local.get $a))))
    (local.set $a (call $q.mix (i32.xor (local.get $a) (local.get $b))))
    (global.set $q.low (local.get $a))
    (global.set $q.high (i32.add (local.get $b) (local.get $a))))`;
}

function globalWords(name: string, type: GlobalType): string[] {
  const value = `(global.get ${name})`;
  if (type === "i32") return [value];
  if (type === "f32") return [`(i32.reinterpret_f32 ${value})`];
  const wide = type === "i64" ? value : `(i64.reinterpret_f64 ${value})`;
  return [`(i32.wrap_i64 ${wide})`, `(i32.wrap_i64 (i64.shr_u ${wide} (i64.const 32)))`];
}

function laneExports(): string {
  return `(func (export "step_low") (result i32) (call $q.next) (global.get $q.a))
  (func (export "high") (result i32) (global.get $q.b))`;
}

/** One function under many names. */
function numberedExports(steps: number): string {
  const names = Array.from({ length: steps }, (_, i) => `(export "s${i}" (func $q.both))`);
  return `(func $q.both (result i64) (call $q.next)
    (i64.or (i64.shl (i64.extend_i32_u (global.get $q.b)) (i64.const 32)) (i64.extend_i32_u (global.get $q.a))))
  ${names.join("\n  ")}`;
}

function escaped(words: Uint32Array): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 1) text += HEX[bytes[i] as number];
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(16).padStart(2, "0")}`);
