import { emit, type Instruction, opensLabel } from "../../wasm/code.ts";
import { accessWidth, isComparison, isLoad, Op, opcodeOf } from "../../wasm/opcodes.ts";
import { BLOCK_EMPTY, TYPE_F32, TYPE_F64, TYPE_I32, TYPE_I64 } from "../../wasm/value-types.ts";
import { addLocal, type WasmFunction, type WasmModule } from "../../wasm/wasm-module.ts";
import { MEMORY_MAX } from "../law/declaration.ts";
import { stackEffect } from "./calls.ts";

/**
 * Memory of less than a page ends at a byte that WebAssembly engines for the desktop do not know. So every access gets a test
 * that traps exactly where a board's smaller memory would; accesses whose address is known to be small enough get none.
 */
export interface BoundsReport {
  readonly tested: number;
  readonly proven: number;
}

export function boundAccesses(module: WasmModule, memory: number): BoundsReport {
  let tested = 0;
  let proven = 0;
  if (memory >= MEMORY_MAX) return { tested, proven };
  for (const f of module.functions) {
    const greatest = greatestAddresses(module, f);
    const local = localsOf(module, f);
    const code: Instruction[] = [];
    for (const [i, instruction] of f.code.entries()) {
      const test = testOf(instruction, memory, local);
      if (test !== undefined && isProven(instruction, least(greatest.get(i), instruction.greatest), memory)) {
        proven += 1;
      } else if (test !== undefined) {
        tested += 1;
        code.push(...test);
      }
      code.push(instruction);
    }
    f.code = code;
  }
  return { tested, proven };
}

type LocalOf = (type: number, use: string) => number;

/** Locals that the tests keep operands in, one for each type and use. */
function localsOf(module: WasmModule, f: WasmFunction): LocalOf {
  const known = new Map<string, number>();
  return (type, use) => {
    const key = `${type} ${use}`;
    const found = known.get(key) ?? addLocal(module, f, type);
    known.set(key, found);
    return found;
  };
}

/** The tighter of two bounds. */
function least(a: Bound, b: Bound): Bound {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

function isProven({ op, value }: Instruction, greatest: number | undefined, memory: number): boolean {
  const width = accessWidth(op);
  return width > 0 && greatest !== undefined && greatest + value + width <= memory;
}

function testOf({ op, value, at }: Instruction, memory: number, local: LocalOf): Instruction[] | undefined {
  const width = accessWidth(op);
  if (width > 0) return accessTest(op, { at, last: memory - value - width, local });
  if (op === Op.memoryCopy || op === Op.memoryFill) return bulkTest(op, { at, memory, local });
  return undefined;
}

const trapIf = (at: number): Instruction[] => [
  emit(at, Op.if, BLOCK_EMPTY),
  emit(at, Op.unreachable),
  emit(at, Op.end),
];

/** Traps when the address is beyond `last`; leaves address and stored value on the stack. */
function accessTest(op: number, { at, last, local }: { at: number; last: number; local: LocalOf }): Instruction[] {
  if (last < 0) return [emit(at, Op.i32Const, 1), ...trapIf(at)];
  const address = local(TYPE_I32, "address");
  const test = [
    emit(at, Op.localTee, address),
    emit(at, Op.i32Const, last),
    emit(at, Op.i32GtU),
    ...trapIf(at),
    emit(at, Op.localGet, address),
  ];
  if (isLoad(op)) return test;
  const value = local(storedType(op), "value");
  return [emit(at, Op.localSet, value), ...test, emit(at, Op.localGet, value)];
}

/** Traps when a copy or fill leaves memory: its length is too large, or a side begins behind the last place that fits. */
function bulkTest(op: number, { at, memory, local }: { at: number; memory: number; local: LocalOf }): Instruction[] {
  const length = local(TYPE_I32, "length");
  const middle = local(TYPE_I32, "middle");
  const target = local(TYPE_I32, "address");
  const leaves = (side: number): Instruction[] => [
    emit(at, Op.localGet, side),
    emit(at, Op.i32Const, memory),
    emit(at, Op.localGet, length),
    emit(at, Op.i32Sub),
    emit(at, Op.i32GtU),
    emit(at, Op.i32Or),
  ];
  return [
    emit(at, Op.localSet, length),
    emit(at, Op.localSet, middle),
    emit(at, Op.localSet, target),
    emit(at, Op.localGet, length),
    emit(at, Op.i32Const, memory),
    emit(at, Op.i32GtU),
    ...leaves(target),
    ...(op === Op.memoryCopy ? leaves(middle) : []),
    ...trapIf(at),
    emit(at, Op.localGet, target),
    emit(at, Op.localGet, middle),
    emit(at, Op.localGet, length),
  ];
}

function storedType(op: number): number {
  const letter = opcodeOf(op)?.takes.at(1) ?? "i";
  return { i: TYPE_I32, I: TYPE_I64, f: TYPE_F32, F: TYPE_F64 }[letter] ?? TYPE_I32;
}

/** What is known of an operand: the greatest value it can have, read without sign. */
type Bound = number | undefined;

/** For each access, by position, the greatest address its operand can be; nothing where that is not known. */
function greatestAddresses(module: WasmModule, f: WasmFunction): Map<number, number> {
  const found = new Map<number, number>();
  const labels: { base: number; results: number }[] = [{ base: 0, results: 0 }];
  let stack: Bound[] = [];
  for (const [i, instruction] of f.code.entries()) {
    const { op, value } = instruction;
    const label = labels[labels.length - 1] as { base: number; results: number };
    if (op === Op.if) stack.pop();
    if (opensLabel(op)) {
      labels.push({ base: stack.length, results: value === BLOCK_EMPTY ? 0 : 1 });
      continue;
    }
    if (op === Op.else || op === Op.end) {
      stack = stack.slice(0, label.base);
      if (op === Op.end) {
        labels.pop();
        for (let n = label.results; n > 0; n -= 1) stack.push(undefined);
      }
      continue;
    }
    const { takes, gives } = stackEffect(module, instruction);
    const operands = Array.from({ length: takes }, () =>
      stack.length > label.base ? stack.pop() : undefined,
    ).reverse();
    const address = accessWidth(op) > 0 ? operands[0] : undefined;
    if (address !== undefined) found.set(i, address);
    for (let n = gives; n > 0; n -= 1) stack.push(resultBound(instruction, operands));
  }
  return found;
}

const WORD = 2 ** 32;

/** The greatest result of an instruction, given the greatest operands. */
function resultBound({ op, value }: Instruction, [a, b]: readonly Bound[]): Bound {
  const fits = (result: number): Bound => (result < WORD ? result : undefined);
  switch (op) {
    case Op.i32Const:
      return value >>> 0;
    case Op.i32And:
      return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
    case Op.i32Add:
      return a === undefined || b === undefined ? undefined : fits(a + b);
    case Op.i32Mul:
      return a === undefined || b === undefined ? undefined : fits(a * b);
    case Op.i32Shl:
      // Only a constant shift has an exact bound; it is the constant itself.
      return a === undefined || b === undefined || b > 31 ? undefined : fits(a * 2 ** b);
    case Op.i32RemU:
      return b === undefined || b === 0 ? undefined : b - 1;
    case Op.localTee:
      return a;
    case Op.i32Load8U:
      return 0xff;
    case Op.i32Load16U:
      return 0xffff;
    default:
      return isComparison(op) ? 1 : undefined;
  }
}
