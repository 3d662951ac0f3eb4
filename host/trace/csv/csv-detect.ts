/**
 * Finds out how a CSV file is written from its first rows. Each guess is the reading under which most cells make sense
 * as numbers or times; what is a guess with a rival is said, and every choice can be set by the user.
 */

import { didYouMean } from "../../model/near.ts";
import { parseUnit } from "../../model/units.ts";
import { TraceError } from "../recording/trace-error.ts";
import type { CsvOptions, TimeUnit } from "./csv-options.ts";
import { cellsOf } from "./csv-rows.ts";
import { cellNumber, isNothing, isoNs, timeNs } from "./csv-values.ts";

export interface CsvShape {
  readonly delimiter: string;
  readonly decimal: "." | ",";
  readonly header: boolean;
  readonly names: readonly string[];
  readonly units: readonly (string | undefined)[];
  /** Index of the time column, or -1: then row numbers count as seconds. */
  readonly time: number;
  readonly timeUnit: TimeUnit;
  /** Columns that hold text. */
  readonly texts: ReadonlySet<number>;
  /** What was guessed although something else was possible. */
  readonly doubts: readonly string[];
}

const DELIMITERS = ["\t", ";", ",", "|", " "];

/** Detects what `options` leaves open. `sample` are the first rows as text; there is at least one. */
export function detectShape(sample: readonly string[], options: CsvOptions, file: string): CsvShape {
  const doubts: string[] = [];
  const delimiter = options.delimiter ?? bestDelimiter(sample, options);
  const rows = sample.map((text) => cellsOf(text, delimiter));
  const decimal = options.decimal ?? decimalOf(rows, delimiter);
  const header = options.header ?? hasHeader(rows, decimal);
  const data = header ? rows.slice(1) : rows;
  const width = modalWidth(data.length > 0 ? data : rows);
  const { names, units } = nameColumns(header ? (rows[0] ?? []) : [], width);
  const texts = new Set<number>();
  for (let column = 0; column < width; column++) if (isText(data, column, decimal)) texts.add(column);
  const time = timeColumn({ names, data, decimal, texts }, options, file);
  const timeUnit =
    options.timeUnit ??
    (time < 0 ? "s" : timeUnitOf({ data, time, decimal, unit: units[time], name: names[time] ?? "" }, doubts));
  if (time < 0)
    doubts.push(
      "no column of times was found: rows are counted as seconds; set time_column, or rows_per_frame in the mapping",
    );
  return { delimiter, decimal, header, names, units, time, timeUnit, texts, doubts };
}

/** The delimiter under which rows have one width and cells are numbers or times; none when no candidate occurs. */
function bestDelimiter(sample: readonly string[], options: CsvOptions): string {
  let best = "";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    if (delimiter === options.decimal) continue;
    const rows = sample.map((text) => cellsOf(text, delimiter));
    const width = modalWidth(rows);
    if (width < 2) continue;
    const even = rows.filter((cells) => cells.length === width).length / rows.length;
    const body = rows.length > 1 ? rows.slice(1) : rows;
    const decimal = options.decimal ?? decimalOf(body, delimiter);
    const cells = body.flat();
    const sound = cells.filter((cell) => makesSense(cell, decimal)).length / cells.length;
    const score = even * (0.1 + sound);
    if (score > bestScore + 1e-9) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

function makesSense(cell: string, decimal: "." | ","): boolean {
  return isNothing(cell) || !Number.isNaN(cellNumber(cell, decimal)) || isoNs(cell) !== undefined;
}

/** A comma is the decimal sign when it cannot be the delimiter, occurs in numbers, and no point does. */
function decimalOf(rows: readonly (readonly string[])[], delimiter: string): "." | "," {
  if (delimiter === ",") return ".";
  const cells = rows.flat();
  const comma = cells.some((cell) => /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/.test(cell));
  const point = cells.some((cell) => /^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$/.test(cell));
  return comma && !point ? "," : ".";
}

/** The first row holds names when none of its cells is a value. */
function hasHeader(rows: readonly (readonly string[])[], decimal: "." | ","): boolean {
  const first = rows[0] ?? [];
  return (
    first.some((cell) => cell !== "") &&
    !first.some((cell) => cell !== "" && makesSense(cell, decimal) && !isNothing(cell))
  );
}

function modalWidth(rows: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(row.length, (counts.get(row.length) ?? 0) + 1);
  let best = 0;
  for (const [width, count] of counts) {
    const most = counts.get(best) ?? 0;
    if (count > most || (count === most && width > best)) best = width;
  }
  return best;
}

/** Names made unique; a unit in brackets at the end, `oil [degC]`, is taken off. */
function nameColumns(header: readonly string[], width: number): { names: string[]; units: (string | undefined)[] } {
  const names: string[] = [];
  const units: (string | undefined)[] = [];
  const used = new Set<string>();
  for (let column = 0; column < width; column++) {
    const cell = header[column] ?? "";
    const match = /^(.+?)\s*[[(]([^\])]+)[\])]$/.exec(cell);
    const unit = match?.[2] !== undefined && isUnit(match[2]) ? match[2].trim() : undefined;
    const plain = (unit === undefined ? cell : (match?.[1] ?? cell)) || `column_${column + 1}`;
    let name = plain;
    for (let copy = 2; used.has(name); copy++) name = `${plain}_${copy}`;
    used.add(name);
    names.push(name);
    units.push(unit);
  }
  return { names, units };
}

function isUnit(text: string): boolean {
  try {
    parseUnit(text);
    return true;
  } catch {
    return false;
  }
}

function isText(data: readonly (readonly string[])[], column: number, decimal: "." | ","): boolean {
  let seen = false;
  for (const row of data) {
    const cell = row[column] ?? "";
    if (isNothing(cell)) continue;
    if (!Number.isNaN(cellNumber(cell, decimal))) return false;
    seen = true;
  }
  return seen;
}

interface TimeSearch {
  readonly names: readonly string[];
  readonly data: readonly (readonly string[])[];
  readonly decimal: "." | ",";
  readonly texts: ReadonlySet<number>;
}

const TIME_NAME =
  /^(?:t|ts|time|date|datetime|zeit|timestamp|time_?stamp|clock|.*[_ .](?:time|timestamp|stamp))(?:[_ ](?:s|sec|ms|us|ns|utc))?$/i;

function timeColumn(search: TimeSearch, options: CsvOptions, file: string): number {
  const { names, data } = search;
  if (options.timeColumn !== undefined) {
    if (options.timeColumn === "") return -1;
    const index = names.indexOf(options.timeColumn);
    if (index >= 0) return index;
    const near = didYouMean(options.timeColumn, names);
    throw new TraceError(
      "bad-option",
      `expected time_column to be one of the columns (${names.slice(0, 8).join(", ")}); found "${options.timeColumn}"${near}`,
      { file },
    );
  }
  const columns = names.map((_, index) => index);
  const dates = (index: number): boolean =>
    data.length > 0 && data.every((row) => isoNs(row[index] ?? "") !== undefined);
  const numbers = (index: number): boolean => data.length > 0 && !search.texts.has(index);
  const named = columns.filter((index) => TIME_NAME.test(names[index] ?? ""));
  // A name is believed although times jump back; without one, only a column that rises nearly always is a clock.
  return (
    named.find((index) => dates(index) || (numbers(index) && fallsIn(search, index) < 0.5)) ??
    columns.find(dates) ??
    (data.length > 1 && numbers(0) && fallsIn(search, 0) <= 0.1 ? 0 : -1)
  );
}

/** Share of rows whose value in `column` does not continue upwards; 1 when it never rises. */
function fallsIn(search: TimeSearch, column: number): number {
  let previous: bigint | undefined;
  let rises = 0;
  let falls = 0;
  for (const row of search.data) {
    const cell = row[column] ?? "";
    // Digits are compared exactly: two stamps in ns may be the same f64.
    const value = timeNs(cell, "s", search.decimal) ?? timeNs(cell, "ns", search.decimal);
    if (value === undefined || (previous !== undefined && value < previous)) falls++;
    else if (previous !== undefined && value > previous) rises++;
    previous = value ?? previous;
  }
  if (rises === 0 && search.data.length > 1) return 1;
  return falls / search.data.length;
}

interface UnitSearch {
  readonly data: readonly (readonly string[])[];
  readonly time: number;
  readonly decimal: "." | ",";
  readonly unit: string | undefined;
  readonly name: string;
}

/** By date form, by unit in the header, by the size of a stamp since 1970, and last by the size of a step. */
function timeUnitOf(search: UnitSearch, doubts: string[]): TimeUnit {
  const { data, time, decimal } = search;
  const cells = data.map((row) => row[time] ?? "").filter((cell) => !isNothing(cell));
  if (cells.length > 0 && cells.filter((cell) => isoNs(cell) !== undefined).length * 2 > cells.length) return "iso";
  const said = (search.unit ?? /(?:^|[_ ])(s|sec|ms|us|ns)$/i.exec(search.name)?.[1] ?? "").toLowerCase();
  if (said === "s" || said === "sec") return "s";
  if (said === "ms" || said === "us" || said === "ns") return said;
  const values = cells.map((cell) => cellNumber(cell, decimal)).filter((value) => !Number.isNaN(value));
  const size = Math.abs(values[values.length >> 1] ?? 0);
  const step = medianStep(values);
  const since1970 = EPOCH_SCALES.find(([, scale]) => size >= YEAR_2000_S * scale && size < YEAR_2100_S * scale);
  if (since1970 !== undefined && step <= MINUTE_S * since1970[1]) return since1970[0];
  const guess = byStep(cells, step);
  doubts.push(
    `the unit of the times in "${search.name}" is not stated and taken as ${guess}; set time_unit if that is wrong`,
  );
  return guess;
}

/** Recordings are of this century; sensors speak at least once a minute or say their dates in words. */
const YEAR_2000_S = 946_684_800;
const YEAR_2100_S = 4_102_444_800;
const MINUTE_S = 60;
const EPOCH_SCALES: readonly (readonly [TimeUnit, number])[] = [
  ["s", 1],
  ["ms", 1e3],
  ["us", 1e6],
  ["ns", 1e9],
];

function medianStep(values: readonly number[]): number {
  const steps = values
    .slice(1)
    .map((value, i) => Math.abs(value - (values[i] ?? 0)))
    .sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}

/** Whole numbers far apart are ticks of a finer unit: a sensor speaks every 0.1 ms to every minute or so. */
function byStep(cells: readonly string[], step: number): TimeUnit {
  if (cells.some((cell) => timeNs(cell, "ns", ".") === undefined || /[.,eE]/.test(cell))) return "s";
  if (step >= 1_000_000) return "ns";
  if (step >= 1000) return "us";
  return step >= 2 ? "ms" : "s";
}
