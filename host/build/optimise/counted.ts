import { Op } from "../../wasm/opcodes.ts";
import { compare } from "./arithmetic.ts";
import type { Facts } from "./facts.ts";
import { simplify } from "./simplify.ts";
import {
  allStatements,
  type Expression,
  isConstant,
  type Label,
  type Loop,
  type Statement,
  targetsOf,
} from "./tree.ts";

/** A loop that counts from a constant by a constant against a constant: `loop { if (i < n) { body; i += step; again } }`. */
export interface Counted {
  readonly label: Label;
  readonly counter: number;
  readonly first: number;
  readonly step: number;
  readonly trips: number;
  readonly test: Expression;
  /** What runs `trips` times, without the step and the jump back. */
  readonly body: readonly Statement[];
  /** The step `i += constant` and the jump, as they stand. */
  readonly tail: readonly Statement[];
  /** The `if` around the body. */
  readonly guard: Extract<Statement, { kind: "if" }>;
}

/** Loops that run longer are not looked at. */
const TRIPS_MAX = 1_000_000;

/** Recognises a counted loop. `before` is what is known where it is entered, `inside` what is known on every turn. */
export function countedOf(loop: Loop, before: Facts, inside: Facts): Counted | undefined {
  const [guard, more] = loop.body;
  if (guard?.kind !== "if" || more !== undefined || guard.no.length > 0) return undefined;
  const [step, jump] = guard.yes.slice(-2);
  if (step?.kind !== "set" || jump?.kind !== "branch" || jump.label !== loop.label || jump.test !== undefined)
    return undefined;
  const counter = step.local;
  const amount = stepOf(step.value, counter);
  const test = simplify(guard.test, inside);
  const [left, limit] = test.args;
  if (amount === undefined || left?.op !== Op.localGet || left.value !== counter || limit?.op !== Op.i32Const)
    return undefined;
  const body = guard.yes.slice(0, -2);
  const targets = targetsOf(body);
  if (targets.has(loop.label) || targets.has(guard.label)) return undefined;
  if ([...allStatements(body)].some((each) => each.kind === "set" && each.local === counter)) return undefined;
  const start = before.valueOf(counter);
  if (start === undefined || !isConstant(start)) return undefined;
  const trips = countTrips(start.value, amount, (value) => compare(test.op, value, limit.value));
  if (trips === undefined) return undefined;
  const tail = [step, jump];
  return { label: loop.label, counter, first: start.value, step: amount, trips, test, body, tail, guard };
}

function stepOf(value: Expression, counter: number): number | undefined {
  const [left, amount] = value.args;
  if (left?.op !== Op.localGet || left.value !== counter || amount?.op !== Op.i32Const) return undefined;
  if (value.op === Op.i32Add) return amount.value;
  return value.op === Op.i32Sub ? -amount.value | 0 : undefined;
}

function countTrips(first: number, step: number, goesOn: (value: number) => boolean | undefined): number | undefined {
  let value = first | 0;
  for (let trips = 0; trips <= TRIPS_MAX; trips += 1) {
    const isMore = goesOn(value);
    if (isMore === undefined) return undefined;
    if (!isMore) return trips;
    value = (value + step) | 0;
  }
  return undefined;
}

/** The counter's value on turn `n`, from 0; on turn `trips` it ends the loop. */
export function valueOn({ first, step }: Counted, n: number): number {
  return (first + Math.imul(step, n)) | 0;
}

/** Values of the counter inside the body; undefined when they do not lie in one row without sign. */
export function rangeInside(counted: Counted): { lo: number; hi: number } | undefined {
  const { first, step, trips } = counted;
  const last = first + step * (trips - 1);
  const end = first + step * trips;
  if (first < 0 || last < 0 || Math.max(first, last, end) > 0x7fffffff) return undefined;
  return { lo: Math.min(first, last), hi: Math.max(first, last) };
}
