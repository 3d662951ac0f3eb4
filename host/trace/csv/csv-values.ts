/** Numbers and times as CSV files write them. */
import type { TimeUnit } from "./csv-options.ts";

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NUMBER_WITH_COMMA = /^[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$/;
/** Cells that say "no value"; they are gaps, not damage. */
const NOTHING = /^(?:|-|nan|[+-]?nan|null|none|n\/a|na|\\n)$/i;

/** A cell's number; true and false are 1 and 0. NaN for anything else. */
export function cellNumber(cell: string, decimal: "." | ","): number {
  if (decimal === "," ? NUMBER_WITH_COMMA.test(cell) : NUMBER.test(cell)) {
    return Number(decimal === "," ? cell.replace(",", ".") : cell);
  }
  if (/^true$/i.test(cell)) return 1;
  if (/^false$/i.test(cell)) return 0;
  return Number.NaN;
}

/** True for a cell that says there is no value. */
export function isNothing(cell: string): boolean {
  return NOTHING.test(cell);
}

/** Year first, as ISO 8601 and RFC 3339 write it; "/" and a blank are accepted. Without a zone the time is UTC. */
const ISO =
  /^(\d{4})[-/](\d{2})[-/](\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** ns since 1970 of an ISO date or time, or undefined. Fields out of range (month 13, 30 February) are refused. */
export function isoNs(cell: string): bigint | undefined {
  const match = ISO.exec(cell);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? 0));
  const ms = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
  const back = new Date(ms);
  const kept = back.getUTCMonth() === (month ?? 0) - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  // A leap second, :60, is the next minute's first.
  const clock = (hour ?? 0) < 24 && (minute ?? 0) < 60 && (second ?? 0) <= 60;
  if (!clock || (!kept && second !== 60) || (month ?? 0) > 12 || (day ?? 0) > 31 || (day ?? 0) < 1) return undefined;
  const zone = zoneMinutes(match[8]);
  if (zone === undefined) return undefined;
  const fraction = BigInt((match[7] ?? "").padEnd(9, "0"));
  return BigInt(ms - zone * 60_000) * 1_000_000n + fraction;
}

function zoneMinutes(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === "Z" || zone === "z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

const NS_DIGITS: Readonly<Record<Exclude<TimeUnit, "iso">, number>> = { s: 9, ms: 6, us: 3, ns: 0 };
/** Beyond this a stamp is no time: 2^63 ns are 292 years. */
const DIGITS_MAX = 19;

/** ns of a time cell. Decimal digits are shifted as text: an f64 of 1.7e18 ns would be 256 ns coarse. */
export function timeNs(cell: string, unit: TimeUnit, decimal: "." | ","): bigint | undefined {
  if (unit === "iso") return isoNs(cell);
  const match = /^([+-]?)(\d*)(?:[.,](\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(cell);
  const whole = match?.[2] ?? "";
  const fraction = match?.[3] ?? "";
  if (match === null || whole + fraction === "") return undefined;
  if (cell.includes(decimal === "," ? "." : ",")) return undefined;
  const places = NS_DIGITS[unit] + Number(match[4] ?? 0);
  if (places < -DIGITS_MAX || places > 2 * DIGITS_MAX) return undefined;
  const all = whole + fraction.slice(0, Math.max(0, places)).padEnd(Math.max(0, places), "0");
  const digits = (places < 0 ? all.slice(0, places) : all).replace(/^0+/, "");
  if (digits.length > DIGITS_MAX) return undefined;
  const ns = BigInt(digits === "" ? "0" : digits);
  return match[1] === "-" ? -ns : ns;
}
