import { accessWidth, Op } from "../../wasm/opcodes.ts";
import { TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64 } from "../../wasm/value-types.ts";
import { type Counted, countedOf, rangeInside, valueOn } from "./counted.ts";
import { Facts } from "./facts.ts";
import { simplify } from "./simplify.ts";
import {
  allStatements,
  binary,
  constant,
  type Expression,
  isStore,
  type Label,
  type Loop,
  mapExpression,
  mapStatement,
  needsOf,
  readLocal,
  type Statement,
  sizeOfAll,
  targetsOf,
} from "./tree.ts";

/** How much code unrolling may make. `left` counts down over the whole module. */
export interface Budget {
  left: number;
}

/** A loop's turns are written out one by one when they make at most this many instructions. */
const FULL_SIZE_MAX = 200;
/** Else several turns become one, up to this many instructions ... */
const PARTIAL_SIZE_MAX = 160;
/** ... and this many turns. */
const PARTIAL_TURNS_MAX = 8;

export interface PropagationOptions {
  /** Loops whose turns were joined already. */
  readonly joined: WeakSet<Label>;
  /** Left out: loops stay as they are. */
  readonly budget?: Budget | undefined;
  /** Words of memory that never change, by address. */
  readonly words?: ReadonlyMap<number, number> | undefined;
  /** Told of each store: the bytes it can touch, [from, to). */
  readonly onStore?: (hit: { readonly from: number; readonly to: number }) => void;
}

interface Outcome {
  readonly statements: readonly Statement[];
  /** What is known behind them; undefined: nothing comes there. */
  readonly facts: Facts | undefined;
}

/**
 * Walks through a function as it would run and keeps book of what is known of each local: its constant, the local it copies, the
 * sum it was made of, its range. Everything is written anew with that knowledge: constants folded, addresses shortened, tests that
 * are decided removed. Loops that count are unrolled on the way, innermost ones first, one level a walk.
 */
export class Propagation {
  readonly #types: readonly number[];
  readonly #options: PropagationOptions;
  #exits = new Map<Label, Facts[]>();
  /** Loops that still count, by label, as the last walk found them. */
  readonly counted = new Map<Label, Counted>();
  unrolled = 0;

  constructor(types: readonly number[], options: PropagationOptions) {
    this.#types = types;
    this.#options = options;
  }

  /** @param parameters number of locals whose first value is not known; all others start at zero. */
  run(body: readonly Statement[], parameters: number): readonly Statement[] {
    const facts = new Facts(this.#options.words);
    for (const [local, type] of this.#types.entries()) {
      if (local >= parameters) facts.assign(local, zeroOf(type));
    }
    return this.#list(body, facts).statements;
  }

  #list(statements: readonly Statement[], before: Facts): Outcome {
    let facts: Facts | undefined = before;
    const done: Statement[] = [];
    for (const each of statements) {
      if (facts === undefined) break;
      const outcome = this.#statement(each, facts);
      done.push(...outcome.statements);
      facts = outcome.facts;
    }
    return { statements: done, facts };
  }

  #statement(statement: Statement, facts: Facts): Outcome {
    switch (statement.kind) {
      case "set": {
        const value = simplify(statement.value, facts);
        if (value.op === Op.localGet && value.value === statement.local) return { statements: [], facts };
        facts.assign(statement.local, value);
        return { statements: [{ ...statement, value }], facts };
      }
      case "effect": {
        const action = simplify(statement.action, facts);
        this.#report(action, facts);
        const isIdle = action.op === Op.drop && !needsOf(action).mayTrap;
        return { statements: isIdle ? [] : [{ ...statement, action }], facts };
      }
      case "if":
        return this.#if(statement, facts);
      case "block": {
        const inner = this.#list(statement.body, facts);
        return this.#closed({ ...statement, body: inner.statements }, inner);
      }
      case "loop":
        return this.#loop(statement, facts);
      case "branch":
        return this.#branch(statement, facts);
      case "table": {
        for (const label of [...statement.labels, statement.otherwise]) this.#leave(label, facts);
        const index = simplify(statement.index, facts);
        return { statements: [{ ...statement, index }], facts: undefined };
      }
      case "return":
        return {
          statements: [
            mapStatement(
              statement,
              (list) => list,
              (e) => simplify(e, facts),
            ),
          ],
          facts: undefined,
        };
      case "unreachable":
        return { statements: [statement], facts: undefined };
    }
  }

  #report({ op, value, args }: Expression, facts: Facts): void {
    const [first, , last] = args;
    if (first === undefined) return;
    const { lo, hi } = facts.range(first);
    if (isStore(op)) this.#options.onStore?.({ from: lo + value, to: hi + value + accessWidth(op) });
    if (op !== Op.memoryCopy && op !== Op.memoryFill) return;
    this.#options.onStore?.({ from: lo, to: hi + (last === undefined ? 0 : facts.range(last).hi) });
  }

  #leave(label: Label, facts: Facts): void {
    this.#exits.set(label, [...(this.#exits.get(label) ?? []), facts.clone()]);
  }

  /** The end of a block: joins what comes through it with what branches to it, and drops it when nothing does. */
  #closed(block: Extract<Statement, { kind: "block" }>, { statements, facts }: Outcome): Outcome {
    const ways = [...(this.#exits.get(block.label) ?? []), ...(facts === undefined ? [] : [facts])];
    this.#exits.delete(block.label);
    if (!targetsOf(statements).has(block.label)) return { statements, facts };
    const last = statements.at(-1);
    const isIdle = last?.kind === "branch" && last.label === block.label && last.test === undefined;
    const body = isIdle ? statements.slice(0, -1) : statements;
    if (isIdle && !targetsOf(body).has(block.label)) return { statements: body, facts: Facts.common(ways) };
    return { statements: [{ ...block, body }], facts: Facts.common(ways) };
  }

  #branch(statement: Extract<Statement, { kind: "branch" }>, facts: Facts): Outcome {
    const test = statement.test === undefined ? undefined : simplify(statement.test, facts);
    const isNever = test?.op === Op.i32Const && test.value === 0;
    if (isNever) return { statements: [], facts };
    const isAlways = test === undefined || test.op === Op.i32Const;
    const leaving = facts.clone();
    if (test !== undefined) leaving.suppose(test, true);
    this.#leave(statement.label, leaving);
    if (isAlways) return { statements: [{ ...statement, test: undefined }], facts: undefined };
    facts.suppose(test, false);
    return { statements: [{ ...statement, test }], facts };
  }

  #if(statement: Extract<Statement, { kind: "if" }>, facts: Facts): Outcome {
    const test = simplify(statement.test, facts);
    const { label, at } = statement;
    if (test.op === Op.i32Const) {
      const arm = this.#list(test.value !== 0 ? statement.yes : statement.no, facts);
      return this.#closed({ kind: "block", body: arm.statements, label, at }, arm);
    }
    const [yes, no] = [facts.clone(), facts.clone()];
    yes.suppose(test, true);
    no.suppose(test, false);
    const then = this.#list(statement.yes, yes);
    const otherwise = this.#list(statement.no, no);
    const ways = [...(this.#exits.get(label) ?? []), then.facts, otherwise.facts].filter((each) => each !== undefined);
    this.#exits.delete(label);
    const after = Facts.common(ways);
    if (then.statements.length === 0 && otherwise.statements.length === 0) {
      const action: Expression = { op: Op.drop, type: 0, value: 0, args: [test], at };
      return { statements: needsOf(test).mayTrap ? [{ kind: "effect", action, at }] : [], facts: after };
    }
    return { statements: [{ ...statement, test, yes: then.statements, no: otherwise.statements }], facts: after };
  }

  #loop(loop: Loop, facts: Facts): Outcome {
    const inside = facts.clone();
    for (const each of allStatements(loop.body)) if (each.kind === "set") inside.forget(each.local);
    const counted = countedOf(loop, facts, inside);
    if (counted === undefined) {
      this.#exits.delete(loop.label);
      const inner = this.#list(loop.body, inside);
      this.#exits.delete(loop.label);
      if (!targetsOf(inner.statements).has(loop.label)) return inner;
      return { statements: [{ ...loop, body: inner.statements }], facts: inner.facts };
    }
    if (counted.trips === 0) return { statements: [], facts };
    const saved = this.#savedExits();
    const rolled = this.#rolled(loop, counted, inside.clone());
    const { budget } = this.#options;
    if (budget === undefined || !isInnermost(loop)) return rolled;
    const size = sizeOfAll(rolled.statements);
    if (counted.trips * size <= FULL_SIZE_MAX && (counted.trips - 1) * size <= budget.left) {
      this.#exits = saved;
      return this.#unrolled(counted, { size, facts, budget });
    }
    const turns = this.#options.joined.has(loop.label) ? 1 : joinableTurns(counted, size, budget.left);
    if (turns === 1) return rolled;
    this.#exits = saved;
    this.counted.delete(loop.label);
    return this.#joinedTurns(loop, counted, { turns, size, facts, inside, budget });
  }

  #savedExits(): Map<Label, Facts[]> {
    return new Map([...this.#exits].map(([label, ways]) => [label, [...ways]]));
  }

  /** The loop as it is, its body written with what is known on every turn. */
  #rolled(loop: Loop, counted: Counted, inside: Facts): Outcome {
    const { counter, guard, tail, trips, test } = counted;
    const facts = inside.clone();
    const range = rangeInside(counted);
    if (range !== undefined) facts.setRange(counter, range);
    const body = this.#list(counted.body, facts);
    const yes = body.facts === undefined ? body.statements : [...body.statements, ...tail];
    this.#exits.delete(loop.label);
    this.counted.set(loop.label, counted);
    inside.assign(counter, constant(valueOn(counted, trips), loop.at));
    return { statements: [{ ...loop, body: [{ ...guard, test, yes }] }], facts: inside };
  }

  #unrolled(counted: Counted, { size, facts, budget }: { size: number; facts: Facts; budget: Budget }): Outcome {
    const [step] = counted.tail as [Statement];
    const turns = Array.from({ length: counted.trips }, () => [...counted.body, step]);
    const outcome = this.#list(turns.flat(), facts);
    budget.left -= Math.max(0, sizeOfAll(outcome.statements) - size);
    this.unrolled += 1;
    return outcome;
  }

  /** Several turns as one: on turn k of them the counter reads `i + k * step`, and it steps once for all. */
  #joinedTurns(
    loop: Loop,
    counted: Counted,
    rest: { turns: number; size: number; facts: Facts; inside: Facts; budget: Budget },
  ): Outcome {
    const { counter, step, tail, guard, body } = counted;
    const { turns, facts, inside, budget } = rest;
    const [first, jump] = tail as [Extract<Statement, { kind: "set" }>, Statement];
    const shifted = Array.from({ length: turns }, (_, k) => (k === 0 ? body : withCounter(body, counter, k * step)));
    const { at, value } = first;
    const type = value.type;
    const amount = constant(step * turns, at);
    const far: Statement = { ...first, value: binary(Op.i32Add, readLocal(counter, type, at), amount, at) };
    const joined: Loop = { ...loop, body: [{ ...guard, yes: [...shifted.flat(), far, jump] }] };
    const again = countedOf(joined, facts, inside);
    if (again === undefined) return this.#rolled(loop, counted, inside);
    this.#options.joined.add(loop.label);
    const outcome = this.#rolled(joined, again, inside);
    budget.left -= Math.max(0, sizeOfAll(outcome.statements) - rest.size);
    this.unrolled += 1;
    return outcome;
  }
}

/** The constant 0 of each type, and how many bytes it takes where they are kept. */
const ZEROS: ReadonlyMap<number, { readonly op: number; readonly size: number }> = new Map([
  [TYPE_I32, { op: Op.i32Const, size: 0 }],
  [TYPE_I64, { op: Op.i64Const, size: 1 }],
  [TYPE_F32, { op: Op.f32Const, size: 4 }],
  [TYPE_F64, { op: Op.f64Const, size: 8 }],
]);

function zeroOf(type: number): Expression {
  const { op, size } = ZEROS.get(type) ?? { op: Op.i32Const, size: 0 };
  return { op, type, value: 0, ...(size === 0 ? {} : { raw: new Uint8Array(size) }), args: [], at: 0 };
}

function isInnermost(loop: Loop): boolean {
  return ![...allStatements(loop.body)].some((each) => each.kind === "loop");
}

/** How many turns may become one: a divisor of all, and nothing may leave the loop in between. */
function joinableTurns({ trips, step, body, label }: Counted, size: number, left: number): number {
  const inner = new Set<Label>([label]);
  for (const each of allStatements(body)) if ("label" in each && each.kind !== "branch") inner.add(each.label);
  const leaves = [...targetsOf(body).keys()].some((each) => !inner.has(each));
  const returns = [...allStatements(body)].some((each) => each.kind === "return");
  if (leaves || returns || Math.abs(step) > 0xffff) return 1;
  for (let turns = PARTIAL_TURNS_MAX; turns > 1; turns -= 1) {
    if (trips % turns === 0 && turns * size <= PARTIAL_SIZE_MAX && (turns - 1) * size <= left) return turns;
  }
  return 1;
}

function withCounter(body: readonly Statement[], counter: number, shift: number): readonly Statement[] {
  const change = (expression: Expression): Expression =>
    mapExpression(expression, (inner) =>
      inner.op === Op.localGet && inner.value === counter
        ? binary(Op.i32Add, inner, constant(shift, inner.at), inner.at)
        : inner,
    );
  const list = (statements: readonly Statement[]): readonly Statement[] =>
    statements.map((each) => mapStatement(each, list, change));
  return list(body);
}
