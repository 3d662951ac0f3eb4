import { isLoad, Op } from "../../wasm/opcodes.ts";
import { type Live, type Lived, Liveness } from "./liveness.ts";
import {
  allStatements,
  type Expression,
  expressionsOf,
  isCall,
  mapStatement,
  mayTrapItself,
  type Needs,
  needsOf,
  type Statement,
  sizeOf,
  targetsOf,
} from "./tree.ts";

/**
 * Puts values back on the stack. A local that is written once and read once becomes an operand where it is read; one that is read
 * again becomes `local.tee` there; an `if` whose arms both end by writing it becomes an `if` with a result. A value moves down to
 * its reader only past code that neither changes what it needs nor could tell that it runs later.
 */
export function putOnStack(body: readonly Statement[]): readonly Statement[] {
  let result = body;
  for (let size = -1, round = 0; round < ROUNDS_MAX && size !== countOf(result); round += 1) {
    size = countOf(result);
    result = new Liveness((lived) => gather(lived, false)).run(result);
  }
  return new Liveness((lived) => gather(lived, true)).run(result);
}

const ROUNDS_MAX = 16;
/** How many statements a value may move over. */
const REACH_MAX = 12;
/** Operands deeper than this would make the operand stack of the function large. */
const OPERAND_SIZE_MAX = 4096;

function countOf(statements: readonly Statement[]): number {
  return [...allStatements(statements)].length;
}

interface Entry {
  readonly statement: Statement;
  readonly inner: Live;
}

/** Works on one list from its end, so that each reader is finished before what feeds it is looked at. */
function gather(lived: readonly Lived[], isLast: boolean): readonly Statement[] {
  const rest: Entry[] = [];
  for (const { statement, inner } of lived.toReversed()) {
    const source = sourceOf(statement, isLast);
    if (source !== undefined && feed(source, rest, isLast)) continue;
    rest.unshift({ statement, inner });
  }
  return rest.map(({ statement }) => statement);
}

interface Source {
  readonly local: number;
  readonly value: Expression;
}

/** What a statement gives to a local, when that is all it does. */
function sourceOf(statement: Statement, isLast: boolean): Source | undefined {
  if (statement.kind === "set") return { local: statement.local, value: statement.value };
  return isLast ? choiceOf(statement) : undefined;
}

/** An `if` whose two arms end by writing the same local, as one value. */
function choiceOf(statement: Statement): Source | undefined {
  if (statement.kind !== "if") return undefined;
  const { test, label, at } = statement;
  const [yes, no] = [statement.yes.at(-1), statement.no.at(-1)];
  if (yes?.kind !== "set" || no?.kind !== "set" || yes.local !== no.local) return undefined;
  if (targetsOf([...statement.yes, ...statement.no]).has(label)) return undefined;
  const arms = [
    { body: statement.yes.slice(0, -1), value: yes.value },
    { body: statement.no.slice(0, -1), value: no.value },
  ] as const;
  return { local: yes.local, value: { op: Op.if, type: yes.value.type, value: 0, args: [test], at, arms } };
}

/** Moves a value into the statement that reads it next. False: it must stay where it is. */
function feed({ local, value }: Source, rest: Entry[], isLast: boolean): boolean {
  const needs = needsOf(value);
  const written = value.arms === undefined ? undefined : writtenIn(value);
  for (const [i, entry] of rest.entries()) {
    const own = expressionsOf(entry.statement);
    const reads = own.reduce((sum, each) => sum + readsIn(each, local), 0);
    if (reads > 0) {
      const isOnly = reads === 1 && !entry.inner.has(local);
      if (!isOnly && !isLast) return false;
      if (value.arms !== undefined && i > 0) return false;
      const moved = isOnly ? value : tee(local, value);
      const state = { isDone: false, isBlocked: false };
      const changed = mapStatement(
        entry.statement,
        (list) => list,
        (expression) => placed(expression, { local, moved, needs, written, state }),
      );
      if (!state.isDone || sizeOf(moved) > OPERAND_SIZE_MAX) return false;
      rest[i] = { ...entry, statement: changed };
      // What the value reads is now alive up to its new place.
      for (const [n, passed] of rest.slice(0, i).entries()) {
        rest[n] = { ...passed, inner: new Set([...passed.inner, ...needs.locals]) };
      }
      return true;
    }
    if (i >= REACH_MAX || value.arms !== undefined || !commute(needs, local, entry.statement)) return false;
  }
  return false;
}

function tee(local: number, value: Expression): Expression {
  return { op: Op.localTee, type: value.type, value: local, args: [value], at: value.at };
}

function readsIn({ op, value, args, arms }: Expression, local: number): number {
  let count = op === Op.localGet && value === local ? 1 : 0;
  for (const arg of args) count += readsIn(arg, local);
  for (const { body, value: result } of arms ?? []) {
    count += readsIn(result, local);
    for (const each of allStatements(body)) {
      for (const expression of expressionsOf(each)) count += readsIn(expression, local);
    }
  }
  return count;
}

/** Locals that arms write. */
function writtenIn({ op, value, args, arms }: Expression, found = new Set<number>()): Set<number> {
  if (op === Op.localTee) found.add(value);
  for (const arg of args) writtenIn(arg, found);
  for (const { body, value: result } of arms ?? []) {
    writtenIn(result, found);
    for (const each of allStatements(body)) {
      if (each.kind === "set") found.add(each.local);
      for (const expression of expressionsOf(each)) writtenIn(expression, found);
    }
  }
  return found;
}

interface Placing {
  readonly local: number;
  readonly moved: Expression;
  readonly needs: Needs;
  /** For a choice: what it writes on the way. */
  readonly written: ReadonlySet<number> | undefined;
  readonly state: { isDone: boolean; isBlocked: boolean };
}

/** The expression with the first read of the local replaced, as long as all that is evaluated before it may come first. */
function placed(expression: Expression, placing: Placing): Expression {
  const { local, moved, needs, written, state } = placing;
  if (state.isDone || state.isBlocked) return expression;
  if (expression.op === Op.localGet && expression.value === local) {
    state.isDone = true;
    return moved;
  }
  const args = expression.args.map((arg) => placed(arg, placing));
  if (state.isDone) return { ...expression, args };
  const isFree = written === undefined ? mayComeFirst(expression, needs) : isIndifferent(expression, written);
  if (!isFree) state.isBlocked = true;
  return expression;
}

/** True when an instruction that was to run behind the value may run before it. */
function mayComeFirst({ op, value, arms }: Expression, needs: Needs): boolean {
  if (arms !== undefined || (op === Op.localTee && needs.locals.has(value))) return false;
  if (!needs.isCall) return !isCall(op);
  return !isLoad(op) && !mayTrapItself(op) && op !== Op.globalGet && op !== Op.memorySize;
}

/** True when an instruction may run before a choice although it was to run behind: arms may store, call and write locals. */
function isIndifferent({ op, value, arms }: Expression, written: ReadonlySet<number>): boolean {
  if (arms !== undefined || op === Op.localTee || op === Op.globalGet || op === Op.memorySize) return false;
  return op === Op.localGet ? !written.has(value) : !mayTrapItself(op);
}

/** True when a value may be computed behind a statement instead of before it. */
function commute(needs: Needs, local: number, statement: Statement): boolean {
  if (statement.kind === "if") {
    const [only, more] = statement.yes;
    // A guard: whether the value's trap or this one comes first cannot be seen.
    const isGuard = only?.kind === "unreachable" && more === undefined && statement.no.length === 0;
    return isGuard && !needs.isCall && isQuiet(statement.test, needs);
  }
  if (statement.kind === "set") {
    if (statement.local === local || needs.locals.has(statement.local)) return false;
    return isQuiet(statement.value, needs);
  }
  if (statement.kind !== "effect" || needs.isCall) return false;
  const { op, args } = statement.action;
  if (!args.every((arg) => isQuiet(arg, needs))) return false;
  if (op === Op.globalSet) return !needs.readsGlobals && !needs.mayTrap;
  if (op === Op.call) return false;
  return op === Op.drop || (!needs.readsMemory && !needs.mayTrap);
}

/** True when nothing in an expression writes what the value needs, or cares that the value is not there yet. */
function isQuiet(expression: Expression, needs: Needs): boolean {
  return mayComeFirst(expression, needs) && expression.args.every((arg) => isQuiet(arg, needs));
}
