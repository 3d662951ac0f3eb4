import { accessWidth, isLoad, Op, opcodeOf } from "../../wasm/opcodes.ts";
import { TYPE_I32 } from "../../wasm/value-types.ts";

/**
 * A function as a tree. Statements change something, expressions do not: whatever writes a local, a global or memory, calls or
 * branches is a statement of its own. So an expression may be evaluated later than written as long as no statement in between
 * changes what it reads, and passes need not look for writes hidden inside operands. Nodes never change; passes make new ones
 * and share what stays, so a loop's body can be repeated without copying it.
 */
export interface Expression {
  readonly op: number;
  /** Type of the result. */
  readonly type: number;
  /** As in Instruction: index, i32 constant or memory offset. */
  readonly value: number;
  readonly align?: number;
  readonly raw?: Uint8Array;
  /** As in Instruction: decided by the code as the compiler wrote it, so that moving operands changes no NaN's bits. */
  readonly isRaw?: boolean;
  readonly args: readonly Expression[];
  readonly at: number;
  /** The least and the greatest value a memory access's address can have before its offset is added, where they are known. */
  readonly least?: number;
  readonly greatest?: number;
  /** Arms of an `if` with a result; made last, after all passes that reason about expressions. */
  readonly arms?: readonly [Arm, Arm];
}

export interface Arm {
  readonly body: readonly Statement[];
  readonly value: Expression;
}

/** What a branch names. Two labels are the same when they are the same object. */
export interface Label {
  readonly isLoop: boolean;
}

export type Statement =
  | { readonly kind: "set"; readonly local: number; readonly value: Expression; readonly at: number }
  /** An instruction without result: a store, global.set, drop, bulk operation or call. */
  | { readonly kind: "effect"; readonly action: Expression; readonly at: number }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly yes: readonly Statement[];
      readonly no: readonly Statement[];
      readonly label: Label;
      readonly at: number;
    }
  | { readonly kind: "block"; readonly body: readonly Statement[]; readonly label: Label; readonly at: number }
  | { readonly kind: "loop"; readonly body: readonly Statement[]; readonly label: Label; readonly at: number }
  | { readonly kind: "branch"; readonly label: Label; readonly test: Expression | undefined; readonly at: number }
  | {
      readonly kind: "table";
      readonly labels: readonly Label[];
      readonly otherwise: Label;
      readonly index: Expression;
      readonly at: number;
    }
  | { readonly kind: "return"; readonly value: Expression | undefined; readonly at: number }
  | { readonly kind: "unreachable"; readonly at: number };

export type Loop = Extract<Statement, { kind: "loop" }>;

export function constant(value: number, at: number): Expression {
  return { op: Op.i32Const, type: TYPE_I32, value: value | 0, args: [], at };
}

export function readLocal(local: number, type: number, at: number): Expression {
  return { op: Op.localGet, type, value: local, args: [], at };
}

export function binary(op: number, a: Expression, b: Expression, at: number): Expression {
  return { op, type: TYPE_I32, value: 0, args: [a, b], at };
}

export function isConstant({ op }: Expression): boolean {
  return op >= Op.i32Const && op <= Op.f64Const;
}

/** Equal without a look at where they come from. */
export function sameExpression(a: Expression, b: Expression): boolean {
  if (a === b) return true;
  if (a.op !== b.op || a.value !== b.value || a.args.length !== b.args.length || a.arms !== b.arms) return false;
  if (a.isRaw !== b.isRaw) return false;
  if (a.raw !== b.raw && !sameBytes(a.raw, b.raw)) return false;
  return a.args.every((arg, i) => sameExpression(arg, b.args[i] as Expression));
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** What an expression depends on and may do. */
export interface Needs {
  readonly locals: ReadonlySet<number>;
  readonly readsMemory: boolean;
  readonly readsGlobals: boolean;
  readonly mayTrap: boolean;
  /** A call or memory.grow: may do anything but touch locals. */
  readonly isCall: boolean;
}

const NAMES_THAT_TRAP = /^i(?:32|64)\.(?:div|rem|trunc_f)/;

export function isCall(op: number): boolean {
  return op === Op.call || op === Op.memoryGrow;
}

export function mayTrapItself(op: number): boolean {
  return isLoad(op) || isCall(op) || NAMES_THAT_TRAP.test(opcodeOf(op)?.name ?? "");
}

const known = new WeakMap<Expression, Needs>();

export function needsOf(expression: Expression): Needs {
  const cached = known.get(expression);
  if (cached !== undefined) return cached;
  const { op, value, args } = expression;
  const parts = args.map(needsOf);
  const locals = new Set(parts.flatMap((each) => [...each.locals]));
  if (op === Op.localGet) locals.add(value);
  const needs = {
    locals,
    readsMemory: isLoad(op) || isCall(op) || op === Op.memorySize || parts.some((each) => each.readsMemory),
    readsGlobals: op === Op.globalGet || isCall(op) || parts.some((each) => each.readsGlobals),
    mayTrap: mayTrapItself(op) || parts.some((each) => each.mayTrap),
    isCall: isCall(op) || parts.some((each) => each.isCall),
  };
  known.set(expression, needs);
  return needs;
}

/** Instructions of an expression. */
export function sizeOf(expression: Expression): number {
  return expression.args.reduce((sum, arg) => sum + sizeOf(arg), 1);
}

/** Instructions of statements as they will be written, labels and ends not counted. */
export function sizeOfAll(statements: readonly Statement[]): number {
  return statements.reduce((sum, each) => sum + sizeOfStatement(each), 0);
}

function sizeOfStatement(statement: Statement): number {
  switch (statement.kind) {
    case "set":
      return 1 + sizeOf(statement.value);
    case "effect":
      return sizeOf(statement.action);
    case "if":
      return 1 + sizeOf(statement.test) + sizeOfAll(statement.yes) + sizeOfAll(statement.no);
    case "block":
    case "loop":
      return sizeOfAll(statement.body);
    case "branch":
      return 1 + (statement.test === undefined ? 0 : sizeOf(statement.test));
    case "table":
      return 1 + sizeOf(statement.index);
    case "return":
      return 1 + (statement.value === undefined ? 0 : sizeOf(statement.value));
    case "unreachable":
      return 1;
  }
}

/** The lists of statements inside a statement. */
export function listsOf(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === "if") return [statement.yes, statement.no];
  return statement.kind === "block" || statement.kind === "loop" ? [statement.body] : [];
}

/** The expressions a statement evaluates itself, before anything inside it runs. */
export function expressionsOf(statement: Statement): readonly Expression[] {
  switch (statement.kind) {
    case "set":
      return [statement.value];
    case "effect":
      return [statement.action];
    case "if":
      return [statement.test];
    case "table":
      return [statement.index];
    case "branch":
      return statement.test === undefined ? [] : [statement.test];
    case "return":
      return statement.value === undefined ? [] : [statement.value];
    default:
      return [];
  }
}

/** The same statement with each of its lists and own expressions replaced. */
export function mapStatement(
  statement: Statement,
  list: (statements: readonly Statement[]) => readonly Statement[],
  expression: (expression: Expression) => Expression,
): Statement {
  switch (statement.kind) {
    case "set":
      return { ...statement, value: expression(statement.value) };
    case "effect":
      return { ...statement, action: expression(statement.action) };
    case "if":
      return {
        ...statement,
        test: expression(statement.test),
        yes: list(statement.yes),
        no: list(statement.no),
      };
    case "block":
    case "loop":
      return { ...statement, body: list(statement.body) };
    case "branch":
      return statement.test === undefined ? statement : { ...statement, test: expression(statement.test) };
    case "table":
      return { ...statement, index: expression(statement.index) };
    case "return":
      return statement.value === undefined ? statement : { ...statement, value: expression(statement.value) };
    case "unreachable":
      return statement;
  }
}

/** An expression with its operands, from the inside out, replaced. */
export function mapExpression(expression: Expression, change: (inner: Expression) => Expression): Expression {
  if (expression.args.length === 0) return change(expression);
  const args = expression.args.map((arg) => mapExpression(arg, change));
  const isSame = args.every((arg, i) => arg === expression.args[i]);
  return change(isSame ? expression : { ...expression, args });
}

/** Every statement, outer ones first. */
export function* allStatements(statements: readonly Statement[]): Generator<Statement> {
  for (const each of statements) {
    yield each;
    for (const list of listsOf(each)) yield* allStatements(list);
  }
}

/** A statement behind which nothing of the same list runs. */
export function isEnd(statement: Statement | undefined): boolean {
  if (statement?.kind === "branch") return statement.test === undefined;
  return statement?.kind === "return" || statement?.kind === "unreachable" || statement?.kind === "table";
}

/** Labels that branches in these statements name. */
export function targetsOf(statements: readonly Statement[]): Map<Label, number> {
  const found = new Map<Label, number>();
  for (const each of allStatements(statements)) {
    if (each.kind === "branch") found.set(each.label, (found.get(each.label) ?? 0) + 1);
    if (each.kind !== "table") continue;
    for (const label of [...each.labels, each.otherwise]) found.set(label, (found.get(label) ?? 0) + 1);
  }
  return found;
}

export function isStore(op: number): boolean {
  return accessWidth(op) > 0 && !isLoad(op);
}
