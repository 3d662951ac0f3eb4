import binaryen from "assemblyscript/binaryen";
import type { NumberType } from "../../host/wasm/value-types.ts";
import { globalTypes } from "../channel/globals.ts";
import type { Plan } from "./plan.ts";

/**
 * A copy of a module that drives itself.
 *
 * The other engines can hardly be talked to: npm `wasmtime` passes no floats and shows no memory, wabt's interpreter calls
 * exports without arguments and nothing else. So the copy carries the plan's words in a passive data segment, which
 * leaves its memory and every bounds check as they were, and gets functions that feed one step, run it, hash state and
 * outputs into the chain (chain.ts) and return it. `exports` says how it can be asked:
 *
 *   lanes      step_low  () -> i32        next step, then lane a               (for wasmtime)
 *              high      () -> i32        lane b
 *   numbered   s0, s1, ... () -> i64      next step, then b << 32 | a          (for wabt, which runs all exports in order)
 *   asked      run, seal () -> i32        next step, which may trap; then the chain, also behind a trap
 *              status, fuel, ... () -> i32   one word of FACTS each
 *   listed     r0, c0, ... r1, c1, ...    run; seal and b << 32 | a; then the pairs of FACTS as i64: for each step
 */
export interface DriverOptions {
  readonly plan: Plan;
  readonly exports: "lanes" | "numbered" | "asked" | "listed";
}

/** What a step leaves beside the chain, two words to a pair: names of globals of the copy and of exports in `asked`. */
export const FACTS = ["status", "fuel", "outputs_low", "outputs_high", "state_low", "state_high"] as const;

const SEED_A = 0x243f6a88;
const SEED_B = 0x85a308d3;

/** Bytes of the driving copy. */
export function buildDriver(options: DriverOptions): Uint8Array {
  const { copy, names } = openCopy(options.plan.wasm);
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
  /** Left out by modules that do not count. */
  readonly fuel: string | undefined;
  /** Internal name and type of each `state.<n>`. */
  readonly state: readonly (readonly [string, NumberType])[];
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
  const types = globalTypes(wasm);
  const state: [string, NumberType][] = [];
  for (let name = "state.0"; types.has(name); name = `state.${state.length}`) {
    state.push([nameOf(internal, name), types.get(name) as NumberType]);
  }
  const names = {
    init: nameOf(internal, "init"),
    step: nameOf(internal, "step"),
    fuel: internal.has("fuel") ? nameOf(internal, "fuel") : undefined,
    state,
  };
  return { copy, names };
}

function nameOf(internal: ReadonlyMap<string, string>, name: string): string {
  const found = internal.get(name);
  if (found === undefined) throw new Error(`the module exports no ${name}`);
  return `$${found}`;
}

function driverText({ plan, exports }: DriverOptions, names: Names): string {
  const { presets, constants, feeds, steps, stride, words } = plan;
  const stored = ({ address, value }: { address: number; value: number }) => store(address, `(i32.const ${value | 0})`);
  return `
  (data $q.words "${escaped(words)}")
  (global $q.at (mut i32) (i32.const 0))
  (global $q.step (mut i32) (i32.const -1))
  (global $q.low (mut i32) (i32.const 0))
  (global $q.high (mut i32) (i32.const 0))
  (global $q.a (mut i32) (i32.const ${SEED_A}))
  (global $q.b (mut i32) (i32.const ${SEED_B}))
  (global $q.result (mut i32) (i32.const 0))
  ${FACTS.map((fact) => `(global $q.${fact} (mut i32) (i32.const 0))`).join("\n  ")}
  ${hashText(plan.stateBytes, names)}
  ${absorbText("absorb", "$q.a", "$q.b")}
  ${absorbText("answer", "$q.outputs_low", "$q.outputs_high")}
  ${wordText()}
  (func $q.run
    (if (i32.eq (global.get $q.step) (i32.const -1)) (then
      (call ${names.init})
      ${presets.map(stored).join("\n      ")}))
    (global.set $q.at (i32.mul (i32.add (global.get $q.step) (i32.const 1)) (i32.const ${4 * stride})))
    (global.set $q.step (i32.add (global.get $q.step) (i32.const 1)))
    ${constants.map(stored).join("\n    ")}
    ${feeds.map(({ address, word }) => store(address, wordOf(word))).join("\n    ")}
    ${fuelText(plan, names)}
    (global.set $q.status (i32.const 1))
    ${callText(plan, names)}
    (global.set $q.status (i32.const 0)))
  ${sealText(plan, names)}
  ${exportsText(exports, steps)}`;
}

function store(address: number, value: string): string {
  return `(i32.store (i32.const ${address}) ${value})`;
}

const wordOf = (word: number): string => `(call $q.word (i32.const ${4 * word}))`;

/** A word of the present step. It can only come through memory, so a word there is lent and given back. */
function wordText(): string {
  return `(func $q.word (param $offset i32) (result i32) (local $kept i32)
    (local.set $kept (i32.load (i32.const 0)))
    (memory.init $q.words (i32.const 0) (i32.add (global.get $q.at) (local.get $offset)) (i32.const 4))
    (local.set $offset (i32.load (i32.const 0)))
    (i32.store (i32.const 0) (local.get $kept))
    (local.get $offset))`;
}

function fuelText({ fuel }: Plan, names: Names): string {
  if (fuel === undefined) return "";
  if (names.fuel === undefined) throw new Error("the module exports no fuel");
  return `(global.set ${names.fuel} ${"amount" in fuel ? `(i32.const ${fuel.amount})` : wordOf(fuel.word)})`;
}

function callText({ argument, outputs }: Plan, { step }: Names): string {
  const call = `(call ${step}${argument === undefined ? "" : ` ${wordOf(argument)}`})`;
  return outputs === "result" ? `(global.set $q.result ${call})` : call;
}

/** What the step left, into the facts and the chain. The status is still 1 where the step did not come back. */
function sealText({ fuel, outputs }: Plan, names: Names): string {
  const left = fuel === undefined ? "(i32.const 0)" : `(global.get ${names.fuel})`;
  const words = outputs === "result" ? ["(global.get $q.result)"] : outputs.map((at) => `(i32.load (i32.const ${at}))`);
  const count = words.length;
  if (count % 2 === 1) words.push("(i32.const 0)");
  const pairs = (into: string): string =>
    words.flatMap((word, i) => (i % 2 === 0 ? [`(call $q.${into} ${word} ${words[i + 1]})`] : [])).join("\n      ");
  return `(func $q.seal
    (global.set $q.fuel ${left})
    (if (i32.and (global.get $q.status) (i32.lt_s (global.get $q.fuel) (i32.const 0)))
      (then (global.set $q.status (i32.const 2))))
    (call $q.hash)
    (global.set $q.state_low (global.get $q.low))
    (global.set $q.state_high (global.get $q.high))
    (call $q.absorb (global.get $q.step) (global.get $q.status))
    (call $q.absorb (global.get $q.fuel)
      (select (i32.const 0) (i32.const ${count}) (global.get $q.status)))
    (call $q.absorb (global.get $q.low) (global.get $q.high))
    (global.set $q.outputs_low (i32.const ${SEED_A}))
    (global.set $q.outputs_high (i32.const ${SEED_B}))
    (if (i32.eqz (global.get $q.status)) (then
      ${pairs("absorb")}
      ${pairs("answer")})))`;
}

/** One QH64 pair into two lanes: `first` and `second` are expressions. */
function pairText(lanes: { a: string; b: string; get: string; set: string }, first: string, second: string): string {
  const { a, b, get, set } = lanes;
  return `(local.set $p (i32.rotl (i32.mul (i32.xor (${get} ${a}) ${first}) (i32.const 0x9E3779B1)) (i32.const 13)))
      (${set} ${a} (i32.rotl (i32.mul (i32.xor (${get} ${b}) ${second}) (i32.const 0x85EBCA77)) (i32.const 17)))
      (${set} ${b} (i32.mul (i32.add (local.get $p) (${get} ${a})) (i32.const 0xC2B2AE3D)))`;
}

function absorbText(name: string, a: string, b: string): string {
  const lanes = { a, b, get: "global.get", set: "global.set" };
  return `(func $q.${name} (param $w0 i32) (param $w1 i32) (local $p i32)
      ${pairText(lanes, "(local.get $w0)", "(local.get $w1)")})`;
}

const HASH_PARTS = 3;

/** The state hash (docs/module.md): memory by parts, then each global. */
function hashText(bytes: number, names: Names): string {
  const lanes = { a: "$a", b: "$b", get: "local.get", set: "local.set" };
  const start = `(local.set $a (i32.const ${SEED_A})) (local.set $b (i32.const ${SEED_B}))`;
  const partBytes = Math.floor(bytes / (8 * HASH_PARTS)) * 8;
  const parts = Array.from({ length: HASH_PARTS }, (_, part) => part);
  const words = [
    ...parts.flatMap((part) => [`(local.get $a${part})`, `(local.get $b${part})`]),
    ...Array.from(
      { length: (bytes - HASH_PARTS * partBytes) / 4 },
      (_, i) => `(i32.load (i32.const ${HASH_PARTS * partBytes + 4 * i}))`,
    ),
    ...names.state.flatMap(([name, type]) => globalWords(name, type)),
  ];
  const joined = words.flatMap((word, i) =>
    i % 2 === 0 ? [pairText(lanes, word, words[i + 1] ?? "(i32.const 0)")] : [],
  );
  return `(func $q.mix (param $x i32) (result i32)
    (local.set $x (i32.mul (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 16))) (i32.const 0x85EBCA6B)))
    (local.set $x (i32.mul (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 13))) (i32.const 0xC2B2AE35)))
    (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 16))))
  (func $q.hash (local $a i32) (local $b i32) (local $p i32) (local $i i32)
    ${parts.map((part) => `(local $a${part} i32) (local $b${part} i32)`).join(" ")}
    ${parts
      .map(
        (part) => `${start}
    (block $done${part} (loop $more
      (br_if $done${part} (i32.ge_u (local.get $i) (i32.const ${(part + 1) * partBytes})))
      ${pairText(lanes, "(i32.load (local.get $i))", "(i32.load offset=4 (local.get $i))")}
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br $more)))
    (local.set $a${part} (local.get $a)) (local.set $b${part} (local.get $b))`,
      )
      .join("\n    ")}
    ${start}
    ${joined.join("\n    ")}
    (local.set $a (i32.xor (local.get $a) (i32.const ${words.length})))
    (local.set $b (call $q.mix (i32.add (local.get $b) (local.get $a))))
    (local.set $a (call $q.mix (i32.xor (local.get $a) (local.get $b))))
    (global.set $q.low (local.get $a))
    (global.set $q.high (i32.add (local.get $b) (local.get $a))))`;
}

function globalWords(name: string, type: NumberType): string[] {
  const value = `(global.get ${name})`;
  if (type === "i32") return [value];
  if (type === "f32") return [`(i32.reinterpret_f32 ${value})`];
  const wide = type === "i64" ? value : `(i64.reinterpret_f64 ${value})`;
  return [`(i32.wrap_i64 ${wide})`, `(i32.wrap_i64 (i64.shr_u ${wide} (i64.const 32)))`];
}

function exportsText(exports: DriverOptions["exports"], steps: number): string {
  const numbers = Array.from({ length: steps }, (_, i) => i);
  const wide = (low: string, high: string): string =>
    `(i64.or (i64.shl (i64.extend_i32_u (global.get ${high})) (i64.const 32)) (i64.extend_i32_u (global.get ${low})))`;
  switch (exports) {
    case "lanes":
      return `(func (export "step_low") (result i32) (call $q.run) (call $q.seal) (global.get $q.a))
  (func (export "high") (result i32) (global.get $q.b))`;
    case "numbered":
      return `(func $q.both (result i64) (call $q.run) (call $q.seal) ${wide("$q.a", "$q.b")})
  ${numbers.map((i) => `(export "s${i}" (func $q.both))`).join("\n  ")}`;
    case "asked":
      return `(func (export "run") (result i32) (call $q.run) (i32.const 0))
  (func (export "seal") (result i32) (call $q.seal) (i32.const 0))
  ${[...FACTS, "a", "b"].map((fact) => `(func (export "${fact}") (result i32) (global.get $q.${fact}))`).join("\n  ")}`;
    case "listed": {
      const pairs = FACTS.flatMap((fact, i) => (i % 2 === 0 ? [[fact, FACTS[i + 1]]] : []));
      return `(func $q.r (result i32) (call $q.run) (i32.const 0))
  (func $q.c (result i64) (call $q.seal) ${wide("$q.a", "$q.b")})
  ${pairs.map(([low, high], n) => `(func $q.f${n} (result i64) ${wide(`$q.${low}`, `$q.${high}`)})`).join("\n  ")}
  ${numbers.flatMap((i) => ["r", "c", "f0", "f1", "f2"].map((kind) => `(export "${kind}.${i}" (func $q.${kind}))`)).join("\n  ")}`;
    }
  }
}

function escaped(words: Uint32Array): string {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 1) text += HEX[bytes[i] as number];
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(16).padStart(2, "0")}`);
