import { describe, expect, it } from "vitest";
import { emit, type Instruction } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import { BLOCK_EMPTY } from "../../wasm/value-types.ts";
import { chargesOf } from "./fuel.ts";

const code = (...parts: readonly (number | readonly [number, number])[]): Instruction[] =>
  parts.map((part) => (typeof part === "number" ? emit(0, part) : emit(0, part[0], part[1])));
const { nop, end, block, loop, br, brIf, unreachable } = Op;
const NUMBER: readonly [number, number] = [Op.i32Const, 1];

/** Expected charges are counted by hand from docs/module.md, "Fuel". */
describe("basic blocks", () => {
  it("a function without branches is one block", () => {
    expect(chargesOf(code(nop, nop, nop, end))).toEqual([{ at: 0, count: 3 }]);
  });

  it("an empty function costs nothing", () => {
    expect(chargesOf(code(end))).toEqual([]);
  });

  it("an if counts in the block before it, each arm and what follows are blocks of their own", () => {
    expect(chargesOf(code(NUMBER, [Op.if, BLOCK_EMPTY], nop, Op.else, nop, nop, end, nop, end))).toEqual([
      { at: 0, count: 2 },
      { at: 2, count: 1 },
      { at: 4, count: 2 },
      { at: 7, count: 1 },
    ]);
  });

  it("a trap guard does not end a block and its unreachable costs nothing", () => {
    expect(chargesOf(code(NUMBER, [Op.if, BLOCK_EMPTY], unreachable, end, nop, end))).toEqual([{ at: 0, count: 3 }]);
  });

  it("an if with unreachable and an else is no guard", () => {
    expect(chargesOf(code(NUMBER, [Op.if, BLOCK_EMPTY], unreachable, Op.else, nop, end, end))).toEqual([
      { at: 0, count: 2 },
      { at: 2, count: 1 },
      { at: 4, count: 1 },
    ]);
  });

  it("a block that nothing leaves early is no boundary", () => {
    expect(chargesOf(code(nop, [block, BLOCK_EMPTY], nop, end, nop, end))).toEqual([{ at: 0, count: 3 }]);
  });

  it("the end of a block that a branch leaves is a boundary, and so is a conditional branch", () => {
    expect(chargesOf(code([block, BLOCK_EMPTY], NUMBER, [brIf, 0], nop, end, nop, end))).toEqual([
      { at: 0, count: 2 },
      { at: 3, count: 1 },
      { at: 5, count: 1 },
    ]);
  });

  it("a loop's head is a boundary and its end is none", () => {
    expect(chargesOf(code(nop, [loop, BLOCK_EMPTY], NUMBER, [brIf, 0], nop, end, nop, end))).toEqual([
      { at: 0, count: 1 },
      { at: 2, count: 2 },
      { at: 4, count: 2 },
    ]);
  });

  it("what no path reaches costs nothing", () => {
    expect(chargesOf(code([block, BLOCK_EMPTY], [br, 0], nop, nop, end, nop, end))).toEqual([
      { at: 0, count: 1 },
      { at: 5, count: 1 },
    ]);
  });

  it("a branch table marks every block it names", () => {
    const table: Instruction = { op: Op.brTable, value: 1, targets: [0], at: 0 };
    const parts = [
      ...code([block, BLOCK_EMPTY], [block, BLOCK_EMPTY], NUMBER),
      table,
      ...code(end, nop, end, nop, end),
    ];
    expect(chargesOf(parts)).toEqual([
      { at: 0, count: 2 },
      { at: 5, count: 1 },
      { at: 7, count: 1 },
    ]);
  });
});
