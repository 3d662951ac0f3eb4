import { emit, type Instruction, neverFallsThrough, opensLabel } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import { BLOCK_EMPTY, TYPE_I32 } from "../../wasm/value-types.ts";
import { addLocal, type WasmModule } from "../../wasm/wasm-module.ts";

/**
 * Puts the fuel prologue of docs/module.md in front of each basic block. Which instructions form a block, and which of them
 * count, is that page's section "Fuel"; this file is its other half and changes with it.
 */

/** A prologue: `at` is the place in the old code before which it goes, `count` the instructions it pays for. */
export interface Charge {
  readonly at: number;
  readonly count: number;
}

/** Cuts code into charged blocks. */
export function chargesOf(code: readonly Instruction[]): Charge[] {
  const targeted = targetedBlocks(code);
  const charges: Charge[] = [];
  const labels: { readonly op: number; readonly isTarget: boolean }[] = [];
  let start = 0;
  let count = 0;
  let isDead = false;
  const open = (at: number): void => {
    if (count > 0) charges.push({ at: start, count });
    start = at;
    count = 0;
    isDead = false;
  };
  for (let i = 0; i < code.length; i += 1) {
    const { op } = code[i] as Instruction;
    if (isTrapGuard(code, i)) {
      if (!isDead) count += 1;
      i += 2;
      continue;
    }
    if (opensLabel(op)) {
      labels.push({ op, isTarget: targeted.has(i) });
      if (op === Op.if && !isDead) count += 1;
      if (op !== Op.block && !isDead) open(i + 1);
    } else if (op === Op.else) {
      open(i + 1);
    } else if (op === Op.end) {
      const label = labels.pop();
      if (label !== undefined && (label.op === Op.if || label.isTarget)) open(i + 1);
    } else if (!isDead) {
      count += 1;
      if (op === Op.brIf) open(i + 1);
      if (neverFallsThrough(op)) {
        open(i + 1);
        isDead = true;
      }
    }
  }
  open(code.length);
  return charges;
}

/** `if unreachable end`, as asserts and bounds tests are written: the rest of its block runs exactly when it does not trap. */
export function isTrapGuard(code: readonly Instruction[], i: number): boolean {
  const head = code[i];
  return (
    head?.op === Op.if && head.value === BLOCK_EMPTY && code[i + 1]?.op === Op.unreachable && code[i + 2]?.op === Op.end
  );
}

/** Positions of the `block` instructions that a branch leaves early. Loops and ifs bound blocks in any case. */
function targetedBlocks(code: readonly Instruction[]): Set<number> {
  const targeted = new Set<number>();
  const labels: number[] = [];
  for (const [i, { op, value, targets }] of code.entries()) {
    if (opensLabel(op)) labels.push(i);
    else if (op === Op.end) labels.pop();
    else if (op === Op.br || op === Op.brIf || op === Op.brTable) {
      for (const depth of [value, ...(targets ?? [])]) {
        const label = labels[labels.length - 1 - depth];
        if (label !== undefined && code[label]?.op === Op.block) targeted.add(label);
      }
    }
  }
  return targeted;
}

/** Charges every function of a module to the global `fuel`. */
export function meter(module: WasmModule, fuel: number): void {
  for (const f of module.functions) {
    const charges = new Map(chargesOf(f.code).map(({ at, count }) => [at, count]));
    const code: Instruction[] = [];
    let bulk: number | undefined;
    for (const [i, instruction] of f.code.entries()) {
      const count = charges.get(i);
      if (count !== undefined) code.push(...prologue(instruction.at, fuel, [emit(instruction.at, Op.i32Const, count)]));
      if (instruction.op === Op.memoryCopy || instruction.op === Op.memoryFill) {
        bulk ??= addLocal(module, f, TYPE_I32);
        code.push(...bulkCharge(instruction.at, fuel, bulk));
      }
      code.push(instruction);
    }
    f.code = code;
  }
}

function prologue(at: number, fuel: number, operand: readonly Instruction[]): Instruction[] {
  return [
    emit(at, Op.globalGet, fuel),
    ...operand,
    emit(at, Op.i32Sub),
    emit(at, Op.globalSet, fuel),
    emit(at, Op.globalGet, fuel),
    emit(at, Op.i32Const, 0),
    emit(at, Op.i32LtS),
    emit(at, Op.if, BLOCK_EMPTY),
    emit(at, Op.unreachable),
    emit(at, Op.end),
  ];
}

/** The length on top of the stack costs one unit for each 8 bytes begun. */
function bulkCharge(at: number, fuel: number, local: number): Instruction[] {
  const units = [
    emit(at, Op.localGet, local),
    emit(at, Op.i32Const, 7),
    emit(at, Op.i32Add),
    emit(at, Op.i32Const, 3),
    emit(at, Op.i32ShrU),
  ];
  return [emit(at, Op.localSet, local), ...prologue(at, fuel, units), emit(at, Op.localGet, local)];
}
