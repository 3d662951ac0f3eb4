import { describe, expect, it } from "vitest";
import { F32_MAX, heldWordOf, numberOf, wordOf } from "./numbers.ts";

describe("signal words", () => {
  it("carry floats as their bits", () => {
    expect(wordOf("f32", 1.5)).toBe(0x3fc00000);
    expect(numberOf("f32", 0xbfc00000)).toBe(-1.5);
    expect(numberOf("f32", wordOf("f32", 0.1))).toBe(Math.fround(0.1));
    expect(numberOf("f32", 0x7fc00000)).toBeNaN();
  });

  it("round integers half away from zero and stop at their ends", () => {
    expect(wordOf("i32", -2.5)).toBe(0xfffffffd);
    expect(numberOf("i32", 0xfffffffd)).toBe(-3);
    expect(numberOf("i32", wordOf("i32", 1e12))).toBe(0x7fffffff);
    expect(numberOf("i32", wordOf("i32", -1e12))).toBe(-0x80000000);
    expect(wordOf("u32", -1)).toBe(0);
    expect(wordOf("u32", 1e12)).toBe(0xffffffff);
    expect([wordOf("i32", Number.NaN), wordOf("u32", Number.NaN)]).toEqual([0, 0]);
  });

  it("are given only for numbers that the type can hold, or not at all", () => {
    expect([-0x80000000 - 0.4, 0x7fffffff + 0.4].map((value) => heldWordOf("i32", value))).toEqual([
      0x80000000, 0x7fffffff,
    ]);
    expect([-0x80000000 - 0.5, 0x7fffffff + 0.5].map((value) => heldWordOf("i32", value))).toEqual([
      undefined,
      undefined,
    ]);
    expect([-0.4, -0.5, 0xffffffff, 0x100000000].map((value) => heldWordOf("u32", value))).toEqual([
      0,
      undefined,
      0xffffffff,
      undefined,
    ]);
    expect([F32_MAX, 3.5e38, Number.NaN, Number.NEGATIVE_INFINITY].map((value) => heldWordOf("f32", value))).toEqual([
      0x7f7fffff,
      undefined,
      undefined,
      undefined,
    ]);
    expect([2, Number.NaN].map((value) => heldWordOf("bool", value))).toEqual([1, undefined]);
  });

  it("know only two bools", () => {
    expect([0, 0.4, -3, Number.NaN].map((value) => wordOf("bool", value))).toEqual([0, 1, 1, 0]);
    expect(numberOf("bool", 7)).toBe(1);
  });
});
