import { emit, type Instruction } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import { BLOCK_EMPTY } from "../../wasm/value-types.ts";
import { type Expression, isEnd, type Label, type Statement } from "./tree.ts";

/** Writes a function's tree as instructions, its last `end` included. */
export function lower(body: readonly Statement[]): Instruction[] {
  const lowerer = new Lowerer();
  const last = body.at(-1);
  if (last?.kind === "return") {
    lowerer.list(body.slice(0, -1));
    if (last.value !== undefined) lowerer.expression(last.value);
  } else {
    lowerer.list(body);
    // Behind code that never comes to its end any type is right; the validator wants to see that it does not.
    if (last !== undefined && !isEnd(last)) lowerer.code.push(emit(last.at, Op.unreachable));
  }
  lowerer.code.push(emit(last?.at ?? 0, Op.end));
  return lowerer.code;
}

class Lowerer {
  readonly code: Instruction[] = [];
  readonly #labels: (Label | undefined)[] = [];

  list(statements: readonly Statement[]): void {
    for (const each of statements) this.#statement(each);
  }

  expression(expression: Expression): void {
    const { op, value, args, at, align, raw, isRaw, greatest, arms, type } = expression;
    for (const arg of args) this.expression(arg);
    if (arms !== undefined) {
      this.code.push(emit(at, Op.if, type));
      this.#labels.push(undefined);
      for (const [i, arm] of arms.entries()) {
        if (i > 0) this.code.push(emit(at, Op.else));
        this.list(arm.body);
        this.expression(arm.value);
      }
      this.#labels.pop();
      this.code.push(emit(at, Op.end));
      return;
    }
    this.code.push({
      op,
      value,
      ...(align === undefined ? {} : { align }),
      ...(raw === undefined ? {} : { raw }),
      ...(isRaw === undefined ? {} : { isRaw }),
      ...(greatest === undefined ? {} : { greatest }),
      at,
    });
  }

  #depth(label: Label): number {
    const index = this.#labels.lastIndexOf(label);
    if (index < 0) throw new Error("a branch leaves a block that is not around it");
    return this.#labels.length - 1 - index;
  }

  #statement(statement: Statement): void {
    const { at } = statement;
    switch (statement.kind) {
      case "set":
        this.expression(statement.value);
        this.code.push(emit(at, Op.localSet, statement.local));
        return;
      case "effect":
        this.expression(statement.action);
        return;
      case "if":
        this.#if(statement);
        return;
      case "block":
      case "loop":
        this.code.push(emit(at, statement.kind === "loop" ? Op.loop : Op.block, BLOCK_EMPTY));
        this.#inside(statement.label, statement.body);
        this.code.push(emit(at, Op.end));
        return;
      case "branch":
        if (statement.test !== undefined) this.expression(statement.test);
        this.code.push(emit(at, statement.test === undefined ? Op.br : Op.brIf, this.#depth(statement.label)));
        return;
      case "table": {
        this.expression(statement.index);
        const targets = statement.labels.map((label) => this.#depth(label));
        this.code.push({ op: Op.brTable, value: this.#depth(statement.otherwise), targets, at });
        return;
      }
      case "return":
        if (statement.value !== undefined) this.expression(statement.value);
        this.code.push(emit(at, Op.return));
        return;
      case "unreachable":
        this.code.push(emit(at, Op.unreachable));
    }
  }

  #if(statement: Extract<Statement, { kind: "if" }>): void {
    const { at, label, test } = statement;
    this.expression(test);
    this.code.push(emit(at, Op.if, BLOCK_EMPTY));
    this.#inside(label, statement.yes);
    if (statement.no.length > 0) {
      this.code.push(emit(at, Op.else));
      this.#inside(label, statement.no);
    }
    this.code.push(emit(at, Op.end));
  }

  #inside(label: Label, statements: readonly Statement[]): void {
    this.#labels.push(label);
    this.list(statements);
    this.#labels.pop();
  }
}
