/**
 * Units of signals and columns. The grammar is that of the control law (docs/control-law.md), so that one text means the
 * same in both; columns may also use the units below that instruments and recordings write.
 *
 *     unit     = "1" | "%" | product [ "/" product ]         everything after "/" divides: J/kg.K
 *     product  = factor { "." factor }
 *     factor   = ( [prefix] symbol | word | "1" ) [ "^" exponent ]
 *
 * An angle is kept as a dimension of its own, so that rad/s and Hz are not taken for each other. "g" is a gram, as in the
 * SI; standard gravity is "gn".
 */
import { didYouMean } from "../model/near.ts";
import { TraceError } from "./trace-error.ts";

/** Exponents of m, kg, s, A, K, mol, cd, rad, dB. */
type Dimension = readonly number[];

export interface Unit {
  readonly text: string;
  /** Value in base units = value * factor + shift. The shift is not 0 only for temperatures. */
  readonly factor: number;
  readonly shift: number;
  readonly dimension: Dimension;
}

interface Symbol {
  readonly factor: number;
  readonly dimension: Dimension;
  readonly shift?: number;
  readonly prefixes?: boolean;
}

const NONE: Dimension = [0, 0, 0, 0, 0, 0, 0, 0, 0];
const MASS: Dimension = [0, 1, 0, 0, 0, 0, 0, 0, 0];
const METRE: Dimension = [1, 0, 0, 0, 0, 0, 0, 0, 0];
const SECOND: Dimension = [0, 0, 1, 0, 0, 0, 0, 0, 0];
const PER_SECOND: Dimension = [0, 0, -1, 0, 0, 0, 0, 0, 0];
const KELVIN: Dimension = [0, 0, 0, 0, 1, 0, 0, 0, 0];
const ANGLE: Dimension = [0, 0, 0, 0, 0, 0, 0, 1, 0];
const SPEED: Dimension = [1, 0, -1, 0, 0, 0, 0, 0, 0];
const PRESSURE: Dimension = [-1, 1, -2, 0, 0, 0, 0, 0, 0];
const MAGNETIC: Dimension = [0, 1, -2, -1, 0, 0, 0, 0, 0];

/** SI units: BIPM brochure, 9th edition, tables 2 to 8. Others: exact definitions named beside them. */
const SYMBOLS: Readonly<Record<string, Symbol>> = {
  m: { factor: 1, dimension: METRE, prefixes: true },
  g: { factor: 1e-3, dimension: MASS, prefixes: true },
  kg: { factor: 1, dimension: MASS },
  s: { factor: 1, dimension: SECOND, prefixes: true },
  A: { factor: 1, dimension: [0, 0, 0, 1, 0, 0, 0, 0, 0], prefixes: true },
  K: { factor: 1, dimension: KELVIN, prefixes: true },
  mol: { factor: 1, dimension: [0, 0, 0, 0, 0, 1, 0, 0, 0], prefixes: true },
  cd: { factor: 1, dimension: [0, 0, 0, 0, 0, 0, 1, 0, 0], prefixes: true },
  rad: { factor: 1, dimension: ANGLE, prefixes: true },
  Hz: { factor: 1, dimension: PER_SECOND, prefixes: true },
  N: { factor: 1, dimension: [1, 1, -2, 0, 0, 0, 0, 0, 0], prefixes: true },
  Pa: { factor: 1, dimension: PRESSURE, prefixes: true },
  J: { factor: 1, dimension: [2, 1, -2, 0, 0, 0, 0, 0, 0], prefixes: true },
  W: { factor: 1, dimension: [2, 1, -3, 0, 0, 0, 0, 0, 0], prefixes: true },
  C: { factor: 1, dimension: [0, 0, 1, 1, 0, 0, 0, 0, 0], prefixes: true },
  V: { factor: 1, dimension: [2, 1, -3, -1, 0, 0, 0, 0, 0], prefixes: true },
  S: { factor: 1, dimension: [-2, -1, 3, 2, 0, 0, 0, 0, 0], prefixes: true },
  Ohm: { factor: 1, dimension: [2, 1, -3, -2, 0, 0, 0, 0, 0], prefixes: true },
  F: { factor: 1, dimension: [-2, -1, 4, 2, 0, 0, 0, 0, 0], prefixes: true },
  H: { factor: 1, dimension: [2, 1, -2, -2, 0, 0, 0, 0, 0], prefixes: true },
  Wb: { factor: 1, dimension: [2, 1, -2, -1, 0, 0, 0, 0, 0], prefixes: true },
  T: { factor: 1, dimension: MAGNETIC, prefixes: true },
  gauss: { factor: 1e-4, dimension: MAGNETIC, prefixes: true },
  lm: { factor: 1, dimension: [0, 0, 0, 0, 0, 0, 1, 0, 0], prefixes: true },
  lx: { factor: 1, dimension: [-2, 0, 0, 0, 0, 0, 1, 0, 0], prefixes: true },
  sr: { factor: 1, dimension: [0, 0, 0, 0, 0, 0, 0, 2, 0] },
  Bq: { factor: 1, dimension: PER_SECOND, prefixes: true },
  Gy: { factor: 1, dimension: [2, 0, -2, 0, 0, 0, 0, 0, 0], prefixes: true },
  Sv: { factor: 1, dimension: [2, 0, -2, 0, 0, 0, 0, 0, 0], prefixes: true },
  kat: { factor: 1, dimension: [0, 0, -1, 0, 0, 1, 0, 0, 0], prefixes: true },
  eV: { factor: 1.602176634e-19, dimension: [2, 1, -2, 0, 0, 0, 0, 0, 0], prefixes: true },
  L: { factor: 1e-3, dimension: [3, 0, 0, 0, 0, 0, 0, 0, 0], prefixes: true },
  bar: { factor: 1e5, dimension: PRESSURE, prefixes: true },
  min: { factor: 60, dimension: SECOND },
  h: { factor: 3600, dimension: SECOND },
  d: { factor: 86_400, dimension: SECOND },
  deg: { factor: Math.PI / 180, dimension: ANGLE },
  rev: { factor: 2 * Math.PI, dimension: ANGLE },
  rpm: { factor: (2 * Math.PI) / 60, dimension: [0, 0, -1, 0, 0, 0, 0, 1, 0] },
  // Standard gravity: 3rd CGPM, 1901.
  gn: { factor: 9.80665, dimension: [1, 0, -2, 0, 0, 0, 0, 0, 0] },
  t: { factor: 1000, dimension: MASS },
  dB: { factor: 1, dimension: [0, 0, 0, 0, 0, 0, 0, 0, 1] },
  degC: { factor: 1, shift: 273.15, dimension: KELVIN },
  degF: { factor: 5 / 9, shift: 459.67 * (5 / 9), dimension: KELVIN },
  "%": { factor: 0.01, dimension: NONE },
  ppm: { factor: 1e-6, dimension: NONE },
  atm: { factor: 101_325, dimension: PRESSURE },
  // International yard and pound agreement of 1959: inch, foot and pound-force per square inch.
  psi: { factor: 6894.757293168361, dimension: PRESSURE },
  in: { factor: 0.0254, dimension: METRE },
  ft: { factor: 0.3048, dimension: METRE },
  nmi: { factor: 1852, dimension: METRE },
  kn: { factor: 1852 / 3600, dimension: SPEED },
};

/** Other spellings found in recordings, after NFKC normalisation (which makes one sign of each pair of look-alikes). */
const ALIASES: Readonly<Record<string, string>> = {
  "°C": "degC",
  celsius: "degC",
  Celsius: "degC",
  "°F": "degF",
  fahrenheit: "degF",
  kelvin: "K",
  "°": "deg",
  degree: "deg",
  degrees: "deg",
  radian: "rad",
  radians: "rad",
  sec: "s",
  seconds: "s",
  second: "s",
  meter: "m",
  metre: "m",
  meters: "m",
  metres: "m",
  percent: "%",
  Ω: "Ohm",
  ohm: "Ohm",
  volt: "V",
  volts: "V",
  pascal: "Pa",
  RPM: "rpm",
  kt: "kn",
  hr: "h",
  hour: "h",
  minute: "min",
  dps: "deg/s",
  mps: "m/s",
};

/** SI brochure, table 7. */
const PREFIXES: Readonly<Record<string, number>> = {
  Q: 1e30,
  R: 1e27,
  Y: 1e24,
  Z: 1e21,
  E: 1e18,
  P: 1e15,
  T: 1e12,
  G: 1e9,
  M: 1e6,
  k: 1e3,
  h: 1e2,
  da: 1e1,
  d: 1e-1,
  c: 1e-2,
  m: 1e-3,
  u: 1e-6,
  μ: 1e-6,
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  a: 1e-18,
  z: 1e-21,
  y: 1e-24,
  r: 1e-27,
  q: 1e-30,
};

const UNIT_TEXT_MAX = 64;
const EXPONENT_MAX = 9;

/** Reads a unit. Throws `TraceError` ("bad-unit") naming the part that is not understood. */
export function parseUnit(text: string): Unit {
  const trimmed = text.normalize("NFKC").replaceAll("\u2212", "-").trim();
  if (trimmed.length > UNIT_TEXT_MAX)
    throw new TraceError("bad-unit", `a unit has at most ${UNIT_TEXT_MAX} characters; found ${trimmed.length}`);
  let factor = 1;
  const dimension = [...NONE];
  const parts = trimmed === "" ? [] : spelled(trimmed).split(/([*./·])/);
  let sign = 1;
  for (let i = 0; i < parts.length; i += 2) {
    if (parts[i - 1] === "/") sign = -1;
    else if (parts[i - 1] === "*" && sign < 0) {
      throw new TraceError(
        "bad-unit",
        `the unit "${trimmed}" multiplies after "/"; put what divides last, joined by "."`,
      );
    }
    const { symbol, exponent } = parseFactor((parts[i] ?? "").trim(), trimmed);
    factor *= symbol.factor ** (sign * exponent);
    symbol.dimension.forEach((power, axis) => {
      dimension[axis] = (dimension[axis] ?? 0) + sign * exponent * power;
    });
  }
  // A shift makes sense only for a temperature alone: degC/s is a rate, K/s.
  const alone = parts.length === 1 ? symbolOf(parts[0] ?? "") : undefined;
  return {
    text: trimmed === "" ? "1" : trimmed,
    factor,
    shift: alone?.shift ?? 0,
    dimension,
  };
}

function spelled(text: string): string {
  return own(ALIASES, text) ?? text;
}

function parseFactor(part: string, whole: string): { symbol: Symbol; exponent: number } {
  const match = /^(.*?)(?:\^?(-?\d+))?$/u.exec(part);
  const name = match?.[1] ?? "";
  const exponent = match?.[2] === undefined ? 1 : Number(match[2]);
  if (name === "" && match?.[2] === "1" && !part.startsWith("^"))
    return { symbol: { factor: 1, dimension: NONE }, exponent: 1 };
  if (exponent === 0 || Math.abs(exponent) > EXPONENT_MAX) {
    throw new TraceError(
      "bad-unit",
      `the unit "${whole}" has the exponent ${exponent}; expected 1 to ${EXPONENT_MAX} or -1 to -${EXPONENT_MAX}`,
    );
  }
  const symbol = symbolOf(name);
  if (symbol === undefined) {
    const near = didYouMean(name, Object.keys(SYMBOLS));
    throw new TraceError(
      "bad-unit",
      `"${name}" in the unit "${whole}" is not known${near} (examples: m/s^2, rad/s, degC, kPa, %)`,
    );
  }
  return { symbol, exponent };
}

function symbolOf(name: string): Symbol | undefined {
  const plain = own(SYMBOLS, own(ALIASES, name) ?? name);
  if (plain !== undefined) return plain;
  for (const length of [1, 2]) {
    const prefix = own(PREFIXES, name.slice(0, length));
    const rest = own(ALIASES, name.slice(length)) ?? name.slice(length);
    const base = own(SYMBOLS, rest);
    if (prefix !== undefined && base?.prefixes === true)
      return { factor: prefix * base.factor, dimension: base.dimension };
  }
  return undefined;
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** True when values in one unit can be said in the other. */
export function compatible(a: Unit, b: Unit): boolean {
  return a.dimension.every((power, axis) => power === b.dimension[axis]);
}

export interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

/** `to = from * scale + offset`. Throws `TraceError` ("unit-mismatch") naming both units. */
export function convert(from: Unit, to: Unit): Conversion {
  if (!compatible(from, to)) {
    const hint = from.text === "g" ? `; standard gravity is written "gn"` : "";
    throw new TraceError(
      "unit-mismatch",
      `the unit "${from.text}" (${describe(from)}) cannot be turned into "${to.text}" (${describe(to)})${hint}`,
    );
  }
  // The same unit must change no bit of a value.
  if (from.factor === to.factor && from.shift === to.shift) return { scale: 1, offset: 0 };
  return { scale: from.factor / to.factor, offset: (from.shift - to.shift) / to.factor };
}

const AXES = ["m", "kg", "s", "A", "K", "mol", "cd", "rad", "dB"] as const;

/** A unit in base units, for messages: `m.s^-2`. */
function describe(unit: Unit): string {
  const parts = AXES.flatMap((axis, i) => {
    const power = unit.dimension[i] ?? 0;
    if (power === 0) return [];
    return power === 1 ? [axis] : [`${axis}^${power}`];
  });
  return parts.length === 0 ? "no dimension" : parts.join(".");
}
