import { Op } from "../../wasm/opcodes.ts";

/** What i32 instructions give on constants. Undefined: another instruction, or one that traps. */
export function compute(op: number, a: number, b: number): number | undefined {
  switch (op) {
    case Op.i32Add:
      return (a + b) | 0;
    case Op.i32Sub:
      return (a - b) | 0;
    case Op.i32Mul:
      return Math.imul(a, b);
    case Op.i32And:
      return a & b;
    case Op.i32Or:
      return a | b;
    case Op.i32Xor:
      return a ^ b;
    case Op.i32Shl:
      return a << (b & 31);
    case Op.i32ShrS:
      return a >> (b & 31);
    case Op.i32ShrU:
      return (a >>> (b & 31)) | 0;
    case Op.i32DivU:
      return b === 0 ? undefined : ((a >>> 0) / (b >>> 0)) | 0;
    case Op.i32RemU:
      return b === 0 ? undefined : ((a >>> 0) % (b >>> 0)) | 0;
    default: {
      const isTrue = compare(op, a, b);
      return isTrue === undefined ? undefined : Number(isTrue);
    }
  }
}

/** Comparisons of i32. */
export function compare(op: number, a: number, b: number): boolean | undefined {
  switch (op) {
    case Op.i32Eq:
      return (a | 0) === (b | 0);
    case Op.i32Ne:
      return (a | 0) !== (b | 0);
    case Op.i32LtS:
      return (a | 0) < (b | 0);
    case Op.i32LtU:
      return a >>> 0 < b >>> 0;
    case Op.i32GtS:
      return (a | 0) > (b | 0);
    case Op.i32GtU:
      return a >>> 0 > b >>> 0;
    case Op.i32LeS:
      return (a | 0) <= (b | 0);
    case Op.i32LeU:
      return a >>> 0 <= b >>> 0;
    case Op.i32GeS:
      return (a | 0) >= (b | 0);
    case Op.i32GeU:
      return a >>> 0 >= b >>> 0;
    default:
      return undefined;
  }
}
