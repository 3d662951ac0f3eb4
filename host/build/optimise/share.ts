import { accessWidth, isComparison, isLoad, Op } from "../../wasm/opcodes.ts";
import { TYPE_I32 } from "../../wasm/value-types.ts";
import {
  allStatements,
  type Expression,
  expressionsOf,
  isStore,
  mapStatement,
  needsOf,
  readLocal,
  type Statement,
  sizeOf,
  targetsOf,
} from "./tree.ts";

/**
 * Computes once what is computed again and again: addresses, and loads that no store in between can have changed. The first place
 * keeps the value in a local, later ones read it. A value is shared only where that makes fewer instructions.
 */
export function shareValues(body: readonly Statement[], newLocal: (type: number) => number): readonly Statement[] {
  const counting = new Sharing(undefined);
  counting.run(body);
  const locals = counting.worthwhile().map((isWorth, id) => (isWorth ? newLocal(counting.typeOf(id)) : undefined));
  return new Sharing(locals).run(body);
}

interface Value {
  readonly id: number;
  readonly expression: Expression;
  readonly stretch: Stretch;
}

/** Statements of one list that run one after the other, whatever happens. Only uses in the same stretch are sure to pay. */
type Stretch = { readonly ofList: readonly Statement[] };

/** Values that are at hand, by their text. */
type AtHand = Map<string, Value>;

/** Walks once to count and, given a plan, once more in the same order to write. */
class Sharing {
  readonly #plan: readonly (number | undefined)[] | undefined;
  readonly #found: { readonly expression: Expression; uses: number }[] = [];
  #pending: Statement[] = [];
  #stretch: Stretch = { ofList: [] };

  constructor(plan: readonly (number | undefined)[] | undefined) {
    this.#plan = plan;
  }

  run(body: readonly Statement[]): readonly Statement[] {
    return this.#list(body, new Map());
  }

  /** n times `size` instructions against once, a write and n - 1 reads. */
  worthwhile(): boolean[] {
    return this.#found.map(({ expression, uses }) => (uses - 1) * (sizeOf(expression) - 1) > 1);
  }

  typeOf(id: number): number {
    return this.#found[id]?.expression.type ?? TYPE_I32;
  }

  #list(statements: readonly Statement[], atHand: AtHand): readonly Statement[] {
    const done: Statement[] = [];
    const outer = this.#stretch;
    this.#stretch = { ofList: statements };
    for (const each of statements) {
      if (each.kind === "loop") for (const inner of allStatements(each.body)) forget(atHand, inner);
      const isStep = each.kind === "set" && needsOf(each.value).locals.has(each.local);
      const written = mapStatement(
        each,
        (list) => list,
        (expression) => (isStep && sizeOf(expression) <= 3 ? expression : this.#visit(expression, atHand)),
      );
      done.push(...this.#pending);
      this.#pending = [];
      done.push(
        mapStatement(
          written,
          (list) => this.#list(list, new Map(atHand)),
          (expression) => expression,
        ),
      );
      for (const inner of allStatements([each])) forget(atHand, inner);
      if (mayLeave(each)) this.#stretch = { ofList: statements };
    }
    this.#stretch = outer;
    return done;
  }

  #visit(expression: Expression, atHand: AtHand): Expression {
    if (expression.args.length === 0) return expression;
    const text = isShareable(expression) ? textOf(expression) : undefined;
    const known = text === undefined ? undefined : atHand.get(text);
    if (known !== undefined) {
      if (known.stretch === this.#stretch) (this.#found[known.id] as { uses: number }).uses += 1;
      const local = this.#plan?.[known.id];
      return local === undefined ? expression : readLocal(local, expression.type, expression.at);
    }
    const written = { ...expression, args: expression.args.map((arg) => this.#visit(arg, atHand)) };
    if (text === undefined) return written;
    const id = this.#found.push({ expression, uses: 1 }) - 1;
    atHand.set(text, { id, expression, stretch: this.#stretch });
    const local = this.#plan?.[id];
    if (local === undefined) return written;
    this.#pending.push({ kind: "set", local, value: written, at: expression.at });
    return readLocal(local, expression.type, expression.at);
  }
}

/** True when a statement may go elsewhere than to the next one. A trap goes nowhere. */
function mayLeave(statement: Statement): boolean {
  const all = [...allStatements([statement])];
  const own = new Set(all.flatMap((each) => ("label" in each && each.kind !== "branch" ? [each.label] : [])));
  return (
    all.some((each) => each.kind === "return") || [...targetsOf([statement]).keys()].some((label) => !own.has(label))
  );
}

/** Comparisons stay: a loop's test must look like one for its turns to be counted. */
function isShareable({ op, args }: Expression): boolean {
  return args.length > 0 && !isComparison(op) && !isStore(op) && !isEffect(op);
}

function isEffect(op: number): boolean {
  return op === Op.call || op === Op.memoryGrow || op === Op.drop || op === Op.globalSet || op >= Op.memoryCopy;
}

const texts = new WeakMap<Expression, string>();

function textOf(expression: Expression): string {
  const known = texts.get(expression);
  if (known !== undefined) return known;
  const { op, value, raw, isRaw, args } = expression;
  const text = `${op},${value},${isRaw},${raw === undefined ? "" : raw.join(".")}(${args.map(textOf).join(" ")})`;
  texts.set(expression, text);
  return text;
}

/** Drops what a statement may have changed, its inner statements not looked at. */
function forget(atHand: AtHand, statement: Statement): void {
  const calls = expressionsOf(statement).some((each) => needsOf(each).isCall);
  for (const [text, { expression }] of atHand) {
    const { locals, readsMemory, readsGlobals } = needsOf(expression);
    const isLost =
      (calls && (readsMemory || readsGlobals)) ||
      (statement.kind === "set" && locals.has(statement.local)) ||
      (statement.kind === "effect" && isChanged(expression, statement.action));
    if (isLost) atHand.delete(text);
  }
}

function isChanged(expression: Expression, action: Expression): boolean {
  const { readsMemory, readsGlobals } = needsOf(expression);
  if (action.op === Op.globalSet) return readsGlobals;
  if (action.op === Op.drop || !readsMemory) return false;
  return !isStore(action.op) || loadsFrom(expression).some((load) => !areApart(load, action));
}

function loadsFrom(expression: Expression): Expression[] {
  const inner = expression.args.flatMap(loadsFrom);
  return isLoad(expression.op) ? [expression, ...inner] : inner;
}

/** True when two accesses cannot touch the same byte. */
function areApart(a: Expression, b: Expression): boolean {
  if (a.greatest === undefined || b.greatest === undefined) return false;
  const [startA, startB] = [(a.least ?? 0) + a.value, (b.least ?? 0) + b.value];
  const endA = a.greatest + a.value + accessWidth(a.op);
  return endA <= startB || b.greatest + b.value + accessWidth(b.op) <= startA;
}
