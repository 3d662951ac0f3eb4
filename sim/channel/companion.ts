import type { GlobalType } from "./globals.ts";

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

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION = { type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 };
/** Function types by number: () -> (), (i32) -> i32, () -> i32, (i32) -> (). */
const TYPES = [
  [0x60, 0, 0],
  [0x60, 1, 0x7f, 1, 0x7f],
  [0x60, 0, 1, 0x7f],
  [0x60, 1, 0x7f, 0],
];
const TYPE = { none: 0, run: 1, read: 2, write: 3 };
const VALUE_TYPE: Readonly<Record<GlobalType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const MUTABLE = 1;
const EMPTY_BLOCK = 0x40;
const OP = {
  loop: 0x03,
  end: 0x0b,
  branchIf: 0x0d,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  load: 0x28,
  i32Const: 0x41,
  i64Const: 0x42,
  lessU: 0x49,
  add: 0x6a,
  multiply: 0x6c,
  xor: 0x73,
  shiftRightU: 0x76,
  rotateLeft: 0x77,
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
/** The first function behind the imported one. */
const HASH_FUNCTION = 1;

/** Words of the globals in order. */
export function wordCount(types: readonly GlobalType[]): number {
  return types.reduce((sum, type) => sum + (type.endsWith("64") ? 2 : 1), 0);
}

/** Makes the companion of one instance. `types` are those of `state.0`, `state.1`, ...; `stateWords` is even. */
export function makeCompanion(law: CompanionImports, types: readonly GlobalType[], stateWords: number): Companion {
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

interface Exported {
  readonly name: string;
  readonly type: number;
  /** How many i32 locals beside the parameter. */
  readonly locals?: number;
  readonly code: readonly number[];
}

function encode(types: readonly GlobalType[], stateWords: number): Uint8Array<ArrayBuffer> {
  const globals = types.map((type, i) => [...name("law"), ...name(`state.${i}`), 3, VALUE_TYPE[type], MUTABLE]);
  const imports = [
    [...name("law"), ...name("step"), 0, TYPE.none],
    [...name("law"), ...name("memory"), 2, 0, 0],
    [...name("law"), ...name("fuel"), 3, VALUE_TYPE.i32, MUTABLE],
    ...globals,
  ];
  const own = [VALUE_TYPE.i32, MUTABLE, OP.i32Const, 0, OP.end];
  const functions = functionsOf(types, stateWords);
  return Uint8Array.from([
    ...MAGIC,
    ...section(SECTION.type, TYPES),
    ...section(SECTION.import, imports),
    ...section(
      SECTION.function,
      functions.map(({ type }) => leb(type)),
    ),
    ...section(SECTION.global, [own, own]),
    ...section(
      SECTION.export,
      functions.map((each, i) => [...name(each.name), 0, ...leb(i + 1)]),
    ),
    ...section(
      SECTION.code,
      functions.map(({ locals = 0, code }) =>
        sized([...(locals === 0 ? [0] : [1, locals, VALUE_TYPE.i32]), ...code, OP.end]),
      ),
    ),
  ]);
}

/** Function 0 is the law's step; these follow it in order. */
function functionsOf(types: readonly GlobalType[], stateWords: number): Exported[] {
  const accesses = types.flatMap((type, i) => accessesOf(type, leb(i + 1)));
  const low = leb(types.length + 1);
  const high = leb(types.length + 2);
  const readers = accesses.filter(({ type }) => type === TYPE.read).map(({ code }) => code);
  const refuel = [OP.localGet, 0, OP.globalSet, FUEL_GLOBAL];
  const left = [OP.globalGet, FUEL_GLOBAL];
  return [
    { name: "hash", type: TYPE.none, locals: HASH_LOCALS + 2, code: hashCode(stateWords, readers, { low, high }) },
    { name: "run", type: TYPE.run, code: [...refuel, OP.call, 0, OP.call, HASH_FUNCTION, ...left] },
    { name: "fuel", type: TYPE.read, code: left },
    { name: "low", type: TYPE.read, code: [OP.globalGet, ...low] },
    { name: "high", type: TYPE.read, code: [OP.globalGet, ...high] },
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

function startCode({ a, b }: Lanes): number[] {
  return [...constant(0x243f6a88), ...set(a), ...constant(0x85a308d3), ...set(b)];
}

/** The state hash as docs/module.md writes it: memory in three parts side by side, then what is left over and the globals. */
function hashCode(
  stateWords: number,
  globals: readonly (readonly number[])[],
  { low, high }: { low: readonly number[]; high: readonly number[] },
): number[] {
  const partBytes = 8 * Math.floor(stateWords / (2 * PARTS));
  const parts = Array.from({ length: PARTS }, (_, part) => lanesOf(part));
  const memoryWord = (offset: number) => [...get(LOCAL.at), OP.load, 2, ...leb(offset)];
  const loop = [
    ...[OP.loop, EMPTY_BLOCK],
    ...parts.flatMap((lanes, part) => pairCode(lanes, memoryWord(part * partBytes), memoryWord(part * partBytes + 4))),
    ...[...get(LOCAL.at), ...constant(8), OP.add, ...set(LOCAL.at)],
    ...[...get(LOCAL.at), ...constant(partBytes), OP.lessU, OP.branchIf, 0, OP.end],
  ];
  // The first part's lanes are taken in first: then its locals are free for the hash of all.
  const [all] = parts as [Lanes];
  const kept = { a: LOCAL.lanes + 2 * PARTS, b: LOCAL.lanes + 2 * PARTS + 1 };
  const keep = [...get(all.a), ...set(kept.a), ...get(all.b), ...set(kept.b)];
  const rest = Array.from({ length: stateWords - (PARTS * partBytes) / 4 }, (_, i) => [
    ...[...constant(PARTS * partBytes + 4 * i), OP.load, 2, 0],
  ]);
  const joined = [kept, ...parts.slice(1)].flatMap(({ a, b }) => [get(a), get(b)]);
  const words = [...joined, ...rest, ...globals];
  const pairs = words.flatMap((word, i) => (i % 2 === 0 ? pairCode(all, word, words[i + 1] ?? constant(0)) : []));
  return [
    ...parts.flatMap(startCode),
    ...(partBytes > 0 ? loop : []),
    ...[...keep, ...startCode(all), ...pairs],
    ...[...get(all.a), ...constant(words.length), OP.xor, ...set(all.a)],
    ...[...mixCode([...get(all.b), ...get(all.a), OP.add]), ...set(all.b)],
    ...[...mixCode([...get(all.a), ...get(all.b), OP.xor]), ...set(all.a)],
    ...[...get(all.a), OP.globalSet, ...low],
    ...[...get(all.b), ...get(all.a), OP.add, OP.globalSet, ...high],
  ];
}

/** Takes two words into the lanes. */
function pairCode({ a, b }: Lanes, first: readonly number[], second: readonly number[]): number[] {
  const turned = (lane: number, word: readonly number[], factor: number, bits: number) => [
    ...[...get(lane), ...word, OP.xor, ...constant(factor), OP.multiply, ...constant(bits), OP.rotateLeft],
  ];
  return [
    ...[...turned(a, first, 0x9e3779b1, 13), ...set(LOCAL.twice)],
    ...[...turned(b, second, 0x85ebca77, 17), ...set(a)],
    ...[...get(LOCAL.twice), ...get(a), OP.add, ...constant(0xc2b2ae3d), OP.multiply, ...set(b)],
  ];
}

/** MurmurHash3's published 32-bit finaliser. */
function mixCode(value: readonly number[]): number[] {
  const folded = (bits: number) => [
    ...[...set(LOCAL.twice), ...get(LOCAL.twice), ...get(LOCAL.twice), ...constant(bits), OP.shiftRightU, OP.xor],
  ];
  return [
    ...[...value, ...folded(16), ...constant(0x85ebca6b), OP.multiply],
    ...[...folded(13), ...constant(0xc2b2ae35), OP.multiply, ...folded(16)],
  ];
}

function get(local: number): number[] {
  return [OP.localGet, local];
}

function set(local: number): number[] {
  return [OP.localSet, local];
}

function constant(value: number): number[] {
  return [OP.i32Const, ...signedLeb(value | 0)];
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

/** Signed LEB128 of a 32-bit integer. */
function signedLeb(value: number): number[] {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = rest === (low & 0x40 ? -1 : 0);
  return isLast ? [low] : [low | 0x80, ...signedLeb(rest)];
}
