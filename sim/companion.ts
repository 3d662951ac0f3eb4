import type { GlobalType } from "./globals.ts";

/**
 * A tiny module beside the law's: it sets fuel, steps, and reads and writes the law's mutable globals as words. Setting a
 * global from JavaScript is a call into the engine; from WebAssembly it is one instruction. It also keeps the bits of a NaN,
 * which JavaScript may change.
 */
export interface Companion {
  /** Sets fuel, steps and returns the fuel left. A trap is an exception, as from the law itself. */
  readonly run: (fuel: number) => number;
  /** Fuel left, also after a trap. */
  readonly fuel: () => number;
  /** One reader and one writer per word of the globals, low word of a 64-bit value first. */
  readonly read: readonly (() => number)[];
  readonly write: readonly ((word: number) => void)[];
}

/** The law's exports that a companion imports. */
export type CompanionImports = Readonly<Record<"step" | "fuel" | `state.${number}`, unknown>>;

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 };
/** Function types by number: () -> (), (i32) -> i32, () -> i32, (i32) -> (). */
const TYPES = [
  [0x60, 0, 0],
  [0x60, 1, 0x7f, 1, 0x7f],
  [0x60, 0, 1, 0x7f],
  [0x60, 1, 0x7f, 0],
];
const TYPE = { step: 0, run: 1, read: 2, write: 3 };
const VALUE_TYPE: Readonly<Record<GlobalType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const MUTABLE = 1;
const OP = {
  end: 0x0b,
  call: 0x10,
  localGet: 0x20,
  globalGet: 0x23,
  globalSet: 0x24,
  i64Const: 0x42,
  i64And: 0x83,
  i64Or: 0x84,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  wrap: 0xa7,
  extendU: 0xad,
  bitsOfF32: 0xbc,
  bitsOfF64: 0xbd,
  f32OfBits: 0xbe,
  f64OfBits: 0xbf,
};
/** Signed LEB128 of 2^32 - 1 and of its complement. */
const LOW_MASK = [0xff, 0xff, 0xff, 0xff, 0x0f];
const HIGH_MASK = [0x80, 0x80, 0x80, 0x80, 0x70];
const FUEL_GLOBAL = 0;

/** Words of the globals in order. */
export function wordCount(types: readonly GlobalType[]): number {
  return types.reduce((sum, type) => sum + (type.endsWith("64") ? 2 : 1), 0);
}

/** Makes the companion of one instance. `types` are those of `state.0`, `state.1`, ... */
export function makeCompanion(law: CompanionImports, types: readonly GlobalType[]): Companion {
  const module = new WebAssembly.Module(encode(types));
  const { exports } = new WebAssembly.Instance(module, { law });
  const words = Array.from({ length: wordCount(types) }, (_, i) => i);
  return {
    run: exports.run as Companion["run"],
    fuel: exports.fuel as Companion["fuel"],
    read: words.map((i) => exports[`r${i}`] as () => number),
    write: words.map((i) => exports[`w${i}`] as (word: number) => void),
  };
}

function encode(types: readonly GlobalType[]): Uint8Array<ArrayBuffer> {
  const accesses = types.flatMap((type, i) => accessesOf(type, leb(i + 1)));
  const globals = types.map((type, i) => [...name("law"), ...name(`state.${i}`), 3, VALUE_TYPE[type], MUTABLE]);
  const imports = [
    [...name("law"), ...name("step"), 0, TYPE.step],
    [...name("law"), ...name("fuel"), 3, VALUE_TYPE.i32, MUTABLE],
    ...globals,
  ];
  const run = [OP.localGet, 0, OP.globalSet, FUEL_GLOBAL, OP.call, 0, OP.globalGet, FUEL_GLOBAL];
  const bodies = [run, [OP.globalGet, FUEL_GLOBAL], ...accesses.map(({ code }) => code)];
  const signatures = [TYPE.run, TYPE.read, ...accesses.map(({ type }) => type)];
  const names = ["run", "fuel", ...accesses.map((_, i) => `${i % 2 === 0 ? "r" : "w"}${i >>> 1}`)];
  return Uint8Array.from([
    ...MAGIC,
    ...section(SECTION.type, TYPES),
    ...section(SECTION.import, imports),
    ...section(SECTION.function, signatures.map(leb)),
    ...section(
      SECTION.export,
      names.map((each, i) => [...name(each), 0, ...leb(i + 1)]),
    ),
    ...section(
      SECTION.code,
      bodies.map((code) => sized([0, ...code, OP.end])),
    ),
  ]);
}

interface Access {
  readonly type: number;
  readonly code: readonly number[];
}

/** Reader and writer of each word of one global, in this order. */
function accessesOf(type: GlobalType, global: readonly number[]): Access[] {
  const get = [OP.globalGet, ...global];
  const set = [OP.globalSet, ...global];
  const word = [OP.localGet, 0];
  if (type === "i32") return pair(get, [...word, ...set]);
  if (type === "f32") return pair([...get, OP.bitsOfF32], [...word, OP.f32OfBits, ...set]);
  const bits = type === "f64" ? [...get, OP.bitsOfF64] : get;
  const back = type === "f64" ? [OP.f64OfBits, ...set] : set;
  const wide = [...word, OP.extendU];
  const keepHigh = [...bits, OP.i64Const, ...HIGH_MASK, OP.i64And];
  const keepLow = [...bits, OP.i64Const, ...LOW_MASK, OP.i64And];
  return [
    ...pair([...bits, OP.wrap], [...keepHigh, ...wide, OP.i64Or, ...back]),
    ...pair(
      [...bits, OP.i64Const, 32, OP.i64ShrU, OP.wrap],
      [...keepLow, ...wide, OP.i64Const, 32, OP.i64Shl, OP.i64Or, ...back],
    ),
  ];
}

function pair(read: readonly number[], write: readonly number[]): Access[] {
  return [
    { type: TYPE.read, code: read },
    { type: TYPE.write, code: write },
  ];
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  return [id, ...sized([...leb(items.length), ...items.flat()])];
}

function sized(bytes: readonly number[]): number[] {
  return [...leb(bytes.length), ...bytes];
}

function name(text: string): number[] {
  return sized([...new TextEncoder().encode(text)]);
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >>> 7;
  return rest === 0 ? [low] : [low | 0x80, ...leb(rest)];
}
