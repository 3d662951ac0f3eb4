/** The mapping file: which column feeds which signal of which channel. Specified in docs/trace.md. */
import { readFile } from "node:fs/promises";
import { type Checked, parseJson, type Refuse } from "../../model/checked-json.ts";
import { CHANNELS, type ChannelName } from "../../model/enums.ts";
import { type CsvOptions, TIME_UNITS } from "../csv/csv-options.ts";
import { TraceError, unreadable } from "../recording/trace-error.ts";

export const MAPPING_SCHEMA = "quorate/map/1";
/** A minute: skew stands for wiring and filters, not for another recording. */
export const SKEW_US_MAX = 60_000_000;
/** Longer than a day, a sample describes nothing that a controller does. */
export const STALENESS_US_MAX = 86_400_000_000;
const MAPPING_BYTES_MAX = 1_000_000;
const SPEED_MAX = 1_000_000;
const NAME = /^[a-z][a-z0-9_]{0,47}$/;

/** Where the value of one signal in one channel comes from. Figures are in the signal's unit. */
export interface SourceMap {
  readonly column: string;
  /** Unit of the column; needed where the recording states none. */
  readonly unit?: string;
  readonly convert: "unit" | "pressure_to_altitude";
  /** value = converted * scale + offset + bias + noise */
  readonly scale: number;
  readonly offset: number;
  readonly noise: number;
  readonly bias: number;
  /** The channel sees the column this much later. */
  readonly skew_us: number;
  readonly staleness_us?: number;
  readonly note?: string;
  /** JSON path of the nearest entry, for errors. */
  readonly path: string;
}

export interface Mapping {
  readonly file: string;
  readonly time: {
    readonly start_s?: number;
    readonly end_s?: number;
    /** Recorded seconds per second of the run. */
    readonly speed: number;
    /** Ignore the times: this many rows per frame. */
    readonly rows_per_frame?: number;
  };
  readonly csv: CsvOptions;
  readonly signals: ReadonlyMap<string, Readonly<Record<ChannelName, SourceMap>>>;
}

/** Reads and checks a mapping file. */
export async function loadMapping(path: string): Promise<Mapping> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
  return parseMapping(text, path);
}

/** Checks the text of a mapping file. `file` is used in errors. */
export function parseMapping(text: string, file: string): Mapping {
  if (text.length > MAPPING_BYTES_MAX)
    throw new TraceError("too-large", `a mapping has at most ${MAPPING_BYTES_MAX} characters; found ${text.length}`, {
      file,
    });
  const root = parseJson(text, refusal(file)).only([
    "$schema",
    "schema",
    "note",
    "time",
    "csv",
    "staleness_us",
    "signals",
  ]);
  (root.get("schema") ?? missing(root, "schema", JSON.stringify(MAPPING_SCHEMA))).oneOf([MAPPING_SCHEMA]);
  root.get("note")?.string();
  const staleness = root.get("staleness_us")?.number(1, STALENESS_US_MAX);
  const signals = new Map<string, Record<ChannelName, SourceMap>>();
  for (const [name, entry] of (root.get("signals") ?? missing(root, "signals", "an object")).entries()) {
    if (!NAME.test(name))
      entry.fail(
        `a signal name of lower-case letters, digits and _ (up to 48) before this value; the name is ${JSON.stringify(name)} and the value`,
      );
    signals.set(name, parseSignal(entry, staleness));
  }
  if (signals.size === 0) root.get("signals")?.fail("at least one signal");
  return { file, time: parseTime(root.get("time")), csv: parseCsv(root.get("csv")), signals };
}

function refusal(file: string): Refuse {
  return ({ kind, problem, ...where }) =>
    new TraceError(kind === "text" ? "bad-json" : "bad-mapping", problem, { file, ...where });
}

function missing(at: Checked, key: string, expected: string): never {
  at.fail(`"${key}": ${expected}`);
}

const SOURCE_KEYS = [
  "column",
  "unit",
  "convert",
  "scale",
  "offset",
  "noise",
  "bias",
  "skew_us",
  "staleness_us",
  "note",
];

function parseSignal(entry: Checked, staleness: number | undefined): Record<ChannelName, SourceMap> {
  entry.only([...SOURCE_KEYS, "channels"]);
  const channels = entry.get("channels")?.only(CHANNELS);
  const source = (name: ChannelName): SourceMap =>
    parseSource(entry, channels?.get(name)?.only(SOURCE_KEYS), staleness);
  return { A: source("A"), B: source("B"), C: source("C") };
}

/** What the channel states, else what the signal states for all three. */
function parseSource(signal: Checked, channel: Checked | undefined, staleness: number | undefined): SourceMap {
  const get = (key: string): Checked | undefined => channel?.get(key) ?? signal.get(key);
  const column =
    get("column") ??
    missing(channel ?? signal, "column", "the name of a column, here or in each of the channels A, B, C");
  const unit = get("unit")?.string();
  const limit = get("staleness_us")?.number(1, STALENESS_US_MAX) ?? staleness;
  const note = get("note")?.string();
  return {
    column: column.string(),
    ...(unit === undefined ? {} : { unit }),
    convert: get("convert")?.oneOf(["unit", "pressure_to_altitude"]) ?? "unit",
    scale: get("scale")?.number() ?? 1,
    offset: get("offset")?.number() ?? 0,
    noise: get("noise")?.number(0) ?? 0,
    bias: get("bias")?.number() ?? 0,
    skew_us: get("skew_us")?.number(-SKEW_US_MAX, SKEW_US_MAX) ?? 0,
    ...(limit === undefined ? {} : { staleness_us: limit }),
    ...(note === undefined ? {} : { note }),
    path: (channel ?? signal).path,
  };
}

function parseTime(time: Checked | undefined): Mapping["time"] {
  time?.only(["start_s", "end_s", "speed", "rows_per_frame"]);
  const start = time?.get("start_s")?.number();
  const end = time?.get("end_s")?.number();
  const rows = time?.get("rows_per_frame")?.number(1 / SPEED_MAX, SPEED_MAX);
  const speed = time?.get("speed");
  if (start !== undefined && end !== undefined && end <= start)
    time?.get("end_s")?.fail(`a time after start_s, ${start}`);
  if (rows !== undefined && speed !== undefined)
    speed.fail("no speed beside rows_per_frame, which sets the pace alone");
  return {
    ...(start === undefined ? {} : { start_s: start }),
    ...(end === undefined ? {} : { end_s: end }),
    speed: speed?.number(1 / SPEED_MAX, SPEED_MAX) ?? 1,
    ...(rows === undefined ? {} : { rows_per_frame: rows }),
  };
}

function parseCsv(csv: Checked | undefined): CsvOptions {
  csv?.only(["delimiter", "decimal", "header", "time_column", "time_unit"]);
  const delimiter = csv?.get("delimiter");
  if (delimiter !== undefined && [...delimiter.string()].length !== 1) delimiter.fail("one character");
  const header = csv?.get("header")?.boolean();
  const timeColumn = csv?.get("time_column")?.string();
  const timeUnit = csv?.get("time_unit")?.oneOf(TIME_UNITS);
  const decimal = csv?.get("decimal")?.oneOf([".", ","]);
  return {
    ...(delimiter === undefined ? {} : { delimiter: delimiter.string() }),
    ...(decimal === undefined ? {} : { decimal }),
    ...(header === undefined ? {} : { header }),
    ...(timeColumn === undefined ? {} : { timeColumn }),
    ...(timeUnit === undefined ? {} : { timeUnit }),
  };
}
