import { CHANNELS, enumName } from "../model/enums.ts";
import { type Field, fieldValue, type RecordLayout } from "../model/record.ts";
import { decodeChannel, decodeRecord, fieldText } from "./decode.ts";
import { type FrameSet, NO_DETAIL } from "./file/frame-set.ts";
import type { FrameRange } from "./file/frame-span.ts";
import type { VoterLog } from "./reader.ts";

/** A log in other programs' formats, line by line: memory does not grow with the log. */

export const EXPORT_FORMATS = ["csv", "json", "perfetto"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export async function* exportLog(log: VoterLog, format: ExportFormat, range: FrameRange): AsyncGenerator<string> {
  switch (format) {
    case "csv":
      return yield* csv(log, range);
    case "json":
      return yield* json(log, range);
    case "perfetto":
      return yield* perfetto(log, range);
    default:
      throw new Error(`no export ${String(format satisfies never)}`);
  }
}

/** One line per channel and frame: frame, time, channel, every field of its record and details, then the stage's outcome and outputs. */
async function* csv(log: VoterLog, range: FrameRange): AsyncGenerator<string> {
  const [fields, details, stageFields] = [log.channelLayout, log.detailLayout, log.stageLayout].map((layout) =>
    layout.fields.filter(({ name }) => name !== "frame"),
  ) as [Field[], Field[], Field[]];
  const names = [...[...fields, ...details].map(({ name }) => name), ...stageFields.map(({ name }) => `stage.${name}`)];
  yield ["frame", "time_s", "channel", ...names].join(",");
  for await (const { frame, channels, details: detailed, stage } of log.frames(range)) {
    const time = (frame * log.periodUs) / 1e6;
    const staged = stageFields.map((field) => (stage === undefined ? "" : cell(stage, field)));
    for (const [channel, view] of channels.entries()) {
      if (view === undefined) continue;
      const detail = detailed[channel] ?? NO_DETAIL;
      const cells = [...fields.map((field) => cell(view, field)), ...details.map((field) => cell(detail, field))];
      yield [frame, time, CHANNELS[channel], ...cells, ...staged].join(",");
    }
  }
}

/** Numbers in full; names of enumerations; no cell needs quotes. */
function cell(view: DataView, field: Field): string {
  if (field.type === "float32") return String(fieldValue(view, field));
  return fieldText(view, field).replaceAll(", ", " ");
}

async function* json(log: VoterLog, range: FrameRange): AsyncGenerator<string> {
  const head = { schema: "quorate/log-export/1", file: log.name, law: log.table.law, period_us: log.periodUs };
  yield `${JSON.stringify(head).slice(0, -1)},"frames":[`;
  let comma = " ";
  for await (const set of log.frames(range)) {
    const { frame, stage } = set;
    const decoded = CHANNELS.map((name, i) => [name, decodeChannel(log, set, i) ?? null]);
    const staged = stage === undefined ? null : decodeRecord(stage, log.stageLayout);
    yield comma + JSON.stringify({ frame, channels: Object.fromEntries(decoded), stage: staged });
    comma = ",";
  }
  yield `],"events":[`;
  comma = " ";
  for await (const event of log.events(range)) {
    yield comma + JSON.stringify(event);
    comma = ",";
  }
  yield "]}";
}

/** Process number of the output stage; A to C are 1 to 3. */
const STAGE_PID = 4;
/** Enumerated fields that get a track of their own, in this order. */
const TRACKS = ["outcome", "mode", "health_a", "health_b", "health_c", "step_status"];

/** Chrome's trace events (JSON array form), which Perfetto opens: slices for states, counters for signals. */
async function* perfetto(log: VoterLog, range: FrameRange): AsyncGenerator<string> {
  yield "[";
  for (const [i, name] of [...CHANNELS.map((one) => `channel ${one}`), "output stage"].entries()) {
    yield `${JSON.stringify({ ph: "M", pid: i + 1, tid: 0, name: "process_name", args: { name } })},`;
  }
  const channelTracks = CHANNELS.map((_, i) => new Tracks(log.channelLayout, { pid: i + 1, periodUs: log.periodUs }));
  const stageTracks = new Tracks(log.stageLayout, { pid: STAGE_PID, periodUs: log.periodUs });
  for (const tracks of [...channelTracks, stageTracks]) yield* tracks.names();
  let end = 0;
  for await (const set of log.frames(range)) {
    // Nothing is known of frames that are missing, so nothing is drawn over them.
    if (set.frame > end) for (const tracks of [...channelTracks, stageTracks]) yield* tracks.end(end);
    for (const [i, tracks] of channelTracks.entries()) yield* tracks.add(set, set.channels[i]);
    yield* stageTracks.add(set, set.stage);
    end = set.frame + 1;
  }
  for (const tracks of [...channelTracks, stageTracks]) yield* tracks.end(end);
  for await (const { frame, by, name, text, level } of log.events(range)) {
    const pid = by === "stage" ? STAGE_PID : (CHANNELS as readonly string[]).indexOf(by) + 1;
    const event = {
      ph: "i",
      pid,
      tid: 0,
      ts: frame * log.periodUs,
      s: pid === 0 ? "g" : "p",
      name,
      args: { text, level },
    };
    yield `${JSON.stringify(event)},`;
  }
  // The last element carries no comma.
  yield JSON.stringify({ ph: "M", pid: 0, tid: 0, name: "process_name", args: { name: "host" } });
  yield "]";
}

interface Slice {
  readonly value: number;
  readonly start: number;
}

/** What one process's tracks show: a slice as long as an enumeration keeps its value, a counter when a signal moves. */
class Tracks {
  readonly #pid: number;
  readonly #periodUs: number;
  readonly #states: readonly Field[];
  readonly #signals: readonly Field[];
  readonly #slices = new Map<string, Slice>();
  readonly #values = new Map<string, number>();

  constructor(layout: RecordLayout, { pid, periodUs }: { pid: number; periodUs: number }) {
    this.#pid = pid;
    this.#periodUs = periodUs;
    this.#states = TRACKS.flatMap((name) => layout.byName.get(name) ?? []);
    this.#signals = layout.fields.filter(({ signal }) => signal !== undefined);
  }

  /** What the rows are called: thread 0 has the events, the others a slice per value of a state. */
  *names(): Generator<string> {
    for (const [tid, name] of ["events", ...this.#states.map((field) => field.name)].entries()) {
      yield `${JSON.stringify({ ph: "M", pid: this.#pid, tid, name: "thread_name", args: { name } })},`;
    }
  }

  *add({ frame }: FrameSet, view: DataView | undefined): Generator<string> {
    if (view === undefined) return yield* this.end(frame);
    for (const field of this.#states) {
      const value = fieldValue(view, field);
      const slice = this.#slices.get(field.name);
      if (slice?.value === value) continue;
      if (slice !== undefined) yield this.#slice(field, slice, frame);
      this.#slices.set(field.name, { value, start: frame });
    }
    for (const field of this.#signals) {
      const value = fieldValue(view, field);
      if (!Number.isFinite(value) || this.#values.get(field.name) === value) continue;
      this.#values.set(field.name, value);
      const counter = {
        ph: "C",
        pid: this.#pid,
        ts: frame * this.#periodUs,
        name: counterName(field),
        args: { value },
      };
      yield `${JSON.stringify(counter)},`;
    }
  }

  /** What comes after begins anew, counters too: they say where records are there again. */
  *end(frame: number): Generator<string> {
    for (const field of this.#states) {
      const slice = this.#slices.get(field.name);
      if (slice !== undefined) yield this.#slice(field, slice, frame);
    }
    this.#slices.clear();
    this.#values.clear();
  }

  #slice(field: Field, { value, start }: Slice, end: number): string {
    const name = field.enum === undefined ? String(value) : enumName(field.enum, value);
    const [ts, dur] = [start * this.#periodUs, (end - start) * this.#periodUs];
    const tid = this.#states.indexOf(field) + 1;
    return `${JSON.stringify({ ph: "X", pid: this.#pid, tid, ts, dur, name: `${field.name} ${name}`, cat: field.name })},`;
  }
}

function counterName({ name, signal }: Field): string {
  return signal === undefined || signal.unit === "" ? name : `${name} (${signal.unit})`;
}
