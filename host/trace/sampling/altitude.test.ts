import { describe, expect, it } from "vitest";
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
