/**
 * Units of signals and columns. The grammar is that of the control law (docs/control-law.md), so that one text means the
 * same in both; columns may also be written in other spellings and in units that a control law must not declare
 * (host/build/law/declared-units.ts is the stricter reader).
 *
 *     unit     = "1" | "%" | product [ "/" product ]         everything after "/" divides: J/kg.K
 *     product  = factor { "." factor }
 *     factor   = ( [prefix] symbol | word | "1" ) [ "^" exponent ]
 *
 * An angle is kept as a dimension of its own, so that rad/s and Hz are not taken for each other. "g" is a gram, as in the
 * SI; standard gravity is "gn".
 */
import { QuorateError } from "../errors.ts";
import { didYouMean } from "./near.ts";
import { AXES, type Dimension, NONE, SYMBOLS, spellingOf, symbolOf, type UnitSymbol } from "./unit-table.ts";

/** A unit that is not understood, or two that do not go together. */
export class UnitError extends QuorateError {
  declare readonly code: "bad-unit" | "unit-mismatch";

  constructor(code: UnitError["code"], problem: string) {
    super({ code, kind: "file", problem });
  }
}

export interface Unit {
  readonly text: string;
  /** Value in base units = value * factor + shift. The shift is not 0 only for temperatures. */
  readonly factor: number;
  readonly shift: number;
  readonly dimension: Dimension;
}

const UNIT_TEXT_MAX = 64;
const EXPONENT_MAX = 9;

/** Reads a unit. Throws `UnitError` ("bad-unit") naming the part that is not understood. */
export function parseUnit(text: string): Unit {
  const trimmed = text.normalize("NFKC").replaceAll("\u2212", "-").trim();
  if (trimmed.length > UNIT_TEXT_MAX)
    throw new UnitError("bad-unit", `a unit has at most ${UNIT_TEXT_MAX} characters; found ${trimmed.length}`);
  let factor = 1;
  const dimension = [...NONE];
  const parts = trimmed === "" ? [] : (spellingOf(trimmed) ?? trimmed).split(/([*./·])/);
  let sign = 1;
  for (let i = 0; i < parts.length; i += 2) {
    if (parts[i - 1] === "/") sign = -1;
    else if (parts[i - 1] === "*" && sign < 0) {
      throw new UnitError(
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
  const alone = parts.length === 1 ? columnSymbol(parts[0] ?? "") : undefined;
  return {
    text: trimmed === "" ? "1" : trimmed,
    factor,
    shift: alone?.shift ?? 0,
    dimension,
  };
}

function parseFactor(part: string, whole: string): { symbol: UnitSymbol; exponent: number } {
  const match = /^(.*?)(?:\^?(-?\d+))?$/u.exec(part);
  const name = match?.[1] ?? "";
  const exponent = match?.[2] === undefined ? 1 : Number(match[2]);
  if (name === "" && match?.[2] === "1" && !part.startsWith("^"))
    return { symbol: { factor: 1, dimension: NONE }, exponent: 1 };
  if (exponent === 0 || Math.abs(exponent) > EXPONENT_MAX) {
    throw new UnitError(
      "bad-unit",
      `the unit "${whole}" has the exponent ${exponent}; expected 1 to ${EXPONENT_MAX} or -1 to -${EXPONENT_MAX}`,
    );
  }
  const symbol = columnSymbol(name);
  if (symbol === undefined) {
    const near = didYouMean(name, Object.keys(SYMBOLS));
    throw new UnitError(
      "bad-unit",
      `"${name}" in the unit "${whole}" is not known${near} (examples: m/s^2, rad/s, degC, kPa, %)`,
    );
  }
  return { symbol, exponent };
}

/** Recordings write units as they please: another spelling, and μ, which NFKC makes of both its look-alikes. */
function columnSymbol(name: string): UnitSymbol | undefined {
  return symbolOf(name.replace(/^μ/, "u"), (word) => spellingOf(word) ?? word);
}

/** True when values in one unit can be said in the other. */
export function compatible(a: Unit, b: Unit): boolean {
  return a.dimension.every((power, axis) => power === b.dimension[axis]);
}

export interface Conversion {
  readonly scale: number;
  readonly offset: number;
}

/** `to = from * scale + offset`. Throws `UnitError` ("unit-mismatch") naming both units. */
export function convert(from: Unit, to: Unit): Conversion {
  if (!compatible(from, to)) {
    const hint = from.text === "g" ? `; standard gravity is written "gn"` : "";
    throw new UnitError(
      "unit-mismatch",
      `the unit "${from.text}" (${describe(from)}) cannot be turned into "${to.text}" (${describe(to)})${hint}`,
    );
  }
  // The same unit must change no bit of a value.
  if (from.factor === to.factor && from.shift === to.shift) return { scale: 1, offset: 0 };
  return { scale: from.factor / to.factor, offset: (from.shift - to.shift) / to.factor };
}

/** A unit in base units, for messages: `m.s^-2`. */
function describe(unit: Unit): string {
  const parts = AXES.flatMap((axis, i) => {
    const power = unit.dimension[i] ?? 0;
    if (power === 0) return [];
    return power === 1 ? [axis] : [`${axis}^${power}`];
  });
  return parts.length === 0 ? "no dimension" : parts.join(".");
}
