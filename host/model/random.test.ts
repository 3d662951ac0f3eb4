import { describe, expect, it } from "vitest";
import { inverseNormal, naturalLog, philox, Random } from "./random.ts";

describe("philox", () => {
  // Known answers of the authors' Random123 library, file kat_vectors, "philox4x32 10".
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [Array(4).fill(0xffffffff), [0xffffffff, 0xffffffff], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published words for counter %j and key %j", (counter, key, expected) => {
    const block = Uint32Array.from(counter);
    philox(block, key[0] ?? 0, key[1] ?? 0);
    expect([...block]).toEqual(expected);
  });
});

describe("the normal distribution", () => {
  it("has the quantiles of published tables", () => {
    expect(inverseNormal(0.5)).toBe(0);
    expect(inverseNormal(0.975)).toBeCloseTo(1.959963984540054, 14);
    expect(inverseNormal(0.25)).toBeCloseTo(-0.6744897501960817, 14);
    expect(inverseNormal(1e-10)).toBeCloseTo(-6.361340902404056, 13);
    expect(inverseNormal(1e-20)).toBeCloseTo(-9.26234008979841, 12);
  });

  it("is odd around one half", () => {
    for (const p of [0.01, 0.074, 0.076, 0.3, 0.49]) expect(inverseNormal(1 - p)).toBeCloseTo(-inverseNormal(p), 12);
  });

  it("takes logarithms as the engine does, without its library", () => {
    for (const x of [1e-300, 1e-9, 0.1, 0.7, 0.7072, 0.999, 1]) expect(naturalLog(x)).toBeCloseTo(Math.log(x), 12);
  });
});

describe("Random", () => {
  it("has mean 0, deviation 1 and the tails of a normal variable", () => {
    const random = new Random(7);
    const count = 40_000;
    let sum = 0;
    let squares = 0;
    let beyond2 = 0;
    for (let i = 0; i < count; i++) {
      const value = random.gaussian(3, i);
      sum += value;
      squares += value * value;
      if (Math.abs(value) > 2) beyond2++;
    }
    expect(Math.abs(sum / count)).toBeLessThan(0.02); // four standard errors
    expect(Math.abs(squares / count - 1)).toBeLessThan(0.03);
    expect(Math.abs(beyond2 / count - 0.0455)).toBeLessThan(0.0045);
  });

  it("gives each index the same draw in any order", () => {
    const forward = Array.from({ length: 50 }, (_, i) => new Random(1).gaussian(2, i));
    const random = new Random(1);
    const backward = Array.from({ length: 50 }, (_, i) => random.gaussian(2, 49 - i)).reverse();
    expect(backward).toEqual(forward);
  });

  it("tells seeds, streams and indexes beyond 32 bits apart", () => {
    const one = new Random(1);
    const draws = [one.word(0, 0), one.word(1, 0), one.word(0, 1), one.word(0, 2 ** 32), new Random(2).word(0, 0)];
    expect(new Set(draws).size).toBe(draws.length);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])("refuses the seed %s", (seed) => {
    expect(() => new Random(seed)).toThrow(/0 to 4294967295/);
  });
});
