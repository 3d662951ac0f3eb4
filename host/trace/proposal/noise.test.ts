import { describe, expect, it } from "vitest";
import { Random } from "../../model/random.ts";
import { measureNoise } from "./noise.ts";

describe("measured noise", () => {
  it("is the deviation of white noise on a moving signal with jumps and holes", () => {
    const random = new Random(5);
    const values = Float64Array.from(
      { length: 4000 },
      (_, i) => Math.sin(i / 200) + (i > 2000 ? 5 : 0) + 0.01 * random.gaussian(0, i),
    );
    values[17] = Number.NaN;
    expect(measureNoise(values)).toBeGreaterThan(0.0095);
    expect(measureNoise(values)).toBeLessThan(0.0105);
  });

  it("of too few values is none", () => {
    expect(measureNoise(Float64Array.of(1, 2))).toBe(0);
  });
});
