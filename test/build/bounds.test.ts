import { describe, expect, it } from "vitest";
import { boundAccesses } from "../../host/build/passes/memory-bounds.ts";
import { loadLaw } from "../../host/testing/index.ts";
import { emit, type Instruction } from "../../host/wasm/code.ts";
import { accessWidth, isLoad, Op, opcodeOf } from "../../host/wasm/opcodes.ts";
import { TYPE_I32 } from "../../host/wasm/value-types.ts";
import type { WasmModule } from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { buildText, lawText } from "./helpers.ts";
import { moduleOf } from "./module-of.ts";

/**
 * Goal: memory of less than a page ends at its own last byte, for every kind of access.
 * Method: each access is tried at addresses around the end; whether it must trap is arithmetic on the address alone.
 */
const MEMORY = 200;
const CONSTANT: Readonly<Record<string, Instruction>> = {
  i: emit(0, Op.i32Const, 1),
  I: { op: Op.i64Const, value: 0, raw: Uint8Array.of(1), at: 0 },
  f: { op: Op.f32Const, value: 0, raw: new Uint8Array(4), at: 0 },
  F: { op: Op.f64Const, value: 0, raw: new Uint8Array(8), at: 0 },
};
const ACCESSES = Array.from({ length: 0x3e - 0x28 + 1 }, (_, i) => 0x28 + i);

async function runner(
  code: Instruction[],
  memory: number,
): Promise<{ run: (x: number) => void; memory: WebAssembly.Memory; report: { tested: number; proven: number } }> {
  const target: WasmModule = moduleOf({
    functions: [{ locals: [], code: [...code, emit(0, Op.end)] }],
    parameter: TYPE_I32,
  });
  const report = boundAccesses(target, memory);
  const { run, memory: bytes } = new WebAssembly.Instance(
    await WebAssembly.compile(writeModule(target, []).bytes as Uint8Array<ArrayBuffer>),
    {},
  ).exports as {
    run: (x: number) => void;
    memory: WebAssembly.Memory;
  };
  return { run, memory: bytes, report };
}

function accessAt(op: number, address: Instruction, offset: number): Instruction[] {
  const access: Instruction = { op, value: offset, align: 0, at: 0 };
  if (isLoad(op)) return [address, access, emit(0, Op.drop)];
  return [address, CONSTANT[opcodeOf(op)?.takes.at(1) ?? "i"] as Instruction, access];
}

function traps(run: () => void): boolean {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return true;
    throw error;
  }
}

describe("an access in a memory of 200 bytes", () => {
  for (const op of ACCESSES) {
    it(`${opcodeOf(op)?.name} traps exactly behind the last byte`, async () => {
      for (const offset of [0, 3, MEMORY - 8, MEMORY, 70_000, 0xffffffff]) {
        const { run, report } = await runner(accessAt(op, emit(0, Op.localGet, 0), offset), MEMORY);
        expect(report).toEqual({ tested: 1, proven: 0 });
        const addresses = [
          0,
          1,
          2,
          5,
          8,
          ...[-9, -8, -4, -2, -1, 0, 1, 8].map((step) => MEMORY - offset + step),
          65_535,
          0x7fffffff,
          -1,
          -200,
        ];
        for (const address of addresses) {
          const mustTrap = (address >>> 0) + offset + accessWidth(op) > MEMORY;
          expect(
            traps(() => run(address)),
            `address ${address} offset ${offset}`,
          ).toBe(mustTrap);
        }
      }
    });
  }

  it("is left alone when its constant address fits, and only then", async () => {
    for (let address = 190; address <= 200; address += 1) {
      const { run, report } = await runner(accessAt(Op.i32Store, emit(0, Op.i32Const, address), 0), MEMORY);
      const fits = address + 4 <= MEMORY;
      expect(report, `address ${address}`).toEqual(fits ? { tested: 0, proven: 1 } : { tested: 1, proven: 0 });
      expect(traps(() => run(0))).toBe(!fits);
    }
  });

  it("is left alone when masking keeps it inside, whatever the value", async () => {
    const masked = [
      emit(0, Op.localGet, 0),
      emit(0, Op.i32Const, 31),
      emit(0, Op.i32And),
      emit(0, Op.i32Const, 2),
      emit(0, Op.i32Shl),
    ];
    const load: Instruction = { op: Op.i32Load, value: 72, align: 0, at: 0 };
    const { run, report } = await runner([...masked, load, emit(0, Op.drop)], MEMORY);
    expect(report).toEqual({ tested: 0, proven: 1 });
    for (const value of [0, 31, 32, -1, 0x7fffffff]) expect(traps(() => run(value))).toBe(false);
    const close = await runner([...masked, { ...load, value: 73 }, emit(0, Op.drop)], MEMORY);
    expect(close.report).toEqual({ tested: 1, proven: 0 });
  });

  it("needs no test in a full page", async () => {
    const { report } = await runner(accessAt(Op.i32Store, emit(0, Op.localGet, 0), 0), 65_536);
    expect(report).toEqual({ tested: 0, proven: 0 });
  });
});

describe("a copy or fill in a memory of 200 bytes", () => {
  const lengths = [0, 1, 99, 100, 101, 200, 201, 65_536, -1];
  const places = [0, 1, 100, 199, 200, 201, 70_000, -1];
  it("traps exactly when one side leaves memory", async () => {
    for (const from of places) {
      for (const length of lengths) {
        const operands = [emit(0, Op.localGet, 0), emit(0, Op.i32Const, from), emit(0, Op.i32Const, length)];
        const copy = await runner([...operands, emit(0, Op.memoryCopy)], MEMORY);
        const fill = await runner([...operands, emit(0, Op.memoryFill)], MEMORY);
        for (const to of places) {
          const leaves = (at: number): boolean => (at >>> 0) + (length >>> 0) > MEMORY;
          expect(
            traps(() => copy.run(to)),
            `copy ${to} ${from} ${length}`,
          ).toBe(leaves(to) || leaves(from));
          expect(
            traps(() => fill.run(to)),
            `fill ${to} ${length}`,
          ).toBe(leaves(to));
        }
      }
    }
  });
});

describe("a law with a wild pointer", () => {
  it("traps at the byte where its board's memory ends, and the helper names the line", async () => {
    const text = lawText("store<u32>(usize(u32(i32(inputs.a.value * 1000))), 7);\n    outputs.b = 1;", {
      options: ", memory: 512",
    });
    const law = await loadLaw(await buildText(text));
    law.set({ a: 0.508 });
    law.step();
    law.set({ a: 0.509 });
    expect(() => law.step()).toThrow(/law\.ts:\d+:\d+.*trapped/);
  });
});
