/**
 * The grammar of units:
 *
 *     unit     = "1" | "%" | product [ "/" product ]
 *     product  = factor { "." factor }
 *     factor   = ( [prefix] symbol | word | "1" ) [ "^" exponent ]
 *     exponent = [ "-" ] digit { digit }, at most 9, not 0
 *
 * Symbols and prefixes are those of the SI brochure (9th edition, tables 2, 4, 7 and 8); words take no prefix.
 */
const SYMBOLS = [
  "m",
  "g",
  "s",
  "A",
  "K",
  "mol",
  "cd",
  "rad",
  "sr",
  "Hz",
  "N",
  "Pa",
  "J",
  "W",
  "C",
  "V",
  "F",
  "Ohm",
  "S",
  "Wb",
  "T",
  "H",
  "lm",
  "lx",
  "Bq",
  "Gy",
  "Sv",
  "kat",
  "L",
  "eV",
  "bar",
];
const PREFIXES = [
  "Q",
  "R",
  "Y",
  "Z",
  "E",
  "P",
  "T",
  "G",
  "M",
  "k",
  "h",
  "da",
  "d",
  "c",
  "m",
  "u",
  "n",
  "p",
  "f",
  "a",
  "z",
  "y",
  "r",
  "q",
];
/** Units outside the SI that instruments speak. */
const WORDS = ["deg", "degC", "rpm", "%", "min", "h", "d", "t", "rev", "ppm", "dB", "gn"];

/** What people write and what the grammar calls it. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ["sec", "s"],
  ["seconds", "s"],
  ["second", "s"],
  ["meter", "m"],
  ["meters", "m"],
  ["metre", "m"],
  ["metres", "m"],
  ["degree", "deg"],
  ["degrees", "deg"],
  ["°", "deg"],
  ["°C", "degC"],
  ["celsius", "degC"],
  ["Celsius", "degC"],
  ["radians", "rad"],
  ["percent", "%"],
  ["RPM", "rpm"],
  ["Nm", "N.m"],
  ["N*m", "N.m"],
  ["hz", "Hz"],
  ["HZ", "Hz"],
  ["volts", "V"],
  ["volt", "V"],
  ["amps", "A"],
  ["amp", "A"],
  ["newton", "N"],
  ["kelvin", "K"],
  ["Kelvin", "K"],
  ["ohm", "Ohm"],
  ["Ω", "Ohm"],
  ["none", "1"],
  ["-", "1"],
  ["", "1"],
  ["µs", "us"],
  ["kmh", "km/h"],
  ["kph", "km/h"],
  ["mps", "m/s"],
  ["g0", "gn"],
]);

export interface UnitFault {
  /** The part that is not understood. */
  readonly part: string;
  /** What to write instead, when that can be told. */
  readonly instead: string | undefined;
}

/** Checks a unit against the grammar. Undefined: it is one. */
export function unitFault(unit: string): UnitFault | undefined {
  const whole = SPELLINGS.get(unit);
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
  const spelled = SPELLINGS.get(symbol);
  if (spelled !== undefined && symbol !== "") return factor.replace(symbol, spelled);
  const power = /^([A-Za-z]+)(-?[1-9])$/.exec(symbol);
  if (power !== null && isKnown(power[1] ?? "")) return `${power[1]}^${power[2]}`;
  if (symbol.includes("*")) return symbol.replaceAll("**", "^").replaceAll("*", ".");
  return "";
}

function isKnown(symbol: string): boolean {
  if (WORDS.includes(symbol) || SYMBOLS.includes(symbol)) return true;
  return PREFIXES.some((prefix) => symbol.startsWith(prefix) && SYMBOLS.includes(symbol.slice(prefix.length)));
}
