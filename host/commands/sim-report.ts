import type { Flight } from "../../sim/flight/fly.ts";
import type { OracleResult } from "../../sim/oracle/oracle.ts";
import type { Verdict } from "../../sim/summary.ts";
import type { VerifyResult } from "../../sim/verify/verify.ts";
import type { ErrorDetails } from "../errors.ts";
import type { ResolvedFault } from "../faults/resolve-faults.ts";
import { EVENTS } from "../model/events.ts";
import { counted } from "../model/words.ts";
import { painter } from "../output.ts";
import type { Finding } from "../scenario/evaluate.ts";
import type { LoadedLaw } from "./law-file.ts";
import type { RunSource } from "./sim-source.ts";

/** All that one run came to. */
export interface SimResult {
  /** Everything `--json` prints behind the schema. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly law: LoadedLaw;
  readonly source: RunSource;
  readonly flight: Flight;
  readonly oracle: OracleResult;
  readonly verdict: Verdict;
  readonly faults: readonly ResolvedFault[];
  readonly findings: readonly Finding[];
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
  const { law, source, flight, oracle, verdict, firmware } = facts;
  return {
    controller: law.table.law,
    module: { hash: law.hash, bytes: law.wasm.length },
    core: { hash: firmware.core },
    stage: { hash: firmware.stage },
    trace: source.facts,
    seed: facts.seed,
    frames: flight.frames,
    frames_per_second: Math.round(flight.frames / Math.max(flight.seconds, 1e-9)),
    faults: facts.faults.map((fault) => fault.text),
    verdict: verdict.verdict,
    hypothesis: verdict.hypothesis,
    reasons: verdict.reasons,
    vote: { ...flight.vote, longest_hold: flight.longestHold },
    channels: flight.channels,
    mode: flight.mode,
    sensors: flight.sensors,
    inputs: flight.inputs,
    events: flight.eventCounts,
    oracle,
    expectations: facts.findings,
    verified: facts.verified,
    agreement: {
      compared: flight.agreement.compared,
      split: flight.agreement.split ?? null,
      undetected: flight.agreement.undetected ?? null,
    },
    output_hash: flight.outputHash,
    log: facts.log ?? null,
    warnings: [...source.problems.map(({ text }) => text), ...facts.warnings],
  };
}

function line(label: string, text: string): string {
  return `${label.padEnd(12)}${text}\n`;
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
export function printSimulation({
  law,
  source,
  flight,
  oracle,
  verdict,
  faults,
  findings,
  verified,
  log,
  summary,
}: SimResult): void {
  const paint = painter(process.stdout);
  const isGood = verdict.verdict === "pass";
  const { vote } = flight;
  const out: string[] = [];
  out.push(line("verdict", paint(isGood ? "green" : "red", verdict.verdict.toUpperCase())));
  for (const reason of verdict.reasons) out.push(line("", reason));
  out.push(line("controller", `${law.table.law}, module ${law.hash}, ${law.wasm.length} bytes`));
  out.push(line("source", sourceText(source)));
  out.push(line("faults", faults.length === 0 ? "none" : faults.map((fault) => fault.text).join("  ")));
  out.push(line("frames", `${flight.frames} of ${law.table.periodUs} us, ${summary.frames_per_second} a second`));
  out.push(line("outputs", `${vote.agreed} agreed, ${vote.masked} masked, ${vote.held} held, ${vote.safe} safe`));
  out.push(line("mode", modeText(flight)));
  for (const [name, channel] of Object.entries(flight.channels)) {
    const crashed = channel.crashed === undefined ? "" : `, core stopped: ${channel.crashed}`;
    const counts = [counted(channel.trips, "trip"), counted(channel.resets, "reset")].join(", ");
    const text = `${channel.state}, in error in ${counted(channel.accused, "frame")}, ${counts}`;
    out.push(line(`channel ${name}`, `${text}${crashed}`));
  }
  for (const sensor of flight.sensors) {
    if (sensor.out === 0 && sensor.defects === 0) continue;
    const out_text =
      sensor.out === 0
        ? "never out"
        : `out in ${counted(sensor.out, "frame")} (${sensor.out_first} to ${sensor.out_last})`;
    out.push(line("sensor", `${sensor.sensor} ${sensor.state}, ${counted(sensor.defects, "defect")}, ${out_text}`));
  }
  for (const input of flight.inputs) {
    if (input.held > 0 || input.invalid > 0) out.push(line("input", inputText(input)));
  }
  out.push(line("claim", CLAIMS[verdict.hypothesis]));
  const reports = reportsText(flight);
  if (reports !== "") out.push(line("reports", reports));
  out.push(line("oracle", oracleText(oracle)));
  for (const { isMet, text } of findings) out.push(line("expected", isMet ? text : paint("red", text)));
  for (const { engine, result, detail } of verified) out.push(line("verified", `${engine}: ${result}, ${detail}`));
  out.push(line("output hash", flight.outputHash));
  if (log !== undefined) out.push(line("log", `${log}   (quorate log events ${log})`));
  process.stdout.write(out.join(""));
}

/** What docs/sim.md says of each hypothesis, in a few words. */
const CLAIMS: Readonly<Record<Verdict["hypothesis"], string>> = {
  none: "no fault was injected: no output wrong, none held",
  masking: "one faulty component: no output wrong, none held, no good channel excluded",
  safety: "several faults: no output wrong, holds and SAFE are allowed",
  outside: "these faults are outside every claim: the run is only reported",
};

/** Warnings and errors by name, so that no fault stays unseen that the channels saw. */
function reportsText({ eventCounts }: Flight): string {
  const serious = EVENTS.filter(({ level, name }) => level !== "info" && (eventCounts[name] ?? 0) > 0);
  return serious.map(({ name }) => `${name} ${eventCounts[name]}`).join(", ");
}

/** The law is told that an input is invalid, never that its value is held. */
export function inputText({ input, held, invalid, invalid_last }: Flight["inputs"][number]): string {
  const told = `invalid in ${counted(invalid, "frame")}, last in frame ${invalid_last}: the law was told`;
  return `${input} held in ${counted(held, "frame")}, ${invalid === 0 ? "never invalid" : told}`;
}

function sourceText({ facts }: RunSource): string {
  const { plant, file, format, seconds } = facts;
  if (plant !== undefined) return `plant ${plant}, ${seconds} s`;
  return `${file}, ${format}, ${seconds} s`;
}

function modeText({ mode }: Flight): string {
  const used = Object.entries(mode.frames).filter(([, frames]) => frames > 0);
  return `${mode.final} at the end (${used.map(([name, frames]) => `${name} ${frames}`).join(", ")} frames)`;
}

function oracleText(oracle: OracleResult): string {
  const judged = `${oracle.judged_frames} frames of outputs, ${oracle.judged_values} selected values judged`;
  if (oracle.first === null) return `good: ${judged}`;
  const { frame, signal, expected, found, rule } = oracle.first;
  return `WRONG (${rule}) first in frame ${frame}, ${signal}: expected ${expected}, found ${found}; ${judged}`;
}
