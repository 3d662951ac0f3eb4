import { Op } from "../../wasm/opcodes.ts";
import { binary, constant, type Expression, needsOf, sameExpression, sizeOf } from "./tree.ts";

/**
 * An i32 as a sum: `coefficient * term + ... + constant`, all modulo 2^32. Sums of that kind may be regrouped freely, which
 * lets `base + ((row * 6 + column) << 2)` show the part that changes and the part that does not.
 */
export interface Sum {
  readonly terms: readonly Term[];
  readonly constant: number;
}

export interface Term {
  readonly node: Expression;
  readonly coefficient: number;
}

/** What a local stands for, when that is a sum of other locals. */
export type FormOf = (local: number) => Expression | undefined;

const NOTHING: FormOf = () => undefined;
const DEPTH_MAX = 64;

/** Reads an expression as a sum. Locals with a form are replaced by it. */
export function sumOf(expression: Expression, form: FormOf = NOTHING, depth = 0): Sum {
  const { op, value, args } = expression;
  const [a, b] = args;
  const part = (inner: Expression): Sum => sumOf(inner, form, depth + 1);
  if (op === Op.i32Const) return { terms: [], constant: value };
  if (depth < DEPTH_MAX && a !== undefined && b !== undefined) {
    if (op === Op.i32Add) return plus(part(a), part(b), 1);
    if (op === Op.i32Sub) return plus(part(a), part(b), -1);
    if (op === Op.i32Mul && b.op === Op.i32Const) return plus({ terms: [], constant: 0 }, part(a), b.value);
    if (op === Op.i32Mul && a.op === Op.i32Const) return plus({ terms: [], constant: 0 }, part(b), a.value);
    if (op === Op.i32Shl && b.op === Op.i32Const) return plus({ terms: [], constant: 0 }, part(a), 1 << (b.value & 31));
  }
  const meaning = op === Op.localGet && depth < DEPTH_MAX ? form(value) : undefined;
  if (meaning !== undefined) return part(meaning);
  return { terms: [{ node: expression, coefficient: 1 }], constant: 0 };
}

/** a + factor * b */
function plus(a: Sum, b: Sum, factor: number): Sum {
  const terms = [...a.terms];
  for (const { node, coefficient } of b.terms) {
    const added = Math.imul(coefficient, factor);
    const known = terms.findIndex((each) => sameExpression(each.node, node));
    const old = terms[known];
    if (old === undefined) terms.push({ node, coefficient: added });
    else terms[known] = { node, coefficient: (old.coefficient + added) | 0 };
  }
  // A term that cancels may still trap: it is kept, times zero.
  const kept = terms.filter(({ node, coefficient }) => coefficient !== 0 || needsOf(node).mayTrap);
  return { terms: kept, constant: (a.constant + Math.imul(b.constant, factor)) | 0 };
}

/** Writes a sum as an expression, terms in their order, the constant last. */
export function expressionOf({ terms, constant: rest }: Sum, at: number): Expression {
  const [first, ...others] = [...terms].sort((a, b) => Number(a.coefficient < 0) - Number(b.coefficient < 0));
  if (first === undefined) return constant(rest, at);
  let sum = times(first.node, first.coefficient, at);
  for (const { node, coefficient } of others) {
    sum =
      coefficient < 0 && coefficient !== -0x80000000
        ? binary(Op.i32Sub, sum, times(node, -coefficient, at), at)
        : binary(Op.i32Add, sum, times(node, coefficient, at), at);
  }
  return rest === 0 ? sum : binary(Op.i32Add, sum, constant(rest, at), at);
}

function times(node: Expression, coefficient: number, at: number): Expression {
  if (coefficient === 1) return node;
  const bits = 31 - Math.clz32(coefficient);
  if (coefficient >>> 0 === 2 ** bits) return binary(Op.i32Shl, node, constant(bits, at), at);
  return binary(Op.i32Mul, node, constant(coefficient, at), at);
}

export function isSummand(op: number): boolean {
  return op === Op.i32Add || op === Op.i32Sub || op === Op.i32Mul || op === Op.i32Shl;
}

/** The same value in fewer instructions, when regrouping finds a shorter way. */
export function regroup(expression: Expression, form: FormOf): Expression {
  const plain = expressionOf(sumOf(expression), expression.at);
  const shortest = sizeOf(plain) < sizeOf(expression) ? plain : expression;
  const expanded = expressionOf(sumOf(expression, form), expression.at);
  // On a draw the expanded one wins: the local it no longer needs may go.
  return sizeOf(expanded) <= sizeOf(shortest) && !sameExpression(expanded, shortest) ? expanded : shortest;
}
