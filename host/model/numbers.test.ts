import { describe, expect, it } from "vitest";
import { numberOf, wordOf } from "./numbers.ts";

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

  it("know only two bools", () => {
    expect([0, 0.4, -3, Number.NaN].map((value) => wordOf("bool", value))).toEqual([0, 1, 1, 0]);
    expect(numberOf("bool", 7)).toBe(1);
  });
});
