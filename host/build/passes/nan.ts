import { emit, type Instruction } from "../../wasm/code.ts";
import { Op, opcodeOf } from "../../wasm/opcodes.ts";
import { TYPE_F32, TYPE_F64 } from "../../wasm/value-types.ts";
import { addLocal, type WasmFunction, type WasmModule } from "../../wasm/wasm-module.ts";

/**
 * WebAssembly leaves the bits of a NaN that arithmetic makes to the engine, and engines differ, even V8's own two compilers.
 * So each place where such bits can be seen (memory, globals, integers, the sign that copysign takes) gets the canonical NaN
 * instead: `value == value ? value : canonical`. Values that only constants, loads, conversions or reinterpretations can have
 * made keep their bits on every engine and are left alone.
 */

const CANONICAL_F32 = Uint8Array.of(0x00, 0x00, 0xc0, 0x7f);
const CANONICAL_F64 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x7f);

export function canonicaliseNaN(module: WasmModule): void {
  for (const f of module.functions) {
    const locals = new Map<number, number>();
    const local = (type: number): number => {
      const known = locals.get(type);
      if (known !== undefined) return known;
      const added = addLocal(module, f, type);
      locals.set(type, added);
      return added;
    };
    f.code = canonicalCode(module, f, local);
  }
}

function canonicalCode(module: WasmModule, f: WasmFunction, local: (type: number) => number): Instruction[] {
  const code: Instruction[] = [];
  for (const instruction of f.code) {
    const type = observedType(module, instruction);
    if (type !== undefined && !(instruction.isRaw ?? hasFixedBits(code.at(-1)))) {
      code.push(...canonical(instruction.at, type, local(type)));
    }
    code.push(instruction);
  }
  return code;
}

/** The float type whose bits an instruction makes visible, taken from the top of the stack. */
function observedType(module: WasmModule | undefined, { op, value }: Instruction): number | undefined {
  switch (op) {
    case Op.f32Store:
    case Op.i32ReinterpretF32:
    case Op.f32Copysign:
      return TYPE_F32;
    case Op.f64Store:
    case Op.i64ReinterpretF64:
    case Op.f64Copysign:
      return TYPE_F64;
    case Op.globalSet: {
      const type = module?.globals[value]?.type;
      return type === TYPE_F32 || type === TYPE_F64 ? type : undefined;
    }
    default:
      return undefined;
  }
}

/** True for instructions that can make a NaN's bits visible, whatever the type of what they take. */
export function isObserver(op: number): boolean {
  return op === Op.globalSet || observedType(undefined, emit(0, op)) !== undefined;
}

/** True when the instruction in front of an observer leaves it the same bits on every engine. */
export function hasFixedBits(before: Instruction | undefined): boolean {
  const name = opcodeOf(before?.op ?? Op.nop)?.name ?? "";
  return /^f(?:32|64)\.(?:const|load|convert_|reinterpret_)/.test(name);
}

function canonical(at: number, type: number, local: number): Instruction[] {
  const isSingle = type === TYPE_F32;
  const raw = isSingle ? CANONICAL_F32 : CANONICAL_F64;
  return [
    emit(at, Op.localTee, local),
    { op: isSingle ? Op.f32Const : Op.f64Const, value: 0, raw, at },
    emit(at, Op.localGet, local),
    emit(at, Op.localGet, local),
    emit(at, isSingle ? Op.f32Eq : Op.f64Eq),
    emit(at, Op.select),
  ];
}
