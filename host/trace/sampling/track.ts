/** One signal of one channel made ready to play: times in ns and finished 32-bit words, late records left out. */

import type { ChannelName } from "../../model/enums.ts";
import { didYouMean } from "../../model/near.ts";
import { heldWordOf } from "../../model/numbers.ts";
import { Random } from "../../model/random.ts";
import type { SignalType } from "../../model/signals.ts";
import { convert, parseUnit, type Unit, UnitError } from "../../model/units.ts";
import { counted, secondsText } from "../../model/words.ts";
import type { SourceMap } from "../mapping/mapping.ts";
import { type Column, columnsOf, type Recording } from "../recording/recording.ts";
import { type Problem, TraceError } from "../recording/trace-error.ts";
import { pressureToAltitude } from "./altitude.ts";

/** An input of the control law, as the signal table states it. */
export interface LawInput {
  readonly name: string;
  readonly unit: string;
  readonly type: SignalType;
}

export interface Track {
  /** Strictly increasing, ns after the start of the recording. Integers, so that comparisons are exact. */
  readonly times: Float64Array;
  readonly words: Uint32Array;
  readonly columnUnit: string;
  readonly staleness_us: number;
  /** Records that hold no usable number. */
  readonly unusable: number;
}

export interface TrackOptions {
  readonly recording: Recording;
  readonly input: LawInput;
  readonly channel: ChannelName;
  readonly source: SourceMap;
  readonly seed: number;
  /** Replaces the times: ns per row. */
  readonly rowNs?: number;
  /** File of the mapping, for errors. */
  readonly file: string;
}

/** Without a limit in the mapping, a sample is stale after three usual intervals: two lost in a row are noticed. */
const STALE_INTERVALS = 3;

/** Converts, adds seeded noise and bias, and packs a column for one signal of one channel. */
export function makeTrack(options: TrackOptions): Track {
  const { recording, input, source, channel } = options;
  const place = { file: options.file, path: source.path };
  const info = recording.find(source.column);
  if (info === undefined) {
    const near = didYouMean(
      source.column,
      columnsOf(recording).map((column) => column.name),
    );
    throw new TraceError(
      "no-such-column",
      `expected a column of ${recording.file}; found "${source.column}"${near}`,
      place,
    );
  }
  if (input.type === "bool" && (source.noise !== 0 || source.bias !== 0)) {
    throw new TraceError("bad-mapping", `expected no noise and no bias for "${input.name}", which is a bool`, place);
  }
  const columnUnit = source.unit ?? info.unit ?? unstatedUnit(source, input, place);
  const change = inPlace(place, () => changeOf(source, parseUnit(columnUnit), parseUnit(input.unit)));
  const column = recording.read(source.column);
  const random = new Random(options.seed);
  const stream = streamOf(`${channel}.${input.name}`);
  const packed = pack(column, {
    type: input.type,
    rowNs: options.rowNs,
    value(raw, record) {
      const noise = source.noise === 0 ? 0 : source.noise * random.gaussian(stream, record);
      return change(raw) * source.scale + source.offset + source.bias + noise;
    },
  });
  if (packed.times.length === 0) {
    throw new TraceError(
      "bad-column",
      `"${source.column}" has ${counted(column.count, "record")}, none with a usable number`,
      place,
    );
  }
  return {
    ...packed,
    columnUnit,
    staleness_us: source.staleness_us ?? (STALE_INTERVALS * medianInterval(packed.times)) / 1000,
  };
}

/** A temperature's steps, a pressure's altitude: from the column's unit to the signal's. */
function changeOf(source: SourceMap, from: Unit, to: Unit): (value: number) => number {
  if (source.convert === "pressure_to_altitude") {
    const toPascal = convert(from, parseUnit("Pa"));
    const toSignal = convert(parseUnit("m"), to);
    return (value) => pressureToAltitude(value * toPascal.scale + toPascal.offset) * toSignal.scale + toSignal.offset;
  }
  const { scale, offset } = convert(from, to);
  return (value) => value * scale + offset;
}

function unstatedUnit(source: SourceMap, input: LawInput, place: { file: string; path: string }): string {
  if (input.type === "bool" || input.unit === "" || input.unit === "1") return input.unit;
  throw new TraceError(
    "bad-mapping",
    `expected "unit": the unit of "${source.column}", which the recording does not state; "${input.name}" is in ${input.unit}`,
    place,
  );
}

/** Gives an error from below the place in the mapping. */
function inPlace<T>(place: { file: string; path: string }, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UnitError) throw new TraceError(error.code, error.message, place);
    throw error;
  }
}

interface PackOptions {
  readonly type: SignalType;
  readonly rowNs: number | undefined;
  value(raw: number, record: number): number;
}

function pack(column: Column, options: PackOptions): { times: Float64Array; words: Uint32Array; unusable: number } {
  const times = new Float64Array(column.count);
  const words = new Uint32Array(column.count);
  let used = 0;
  let unusable = 0;
  let latest = Number.NEGATIVE_INFINITY;
  for (let record = 0; record < column.count; record++) {
    const time =
      options.rowNs === undefined ? Math.round((column.times[record] ?? 0) * 1e9) : Math.round(record * options.rowNs);
    if (!(time >= latest)) continue;
    const raw = column.values[record] ?? Number.NaN;
    const word = Number.isFinite(raw) ? heldWordOf(options.type, options.value(raw, record)) : undefined;
    if (word === undefined) {
      unusable++;
      continue;
    }
    // Of records with one time the last is the newest knowledge.
    if (time === latest) used--;
    latest = time;
    times[used] = time;
    words[used] = word;
    used++;
  }
  return { times: times.slice(0, used), words: words.slice(0, used), unusable };
}

/** Median distance of neighbours in ns; a single record counts as one second. */
export function medianInterval(times: Float64Array): number {
  if (times.length < 2) return 1e9;
  const steps = new Float64Array(times.length - 1);
  for (let i = 0; i < steps.length; i++) steps[i] = (times[i + 1] ?? 0) - (times[i] ?? 0);
  steps.sort();
  return steps[steps.length >> 1] ?? 1e9;
}

/** FNV-1a of the name: a signal keeps its noise when the law gains another input. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Pauses longer than the staleness limit, and records without a number. */
export function trackProblems(track: Track, signal: string, column: string): Problem[] {
  const problems: Problem[] = [];
  if (track.unusable > 0) {
    const text = `${signal}: ${counted(track.unusable, "record")} of ${column} without a usable number left out`;
    problems.push({ code: "no-number", text, count: track.unusable, topic: column });
  }
  const limit = track.staleness_us * 1000;
  let count = 0;
  let first = 0;
  let longest = 0;
  for (let i = 1; i < track.times.length; i++) {
    const step = (track.times[i] ?? 0) - (track.times[i - 1] ?? 0);
    if (step <= limit) continue;
    if (count++ === 0) first = (track.times[i - 1] ?? 0) / 1e9;
    longest = Math.max(longest, step / 1e9);
  }
  if (count > 0) {
    const text = `${signal}: ${counted(count, "gap")} in ${column} longer than its staleness limit, first at ${secondsText(first)}, longest ${secondsText(longest)}`;
    problems.push({ code: "gap", text, count, topic: column, at_s: first });
  }
  return problems;
}
