import { emit, emitI64, type Instruction } from "../../host/wasm/code.ts";
import { Op } from "../../host/wasm/opcodes.ts";
import { BLOCK_EMPTY, NUMBER_TYPES, type NumberType, TYPE_I32 } from "../../host/wasm/value-types.ts";
import {
  EXPORT_FUNCTION,
  EXPORT_GLOBAL,
  EXPORT_MEMORY,
  i32Bytes,
  type WasmGlobal,
  type WasmImport,
  type WasmModule,
} from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";

/**
 * A tiny module beside the law's: it sets fuel, steps, hashes the state, and reads and writes the law's mutable globals as words.
 * Setting a global from JavaScript is a call into the engine; from WebAssembly it is one instruction. It also keeps the bits of
 * a NaN, which JavaScript may change, and hashes in a quarter of the instructions.
 */
export interface Companion {
  /** Sets fuel, steps, hashes and returns the fuel left. A trap is an exception, as from the law itself. */
  readonly run: (fuel: number) => number;
  /** QH64 of the state (docs/module.md, "State hash"), read with `low` and `high`. */
  readonly hash: () => void;
  readonly low: () => number;
  readonly high: () => number;
  /** Fuel left, also after a trap. */
  readonly fuel: () => number;
  /** One reader and one writer per word of the globals, low word of a 64-bit value first. */
  readonly read: readonly (() => number)[];
  readonly write: readonly ((word: number) => void)[];
}

/** The law's exports that a companion imports. */
export type CompanionImports = Readonly<Record<"memory" | "step" | "fuel" | `state.${number}`, unknown>>;

/** Function types by number. */
const TYPES = [
  { parameters: [], results: [] },
  { parameters: [TYPE_I32], results: [TYPE_I32] },
  { parameters: [], results: [TYPE_I32] },
  { parameters: [TYPE_I32], results: [] },
];
const TYPE = { none: 0, run: 1, read: 2, write: 3 };
const LOW_MASK = 0xffff_ffffn;
const HIGH_MASK = -1n << 32n;
const FUEL_GLOBAL = 0;
/** The law's step is the only imported function. */
const STEP_FUNCTION = 0;
const HASH_FUNCTION = 1;

/** Words of the globals in order. */
export function wordCount(types: readonly NumberType[]): number {
  return types.reduce((sum, type) => sum + (type.endsWith("64") ? 2 : 1), 0);
}

/** Makes the companion of one instance. `types` are those of `state.0`, `state.1`, ...; `stateWords` is even. */
export function makeCompanion(law: CompanionImports, types: readonly NumberType[], stateWords: number): Companion {
  const module = new WebAssembly.Module(encode(types, stateWords));
  const { exports } = new WebAssembly.Instance(module, { law });
  const words = Array.from({ length: wordCount(types) }, (_, i) => i);
  return {
    run: exports.run as Companion["run"],
    fuel: exports.fuel as Companion["fuel"],
    hash: exports.hash as Companion["hash"],
    low: exports.low as Companion["low"],
    high: exports.high as Companion["high"],
    read: words.map((i) => exports[`r${i}`] as () => number),
    write: words.map((i) => exports[`w${i}`] as (word: number) => void),
  };
}

type Code = readonly Instruction[];

interface Exported {
  readonly name: string;
  readonly type: number;
  /** How many i32 locals beside the parameter. */
  readonly locals?: number;
  readonly code: Code;
}

function encode(types: readonly NumberType[], stateWords: number): Uint8Array<ArrayBuffer> {
  const functions = functionsOf(types, stateWords);
  const own: WasmGlobal = { type: TYPE_I32, mutable: true, initial: i32Bytes(0) };
  const module: WasmModule = {
    types: TYPES,
    imports: importsOf(types),
    functions: functions.map(({ type, locals = 0, code }) => ({
      type,
      locals: new Array<number>(locals).fill(TYPE_I32),
      code: [...code, op(Op.end)],
    })),
    tables: 0,
    tableEntries: 0,
    memory: undefined,
    globals: [own, own],
    exports: functions.map(({ name }, i) => ({ name, kind: EXPORT_FUNCTION, index: HASH_FUNCTION + i })),
    start: undefined,
    data: undefined,
    dataCount: undefined,
    customs: [],
  };
  return writeModule(module, []).bytes as Uint8Array<ArrayBuffer>;
}

function importsOf(types: readonly NumberType[]): WasmImport[] {
  const global = (name: string, type: NumberType): WasmImport => {
    return { module: "law", name, kind: EXPORT_GLOBAL, type: NUMBER_TYPES[type], mutable: true };
  };
  return [
    { module: "law", name: "step", kind: EXPORT_FUNCTION, type: TYPE.none },
    { module: "law", name: "memory", kind: EXPORT_MEMORY, limits: { initial: 0, maximum: undefined } },
    global("fuel", "i32"),
    ...types.map((type, i) => global(`state.${i}`, type)),
  ];
}

/** They stand behind the law's step; the first is HASH_FUNCTION. */
function functionsOf(types: readonly NumberType[], stateWords: number): Exported[] {
  const accesses = types.flatMap((type, i) => accessesOf(type, 1 + i));
  const low = types.length + 1;
  const high = types.length + 2;
  const readers = accesses.filter(({ type }) => type === TYPE.read).map(({ code }) => code);
  const refuel = [op(Op.localGet, 0), op(Op.globalSet, FUEL_GLOBAL)];
  const left = [op(Op.globalGet, FUEL_GLOBAL)];
  const run = [...refuel, op(Op.call, STEP_FUNCTION), op(Op.call, HASH_FUNCTION), ...left];
  return [
    { name: "hash", type: TYPE.none, locals: HASH_LOCALS + 2, code: hashCode(stateWords, readers, { low, high }) },
    { name: "run", type: TYPE.run, code: run },
    { name: "fuel", type: TYPE.read, code: left },
    { name: "low", type: TYPE.read, code: [op(Op.globalGet, low)] },
    { name: "high", type: TYPE.read, code: [op(Op.globalGet, high)] },
    ...accesses.map((access, i) => ({ ...access, name: `${i % 2 === 0 ? "r" : "w"}${i >>> 1}` })),
  ];
}

/** Locals of `hash`: address, the lanes of three hashes, and one for a value that is needed twice. */
const LOCAL = { at: 0, twice: 1, lanes: 2 };
const HASH_LOCALS = 8;
const PARTS = 3;

/** The two lanes of a hash. */
interface Lanes {
  readonly a: number;
  readonly b: number;
}

function lanesOf(part: number): Lanes {
  return { a: LOCAL.lanes + 2 * part, b: LOCAL.lanes + 2 * part + 1 };
}

function startCode({ a, b }: Lanes): Instruction[] {
  return [constant(0x243f6a88), set(a), constant(0x85a308d3), set(b)];
}

/** The state hash as docs/module.md writes it: memory in three parts side by side, then what is left over and the globals. */
function hashCode(stateWords: number, globals: readonly Code[], { low, high }: { low: number; high: number }): Code {
  const partBytes = 8 * Math.floor(stateWords / (2 * PARTS));
  const parts = Array.from({ length: PARTS }, (_, part) => lanesOf(part));
  const memoryWord = (offset: number) => [get(LOCAL.at), load(offset)];
  const loop = [
    op(Op.loop, BLOCK_EMPTY),
    ...parts.flatMap((lanes, part) => pairCode(lanes, memoryWord(part * partBytes), memoryWord(part * partBytes + 4))),
    ...[get(LOCAL.at), constant(8), op(Op.i32Add), set(LOCAL.at)],
    ...[get(LOCAL.at), constant(partBytes), op(Op.i32LtU), op(Op.brIf, 0), op(Op.end)],
  ];
  // The first part's lanes are taken in first: then its locals are free for the hash of all.
  const [all] = parts as [Lanes];
  const kept = { a: LOCAL.lanes + 2 * PARTS, b: LOCAL.lanes + 2 * PARTS + 1 };
  const keep = [get(all.a), set(kept.a), get(all.b), set(kept.b)];
  const rest = Array.from({ length: stateWords - (PARTS * partBytes) / 4 }, (_, i) => [
    constant(PARTS * partBytes + 4 * i),
    load(0),
  ]);
  const joined = [kept, ...parts.slice(1)].flatMap(({ a, b }) => [[get(a)], [get(b)]]);
  const words = [...joined, ...rest, ...globals];
  const pairs = words.flatMap((word, i) => (i % 2 === 0 ? pairCode(all, word, words[i + 1] ?? [constant(0)]) : []));
  return [
    ...parts.flatMap(startCode),
    ...(partBytes > 0 ? loop : []),
    ...[...keep, ...startCode(all), ...pairs],
    ...[get(all.a), constant(words.length), op(Op.i32Xor), set(all.a)],
    ...[...mixCode([get(all.b), get(all.a), op(Op.i32Add)]), set(all.b)],
    ...[...mixCode([get(all.a), get(all.b), op(Op.i32Xor)]), set(all.a)],
    ...[get(all.a), op(Op.globalSet, low)],
    ...[get(all.b), get(all.a), op(Op.i32Add), op(Op.globalSet, high)],
  ];
}

/** Takes two words into the lanes. */
function pairCode({ a, b }: Lanes, first: Code, second: Code): Instruction[] {
  const turned = (lane: number, word: Code, factor: number, bits: number) => [
    ...[get(lane), ...word, op(Op.i32Xor), constant(factor), op(Op.i32Mul), constant(bits), op(Op.i32Rotl)],
  ];
  return [
    ...[...turned(a, first, 0x9e3779b1, 13), set(LOCAL.twice)],
    ...[...turned(b, second, 0x85ebca77, 17), set(a)],
    ...[get(LOCAL.twice), get(a), op(Op.i32Add), constant(0xc2b2ae3d), op(Op.i32Mul), set(b)],
  ];
}

/** MurmurHash3's published 32-bit finaliser. */
function mixCode(value: Code): Instruction[] {
  const folded = (bits: number) => [
    ...[set(LOCAL.twice), get(LOCAL.twice), get(LOCAL.twice), constant(bits), op(Op.i32ShrU), op(Op.i32Xor)],
  ];
  return [
    ...[...value, ...folded(16), constant(0x85ebca6b), op(Op.i32Mul)],
    ...[...folded(13), constant(0xc2b2ae35), op(Op.i32Mul), ...folded(16)],
  ];
}

function op(code: number, value = 0): Instruction {
  return emit(0, code, value);
}

function get(local: number): Instruction {
  return op(Op.localGet, local);
}

function set(local: number): Instruction {
  return op(Op.localSet, local);
}

function constant(value: number): Instruction {
  return op(Op.i32Const, value | 0);
}

/** A word of memory; `align` is a power of two. */
function load(offset: number): Instruction {
  return { op: Op.i32Load, value: offset, align: 2, at: 0 };
}

interface Access {
  readonly type: number;
  readonly code: Code;
}

/** Reader and writer of each word of one global, in this order. */
function accessesOf(type: NumberType, global: number): Access[] {
  const read = op(Op.globalGet, global);
  const write = op(Op.globalSet, global);
  const word = get(0);
  if (type === "i32") return pair([read], [word, write]);
  if (type === "f32") return pair([read, op(Op.i32ReinterpretF32)], [word, op(Op.f32ReinterpretI32), write]);
  const bits = type === "f64" ? [read, op(Op.i64ReinterpretF64)] : [read];
  const back = type === "f64" ? [op(Op.f64ReinterpretI64), write] : [write];
  const wide = [word, op(Op.i64ExtendI32U)];
  const half = emitI64(0, 32n);
  const keepHigh = [...bits, emitI64(0, HIGH_MASK), op(Op.i64And)];
  const keepLow = [...bits, emitI64(0, LOW_MASK), op(Op.i64And)];
  return [
    ...pair([...bits, op(Op.i32WrapI64)], [...keepHigh, ...wide, op(Op.i64Or), ...back]),
    ...pair(
      [...bits, half, op(Op.i64ShrU), op(Op.i32WrapI64)],
      [...keepLow, ...wide, half, op(Op.i64Shl), op(Op.i64Or), ...back],
    ),
  ];
}

function pair(read: Code, write: Code): Access[] {
  return [
    { type: TYPE.read, code: read },
    { type: TYPE.write, code: write },
  ];
}
