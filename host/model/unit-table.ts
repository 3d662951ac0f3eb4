/**
 * The one table of units. Names and prefixes are those of the SI brochure (9th edition, tables 2, 4, 7 and 8), and a few that
 * instruments speak.
 */

/** The base units. An angle and a level are kept apart, although the SI gives them no dimension. */
export const AXES = ["m", "kg", "s", "A", "K", "mol", "cd", "rad", "dB"] as const;

/** Exponents of the AXES. */
export type Dimension = readonly number[];

export interface UnitSymbol {
  /** One of it in base units, before `shift` is added. */
  readonly factor: number;
  readonly dimension: Dimension;
  readonly shift?: number;
  /** Takes the prefixes of the SI. */
  readonly prefixes?: true;
  /** Recordings may use it; a control law is to declare the SI's instead. */
  readonly columnsOnly?: true;
}

export const NONE: Dimension = [0, 0, 0, 0, 0, 0, 0, 0, 0];
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
export const SYMBOLS: Readonly<Record<string, UnitSymbol>> = {
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
  gauss: { factor: 1e-4, dimension: MAGNETIC, prefixes: true, columnsOnly: true },
  lm: { factor: 1, dimension: [0, 0, 0, 0, 0, 0, 1, 0, 0], prefixes: true },
  lx: { factor: 1, dimension: [-2, 0, 0, 0, 0, 0, 1, 0, 0], prefixes: true },
  sr: { factor: 1, dimension: [0, 0, 0, 0, 0, 0, 0, 2, 0], prefixes: true },
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
  degF: { factor: 5 / 9, shift: 459.67 * (5 / 9), dimension: KELVIN, columnsOnly: true },
  "%": { factor: 0.01, dimension: NONE },
  ppm: { factor: 1e-6, dimension: NONE },
  atm: { factor: 101_325, dimension: PRESSURE, columnsOnly: true },
  // International yard and pound agreement of 1959: inch, foot and pound-force per square inch.
  psi: { factor: 6894.757293168361, dimension: PRESSURE, columnsOnly: true },
  in: { factor: 0.0254, dimension: METRE, columnsOnly: true },
  ft: { factor: 0.3048, dimension: METRE, columnsOnly: true },
  nmi: { factor: 1852, dimension: METRE, columnsOnly: true },
  kn: { factor: 1852 / 3600, dimension: SPEED, columnsOnly: true },
};

/** What people write, and what it is called here. A recording may write it; a control law is told the right name. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "°C": "degC",
  celsius: "degC",
  Celsius: "degC",
  "°F": "degF",
  fahrenheit: "degF",
  kelvin: "K",
  Kelvin: "K",
  "°": "deg",
  degree: "deg",
  degrees: "deg",
  radian: "rad",
  radians: "rad",
  sec: "s",
  second: "s",
  seconds: "s",
  meter: "m",
  meters: "m",
  metre: "m",
  metres: "m",
  percent: "%",
  Ω: "Ohm",
  ohm: "Ohm",
  volt: "V",
  volts: "V",
  amp: "A",
  amps: "A",
  newton: "N",
  pascal: "Pa",
  Nm: "N.m",
  "N*m": "N.m",
  hz: "Hz",
  HZ: "Hz",
  RPM: "rpm",
  kt: "kn",
  hr: "h",
  hour: "h",
  minute: "min",
  dps: "deg/s",
  mps: "m/s",
  kmh: "km/h",
  kph: "km/h",
  g0: "gn",
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
  n: 1e-9,
  p: 1e-12,
  f: 1e-15,
  a: 1e-18,
  z: 1e-21,
  y: 1e-24,
  r: 1e-27,
  q: 1e-30,
};

/** The name that a spelling stands for, or undefined for what is no known spelling. */
export function spellingOf(text: string): string | undefined {
  return own(SPELLINGS, text);
}

/** The symbol of a name, with its prefix. `called`: what the name without its prefix stands for. */
export function symbolOf(name: string, called: (name: string) => string = (same) => same): UnitSymbol | undefined {
  const plain = own(SYMBOLS, called(name));
  if (plain !== undefined) return plain;
  for (const length of [1, 2]) {
    const prefix = own(PREFIXES, name.slice(0, length));
    const base = own(SYMBOLS, called(name.slice(length)));
    if (prefix === undefined || base?.prefixes !== true) continue;
    return { ...base, factor: prefix * base.factor };
  }
  return undefined;
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
