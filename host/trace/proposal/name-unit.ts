/**
 * A unit that a column's name ends in: `temperature_K`, `gyro_x_deg_s`, `speed_m_per_s`. An ending is read as a unit only
 * where the signal's own unit is of that kind, because most endings are no units: `_min` is no minute, `_L` no litre.
 */
import { compatible, parseUnit, type Unit } from "../../model/units.ts";

/** What a letter means at the end of a name, where its SI meaning (coulomb, farad, gram) does not fit. */
const COLLOQUIAL: Readonly<Record<string, string>> = { C: "degC", F: "degF", g: "gn" };
/** Spellings of names in lower case. A single letter is left alone: `gyro_x_a` may be a channel's. */
const LOWER: Readonly<Record<string, string>> = {
  degc: "degC",
  degf: "degF",
  hz: "Hz",
  khz: "kHz",
  pa: "Pa",
  hpa: "hPa",
  kpa: "kPa",
  mv: "mV",
  ma: "mA",
  kw: "kW",
};

/** The unit at the end of `name` that is of one kind with `signal`'s, or undefined. The longest ending counts. */
export function unitInName(name: string, signal: Unit): string | undefined {
  const words = wordsOf(name);
  const [third = "", second = "", last = ""] = ["", "", ...words].slice(-3);
  if (last === "" || words.length < 2) return undefined;
  const readings = [
    second === "per" ? `${spelled(third)}/${spelled(last)}` : "",
    `${spelled(second)}/${spelled(last)}`,
    `${spelled(second)}.${spelled(last)}`,
    spelled(last),
    COLLOQUIAL[last] ?? "",
  ];
  return readings.find((text) => text !== "" && isOfKind(text, signal));
}

/** The last word of a name, for a person to judge. */
export function endingOf(name: string): string {
  return wordsOf(name).at(-1) ?? name;
}

/** Without an index at the end: `rates_deg_s[0]` ends in s. */
function wordsOf(name: string): string[] {
  const plain = name.replace(/\[\d+\]$/, "");
  return plain.split(/[^\p{L}\p{N}%°]+/u).filter((word) => word !== "");
}

function spelled(word: string): string {
  return Object.hasOwn(LOWER, word.toLowerCase()) && word === word.toLowerCase() ? (LOWER[word] ?? word) : word;
}

function isOfKind(text: string, signal: Unit): boolean {
  // A number is an index, not the unit 1.
  if (/^\d/.test(text)) return false;
  try {
    return compatible(parseUnit(text), signal);
  } catch {
    return false;
  }
}
