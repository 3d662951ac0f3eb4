import { describe, expect, it } from "vitest";
import { compatible, convert, parseUnit, UnitError } from "./units.ts";

function change(value: number, from: string, to: string): number {
  const { scale, offset } = convert(parseUnit(from), parseUnit(to));
  return value * scale + offset;
}

describe("units", () => {
  it.each([
    [1, "deg/s", "rad/s", Math.PI / 180],
    [60, "rpm", "rad/s", 2 * Math.PI],
    [1, "rev/s", "rpm", 60],
    [1013.25, "hPa", "Pa", 101_325],
    [1, "bar", "kPa", 100],
    [1000, "mbar", "bar", 1],
    [1, "gn", "m/s^2", 9.80665],
    [25, "degC", "K", 298.15],
    [0, "K", "degC", -273.15],
    [212, "degF", "degC", 100],
    [32, "degF", "K", 273.15],
    [5, "degC/s", "K/s", 5],
    [50, "%", "1", 0.5],
    [36, "km/h", "m/s", 10],
    [1, "kn", "m/s", 1852 / 3600],
    [1, "L/min", "m^3/h", 0.06],
    [1, "kW.h", "MJ", 3.6],
    [1, "J/kg.K", "J/g.K", 1e-3],
    [1, "N.m", "kg.m^2/s^2", 1],
    [1000, "g", "kg", 1],
    [1, "m/s2", "mm/s^2", 1000],
    [1, "m·s^-2", "m/s/s", 1],
    [1, "µs", "ns", 1000],
    [1, "gauss", "uT", 100],
    [3, "dB", "dB", 3],
    [36, "kmh", "m/s", 10],
    [2, "Nm", "N.m", 2],
    [1, "msr", "sr", 1e-3],
  ])("turns %d %s into %s as %d %s", (value, from, to, expected) => {
    expect(change(value, from, to)).toBeCloseTo(expected, 9);
  });

  it("changes no bit when both units are the same size", () => {
    expect(convert(parseUnit("rad/s"), parseUnit("rad.s^-1"))).toEqual({ scale: 1, offset: 0 });
    expect(convert(parseUnit("degC"), parseUnit("°C"))).toEqual({ scale: 1, offset: 0 });
  });

  it.each([
    ["rad/s", "Hz"],
    ["m", "m/s"],
    ["degC", "1"],
    ["dB", "1"],
    ["V", "A"],
    ["N.m.s", "N.m"],
  ])("refuses %s as %s and names both", (from, to) => {
    expect(compatible(parseUnit(from), parseUnit(to))).toBe(false);
    expect(() => change(1, from, to)).toThrow(new RegExp(`"${from.replace(".", "\\.")}".*"${to}"`));
  });

  it("tells the gram from standard gravity", () => {
    expect(() => change(1, "g", "m/s^2")).toThrow(/standard gravity is written "gn"/);
  });

  it.each([
    "furlong",
    "m^",
    "m^0",
    "m^10",
    "rad//s",
    "/s",
    "m/s*m",
    "k",
    "kdeg",
    "constructor",
    "__proto__",
    "m^-99",
    "x".repeat(65),
  ])("refuses %j", (text) => {
    expect(() => parseUnit(text)).toThrow(UnitError);
  });

  it("suggests a near unit", () => {
    expect(() => parseUnit("degc")).toThrow(/did you mean "deg/);
  });

  it("takes nothing and 1 as no unit", () => {
    expect(compatible(parseUnit(""), parseUnit("1"))).toBe(true);
    expect(parseUnit(" ").text).toBe("1");
    expect(parseUnit("1/s").dimension).toEqual(parseUnit("Hz").dimension);
  });
});
