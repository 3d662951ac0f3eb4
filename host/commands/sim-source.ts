import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { createPlant, type Plant } from "../../sim/world/plants/plant.ts";
import { QuorateError } from "../errors.ts";
import { qh64Bytes } from "../model/qh64.ts";
import type { SignalTable } from "../model/signals.ts";
import { counted, secondsText } from "../model/words.ts";
import { loadMapping, type Mapping, parseMapping } from "../trace/mapping/mapping.ts";
import { openRecording } from "../trace/open-recording.ts";
import { type Proposal, proposeMapping, type SignalProposal } from "../trace/proposal/propose.ts";
import type { Recording } from "../trace/recording/recording.ts";
import type { Problem } from "../trace/recording/trace-error.ts";
import { describeProvenance, type SampleSource } from "../trace/sampling/sample-source.ts";
import { Sampler } from "../trace/sampling/sampler.ts";

/** Where a run's samples come from, as the user asked for it. */
export interface SourceChoice {
  readonly trace?: string | undefined;
  readonly map?: string | undefined;
  readonly plant?: string | undefined;
  /** Frames of a plant's run, or the most frames of a recording. */
  readonly frames?: number | undefined;
  readonly seed: number;
}

export interface RunSource {
  readonly world: SampleSource | Plant;
  readonly frames: number;
  /** For the summary: `{file, format, frames, seconds}` of a trace, `{name}` of a plant. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Sentences for the person: gaps, losses, how replicas were derived. */
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
  /** The mapping file's text, as used. */
  readonly mapText: string | undefined;
  /** The mapping that was proposed because none was given. */
  readonly proposal: Proposal | undefined;
}

/** Frames that a plant flies when nobody says how many: half a minute at 10 ms. */
export const PLANT_FRAMES = 3_000;

/** Opens the recording or makes the plant. */
export async function openSource(choice: SourceChoice, table: SignalTable): Promise<RunSource> {
  if (choice.trace !== undefined && choice.plant !== undefined) {
    throw usage("two sources", "either --trace or --plant", "both");
  }
  if (choice.plant !== undefined) return fromPlant(choice.plant, choice, table);
  if (choice.trace !== undefined) return fromTrace(choice.trace, choice, table);
  throw usage("the run has no source", "--trace <recording> or --plant <name>", "neither");
}

function usage(problem: string, expected: string, found: string): QuorateError {
  return new QuorateError({ code: "bad-source", kind: "usage", problem, expected, found });
}

function fromPlant(name: string, { map, frames = PLANT_FRAMES, seed }: SourceChoice, table: SignalTable): RunSource {
  if (map !== undefined) throw usage("a plant needs no mapping", "--map together with --trace", "--map with --plant");
  const plant = createPlant(name, { ...table, frames, seed });
  return {
    world: plant,
    frames,
    facts: { plant: name, frames, seconds: (frames * table.periodUs) / 1e6 },
    notes: [],
    problems: [],
    mapText: undefined,
    proposal: undefined,
  };
}

async function fromTrace(path: string, choice: SourceChoice, table: SignalTable): Promise<RunSource> {
  const given = choice.map === undefined ? undefined : await loadMapping(choice.map);
  const recording = await openRecording(path, given === undefined ? {} : { csv: given.csv });
  const proposal =
    given === undefined ? proposeMapping(recording, table.inputs, { period_us: table.periodUs }) : undefined;
  if (proposal !== undefined) requireComplete(proposal, path);
  const mapText = proposal?.text ?? readFileSync(choice.map ?? "", "utf8");
  const mapping = given ?? parseMapping(mapText, "the proposed mapping");
  const sampler = new Sampler({
    recording,
    mapping,
    inputs: table.inputs,
    period_us: table.periodUs,
    seed: choice.seed,
  });
  const frames = Math.min(sampler.frames, choice.frames ?? sampler.frames);
  return {
    world: sampler,
    frames,
    facts: {
      file: relative(".", path) || path,
      format: recording.format,
      hash: qh64Bytes(readFileSync(path)),
      frames,
      seconds: (frames * table.periodUs) / 1e6,
    },
    notes: [
      ...paceNotes(recording, { sampler, mapping, frames }),
      ...sampler.provenance.filter((source) => source.kind === "derived").map(describeProvenance),
    ],
    problems: [
      ...(proposal?.signals ?? []).flatMap(unitProblem),
      ...problemsOf(recording, { sampler, mapping }),
      ...sampler.problems,
    ],
    mapText,
    proposal,
  };
}

interface Played {
  readonly sampler: Sampler;
  readonly mapping: Mapping;
  readonly frames: number;
}

/** Row by row a recording's own times do not count: a law with time constants sees another world, so it is said. */
function paceNotes(recording: Recording, { sampler, mapping, frames }: Played): string[] {
  const perFrame = mapping.time.rows_per_frame;
  const column = sampler.provenance[0]?.column;
  if (perFrame === undefined || column === undefined) return [];
  const { times } = recording.read(column);
  const period_s = sampler.period_us / 1e6;
  const first = Math.max(0, Math.round((sampler.start_s / period_s) * perFrame));
  const flown = times.subarray(first, first + Math.max(1, Math.floor((frames - 1) * perFrame) + 1));
  const recorded = Math.abs((flown.at(-1) ?? 0) - (flown[0] ?? 0));
  const pace = `${counted(perFrame, "row")} per frame whatever their times`;
  return [
    `${counted(flown.length, "row")} of ${duration(recorded)} are flown as ${secondsText(frames * period_s)}, ${pace}`,
  ];
}

/** A time span in the largest unit of which there are two, rounded. */
function duration(span_s: number): string {
  for (const [unit, size] of [
    ["days", 86_400],
    ["hours", 3_600],
    ["minutes", 60],
  ] as const) {
    if (span_s >= 2 * size) return `${Math.round(span_s / size)} ${unit}`;
  }
  return secondsText(span_s);
}

/** A unit that is taken for granted may spoil a whole run: it must not stand in the proposed mapping alone. */
function unitProblem({ assumed, column }: SignalProposal): Problem[] {
  if (assumed === undefined || column === undefined) return [];
  return [{ code: "not-read", text: assumed, count: 1, topic: column }];
}

/** Flaws of the whole file, and of the topics in use; the rest of a recording is not this run's business. */
function problemsOf(recording: Recording, { sampler, mapping }: { sampler: Sampler; mapping: Mapping }): Problem[] {
  // A column of a CSV does not begin with its topic, so the topic is asked for.
  const used = new Set(sampler.provenance.map(({ column }) => recording.find(column)?.topic ?? ""));
  // A format that is not read is one for all instances of a topic.
  const kinds = new Set([...used].map((topic) => topic.replace(/#\d+$/, "")));
  const isByRow = mapping.time.rows_per_frame !== undefined;
  return recording.problems
    .filter(({ code, topic }) => topic === undefined || used.has(topic) || (code === "not-read" && kinds.has(topic)))
    .map((problem) => (isByRow ? { ...problem, text: problem.textByRow ?? problem.text } : problem));
}

function requireComplete(proposal: Proposal, file: string): void {
  const { missing, signals, text } = proposal;
  if (missing.length === 0) return;
  const near = signals.flatMap(({ signal, column }) => (column === undefined ? [] : [`${signal} from ${column}`]));
  throw new QuorateError({
    code: "no-mapping",
    kind: "file",
    problem: "no column of this recording fits every input of the control law",
    place: { file },
    expected: `a column for ${missing.join(", ")}`,
    found: near.length === 0 ? "none for any input" : near.join(", "),
    hint: `Write a mapping file and give it with --map. What could be proposed:\n${text}`,
  });
}
