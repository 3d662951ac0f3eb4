/** Proposes a mapping when the user gives none: by name, unit and rate, with reasons, as a file that can be kept. */
import { basename } from "node:path";
import { CHANNELS, type ChannelName } from "../../model/enums.ts";
import { convert, parseUnit } from "../../model/units.ts";
import { MAPPING_SCHEMA } from "../mapping/mapping.ts";
import { columnsOf, type Recording } from "../recording/recording.ts";
import { type LawInput, medianInterval } from "../sampling/track.ts";
import { type Likeness, likenessOf } from "./likeness.ts";
import { measureNoise } from "./noise.ts";

/** Below this a column is not proposed at all. */
const SCORE_MIN = 0.45;
/** A rival this near makes the choice a question. */
const RIVAL_MARGIN = 0.03;
/** A row that lasts this many periods is no sample of a control loop: one row per frame is proposed. */
const SLOW_PERIODS = 50;

export interface SignalProposal {
  readonly signal: string;
  /** Undefined when no column fits. */
  readonly column: string | undefined;
  readonly score: number;
  readonly reasons: readonly string[];
  /** A sentence on what was taken for granted of the column's unit. */
  readonly assumed: string | undefined;
  /** Other columns that fit about as well. */
  readonly rivals: readonly string[];
}

export interface Proposal {
  /** The mapping file, ready to save; signals without a column are missing in it. */
  readonly text: string;
  readonly signals: readonly SignalProposal[];
  readonly missing: readonly string[];
  /** Signals whose choice has rivals. */
  readonly ambiguous: readonly string[];
}

export interface ProposeOptions {
  /** Control period in us; lets slow recordings be played one row per frame. */
  readonly period_us?: number;
}

/** Proposes a column for each input of the law. Same recording, same proposal. */
export function proposeMapping(
  recording: Recording,
  inputs: readonly LawInput[],
  options: ProposeOptions = {},
): Proposal {
  const most = Math.max(1, ...recording.topics.map((topic) => topic.count));
  const choices = inputs.map((input) => choose(recording, input, most));
  const chosen = choices.flatMap(({ best, copies }) => copies?.A ?? best?.column.name ?? []);
  const time = timeOf(recording, chosen, options.period_us);
  const entries: Record<string, unknown> = {};
  for (const choice of choices) {
    const { best, input } = choice;
    if (best !== undefined) entries[input.name] = entryOf(recording, { ...choice, best }, time !== undefined);
  }
  const signals = choices.map(({ input, best, rivals }) => ({
    signal: input.name,
    column: best?.column.name,
    score: best?.score ?? 0,
    reasons: best?.reasons ?? [],
    assumed: best?.assumed,
    rivals,
  }));
  const file = {
    schema: MAPPING_SCHEMA,
    note: `Proposed by name, unit and rate for ${basename(recording.file)}. Check units and figures before relying on it.`,
    ...(time === undefined ? {} : { time }),
    signals: entries,
  };
  return {
    text: `${JSON.stringify(file, null, 2)}\n`,
    signals,
    missing: signals.filter(({ column }) => column === undefined).map(({ signal }) => signal),
    ambiguous: signals.filter(({ rivals }) => rivals.length > 0).map(({ signal }) => signal),
  };
}

interface Choice {
  readonly input: LawInput;
  readonly best: Likeness | undefined;
  /** A column of its own for each channel. */
  readonly copies: Copies | undefined;
  readonly rivals: readonly string[];
}

function choose(recording: Recording, input: LawInput, most: number): Choice {
  const own = ownColumns(recording, input.name);
  const isChannels = (column: string): boolean => Object.values(own ?? {}).includes(column);
  const ranked = columnsOf(recording)
    .flatMap((column) => likenessOf(column, input, { most, isChannels: isChannels(column.name) }) ?? [])
    .filter((likeness) => likeness.score >= SCORE_MIN)
    .sort((a, b) => b.score - a.score || (a.column.name < b.column.name ? -1 : 1));
  const best = ranked[0];
  if (best === undefined) return { input, best, copies: undefined, rivals: [] };
  const copies = own ?? instancesOf(recording, best);
  const taken = Object.values(copies ?? {});
  const rivals = ranked
    .slice(1)
    .filter((other) => best.score - other.score <= RIVAL_MARGIN && !taken.includes(other.column.name))
    .map((other) => other.column.name);
  return { input, best, copies, rivals };
}

type Copies = Readonly<Record<ChannelName, string>>;

/** A recording of three channels names them: `A.gyro_x`, `gyro_x_a`, `gyro_x.A`. */
function ownColumns(recording: Recording, signal: string): Copies | undefined {
  const names = new Map(columnsOf(recording).map((column) => [column.name.toLowerCase(), column.name]));
  for (const form of [
    (c: string) => `${c}.${signal}`,
    (c: string) => `${signal}_${c}`,
    (c: string) => `${signal}.${c}`,
  ]) {
    const [a, b, c] = CHANNELS.map((channel) => names.get(form(channel).toLowerCase()));
    if (a !== undefined && b !== undefined && c !== undefined) return { A: a, B: b, C: c };
  }
  return undefined;
}

/** Three instances of one topic, each with at least half of the best one's records, are three real sensors. */
function instancesOf(recording: Recording, best: Likeness): Copies | undefined {
  const { topic, name, count } = best.column;
  const base = topic.replace(/#\d+$/, "");
  const field = name.slice(topic.length);
  const found = [base, `${base}#1`, `${base}#2`].map((instance) => recording.find(`${instance}${field}`));
  if (!found.every((column) => column !== undefined && column.count * 2 >= count)) return undefined;
  const [a, b, c] = found;
  return a === undefined || b === undefined || c === undefined ? undefined : { A: a.name, B: b.name, C: c.name };
}

function entryOf(recording: Recording, choice: Choice & { best: Likeness }, byRow: boolean): Record<string, unknown> {
  const { input, best, copies, rivals } = choice;
  const also = rivals.length === 0 ? "" : `; also possible: ${rivals.slice(0, 3).join(", ")}`;
  const common = {
    ...(copies === undefined ? { column: best.column.name } : {}),
    ...(input.type === "bool" ? {} : { unit: best.unit }),
    ...(best.convert === "unit" ? {} : { convert: best.convert }),
  };
  const reason = `score ${best.score.toFixed(2)}: ${best.reasons.join(", ")}${also}`;
  if (copies !== undefined) {
    const channels = Object.fromEntries(CHANNELS.map((channel) => [channel, { column: copies[channel] }]));
    return { ...common, channels, note: reason };
  }
  if (input.type !== "f32") return { ...common, note: reason };
  const noise = noiseOf(recording, best, input);
  const derived = `${reason}. One source for three channels: noise as measured on the column (second differences)`;
  // Played by row, times do not count, and neither does a shift of them.
  if (byRow) return { ...common, noise, note: derived };
  const third = thirdOfInterval(recording, best.column.name);
  const channels = { B: { skew_us: third }, C: { skew_us: 2 * third } };
  return { ...common, noise, channels, note: `${derived}, skew of a third of its interval each` };
}

/** Noise of the column in the signal's unit, two significant digits. */
function noiseOf(recording: Recording, best: Likeness, input: LawInput): number {
  const sigma = measureNoise(recording.read(best.column.name).values);
  if (best.convert === "pressure_to_altitude") {
    // Near the ground 1 Pa is 0.083 m (hydrostatic law with ISA's density at sea level).
    return rounded(Math.abs(sigma * convert(parseUnit(best.unit), parseUnit("Pa")).scale * 0.083));
  }
  return rounded(Math.abs(sigma * convert(parseUnit(best.unit), parseUnit(input.unit)).scale));
}

function rounded(value: number): number {
  return Number(value.toPrecision(2));
}

/** At most the longest skew a mapping may state. */
function thirdOfInterval(recording: Recording, column: string): number {
  const times = recording.read(column).times.map((time) => Math.round(time * 1e9));
  const rising = times.filter((time, i) => i === 0 || time > (times[i - 1] ?? 0));
  return Math.min(1_000_000, Math.max(0, Math.round(medianInterval(rising) / 3000)));
}

function timeOf(recording: Recording, chosen: readonly string[], period_us: number | undefined): object | undefined {
  if (period_us === undefined || chosen.length === 0) return undefined;
  const topics = new Set(chosen.map((name) => recording.find(name)?.topic));
  if (topics.size !== 1) return undefined;
  const times = recording.read(chosen[0] ?? "").times.map((time) => Math.round(time * 1e9));
  return medianInterval(times) / 1000 > SLOW_PERIODS * period_us ? { rows_per_frame: 1 } : undefined;
}
