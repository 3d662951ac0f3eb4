import { type Instruction, neverFallsThrough } from "../../wasm/code.ts";
import { Op, opcodeOf } from "../../wasm/opcodes.ts";
import { BLOCK_EMPTY, TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64 } from "../../wasm/value-types.ts";
import type { FunctionType, WasmFunction, WasmModule } from "../../wasm/wasm-module.ts";
import { hasFixedBits, isObserver } from "../passes/nan.ts";
import { type Expression, isCall, isConstant, type Label, needsOf, readLocal, type Statement } from "./tree.ts";

/** A function taken off the stack: its body, and the types of its locals, parameters first. */
export interface Lifted {
  readonly body: readonly Statement[];
  readonly locals: number[];
  readonly parameters: number;
  /** The result's type; undefined: none. */
  readonly result: number | undefined;
}

interface Frame {
  readonly label: Label;
  readonly op: number;
  /** Where the result of the block is kept. */
  readonly result: number | undefined;
  readonly test: Expression | undefined;
  readonly at: number;
  statements: Statement[];
  /** The first arm, once `else` is reached. */
  first: Statement[] | undefined;
  stack: Expression[];
}

/** Turns a function into a tree. Undefined: it holds something the tree has no word for (an indirect call). */
export function lift(module: WasmModule, f: WasmFunction): Lifted | undefined {
  if (f.code.some(({ op }) => op === Op.callIndirect)) return undefined;
  try {
    return new Lifter(module, f).run();
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

/** Code that is right but has no place in the tree. The function stays as it is. */
class Unknown extends Error {}

const LETTER_TYPES: Readonly<Record<string, number>> = { i: TYPE_I32, I: TYPE_I64, f: TYPE_F32, F: TYPE_F64 };

class Lifter {
  readonly #module: WasmModule;
  readonly #code: readonly Instruction[];
  readonly #locals: number[];
  readonly #type: FunctionType;
  readonly #frames: Frame[] = [];

  constructor(module: WasmModule, f: WasmFunction) {
    this.#module = module;
    this.#code = f.code;
    this.#type = module.types[f.type] as FunctionType;
    this.#locals = [...this.#type.parameters, ...f.locals];
  }

  run(): Lifted {
    const [result] = this.#type.results;
    this.#open(Op.block, { result: undefined, test: undefined, at: 0 });
    let deadDepth = 0;
    let isDead = false;
    for (const [index, instruction] of this.#code.entries()) {
      const { op } = instruction;
      if (isDead) {
        if (op === Op.block || op === Op.loop || op === Op.if) deadDepth += 1;
        else if (deadDepth > 0 && op === Op.end) deadDepth -= 1;
        else if (deadDepth === 0 && (op === Op.end || op === Op.else)) isDead = false;
        if (isDead) continue;
        this.#top().stack = [];
        this.#close(instruction, true);
        continue;
      }
      this.#step(instruction, hasFixedBits(this.#code[index - 1]));
      isDead = neverFallsThrough(op);
    }
    const body = this.#frames[0]?.statements ?? [];
    return { body, locals: this.#locals, parameters: this.#type.parameters.length, result };
  }

  #top(): Frame {
    return this.#frames[this.#frames.length - 1] as Frame;
  }

  #open(op: number, rest: Pick<Frame, "result" | "test" | "at">): void {
    this.#frames.push({ ...rest, op, label: { isLoop: op === Op.loop }, statements: [], first: undefined, stack: [] });
  }

  #newLocal(type: number): number {
    return this.#locals.push(type) - 1;
  }

  #pop(): Expression {
    const found = this.#top().stack.pop();
    if (found === undefined) throw new Error("the compiler's code takes an operand that is not there");
    return found;
  }

  #read(local: number, at: number): Expression {
    return readLocal(local, this.#locals[local] as number, at);
  }

  /** Adds a statement; operands that wait and that it could change are kept in locals first. */
  #add(statement: Statement, changes: (waiting: Expression) => boolean): void {
    for (const frame of this.#frames) {
      frame.stack = frame.stack.map((waiting) => {
        if (isConstant(waiting) || !changes(waiting)) return waiting;
        const local = this.#newLocal(waiting.type);
        this.#top().statements.push({ kind: "set", local, value: waiting, at: waiting.at });
        return this.#read(local, waiting.at);
      });
    }
    this.#top().statements.push(statement);
  }

  /** Before control flow everything that waits is kept: it stands in front of what follows. */
  #settle(): void {
    const frame = this.#top();
    frame.stack = frame.stack.map((waiting) => {
      if (isConstant(waiting)) return waiting;
      const local = this.#newLocal(waiting.type);
      frame.statements.push({ kind: "set", local, value: waiting, at: waiting.at });
      return this.#read(local, waiting.at);
    });
  }

  #set(local: number, value: Expression, at: number): void {
    this.#add(
      { kind: "set", local, value, at },
      (waiting) => needsOf(waiting).locals.has(local) || (needsOf(value).isCall && isTouched(waiting)),
    );
  }

  #step(instruction: Instruction, isRaw: boolean): void {
    const { op, value, at } = instruction;
    switch (op) {
      case Op.nop:
        return;
      case Op.block:
      case Op.loop:
      case Op.if: {
        const test = op === Op.if ? this.#pop() : undefined;
        this.#settle();
        this.#open(op, { result: value === BLOCK_EMPTY ? undefined : this.#newLocal(value), test, at });
        return;
      }
      case Op.else:
      case Op.end:
        this.#close(instruction, false);
        return;
      case Op.br:
      case Op.brIf:
        this.#branch(instruction);
        return;
      case Op.brTable:
        this.#table(instruction);
        return;
      case Op.return:
        this.#return(at);
        return;
      case Op.unreachable:
        this.#top().statements.push({ kind: "unreachable", at });
        return;
      case Op.localSet:
        this.#set(value, this.#pop(), at);
        return;
      case Op.localTee:
        this.#set(value, this.#pop(), at);
        this.#top().stack.push(this.#read(value, at));
        return;
      default:
        this.#plain(instruction, isRaw);
    }
  }

  #plain(instruction: Instruction, isRaw: boolean): void {
    const { op, value, at } = instruction;
    const { takes, gives } = this.#signature(instruction);
    const args = Array.from({ length: takes }, () => this.#pop()).reverse();
    const type = op === Op.select ? (args[0] as Expression).type : (gives ?? BLOCK_EMPTY);
    const { align, raw } = instruction;
    const expression: Expression = {
      op,
      type,
      value,
      ...(align === undefined ? {} : { align }),
      ...(raw === undefined ? {} : { raw }),
      ...(isObserver(op) ? { isRaw } : {}),
      args,
      at,
    };
    if (gives === undefined) this.#add({ kind: "effect", action: expression, at }, isTouched);
    else if (isCall(op)) {
      const local = this.#newLocal(type);
      this.#set(local, expression, at);
      this.#top().stack.push(this.#read(local, at));
    } else this.#top().stack.push(expression);
  }

  #signature({ op, value }: Instruction): { takes: number; gives: number | undefined } {
    switch (op) {
      case Op.call: {
        const type = this.#module.types[this.#module.functions[value]?.type ?? -1] as FunctionType;
        return { takes: type.parameters.length, gives: type.results[0] };
      }
      case Op.drop:
        return { takes: 1, gives: undefined };
      case Op.select:
        return { takes: 3, gives: BLOCK_EMPTY };
      case Op.localGet:
        return { takes: 0, gives: this.#locals[value] };
      case Op.globalGet:
        return { takes: 0, gives: this.#module.globals[value]?.type };
      case Op.globalSet:
        return { takes: 1, gives: undefined };
      default: {
        const row = opcodeOf(op);
        return { takes: row?.takes.length ?? 0, gives: LETTER_TYPES[row?.gives ?? ""] };
      }
    }
  }

  #target(depth: number): Frame {
    return this.#frames[this.#frames.length - 1 - depth] as Frame;
  }

  /** Leaves the block's result where the code behind it looks for it. */
  #give(frame: Frame, at: number): void {
    if (frame.result === undefined) return;
    const value = this.#pop();
    this.#set(frame.result, value, at);
  }

  #branch({ op, value, at }: Instruction): void {
    const test = op === Op.brIf ? this.#pop() : undefined;
    const frame = this.#target(value);
    if (frame === this.#frames[0]) {
      if (test === undefined) this.#return(at);
      else this.#returnIf(test, at);
      return;
    }
    const result = frame.op === Op.loop ? undefined : frame.result;
    let kept: Expression | undefined = test;
    if (result !== undefined) {
      if (test !== undefined) {
        const local = this.#newLocal(TYPE_I32);
        const carried = this.#pop();
        this.#set(local, test, at);
        kept = this.#read(local, at);
        this.#top().stack.push(carried);
      }
      this.#give(frame, at);
      this.#top().stack.push(this.#read(result, at));
    }
    this.#settle();
    this.#top().statements.push({ kind: "branch", label: frame.label, test: kept, at });
  }

  #table({ value, targets, at }: Instruction): void {
    const index = this.#pop();
    const frames = [...(targets ?? []), value].map((depth) => this.#target(depth));
    if (frames.some((frame) => frame === this.#frames[0] || frame.result !== undefined)) {
      throw new Unknown();
    }
    const labels = frames.map(({ label }) => label);
    this.#top().statements.push({
      kind: "table",
      labels: labels.slice(0, -1),
      otherwise: labels.at(-1) as Label,
      index,
      at,
    });
  }

  #return(at: number): void {
    const value = this.#type.results.length > 0 ? this.#pop() : undefined;
    this.#top().statements.push({ kind: "return", value, at });
  }

  #returnIf(test: Expression, at: number): void {
    const [type] = this.#type.results;
    const yes: Statement[] = [];
    const kept = this.#newLocal(TYPE_I32);
    this.#set(kept, test, at);
    let value: Expression | undefined;
    if (type !== undefined) {
      const carried = this.#newLocal(type);
      this.#set(carried, this.#pop(), at);
      value = this.#read(carried, at);
      this.#top().stack.push(value);
    }
    this.#settle();
    yes.push({ kind: "return", value, at });
    const label = { isLoop: false };
    this.#top().statements.push({ kind: "if", test: this.#read(kept, at), yes, no: [], label, at });
  }

  /** `else` or `end`. `isDead`: nothing falls through to it. */
  #close({ op, at }: Instruction, isDead: boolean): void {
    const frame = this.#top();
    if (this.#frames.length === 1) {
      if (!isDead) this.#return(at);
      return;
    }
    if (!isDead) this.#give(frame, at);
    frame.stack = [];
    if (op === Op.else) {
      frame.first = frame.statements;
      frame.statements = [];
      return;
    }
    this.#frames.pop();
    const { label, test, first, statements } = frame;
    const outer = this.#top();
    if (test !== undefined) {
      outer.statements.push({
        kind: "if",
        test,
        yes: first ?? statements,
        no: first === undefined ? [] : statements,
        label,
        at: frame.at,
      });
    } else {
      outer.statements.push({ kind: label.isLoop ? "loop" : "block", body: statements, label, at: frame.at });
    }
    if (frame.result !== undefined) outer.stack.push(this.#read(frame.result, at));
  }
}

/** What waits and must not be overtaken by a store, a global's new value or a call. */
function isTouched(waiting: Expression): boolean {
  const { readsMemory, readsGlobals, mayTrap } = needsOf(waiting);
  return readsMemory || readsGlobals || mayTrap;
}
