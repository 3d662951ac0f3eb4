import type { VerifyResult } from "../../sim/verify/verify.ts";
import type { ErrorDetails } from "../errors.ts";
import type { ResolvedFault } from "../faults/resolved-fault.ts";
import type { Judge, Judgement } from "../judge/judge.ts";
import { EVENTS } from "../model/events.ts";
import { painter } from "../output.ts";
import { figureLines, findingLines, type LabelledLine, lineText, verdictLines } from "./judgement-text.ts";
import type { LoadedLaw } from "./law-file.ts";
import type { RunSource } from "./sim-source.ts";

/** All that one run came to. */
export interface SimResult {
  /** Everything `--json` prints behind the schema. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly law: LoadedLaw;
  readonly source: RunSource;
  readonly judgement: Judgement;
  /** Who judged it: it has kept the events. */
  readonly judge: Judge;
  readonly events: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly faults: readonly ResolvedFault[];
  readonly verified: readonly VerifyResult[];
  readonly log: string | undefined;
  /** What makes the run say less than its verdict does, in sentences. */
  readonly warnings: readonly string[];
  /** Why the process must not end with 0. */
  readonly failure: ErrorDetails | undefined;
}

interface Facts extends Omit<SimResult, "summary" | "failure"> {
  readonly seed: number;
  readonly firmware: { readonly core: string; readonly stage: string };
}

/** The fields of `sim --json` (docs/sim.md explains each). */
export function summarise(facts: Facts): Record<string, unknown> {
  const { law, source, judgement, firmware } = facts;
  return {
    controller: law.table.law,
    module: { hash: law.hash, bytes: law.wasm.length },
    core: { hash: firmware.core },
    stage: { hash: firmware.stage },
    trace: source.facts,
    seed: facts.seed,
    frames_per_second: Math.round(judgement.frames / Math.max(facts.seconds, 1e-9)),
    faults: facts.faults.map((fault) => fault.text),
    ...judgement,
    events: facts.events,
    verified: facts.verified,
    log: facts.log ?? null,
    warnings: [...source.problems.map(({ text }) => text), ...facts.warnings],
  };
}

/** What the person should know before any figure, on stderr: a proposed mapping, flaws of the source, derived replicas. */
export function printNotes({ proposal, notes, problems }: RunSource): void {
  if (proposal !== undefined) {
    const doubts = proposal.ambiguous.length === 0 ? "" : `; not the only choice for ${proposal.ambiguous.join(", ")}`;
    process.stderr.write(`note: this mapping is proposed${doubts}. Save it and give it with --map:\n${proposal.text}`);
  }
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  printWarnings(problems.map(({ text }) => text));
}

export function printWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
}

/** The summary for a person, on stdout. */
export function printSimulation({ law, source, judgement, events, verified, faults, log, summary }: SimResult): void {
  const paint = painter(process.stdout);
  const { hash, table, wasm } = law;
  const frames = `${judgement.frames} of ${table.periodUs} us, ${summary.frames_per_second} a second`;
  const found = findingLines(judgement, paint, reportsText(events));
  const lines: LabelledLine[] = [
    ...verdictLines(judgement, paint),
    ["controller", `${table.law}, module ${hash}, ${wasm.length} bytes`],
    ["source", sourceText(source)],
    ["faults", faults.length === 0 ? "none" : faults.map((fault) => fault.text).join("  ")],
    ["frames", frames],
    ...figureLines(judgement),
    ...found.slice(0, -1),
    ...verified.map(({ engine, result, detail }): LabelledLine => ["verified", `${engine}: ${result}, ${detail}`]),
    ...found.slice(-1),
    ...(log === undefined ? [] : [["log", `${log}   (quorate log events ${log})`] as const]),
  ];
  process.stdout.write(lines.map(lineText).join(""));
}

/** Warnings and errors by name, so that no fault stays unseen that the channels saw. */
function reportsText(events: SimResult["events"]): string {
  const serious = EVENTS.filter(({ level, name }) => level !== "info" && (events[name] ?? 0) > 0);
  return serious.map(({ name }) => `${name} ${events[name]}`).join(", ");
}

function sourceText({ facts }: RunSource): string {
  const { plant, file, format, seconds } = facts;
  if (plant !== undefined) return `plant ${plant}, ${seconds} s`;
  return `${file}, ${format}, ${seconds} s`;
}
