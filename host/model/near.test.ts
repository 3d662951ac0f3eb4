import { describe, expect, it } from "vitest";
import { didYouMean, nearWord, nearWords } from "./near.ts";

describe("the word that was meant", () => {
  it.each([
    ["gyro_y", ["gyro_x", "torque"], "gyro_x"],
    ["inptu", ["input", "output"], "input"],
    ["ptich", ["roll", "pitch"], "pitch"],
    ["Tolerance", ["tolerance"], "tolerance"],
    ["speed", ["torque", "voltage"], undefined],
    ["x", ["y"], "y"],
    ["", ["a"], "a"],
    ["a", [], undefined],
  ])("by %j", (wrong, words, expected) => expect(nearWord(wrong, words)).toBe(expected));

  it("may hold the one that was written, or lie in it", () => {
    expect(nearWords("pressure", ["baro.pressure", "x"])).toEqual(["baro.pressure"]);
    expect(nearWords("pressure_hpa", ["pressure"])).toEqual(["pressure"]);
    expect(nearWords("zzz", ["gyro_x"])).toEqual([]);
  });

  it("is one of three at most, the nearest first and the rest by name", () => {
    expect(nearWords("gyro_x", ["gyro_z", "gyro_xx", "gyro_w", "gyro_y"])).toEqual(["gyro_xx", "gyro_w", "gyro_y"]);
  });

  it("is asked for in quotes", () => {
    expect(didYouMean("gyro_q", ["gyro_x", "gyro_y", "mag"])).toBe('; did you mean "gyro_x" or "gyro_y"?');
    expect(didYouMean("q-", ["gyro_x"])).toBe("");
  });
});
