import { isComparison, Op } from "../../wasm/opcodes.ts";
import type { Expression } from "./tree.ts";

/** The values an i32 can have, read without sign: least and greatest. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}

export type RangeOfLocal = (local: number) => Range | undefined;

const WORD = 2 ** 32;
export const ANY: Range = { lo: 0, hi: WORD - 1 };

/** What is known of an expression's value. Results that could wrap are ANY. */
export function rangeOf(expression: Expression, local: RangeOfLocal): Range {
  const { op, value, args } = expression;
  if (op === Op.i32Const) return { lo: value >>> 0, hi: value >>> 0 };
  if (op === Op.localGet) return local(value) ?? ANY;
  if (op === Op.i32Load8U) return { lo: 0, hi: 0xff };
  if (op === Op.i32Load16U) return { lo: 0, hi: 0xffff };
  if (args.length === 0) return ANY;
  if (isComparison(op)) return { lo: 0, hi: 1 };
  const [a, b] = args.slice(0, 2).map((arg) => rangeOf(arg, local)) as [Range, Range];
  switch (op) {
    case Op.i32Add:
      return within(a.lo + b.lo, a.hi + b.hi);
    case Op.i32Sub:
      return within(a.lo - b.hi, a.hi - b.lo);
    case Op.i32Mul:
      return within(a.lo * b.lo, a.hi * b.hi);
    case Op.i32Shl:
      return b.hi > 31 ? ANY : within(a.lo * 2 ** b.lo, a.hi * 2 ** b.hi);
    case Op.i32ShrU:
      return b.hi > 31 ? { lo: 0, hi: a.hi } : { lo: Math.floor(a.lo / 2 ** b.hi), hi: Math.floor(a.hi / 2 ** b.lo) };
    case Op.i32And:
      return { lo: 0, hi: Math.min(a.hi, b.hi) };
    case Op.i32Or:
    case Op.i32Xor:
      return { lo: op === Op.i32Or ? Math.max(a.lo, b.lo) : 0, hi: ones(Math.max(a.hi, b.hi)) };
    case Op.i32RemU:
      return b.lo === 0 ? ANY : { lo: 0, hi: Math.min(a.hi, b.hi - 1) };
    case Op.i32DivU:
      return b.lo === 0 ? ANY : { lo: Math.floor(a.lo / b.hi), hi: Math.floor(a.hi / b.lo) };
    case Op.select:
      return { lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
    default:
      return ANY;
  }
}

function within(lo: number, hi: number): Range {
  return lo >= 0 && hi < WORD ? { lo, hi } : ANY;
}

/** The least 2^n - 1 that is not below a value. */
function ones(value: number): number {
  return 2 ** (32 - Math.clz32(value)) - 1;
}

/** What a comparison gives for all values in two ranges; undefined when it depends on them. */
export function compareRanges(op: number, a: Range, b: Range): boolean | undefined {
  const isSigned = op === Op.i32LtS || op === Op.i32GtS || op === Op.i32LeS || op === Op.i32GeS;
  if (isSigned && (a.hi > 0x7fffffff || b.hi > 0x7fffffff)) return undefined;
  switch (op) {
    case Op.i32Eq:
      return a.lo === a.hi && a.lo === b.lo && a.hi === b.hi ? true : apart(a, b) ? false : undefined;
    case Op.i32Ne:
      return a.lo === a.hi && a.lo === b.lo && a.hi === b.hi ? false : apart(a, b) ? true : undefined;
    case Op.i32LtS:
    case Op.i32LtU:
      return a.hi < b.lo ? true : a.lo >= b.hi ? false : undefined;
    case Op.i32GtS:
    case Op.i32GtU:
      return a.lo > b.hi ? true : a.hi <= b.lo ? false : undefined;
    case Op.i32LeS:
    case Op.i32LeU:
      return a.hi <= b.lo ? true : a.lo > b.hi ? false : undefined;
    case Op.i32GeS:
    case Op.i32GeU:
      return a.lo >= b.hi ? true : a.hi < b.lo ? false : undefined;
    default:
      return undefined;
  }
}

function apart(a: Range, b: Range): boolean {
  return a.hi < b.lo || a.lo > b.hi;
}

/** The range left of `a` when `a op b` holds; `a` itself when that says nothing. */
export function narrow(op: number, a: Range, b: Range): Range {
  const isSigned = op === Op.i32LtS || op === Op.i32GtS || op === Op.i32LeS || op === Op.i32GeS;
  if (isSigned && (a.hi > 0x7fffffff || b.hi > 0x7fffffff)) return a;
  let { lo, hi } = a;
  if (op === Op.i32LtS || op === Op.i32LtU) hi = Math.min(hi, b.hi - 1);
  else if (op === Op.i32LeS || op === Op.i32LeU) hi = Math.min(hi, b.hi);
  else if (op === Op.i32GtS || op === Op.i32GtU) lo = Math.max(lo, b.lo + 1);
  else if (op === Op.i32GeS || op === Op.i32GeU) lo = Math.max(lo, b.lo);
  else if (op === Op.i32Eq) [lo, hi] = [Math.max(lo, b.lo), Math.min(hi, b.hi)];
  return lo <= hi ? { lo, hi } : a;
}

const OPPOSITES: ReadonlyMap<number, number> = new Map([
  [Op.i32Eq, Op.i32Ne],
  [Op.i32Ne, Op.i32Eq],
  [Op.i32LtS, Op.i32GeS],
  [Op.i32GeS, Op.i32LtS],
  [Op.i32LtU, Op.i32GeU],
  [Op.i32GeU, Op.i32LtU],
  [Op.i32GtS, Op.i32LeS],
  [Op.i32LeS, Op.i32GtS],
  [Op.i32GtU, Op.i32LeU],
  [Op.i32LeU, Op.i32GtU],
]);

/** The comparison of i32 that holds when `op` does not. */
export function oppositeOf(op: number): number | undefined {
  return OPPOSITES.get(op);
}

const SWAPPED: ReadonlyMap<number, number> = new Map([
  [Op.i32Eq, Op.i32Eq],
  [Op.i32Ne, Op.i32Ne],
  [Op.i32LtS, Op.i32GtS],
  [Op.i32GtS, Op.i32LtS],
  [Op.i32LtU, Op.i32GtU],
  [Op.i32GtU, Op.i32LtU],
  [Op.i32LeS, Op.i32GeS],
  [Op.i32GeS, Op.i32LeS],
  [Op.i32LeU, Op.i32GeU],
  [Op.i32GeU, Op.i32LeU],
]);

/** The comparison of i32 that says the same with its operands exchanged. */
export function swappedOf(op: number): number | undefined {
  return SWAPPED.get(op);
}
