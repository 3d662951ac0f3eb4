import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Op } from "../../wasm/opcodes.ts";
import { TYPE_I32 } from "../../wasm/value-types.ts";
import { compute } from "./arithmetic.ts";
import { expressionOf, regroup, sumOf } from "./linear.ts";
import { compareRanges, narrow, oppositeOf, type Range, rangeOf, swappedOf } from "./range.ts";
import { binary, constant, type Expression, readLocal, sizeOf } from "./tree.ts";

/** Random i32 expressions over two locals, with what they give worked out on the side. */
const OPERATORS = [
  Op.i32Add,
  Op.i32Add,
  Op.i32Sub,
  Op.i32Mul,
  Op.i32Shl,
  Op.i32And,
  Op.i32Or,
  Op.i32Xor,
  Op.i32ShrU,
  Op.i32ShrS,
  Op.i32LtU,
  Op.i32GeS,
];
const COMPARISONS = [
  Op.i32Eq,
  Op.i32Ne,
  Op.i32LtS,
  Op.i32LtU,
  Op.i32GtS,
  Op.i32GtU,
  Op.i32LeS,
  Op.i32LeU,
  Op.i32GeS,
  Op.i32GeU,
];

const number = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.constantFrom(-1, -8, 0x7fffffff, -0x80000000, 65_535),
  fc.integer(),
);

const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    number.map((value) => constant(value, 0)),
    fc.constantFrom(0, 1).map((local) => readLocal(local, TYPE_I32, 0)),
    fc
      .tuple(fc.constantFrom(...OPERATORS), tie("expression"), tie("expression"))
      .map(([op, a, b]) => binary(op, a, b, 0)),
  ),
}));

function evaluate({ op, value, args }: Expression, locals: readonly number[]): number {
  if (op === Op.i32Const) return value;
  if (op === Op.localGet) return locals[value] as number;
  const [a, b] = args.map((arg) => evaluate(arg, locals)) as [number, number];
  return compute(op, a, b) as number;
}

/** A range and a value in it. */
const ranged = fc.tuple(number, number, fc.double({ min: 0, max: 1, noNaN: true })).map(([a, b, share]) => {
  const [lo, hi] = [a >>> 0, b >>> 0].sort((x, y) => x - y) as [number, number];
  return { range: { lo, hi }, value: (lo + Math.floor((hi - lo) * share)) | 0 };
});

const isIn = ({ lo, hi }: Range, value: number): boolean => value >>> 0 >= lo && value >>> 0 <= hi;

describe("the range of an expression", () => {
  it("holds its value, whatever its locals hold within theirs", () => {
    fc.assert(
      fc.property(expression, ranged, ranged, (tree, a, b) => {
        const range = rangeOf(tree, (local) => [a, b][local]?.range);
        expect(isIn(range, evaluate(tree, [a.value, b.value]))).toBe(true);
      }),
      { seed: 1, numRuns: 5000 },
    );
  });

  it("decides a comparison only when all its values agree", () => {
    fc.assert(
      fc.property(fc.constantFrom(...COMPARISONS), ranged, ranged, (op, a, b) => {
        const decided = compareRanges(op, a.range, b.range);
        if (decided !== undefined) expect(Number(decided)).toBe(compute(op, a.value, b.value));
      }),
      { seed: 2, numRuns: 5000 },
    );
  });

  it("keeps a value for which the comparison holds when it is narrowed", () => {
    fc.assert(
      fc.property(fc.constantFrom(...COMPARISONS), ranged, ranged, (op, a, b) => {
        const holds = compute(op, a.value, b.value) === 1 ? op : (oppositeOf(op) as number);
        expect(isIn(narrow(holds, a.range, b.range), a.value)).toBe(true);
        expect(isIn(narrow(swappedOf(holds) as number, b.range, a.range), b.value)).toBe(true);
      }),
      { seed: 3, numRuns: 5000 },
    );
  });
});

describe("a sum", () => {
  it("is the expression it was read from, modulo 2^32", () => {
    fc.assert(
      fc.property(expression, number, number, (tree, a, b) => {
        expect(evaluate(expressionOf(sumOf(tree), 0), [a, b])).toBe(evaluate(tree, [a, b]));
      }),
      { seed: 4, numRuns: 5000 },
    );
  });

  it("regrouped, with what a local stands for put in, is the same and never longer", () => {
    fc.assert(
      fc.property(expression, expression, number, (tree, meaning, a) => {
        const isPlain = !usesLocal(meaning, 1);
        const form = (local: number): Expression | undefined => (local === 1 && isPlain ? meaning : undefined);
        const b = isPlain ? evaluate(meaning, [a, 0]) : 5;
        const short = regroup(tree, form);
        expect(evaluate(short, [a, b])).toBe(evaluate(tree, [a, b]));
        expect(sizeOf(short)).toBeLessThanOrEqual(sizeOf(tree));
      }),
      { seed: 5, numRuns: 5000 },
    );
  });
});

function usesLocal({ op, value, args }: Expression, local: number): boolean {
  return (op === Op.localGet && value === local) || args.some((arg) => usesLocal(arg, local));
}
