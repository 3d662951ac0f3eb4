import { spellingOf, symbolOf } from "../../model/unit-table.ts";

/**
 * The grammar of units that a control law declares:
 *
 *     unit     = "1" | "%" | product [ "/" product ]
 *     product  = factor { "." factor }
 *     factor   = ( [prefix] symbol | word | "1" ) [ "^" exponent ]
 *     exponent = [ "-" ] digit { digit }, at most 9, not 0
 *
 * Symbols and prefixes are those of host/model/unit-table.ts; a recording may be read more freely (host/model/units.ts).
 */

/** What people write where a value has no unit. */
const NO_UNIT = ["none", "-", ""];

export interface UnitFault {
  /** The part that is not understood. */
  readonly part: string;
  /** What to write instead, when that can be told. */
  readonly instead: string | undefined;
}

/** Checks a unit against the grammar. Undefined: it is one. */
export function unitFault(unit: string): UnitFault | undefined {
  const whole = spelled(unit);
  if (whole !== undefined) return { part: unit, instead: whole };
  const sides = unit.split("/");
  if (sides.length > 2) {
    return { part: unit, instead: `${sides[0]}/${sides.slice(1).join(".")}` };
  }
  for (const factor of sides.flatMap((side) => side.split("."))) {
    const instead = factorFault(factor);
    if (instead !== undefined)
      return { part: factor, instead: instead === "" ? undefined : unit.replace(factor, instead) };
  }
  return undefined;
}

/** Undefined: a factor of the grammar. Else what to write, "" when nothing fits. */
function factorFault(factor: string): string | undefined {
  const match = /^([^^]*)(?:\^(-?[1-9]))?$/.exec(factor);
  const symbol = match?.[1] ?? "";
  if (match === null) return "";
  if (symbol === "1" || isKnown(symbol)) return undefined;
  const meant = symbol === "" ? undefined : spelled(symbol);
  if (meant !== undefined) return factor.replace(symbol, meant);
  const power = /^([A-Za-z]+)(-?[1-9])$/.exec(symbol);
  if (power !== null && isKnown(power[1] ?? "")) return `${power[1]}^${power[2]}`;
  if (symbol.includes("*")) return symbol.replaceAll("**", "^").replaceAll("*", ".");
  return "";
}

function isKnown(name: string): boolean {
  const symbol = symbolOf(name);
  return symbol !== undefined && symbol.columnsOnly !== true;
}

/** The right name of what people write, as far as there is one that a control law may use. */
function spelled(text: string): string | undefined {
  if (NO_UNIT.includes(text)) return "1";
  const name = spellingOf(text) ?? text.replace(/^[µμ]/, "u");
  return name !== text && unitFault(name) === undefined ? name : undefined;
}
