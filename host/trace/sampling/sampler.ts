/**
 * Plays a recording: on each frame every channel sees the latest record at or before the frame's time (zero-order hold),
 * and whether it is fresh by the recording's own times. All values are made at the start; a frame only looks up.
 */

import { CHANNELS } from "../../model/enums.ts";
import { didYouMean } from "../../model/near.ts";
import type { Samples } from "../../model/samples.ts";
import { secondsText } from "../../model/words.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { Recording } from "../recording/recording.ts";
import { type Problem, TraceError } from "../recording/trace-error.ts";
import type { SampleSource, SignalProvenance } from "./sample-source.ts";
import { type LawInput, makeTrack, type Track, trackProblems } from "./track.ts";

/** Eleven days at 10 ms. More is a recording played at the wrong pace. */
export const FRAMES_MAX = 100_000_000;
/** docs/module.md: a law has at most 16 inputs, so that a channel's bits fit one u16. */
export const INPUTS_MAX = 16;

export interface SamplerOptions {
  readonly recording: Recording;
  readonly mapping: Mapping;
  /** The inputs of the law in the order of its signal table. */
  readonly inputs: readonly LawInput[];
  readonly period_us: number;
  /** An integer from 0 to 2^32 - 1. */
  readonly seed: number;
}

export class Sampler implements SampleSource {
  readonly frames: number;
  readonly period_us: number;
  readonly provenance: readonly SignalProvenance[];
  /** Gaps and unusable records of the columns in use. Those of the file are in `Recording.problems`. */
  readonly problems: readonly Problem[];
  /** Time of frame 0 in seconds after the start of the recording. */
  readonly start_s: number;
  readonly #inputs: number;
  readonly #tracks: readonly Track[] = [];
  /** ns of recorded time per frame and of frame 0, and per track its skew and limit. */
  readonly #stepNs: number;
  readonly #startNs: number;
  readonly #skewNs: Float64Array;
  readonly #limitNs: Float64Array;
  /** Where each track was last read: frames usually come in order. Never changes what is read. */
  readonly #cursors: Int32Array;

  constructor(options: SamplerOptions) {
    checkInputs(options);
    const { mapping, period_us } = options;
    const rows = mapping.time.rows_per_frame;
    this.period_us = period_us;
    this.#inputs = options.inputs.length;
    this.#stepNs = period_us * 1000 * mapping.time.speed;
    const built = buildTracks(options, rows === undefined ? undefined : this.#stepNs / rows);
    this.#tracks = built.tracks;
    this.provenance = built.provenance;
    this.problems = built.problems;
    this.#skewNs = Float64Array.from(built.provenance, (source) => source.skew_us * 1000);
    this.#limitNs = Float64Array.from(built.tracks, (track) => track.staleness_us * 1000);
    this.#cursors = new Int32Array(built.tracks.length);
    const window = windowOf(options, built);
    this.#startNs = window.start;
    this.start_s = window.start / 1e9;
    this.frames = Math.floor((window.end - window.start) / this.#stepNs) + 1;
    if (this.frames > FRAMES_MAX) {
      throw new TraceError(
        "bad-mapping",
        `expected at most ${FRAMES_MAX} frames; found ${this.frames} of ${period_us} us in ${secondsText((window.end - window.start) / 1e9)}: set end_s, speed or rows_per_frame`,
        { file: mapping.file, path: "$.time" },
      );
    }
  }

  sample(frame: number, into: Samples): void {
    const { words, fresh } = into;
    const inputs = this.#inputs;
    if (!(frame >= 0 && frame < this.frames))
      throw new RangeError(`frame ${frame} is outside of 0 to ${this.frames - 1}`);
    if (words.length < inputs * CHANNELS.length)
      throw new RangeError(`${inputs * CHANNELS.length} words are needed, ${words.length} given`);
    const now = this.#startNs + frame * this.#stepNs;
    for (let channel = 0, at = 0; channel < CHANNELS.length; channel++) {
      let bits = 0;
      for (let input = 0; input < inputs; input++, at++) {
        const track = this.#tracks[at] as Track;
        const time = now - (this.#skewNs[at] as number);
        const record = this.#locate(at, time);
        words[at] = record < 0 ? 0 : (track.words[record] as number);
        if (record >= 0 && time - (track.times[record] as number) <= (this.#limitNs[at] as number)) bits |= 1 << input;
      }
      fresh[channel] = bits;
    }
  }

  /** Index of the last record at or before `time`, or -1. */
  #locate(at: number, time: number): number {
    const times = (this.#tracks[at] as Track).times;
    const count = times.length;
    let record = this.#cursors[at] as number;
    for (let step = 0; step < CURSOR_STEPS; step++) {
      if ((times[record] as number) > time) break;
      if (record + 1 >= count || (times[record + 1] as number) > time) {
        this.#cursors[at] = record;
        return record;
      }
      record++;
    }
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    this.#cursors[at] = Math.max(0, low - 1);
    return low - 1;
  }
}

/** A frame spans few records; beyond this many, searching is faster than stepping. */
const CURSOR_STEPS = 16;

function checkInputs(options: SamplerOptions): void {
  const { mapping, inputs, period_us } = options;
  if (inputs.length === 0 || inputs.length > INPUTS_MAX)
    throw new RangeError(`a law has 1 to ${INPUTS_MAX} inputs; found ${inputs.length}`);
  if (!(Number.isInteger(period_us) && period_us > 0))
    throw new RangeError(`a period is a whole number of us above 0; found ${period_us}`);
  const names = inputs.map((input) => input.name);
  for (const name of mapping.signals.keys()) {
    if (names.includes(name)) continue;
    throw new TraceError(
      "no-such-signal",
      `expected an input of the law (${names.join(", ")}); found "${name}"${didYouMean(name, names)}`,
      { file: mapping.file, path: "$.signals" },
    );
  }
  const unmapped = names.filter((name) => !mapping.signals.has(name));
  if (unmapped.length > 0) {
    throw new TraceError(
      "missing-signal",
      `expected an entry for every input of the law; missing: ${unmapped.join(", ")}`,
      { file: mapping.file, path: "$.signals" },
    );
  }
}

interface Built {
  readonly tracks: Track[];
  readonly provenance: SignalProvenance[];
  readonly problems: Problem[];
}

function buildTracks(options: SamplerOptions, rowNs: number | undefined): Built {
  const { recording, mapping, inputs, seed } = options;
  const built: Built = { tracks: [], provenance: [], problems: [] };
  for (const channel of CHANNELS) {
    for (const input of inputs) {
      const sources = mapping.signals.get(input.name);
      if (sources === undefined)
        throw new TraceError("missing-signal", `no entry for ${input.name}`, { file: mapping.file });
      const source = sources[channel];
      const track = makeTrack({
        recording,
        input,
        channel,
        source,
        seed,
        file: mapping.file,
        ...(rowNs === undefined ? {} : { rowNs }),
      });
      const shared = CHANNELS.some((other) => other !== channel && sources[other].column === source.column);
      const changed = source.noise !== 0 || source.bias !== 0 || source.skew_us !== 0;
      built.tracks.push(track);
      built.provenance.push({
        signal: input.name,
        unit: input.unit,
        channel,
        column: source.column,
        column_unit: track.columnUnit,
        kind: shared || changed ? "derived" : "recorded",
        conversion: source.convert,
        scale: source.scale,
        offset: source.offset,
        noise: source.noise,
        bias: source.bias,
        skew_us: source.skew_us,
        staleness_us: track.staleness_us,
        ...(source.note === undefined ? {} : { note: source.note }),
      });
      const seen = new Set(built.problems.map((problem) => problem.text));
      built.problems.push(
        ...trackProblems(track, input.name, source.column).filter((problem) => !seen.has(problem.text)),
      );
    }
  }
  return built;
}

/** The frames' range in ns: where all columns have values, narrowed by the mapping's start and end. */
function windowOf(options: SamplerOptions, built: Built): { start: number; end: number } {
  const { time, file } = options.mapping;
  let start = Number.NEGATIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  let first = "";
  let last = "";
  built.tracks.forEach((track, at) => {
    const source = built.provenance[at];
    const skew = (source?.skew_us ?? 0) * 1000;
    const from = (track.times[0] ?? 0) + skew;
    const to = (track.times.at(-1) ?? 0) + skew;
    if (from > start) {
      start = from;
      first = source?.column ?? "";
    }
    if (to < end) {
      end = to;
      last = source?.column ?? "";
    }
  });
  if (time.start_s !== undefined) start = Math.round(time.start_s * 1e9);
  if (time.end_s !== undefined) end = Math.min(end, Math.round(time.end_s * 1e9));
  if (end >= start) return { start, end };
  const from = time.start_s === undefined ? `"${first}" begins` : "start_s is";
  const place = { file, path: time.start_s === undefined && time.end_s === undefined ? "$.signals" : "$.time" };
  throw new TraceError(
    "bad-mapping",
    `no frame is left: ${from} at ${secondsText(start / 1e9)} and "${last}" or end_s ends at ${secondsText(end / 1e9)}`,
    place,
  );
}
