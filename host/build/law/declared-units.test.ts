import { describe, expect, it } from "vitest";
import { SYMBOLS } from "../../model/unit-table.ts";
import { parseUnit } from "../../model/units.ts";
import { unitFault } from "./declared-units.ts";

describe("a unit", () => {
  const good = [
    "1",
    "%",
    "m",
    "s",
    "kg",
    "rad/s",
    "deg/s",
    "N.m",
    "m/s^2",
    "degC",
    "rpm",
    "V",
    "mV",
    "kHz",
    "us",
    "Pa",
    "hPa",
    "MPa",
    "uT",
    "Ohm",
    "kOhm",
    "N.m.s/rad",
    "kg.m^2",
    "1/s",
    "s^-1",
    "m^3/h",
    "L/min",
    "J/kg.K",
    "mol",
    "cd",
    "dB",
    "gn",
    "rad/s^2",
    "m^-9",
  ];
  for (const unit of good) {
    it(`may be ${unit}`, () => expect(unitFault(unit)).toBeUndefined());
  }

  const bad: readonly [string, string | undefined][] = [
    ["", "1"],
    ["volts", "V"],
    ["Nm", "N.m"],
    ["N*m", "N.m"],
    ["m/s2", "m/s^2"],
    ["m/s/s", "m/s.s"],
    ["degrees", "deg"],
    ["°C", "degC"],
    ["RPM", "rpm"],
    ["sec", "s"],
    ["m/sec", "m/s"],
    ["kph", "km/h"],
    ["foo", undefined],
    ["m/foo", undefined],
    ["m^0", undefined],
    ["m^10", undefined],
    ["m^", undefined],
    ["m.", undefined],
    [".m", undefined],
    ["/s", undefined],
    ["m s", undefined],
    ["kk", undefined],
    ["kdeg", undefined],
    ["rad\\s", undefined],
    ["m**2", "m^2"],
    ["\u0000", undefined],
    ["m\n", undefined],
    ["dps", "deg/s"],
    ["µs", "us"],
    ["kg/μm", "kg/um"],
    ["°F", undefined],
    ["psi", undefined],
    ["gauss", undefined],
  ];
  for (const [unit, instead] of bad) {
    it(`is not ${JSON.stringify(unit)}`, () => {
      const fault = unitFault(unit);
      expect(fault).toBeDefined();
      expect(fault?.instead).toBe(instead);
      if (instead !== undefined && instead !== "m/s.s") expect(unitFault(instead)).toBeUndefined();
    });
  }

  it("means the same to whoever reads a recording", () => {
    for (const unit of [...good, ...Object.keys(SYMBOLS)].filter((name) => unitFault(name) === undefined)) {
      expect(() => parseUnit(unit), unit).not.toThrow();
    }
  });
});
