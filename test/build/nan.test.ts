import { describe, expect, it } from "vitest";
import { canonicaliseNaN } from "../../host/build/passes/nan.ts";
import { emit, type Instruction } from "../../host/wasm/code.ts";
import { Op, opcodeOf } from "../../host/wasm/opcodes.ts";
import { TYPE_F32, TYPE_F64, TYPE_I32 } from "../../host/wasm/value-types.ts";
import { EXPORT_GLOBAL } from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { moduleOf } from "./module-of.ts";

/**
 * Goal: wherever the bits of a NaN can be seen, they are the canonical ones, whatever payload went in.
 * Method: operands with many NaN payloads are loaded from memory, one float instruction runs, and the bits are read back from
 * memory, from an integer and from a global. Numbers must come through unchanged.
 */
const NAN_F32 = 0x7fc00000;
const NAN_F64 = 0x7ff8000000000000n;
const WORDS_F32 = [
  0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0x7f800000, 0xff800000, 0, 0x80000000,
  0x3f800000, 0xbf800000, 1,
];
const HIGH_F64 = [
  0x7ff80000, 0xfff80000, 0x7ff00001, 0xfff00001, 0x7fffffff, 0xffffffff, 0, 0x80000000, 0x3ff00000, 0xbff00000,
];
const INFINITIES_F64 = [0x7ff0000000000000n, 0xfff0000000000000n, 0n];
const WORDS_F64 = [...HIGH_F64.map((high) => (BigInt(high) << 32n) | 0x12345n), ...INFINITIES_F64];

const single = (op: number): boolean => opcodeOf(op)?.gives === "f";
const load = (isSingle: boolean, offset: number): Instruction[] => [
  emit(0, Op.i32Const, 0),
  { op: isSingle ? Op.f32Load : Op.f64Load, value: offset, align: 0, at: 0 },
];

/** Runs `code` (which leaves a float) and shows its bits in memory at 32, as an integer at 48, and in a global. */
function run(isSingle: boolean, code: readonly Instruction[], operands: readonly (number | bigint)[]): bigint[] {
  const store: Instruction = { op: isSingle ? Op.f32Store : Op.f64Store, value: 32, align: 0, at: 0 };
  const storeInteger: Instruction = { op: isSingle ? Op.i32Store : Op.i64Store, value: 48, align: 0, at: 0 };
  const reinterpret = emit(0, isSingle ? Op.i32ReinterpretF32 : Op.i64ReinterpretF64);
  const zero = emit(0, Op.i32Const, 0);
  const body = [
    zero,
    ...code,
    store,
    zero,
    ...code,
    reinterpret,
    storeInteger,
    ...code,
    emit(0, Op.globalSet, 0),
    emit(0, Op.end),
  ];
  const target = moduleOf({ functions: [{ locals: [], code: body }], parameter: TYPE_I32 });
  const zeros = new Array<number>(isSingle ? 4 : 8).fill(0);
  const raw = [isSingle ? Op.f32Const : Op.f64Const, ...zeros, Op.end];
  target.globals.push({ type: isSingle ? TYPE_F32 : TYPE_F64, mutable: true, initial: Uint8Array.from(raw) });
  target.exports = [...target.exports, { name: "global", kind: EXPORT_GLOBAL, index: 0 }];
  canonicaliseNaN(target);
  // Read back behind the pass, so that nothing stands between the global and the reader.
  target.functions[0]?.code.splice(-1, 0, zero, emit(0, Op.globalGet, 0), { ...store, value: 64 });
  const bytes = writeModule(target, []).bytes as Uint8Array<ArrayBuffer>;
  const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as {
    run(x: number): void;
    memory: WebAssembly.Memory;
  };
  const view = new DataView(exports.memory.buffer);
  for (const [i, operand] of operands.entries()) {
    if (typeof operand === "bigint") view.setBigUint64(8 * i, operand, true);
    else view.setUint32(8 * i, operand, true);
  }
  exports.run(0);
  const read = (at: number): bigint => (isSingle ? BigInt(view.getUint32(at, true)) : view.getBigUint64(at, true));
  return [read(32), read(48), read(64)];
}

const isNaNBits = (isSingle: boolean, bits: bigint): boolean =>
  isSingle ? (bits & 0x7fffffffn) > 0x7f800000n : (bits & 0x7fffffffffffffffn) > 0x7ff0000000000000n;

describe("the bits of a result", () => {
  const ops = [
    ...Array.from({ length: 0x98 - 0x8b + 1 }, (_, i) => 0x8b + i),
    ...Array.from({ length: 0xa6 - 0x99 + 1 }, (_, i) => 0x99 + i),
  ];
  for (const op of ops) {
    const isSingle = single(op);
    it(`of ${opcodeOf(op)?.name} are a number's or the canonical NaN's`, () => {
      const words = isSingle ? WORDS_F32 : WORDS_F64;
      const isUnary = opcodeOf(op)?.takes.length === 1;
      for (const a of words) {
        for (const b of isUnary ? words.slice(0, 1) : words) {
          const code = isUnary
            ? [...load(isSingle, 0), emit(0, op)]
            : [...load(isSingle, 0), ...load(isSingle, 8), emit(0, op)];
          for (const bits of run(isSingle, code, [a, b])) {
            if (isNaNBits(isSingle, bits)) expect(bits).toBe(isSingle ? BigInt(NAN_F32) : NAN_F64);
          }
        }
      }
    });
  }

  it("of demotion and promotion are canonical too", () => {
    for (const a of WORDS_F64) {
      for (const bits of run(true, [...load(false, 0), emit(0, 0xb6)], [a])) {
        if (isNaNBits(true, bits)) expect(bits).toBe(BigInt(NAN_F32));
      }
    }
    for (const a of WORDS_F32) {
      for (const bits of run(false, [...load(true, 0), emit(0, 0xbb)], [a])) {
        if (isNaNBits(false, bits)) expect(bits).toBe(NAN_F64);
      }
    }
  });

  it("that are only moved stay as they are", () => {
    for (const a of WORDS_F32) expect(run(true, load(true, 0), [a])).toEqual([BigInt(a), BigInt(a), BigInt(a)]);
    for (const a of WORDS_F64) expect(run(false, load(false, 0), [a])).toEqual([a, a, a]);
  });

  it("do not carry the sign of a computed NaN through copysign", () => {
    const one32 = 0x3f800000n;
    // 0 * infinity has either sign, by engine and compiler; its copy onto 1 must not.
    for (const zero of [0, 0x80000000]) {
      const product = [...load(true, 0), ...load(true, 8), emit(0, 0x94)];
      const one: Instruction = { op: Op.f32Const, value: 0, raw: Uint8Array.of(0, 0, 0x80, 0x3f), at: 0 };
      expect(run(true, [one, ...product, emit(0, Op.f32Copysign)], [zero, 0x7f800000])).toEqual([one32, one32, one32]);
    }
  });
});
