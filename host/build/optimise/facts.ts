import { Op } from "../../wasm/opcodes.ts";
import { TYPE_I32 } from "../../wasm/value-types.ts";
import { isSummand } from "./linear.ts";
import { ANY, narrow, oppositeOf, type Range, rangeOf, swappedOf } from "./range.ts";
import { constant, type Expression, isConstant, needsOf, sameExpression, sizeOf } from "./tree.ts";

/** What is known of a local at one place. */
interface Fact {
  /** A constant, or another local that holds the same. */
  readonly value: Expression | undefined;
  /** The sum of other locals it was computed from. */
  readonly form: Expression | undefined;
  readonly range: Range;
}

/** Longer sums are not remembered: computing them twice would not pay. */
const FORM_SIZE_MAX = 12;

/** What is known of all locals at one place. Facts speak of locals only, so stores and calls leave them true. */
export class Facts {
  readonly #known: Map<number, Fact>;
  /** Words of memory that never change, by address. */
  readonly words: ReadonlyMap<number, number>;

  constructor(words: ReadonlyMap<number, number> = new Map(), known: ReadonlyMap<number, Fact> = new Map()) {
    this.words = words;
    this.#known = new Map(known);
  }

  clone(): Facts {
    return new Facts(this.words, this.#known);
  }

  valueOf(local: number): Expression | undefined {
    return this.#known.get(local)?.value;
  }

  formOf = (local: number): Expression | undefined => this.#known.get(local)?.form;

  rangeOf = (local: number): Range | undefined => this.#known.get(local)?.range;

  range(expression: Expression): Range {
    return rangeOf(expression, this.rangeOf);
  }

  /** The local's value is lost, and with it what was said in its terms. */
  forget(local: number): void {
    this.#known.delete(local);
    for (const [other, fact] of this.#known) {
      const isStale = (each: Expression | undefined): boolean => each !== undefined && needsOf(each).locals.has(local);
      if (!isStale(fact.value) && !isStale(fact.form)) continue;
      this.#known.set(other, {
        value: isStale(fact.value) ? undefined : fact.value,
        form: isStale(fact.form) ? undefined : fact.form,
        range: fact.range,
      });
    }
  }

  assign(local: number, value: Expression): void {
    const range = value.type === TYPE_I32 ? this.range(value) : ANY;
    this.forget(local);
    const isSimple = isConstant(value) || value.op === Op.localGet;
    const readsItself = needsOf(value).locals.has(local);
    this.#known.set(local, {
      value: isSimple && !readsItself ? value : undefined,
      form: isForm(value) && !readsItself ? value : undefined,
      range,
    });
  }

  setRange(local: number, range: Range): void {
    const old = this.#known.get(local);
    this.#known.set(local, { value: old?.value, form: old?.form, range });
  }

  /** Adds what follows from a test that came out true, or false. */
  suppose(test: Expression, isTrue: boolean): void {
    const { op, args } = test;
    const [a, b] = args;
    if (op === Op.i32Eqz && a !== undefined) {
      if (a.op === Op.localGet && isTrue) this.#learn(a, Op.i32Eq, { lo: 0, hi: 0 });
      else this.suppose(a, !isTrue);
      return;
    }
    if (op === Op.localGet && !isTrue) this.#learn(test, Op.i32Eq, { lo: 0, hi: 0 });
    const holds = isTrue ? op : oppositeOf(op);
    if (a === undefined || b === undefined || holds === undefined || swappedOf(holds) === undefined) return;
    const [rangeA, rangeB] = [this.range(a), this.range(b)];
    if (a.op === Op.localGet) this.#learn(a, holds, rangeB);
    if (b.op === Op.localGet) this.#learn(b, swappedOf(holds) ?? holds, rangeA);
  }

  #learn({ value: local, at }: Expression, op: number, other: Range): void {
    const old = this.#known.get(local);
    const range = narrow(op, old?.range ?? ANY, other);
    const exact = range.lo === range.hi ? constant(range.lo, at) : undefined;
    this.#known.set(local, { value: old?.value ?? exact, form: old?.form, range });
  }

  /** What is true on each of several ways to the same place. */
  static common(ways: readonly Facts[]): Facts | undefined {
    const [first, ...others] = ways;
    if (first === undefined || others.length === 0) return first;
    const known = new Map<number, Fact>();
    for (const [local, fact] of first.#known) {
      const rest = others.map((each) => each.#known.get(local));
      const isSame = (pick: (fact: Fact) => Expression | undefined): boolean => {
        const mine = pick(fact);
        return mine !== undefined && rest.every((other) => isEqual(mine, other && pick(other)));
      };
      const lo = Math.min(fact.range.lo, ...rest.map((other) => other?.range.lo ?? ANY.lo));
      const hi = Math.max(fact.range.hi, ...rest.map((other) => other?.range.hi ?? ANY.hi));
      known.set(local, {
        value: isSame((each) => each.value) ? fact.value : undefined,
        form: isSame((each) => each.form) ? fact.form : undefined,
        range: { lo, hi },
      });
    }
    return new Facts(first.words, known);
  }
}

function isEqual(a: Expression, b: Expression | undefined): boolean {
  return b !== undefined && sameExpression(a, b);
}

/** Sums of locals and constants alone. */
function isForm(expression: Expression): boolean {
  return isSummand(expression.op) && sizeOf(expression) <= FORM_SIZE_MAX && isSumOnly(expression);
}

function isSumOnly({ op, args }: Expression): boolean {
  if (op === Op.i32Const || op === Op.localGet) return true;
  return isSummand(op) && args.every(isSumOnly);
}
