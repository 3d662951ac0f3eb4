import { basename } from "node:path";
import type { FlightOptions } from "../../sim/flight/fly.ts";
import type { RunParts } from "../../sim/flight/run.ts";
import { QuorateError } from "../errors.ts";
import { faultsToJson } from "../faults/faults-to-json.ts";
import type { ResolvedFault } from "../faults/resolved-fault.ts";
import type { Judgement } from "../judge/judge.ts";
import { ATTACHMENTS } from "../log/file/attachments.ts";
import { fileTarget, type LogTarget } from "../log/file/log-target.ts";
import { VoterLogWriter } from "../log/file/voter-log-writer.ts";
import { coreConfiguration } from "../model/configuration.ts";
import { runConfigurationText } from "../model/run-configuration.ts";
import { isSameFile } from "../same-file.ts";
import { describeProvenance, type SampleSource } from "../trace/sampling/sample-source.ts";
import type { LoadedLaw } from "./law-file.ts";
import type { RunSource } from "./sim-source.ts";

/** What a log says about its run besides the frames. */
export interface LogFacts {
  readonly law: LoadedLaw;
  readonly source: RunSource;
  readonly seed: number;
  readonly core: string;
  readonly stage: string;
  readonly faults: readonly ResolvedFault[];
  readonly baud: number;
  readonly bench: Pick<FlightOptions, "windows" | "holdFrames">;
  readonly parts: Pick<RunParts, "parameters">;
  /** Text of the scenario file, where there was one. */
  readonly scenario?: string | undefined;
}

const utf8 = new TextEncoder();

/** The voter log of a simulated run in a file. Paths and versions of this machine stay out: the same run gives the same bytes. */
export class LogOutput {
  readonly writer: VoterLogWriter;
  readonly #file: LogTarget;

  private constructor(file: LogTarget, facts: LogFacts) {
    this.#file = file;
    this.writer = new VoterLogWriter(file, runFacts(facts));
    for (const note of facts.source.notes) this.writer.text("info", note);
    for (const problem of facts.source.problems) this.writer.text("warning", problem.text);
  }

  static async open(path: string, facts: LogFacts): Promise<LogOutput> {
    try {
      return new LogOutput(await fileTarget(path), facts);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      throw new QuorateError({
        code: "log-not-writable",
        kind: "usage",
        problem: "the voter log cannot be written",
        place: { file: path },
        expected: "a file in a folder that exists and may be written",
        found: String(error.code),
        cause: error,
      });
    }
  }

  async finish(judgement: Judgement, warnings: readonly string[]): Promise<void> {
    for (const warning of warnings) this.writer.text("warning", warning);
    await this.writer.finish({
      frames: judgement.frames,
      verdict: judgement.verdict === "pass" ? "pass" : "fail",
      outputHash: judgement.output_hash,
      mode: judgement.mode.final,
      more: { hypothesis: judgement.hypothesis, reasons: judgement.reasons.join("; ") },
    });
    await this.#file.close();
  }

  /** After an error: what was flown so far stays readable. */
  async abandon(): Promise<void> {
    await this.writer.flush({ all: true }).catch(() => undefined);
    await this.#file.close().catch(() => undefined);
  }
}

/** Refuses to write the log over a file that the run reads. */
export async function requireOther(log: string, inputs: readonly (string | undefined)[]): Promise<void> {
  for (const input of inputs) {
    if (input === undefined || !(await isSameFile(log, input))) continue;
    throw new QuorateError({
      code: "same-file",
      kind: "usage",
      problem: "the voter log would overwrite a file that the run reads",
      place: { file: log },
      expected: "another name for --log",
      found: input,
    });
  }
}

function runFacts({ law, source, seed, core, stage, faults, baud, bench, parts, scenario }: LogFacts) {
  const run = {
    ...{ frames: source.frames, seed, baud, parameters: parts.parameters },
    core: coreConfiguration({ windows: bench.windows, hold_frames: bench.holdFrames }),
  };
  const json = (name: string, text: string) => ({ name, mediaType: "application/json", data: utf8.encode(text) });
  const attachments = [
    { name: ATTACHMENTS.module, mediaType: "application/wasm", data: law.wasm },
    { name: ATTACHMENTS.signals, mediaType: "application/octet-stream", data: law.tableBytes },
    json(ATTACHMENTS.run, runConfigurationText(run, law.table.parameters)),
    json(ATTACHMENTS.faults, faultsToJson(faults)),
    ...(scenario === undefined ? [] : [json(ATTACHMENTS.scenario, scenario)]),
    ...(source.mapText === undefined ? [] : [json(ATTACHMENTS.map, source.mapText)]),
  ];
  return {
    controller: law.table.law,
    periodUs: law.table.periodUs,
    signals: law.table,
    seed: String(seed),
    moduleHash: law.hash,
    coreHash: core,
    stageHash: stage,
    engines: {},
    source: sourceText(source),
    attachments,
  };
}

function sourceText(source: RunSource): Record<string, string> {
  const world: SampleSource = source.world;
  // A folder's name would make two logs of the same run differ.
  const facts = Object.entries(source.facts).map(([name, value]) => [
    name,
    name === "file" ? basename(String(value)) : String(value),
  ]);
  const signals = world.provenance.map((each) => [`${each.channel}.${each.signal}`, describeProvenance(each)]);
  return Object.fromEntries([...facts, ...signals]);
}
