import { Op } from "../../wasm/opcodes.ts";
import { type Expression, expressionsOf, isEnd, type Label, needsOf, type Statement } from "./tree.ts";

/** Locals whose value may still be read. */
export type Live = ReadonlySet<number>;

/** A statement with what is alive around it. */
export interface Lived {
  readonly statement: Statement;
  /** Alive before it runs. */
  readonly before: Live;
  /** Alive once its own expressions are evaluated, wherever it goes from there. */
  readonly inner: Live;
  /** Alive behind it, when it falls through. */
  readonly after: Live;
}

type Found = Omit<Lived, "after">;

/** Called for each list, inner ones first; gives the list as it is to be. */
export type Rewrite = (lived: readonly Lived[]) => readonly Statement[];

/**
 * Walks through a function backwards, removes writes that nobody reads, and lets `rewrite` have each list with what is alive
 * around each statement.
 */
export class Liveness {
  readonly #rewrite: Rewrite;
  readonly #labels = new Map<Label, Live>();

  constructor(rewrite: Rewrite = (lived) => lived.map(({ statement }) => statement)) {
    this.#rewrite = rewrite;
  }

  run(body: readonly Statement[]): readonly Statement[] {
    return this.#list(body, new Set()).statements;
  }

  #list(statements: readonly Statement[], after: Live): { statements: readonly Statement[]; before: Live } {
    const lived: Lived[] = [];
    let live = after;
    for (const each of statements.toReversed()) {
      if (isEnd(each)) lived.length = 0;
      const found = this.#statement(each, live);
      if (found === undefined) continue;
      lived.unshift({ ...found, after: live });
      live = found.before;
    }
    return { statements: this.#rewrite(lived), before: live };
  }

  /** Undefined: nobody would miss it. */
  #statement(statement: Statement, after: Live): Found | undefined {
    switch (statement.kind) {
      case "set": {
        const { local, value, at } = statement;
        if (!after.has(local)) {
          if (!needsOf(value).mayTrap) return undefined;
          const action: Expression = { op: Op.drop, type: 0, value: 0, args: [value], at };
          return lived({ kind: "effect", action, at }, after);
        }
        return lived(statement, without(after, local));
      }
      case "if": {
        this.#labels.set(statement.label, after);
        const then = this.#list(statement.yes, after);
        const otherwise = this.#list(statement.no, after);
        const inner = union(then.before, otherwise.before);
        return lived({ ...statement, yes: then.statements, no: otherwise.statements }, inner);
      }
      case "block": {
        this.#labels.set(statement.label, after);
        const { statements, before } = this.#list(statement.body, after);
        return lived({ ...statement, body: statements }, before);
      }
      case "loop":
        return this.#loop(statement, after);
      case "branch": {
        const there = this.#labels.get(statement.label) ?? new Set();
        return lived(statement, statement.test === undefined ? there : union(there, after));
      }
      case "table": {
        const ways = [...statement.labels, statement.otherwise].map(
          (label) => this.#labels.get(label) ?? new Set<number>(),
        );
        return lived(statement, ways.reduce(union));
      }
      case "return":
      case "unreachable":
        return lived(statement, new Set());
      case "effect":
        return lived(statement, after);
    }
  }

  /** What a loop's first turn needs, its later turns need too: found by going round until nothing is added. */
  #loop(loop: Extract<Statement, { kind: "loop" }>, after: Live): Found {
    let atStart: Live = new Set();
    for (;;) {
      this.#labels.set(loop.label, atStart);
      const { statements, before } = this.#list(loop.body, after);
      const all = union(atStart, before);
      if (all.size === atStart.size) return lived({ ...loop, body: statements }, before);
      atStart = all;
    }
  }
}

function lived(statement: Statement, inner: Live): Found {
  const reads = expressionsOf(statement).flatMap((each) => [...needsOf(each).locals]);
  return { statement, before: reads.length === 0 ? inner : union(inner, new Set(reads)), inner };
}

function union(a: Live, b: Live): Live {
  return new Set([...a, ...b]);
}

function without(live: Live, local: number): Live {
  const rest = new Set(live);
  rest.delete(local);
  return rest;
}

/** Removes writes of locals that nobody reads. */
export function removeDeadWrites(body: readonly Statement[]): readonly Statement[] {
  return new Liveness().run(body);
}
