import { Op } from "../../wasm/opcodes.ts";
import { type Live, Liveness } from "./liveness.ts";
import { allStatements, type Expression, type Label, mapExpression, mapStatement, type Statement } from "./tree.ts";

/**
 * Compilers use one local for values that have nothing to do with each other. Here each such value gets a local of its own: every
 * write makes a new one, and those that can reach the same read are joined again. What is known of one value then no longer ends
 * where the next is written.
 */
export function separateLocals(
  body: readonly Statement[],
  locals: readonly number[],
): { body: readonly Statement[]; locals: number[] } {
  return new Webs(locals).run(body);
}

/** Which value each old local holds: the number of the write that made it. */
type Holding = Map<number, number>;

class Webs {
  readonly #types: number[];
  readonly #parents: number[];
  readonly #count: number;
  readonly #alive = new WeakMap<Statement, { readonly before: Live; readonly after: Live }>();
  readonly #exits = new Map<Label, Holding[]>();

  constructor(locals: readonly number[]) {
    this.#count = locals.length;
    this.#types = [...locals];
    this.#parents = locals.map((_, i) => i);
  }

  run(body: readonly Statement[]): { body: readonly Statement[]; locals: number[] } {
    const marked = new Liveness((lived) =>
      lived.map(({ statement, before, after }) => {
        this.#alive.set(statement, { before, after });
        return statement;
      }),
    ).run(body);
    const start: Holding = new Map(Array.from({ length: this.#count }, (_, local) => [local, local]));
    const written = this.#list(marked, start).statements;
    const rename = (expression: Expression): Expression =>
      mapExpression(expression, (inner) =>
        inner.op === Op.localGet ? { ...inner, value: this.#root(inner.value) } : inner,
      );
    const list = (statements: readonly Statement[]): readonly Statement[] =>
      statements.map((each) => {
        const inner = mapStatement(each, list, rename);
        return inner.kind === "set" ? { ...inner, local: this.#root(inner.local) } : inner;
      });
    return { body: list(written), locals: this.#types };
  }

  /** The least number stands for a web, so parameters and first values keep their own. */
  #root(value: number): number {
    let root = value;
    while (this.#parents[root] !== root) root = this.#parents[root] as number;
    return root;
  }

  #join(a: number, b: number): void {
    const [low, high] = [this.#root(a), this.#root(b)].sort((x, y) => x - y) as [number, number];
    this.#parents[high] = low;
  }

  #new(local: number): number {
    this.#types.push(this.#types[local] as number);
    return this.#parents.push(this.#parents.length) - 1;
  }

  #list(statements: readonly Statement[], before: Holding): { statements: Statement[]; holding: Holding | undefined } {
    let holding: Holding | undefined = before;
    const done: Statement[] = [];
    for (const each of statements) {
      if (holding === undefined) break;
      const current: Holding = holding;
      const read = (expression: Expression): Expression =>
        mapExpression(expression, (inner) =>
          inner.op === Op.localGet ? { ...inner, value: current.get(inner.value) ?? inner.value } : inner,
        );
      const outcome = this.#statement(
        mapStatement(each, (list) => list, read),
        each,
        current,
      );
      done.push(outcome.statement);
      holding = outcome.holding;
    }
    return { statements: done, holding };
  }

  #statement(
    statement: Statement,
    old: Statement,
    holding: Holding,
  ): { statement: Statement; holding: Holding | undefined } {
    const { before, after } = this.#alive.get(old) ?? { before: new Set(), after: new Set() };
    switch (statement.kind) {
      case "set": {
        const value = this.#new(statement.local);
        holding.set(statement.local, value);
        return { statement: { ...statement, local: value }, holding };
      }
      case "if": {
        const yes = this.#list(statement.yes, new Map(holding));
        const no = this.#list(statement.no, holding);
        const joined = this.#joined(statement.label, [yes.holding, no.holding], after);
        return { statement: { ...statement, yes: yes.statements, no: no.statements }, holding: joined };
      }
      case "block": {
        const inner = this.#list(statement.body, holding);
        const joined = this.#joined(statement.label, [inner.holding], after);
        return { statement: { ...statement, body: inner.statements }, holding: joined };
      }
      case "loop": {
        const writes = new Set(
          [...allStatements(statement.body)].flatMap((each) => (each.kind === "set" ? each.local : [])),
        );
        const entry: Holding = new Map();
        for (const [local, value] of holding) {
          if (!writes.has(local)) entry.set(local, value);
          else if (before.has(local)) entry.set(local, this.#new(local));
        }
        const inner = this.#list(statement.body, new Map(entry));
        for (const way of [holding, ...(this.#exits.get(statement.label) ?? [])]) {
          for (const local of before)
            if (writes.has(local)) this.#join(entry.get(local) as number, way.get(local) as number);
        }
        this.#exits.delete(statement.label);
        return { statement: { ...statement, body: inner.statements }, holding: inner.holding };
      }
      case "branch":
        this.#leave(statement.label, holding);
        return { statement, holding: statement.test === undefined ? undefined : holding };
      case "table":
        for (const label of [...statement.labels, statement.otherwise]) this.#leave(label, holding);
        return { statement, holding: undefined };
      case "effect":
        return { statement, holding };
      case "return":
      case "unreachable":
        return { statement, holding: undefined };
    }
  }

  #leave(label: Label, holding: Holding): void {
    this.#exits.set(label, [...(this.#exits.get(label) ?? []), new Map(holding)]);
  }

  /** Where ways meet, the values of a local that is still read become one. */
  #joined(label: Label, falling: readonly (Holding | undefined)[], after: Live): Holding | undefined {
    const ways = [...falling, ...(this.#exits.get(label) ?? [])].filter((each) => each !== undefined);
    this.#exits.delete(label);
    const [first, ...others] = ways;
    if (first === undefined) return undefined;
    const joined: Holding = new Map();
    for (const [local, value] of first) {
      const rest = others.map((each) => each.get(local));
      if (after.has(local)) for (const other of rest) this.#join(value, other as number);
      if (after.has(local) || rest.every((other) => other === value)) joined.set(local, value);
    }
    return joined;
  }
}
