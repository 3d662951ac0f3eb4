import { accessWidth, Op } from "../../wasm/opcodes.ts";
import { TYPE_F32, TYPE_I32 } from "../../wasm/value-types.ts";
import { compute } from "./arithmetic.ts";
import type { Facts } from "./facts.ts";
import { expressionOf, type FormOf, isSummand, regroup, type Sum, sumOf } from "./linear.ts";
import { ANY, compareRanges, rangeOf, swappedOf } from "./range.ts";
import { constant, type Expression, mapExpression, needsOf, sizeOf } from "./tree.ts";

/** The same value in fewer instructions, with what is known of the locals. Floats are converted from constants, never computed with. */
export function simplify(expression: Expression, facts: Facts): Expression {
  return mapExpression(expression, (inner) => simplifyOne(inner, facts));
}

function simplifyOne(expression: Expression, facts: Facts): Expression {
  const { op, value, args, at } = expression;
  if (op === Op.localGet) return facts.valueOf(value) ?? expression;
  if (accessWidth(op) > 0) {
    const access = withShortAddress(expression, facts);
    const fixed = op === Op.i32Load ? wordAt(access, facts) : undefined;
    return fixed === undefined ? access : constant(fixed, at);
  }
  const [a, b] = args;
  if (a === undefined) return expression;
  if (op === Op.select) return chosen(expression);
  if (a.op === Op.i32Const && b === undefined) return converted(expression, a.value);
  if (b === undefined || expression.type !== TYPE_I32) return expression;
  if (a.op === Op.i32Const && b.op === Op.i32Const) {
    const result = compute(op, a.value, b.value);
    if (result !== undefined) return constant(result, at);
  }
  if (a.type === TYPE_I32 && !needsOf(expression).mayTrap) {
    const decided = compareRanges(op, facts.range(a), facts.range(b));
    if (decided !== undefined) return constant(Number(decided), at);
  }
  if (isSummand(op)) return regroup(expression, facts.formOf);
  const swapped = a.op === Op.i32Const ? swappedOf(op) : undefined;
  if (swapped !== undefined) return { ...expression, op: swapped, args: [b, a] };
  return withoutIdentity(expression, a, b, facts);
}

/** Instructions of one operand on a constant: a test for zero, and conversions, which round as the engine does. */
function converted(expression: Expression, value: number): Expression {
  const { op, type, at } = expression;
  if (op === Op.i32Eqz) return constant(Number(value === 0), at);
  const isSigned = op === Op.f32ConvertI32S || op === Op.f64ConvertI32S;
  if (!isSigned && op !== Op.f32ConvertI32U && op !== Op.f64ConvertI32U) return expression;
  const isSingle = type === TYPE_F32;
  const raw = new DataView(new ArrayBuffer(isSingle ? 4 : 8));
  const number = isSigned ? value : value >>> 0;
  if (isSingle) raw.setFloat32(0, number, true);
  else raw.setFloat64(0, number, true);
  const bytes = new Uint8Array(raw.buffer);
  return { op: isSingle ? Op.f32Const : Op.f64Const, type, value: 0, raw: bytes, args: [], at };
}

/** `x & mask` and shifts that change nothing. */
function withoutIdentity(expression: Expression, a: Expression, b: Expression, facts: Facts): Expression {
  const { op } = expression;
  if (b.op !== Op.i32Const) return expression;
  const isZero = b.value === 0;
  if (isZero && (op === Op.i32Or || op === Op.i32Xor || op === Op.i32ShrS || op === Op.i32ShrU)) return a;
  if (op === Op.i32And && isOnes(b.value >>> 0) && facts.range(a).hi <= b.value >>> 0) return a;
  return expression;
}

/** What a load of a word that never changes gives. */
function wordAt({ args, value }: Expression, facts: Facts): number | undefined {
  const [address] = args;
  return address?.op === Op.i32Const ? facts.words.get((address.value >>> 0) + value) : undefined;
}

function isOnes(value: number): boolean {
  return value !== 0 && Number.isInteger(Math.log2(value + 1));
}

function chosen(expression: Expression): Expression {
  const [yes, no, test] = expression.args as [Expression, Expression, Expression];
  if (test.op !== Op.i32Const) return expression;
  const [kept, lost] = test.value !== 0 ? [yes, no] : [no, yes];
  return needsOf(lost).mayTrap ? expression : kept;
}

/**
 * Moves the constant part of an address into the access's offset. The engine adds the offset without wrapping, the program's own
 * addition wraps; so the part may move only when the sum is known not to wrap.
 */
function withShortAddress(access: Expression, facts: Facts): Expression {
  const [address, ...rest] = access.args as [Expression, ...Expression[]];
  let best: Expression = { ...access, ...reach(address, facts) };
  if (address.op === Op.i32Const) return atConstant(access, address);
  const forms: readonly FormOf[] = [() => undefined, facts.formOf];
  for (const form of forms) {
    const sum = sumOf(address, form);
    const short = shortened(access, sum, facts) ?? { address: expressionOf(sum, address.at), offset: access.value };
    const isBetter = sizeOf(short.address) < sizeOf(best.args[0] as Expression);
    const isDraw = form === facts.formOf && sizeOf(short.address) === sizeOf(best.args[0] as Expression);
    if (!isBetter && !isDraw) continue;
    best = { ...access, args: [short.address, ...rest], value: short.offset, ...reach(short.address, facts) };
  }
  return best;
}

function reach(address: Expression, facts: Facts): { least: number; greatest: number } {
  const { lo, hi } = facts.range(address);
  return { least: lo, greatest: hi };
}

/** All of a constant address in the constant, so that equal places look equal. */
function atConstant(access: Expression, address: Expression): Expression {
  const place = (address.value >>> 0) + access.value;
  if (place >= 2 ** 32) return access;
  const args = [constant(place, address.at), ...access.args.slice(1)];
  return { ...access, args, value: 0, least: place, greatest: place };
}

function shortened(
  access: Expression,
  { terms, constant: rest }: Sum,
  facts: Facts,
): { address: Expression; offset: number } | undefined {
  if (rest === 0 || terms.length === 0) return undefined;
  const address = expressionOf({ terms, constant: 0 }, access.at);
  const range = rangeOf(address, facts.rangeOf);
  const offset = access.value + rest;
  const isWrapping = range === ANY || range.lo + rest < 0 || range.hi + rest >= 2 ** 32;
  return isWrapping || offset < 0 ? undefined : { address, offset };
}
