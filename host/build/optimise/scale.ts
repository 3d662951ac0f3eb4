import { Op } from "../../wasm/opcodes.ts";
import { TYPE_I32 } from "../../wasm/value-types.ts";
import { type Counted, rangeInside, valueOn } from "./counted.ts";
import { expressionOf, isSummand, sumOf } from "./linear.ts";
import {
  allStatements,
  binary,
  constant,
  type Expression,
  expressionsOf,
  type Label,
  type Loop,
  mapStatement,
  readLocal,
  type Statement,
  targetsOf,
} from "./tree.ts";

/**
 * Lets a loop count in bytes instead of rows: a counter that the body only ever uses times 24 becomes one that steps by 24, and
 * the multiplications go. The scaled counter is a new local; the old one gets its last value behind the loop.
 */
export function scaleCounters(
  body: readonly Statement[],
  counted: ReadonlyMap<Label, Counted>,
  newLocal: (type: number) => number,
): readonly Statement[] {
  const reads = (statements: readonly Statement[], local: number): number => countReads(statements, local);
  const list = (statements: readonly Statement[]): readonly Statement[] =>
    statements.flatMap((each) => {
      const inner = mapStatement(each, list, (expression) => expression);
      const loop = inner.kind === "loop" ? inner : undefined;
      const known = loop === undefined ? undefined : counted.get(loop.label);
      if (loop === undefined || known === undefined) return [inner];
      const isReadElsewhere = reads(body, known.counter) !== reads([each], known.counter);
      if (isReadElsewhere && leavesEarly(loop)) return [inner];
      return scaled(loop, known, newLocal) ?? [inner];
    });
  return list(body);
}

function countReads(statements: readonly Statement[], local: number): number {
  let count = 0;
  const visit = ({ op, value, args }: Expression): void => {
    if (op === Op.localGet && value === local) count += 1;
    args.forEach(visit);
  };
  for (const each of allStatements(statements)) expressionsOf(each).forEach(visit);
  return count;
}

function leavesEarly(loop: Loop): boolean {
  const own = new Set<Label>([loop.label]);
  for (const each of allStatements(loop.body)) {
    if (each.kind === "return") return true;
    if ("label" in each && each.kind !== "branch") own.add(each.label);
  }
  return [...targetsOf(loop.body).keys()].some((each) => !own.has(each));
}

function scaled(loop: Loop, counted: Counted, newLocal: (type: number) => number): readonly Statement[] | undefined {
  const { counter, trips, first, step, test } = counted;
  const [guard] = loop.body;
  if (guard?.kind !== "if") return undefined;
  const body = guard.yes.slice(0, -2);
  const [tail, jump] = guard.yes.slice(-2);
  // A body that always leaves has lost its step.
  if (tail?.kind !== "set" || tail.local !== counter || jump?.kind !== "branch" || jump.label !== loop.label) {
    return undefined;
  }
  const factor = commonFactor(body, counter);
  const limit = test.args[1]?.value ?? 0;
  const most = Math.max(Math.abs(limit), Math.abs(first), Math.abs(first + step * trips)) * factor;
  if (factor < 2 || rangeInside(counted) === undefined || limit < 0 || most > 0x3fffffff) return undefined;
  const other = newLocal(TYPE_I32);
  const { at } = loop;
  const read = readLocal(other, TYPE_I32, at);
  const list = (statements: readonly Statement[]): readonly Statement[] =>
    statements.map((each) => mapStatement(each, list, (expression) => rescaled(expression, counter, factor, read)));
  const next = binary(Op.i32Add, read, constant(step * factor, at), tail.at);
  const yes = [...list(body), { ...tail, local: other, value: next }, jump];
  const newTest = { ...test, args: [read, constant(limit * factor, at)] };
  return [
    { kind: "set", local: other, value: constant(first * factor, at), at },
    { ...loop, body: [{ ...guard, test: newTest, yes }] },
    { kind: "set", local: counter, value: constant(valueOn(counted, trips), at), at },
  ];
}

/** The greatest factor that every use of a local in the statements has; 1 when it is used as it is, 0 when it is not used. */
function commonFactor(statements: readonly Statement[], local: number): number {
  let factor = 0;
  const visit = (expression: Expression): void => {
    if (expression.op !== Op.localGet && !isSummand(expression.op)) {
      expression.args.forEach(visit);
      return;
    }
    const { terms } = sumOf(expression);
    for (const { node, coefficient } of terms) {
      if (node.op === Op.localGet) {
        if (node.value === local) factor = greatestCommonDivisor(factor, Math.abs(coefficient));
      } else node.args.forEach(visit);
    }
  };
  for (const each of allStatements(statements)) expressionsOf(each).forEach(visit);
  return factor;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function rescaled(expression: Expression, local: number, factor: number, read: Expression): Expression {
  const inside = (inner: Expression): Expression => rescaled(inner, local, factor, read);
  if (expression.op !== Op.localGet && !isSummand(expression.op)) {
    return expression.args.length === 0 ? expression : { ...expression, args: expression.args.map(inside) };
  }
  const sum = sumOf(expression);
  if (sum.terms.length === 1 && sum.terms[0]?.node === expression && expression.op !== Op.localGet) {
    return { ...expression, args: expression.args.map(inside) };
  }
  const terms = sum.terms.map(({ node, coefficient }) => {
    if (node.op !== Op.localGet) return { node: { ...node, args: node.args.map(inside) }, coefficient };
    return node.value === local ? { node: read, coefficient: coefficient / factor } : { node, coefficient };
  });
  return expressionOf({ terms, constant: sum.constant }, expression.at);
}
