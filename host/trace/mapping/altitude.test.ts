import { describe, expect, it } from "vitest";
import { Random } from "../../model/random.ts";
import { measureNoise } from "../sampling/noise.ts";
import { pressureToAltitude } from "./altitude.ts";

describe("pressure altitude", () => {
  // ISO 2533:1975, table of pressure by geopotential altitude.
  it.each([
    [101_325, 0],
    [95_461.2, 500],
    [89_874.6, 1000],
    [54_019.9, 5000],
    [26_436.3, 10_000],
  ])("of %d Pa is %d m", (pressure, altitude) => {
    expect(Math.abs(pressureToAltitude(pressure) - altitude)).toBeLessThan(0.1);
  });

  it.each([0, -1, 1013.25, 22_631, 130_001, Number.NaN, Number.POSITIVE_INFINITY])(
    "of %d Pa is not a number",
    (pressure) => {
      expect(pressureToAltitude(pressure)).toBeNaN();
    },
  );
});

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
