import { readFileSync } from "node:fs";
import { loadFirmware } from "../../sim/channel/firmware.ts";
import { fly } from "../../sim/flight/fly.ts";
import { benchOf, makeJudge } from "../../sim/flight/judged.ts";
import { bindFaults, partsOf } from "../../sim/flight/prepare.ts";
import type { RunParts } from "../../sim/flight/run.ts";
import { StepRecording } from "../../sim/verify/step-recording.ts";
import { type VerifyEngine, type VerifyResult, verifyModule } from "../../sim/verify/verify.ts";
import type { ErrorDetails } from "../errors.ts";
import { cutText } from "../faults/describe-fault.ts";
import { parseFault } from "../faults/parse-fault.ts";
import type { Judge, Judgement } from "../judge/judge.ts";
import { runWarnings } from "../judge/run-warnings.ts";
import { EVENT } from "../model/events.ts";
import { Progress } from "../progress.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type LoadedLaw, loadLawFile } from "./law-file.ts";
import { parameterWords } from "./parameters.ts";
import { Interrupt } from "./sim-interrupt.ts";
import { LogOutput, requireOther } from "./sim-log.ts";
import { printNotes, printWarnings, type SimResult, summarise } from "./sim-report.ts";
import { openSource } from "./sim-source.ts";

/** A run to fly: from flags, a scenario, or both put together (sim-plan.ts). */
export interface SimOptions {
  readonly law: string;
  readonly trace?: string | undefined;
  readonly map?: string | undefined;
  readonly plant?: string | undefined;
  readonly fault: readonly string[];
  readonly param: readonly string[];
  readonly frames?: number | undefined;
  readonly seed?: number | undefined;
  readonly baud: number;
  readonly log?: string | undefined;
  readonly verify?: readonly VerifyEngine[];
  readonly scenario?: Scenario | undefined;
  readonly scenarioFile?: string | undefined;
}

const SEED_DEFAULT = 1;

/** Loads, flies, judges. Prints notes and progress on stderr, nothing on stdout. */
export async function flySimulation(options: SimOptions): Promise<SimResult> {
  const specs = options.scenario?.faults ?? options.fault.map(parseFault);
  const progress = new Progress();
  progress.show("building the control law");
  const law = await loadLawFile(options.law);
  const core = loadFirmware("core");
  const stage = loadFirmware("stage");
  const seed = options.seed ?? SEED_DEFAULT;
  const opened = await openSource({ ...options, seed }, law.table);
  progress.end();
  const { baud } = options;
  const parts = partsOf(law, { core, stage, parameters: parameterWords(law.table.parameters, options.param) });
  const faults = bindFaults(specs, { parts, frames: opened.frames, seed });
  const source = { ...opened, notes: [...opened.notes, ...faults.map(cutText).filter((text) => text !== "")] };
  printNotes(source);
  const steps = new StepRecording(law.table.inputs.length);
  const expect = options.scenario?.expect ?? [];
  const judge = makeJudge({ parts, faults, expect, onStep: (step) => steps.committed(step) });
  const bench = benchOf(parts, baud);
  const facts = { law, source, seed, core: core.hash, stage: stage.hash, faults, parts, bench, baud };
  const output = await openLog(options, facts);
  const flight = { parts, world: source.world, faults, baud, ...bench, frames: source.frames, judge };
  const seconds = await flyIntoLog(flight, { output, progress, log: options.log });
  const verified = await verifyAll(options.verify ?? [], { law, parts, steps, progress });
  reportDifferences(verified, { frame: source.frames - 1, judge, output });
  const { isSafety, ...judgement } = judge.result();
  const warnings = runWarnings(judgement);
  await output?.finish(judgement, warnings);
  progress.end();
  printWarnings(warnings);
  const events = judge.eventCounts();
  const told = { law, source, judgement, judge, events, seconds, verified, faults, log: options.log, warnings };
  const firmware = { core: core.hash, stage: stage.hash };
  return { ...told, summary: summarise({ ...told, seed, firmware }), failure: failureOf(judgement, isSafety) };
}

async function openLog(
  { log, law, trace, map, scenarioFile }: SimOptions,
  facts: Parameters<typeof LogOutput.open>[1],
): Promise<LogOutput | undefined> {
  if (log === undefined) return undefined;
  await requireOther(log, [law, trace, map, scenarioFile]);
  const scenario = scenarioFile === undefined ? undefined : readFileSync(scenarioFile, "utf8");
  return LogOutput.open(log, { ...facts, scenario });
}

interface FlightOutput {
  readonly output: LogOutput | undefined;
  readonly progress: Progress;
  readonly log: string | undefined;
}

/** Flies with progress; Ctrl-C and errors leave a log that can be read. Returns the seconds it took. */
async function flyIntoLog(flight: Parameters<typeof fly>[0], { output, progress, log }: FlightOutput): Promise<number> {
  const interrupt = new Interrupt(log);
  const onProgress = async (frames: number): Promise<void> => {
    progress.show("flying", frames / flight.frames);
    await interrupt.look(frames);
  };
  try {
    return (await fly({ ...flight, log: output?.writer, onProgress })).seconds;
  } catch (error) {
    progress.end();
    await output?.abandon();
    throw error;
  } finally {
    interrupt.end();
  }
}

interface VerifyContext {
  readonly law: LoadedLaw;
  readonly parts: RunParts;
  readonly steps: StepRecording;
  readonly progress: Progress;
}

/** Runs the law again on each engine, on the inputs that the channels committed. */
async function verifyAll(engines: readonly VerifyEngine[], context: VerifyContext): Promise<VerifyResult[]> {
  const { law, parts, steps, progress } = context;
  const results: VerifyResult[] = [];
  for (const engine of engines) {
    const { wasm, table } = law;
    const onProgress = (done: number) => progress.show(`verifying with ${engine}`, done / steps.steps);
    results.push(await verifyModule({ engine, wasm, table, parameters: parts.parameters, steps, onProgress }));
  }
  return results;
}

/** That another engine differs is known after the flight only, and belongs to what is known of the run. */
function reportDifferences(
  verified: readonly VerifyResult[],
  { frame, judge, output }: { readonly frame: number; readonly judge: Judge; readonly output: LogOutput | undefined },
): void {
  for (const { engine, result, detail } of verified) {
    if (result === "equal") continue;
    const event = { frame, by: "host", code: EVENT.ENGINE_DIFFERS, subject: 0, argument: 0 } as const;
    judge.event({ ...event, text: `${engine}: ${detail}` });
    output?.writer.event({ ...event, text: `${engine}: ${detail}` });
  }
}

function failureOf({ verdict, reasons }: Judgement, isSafety: boolean): ErrorDetails | undefined {
  if (verdict === "pass") return undefined;
  const kind = isSafety ? "safety" : "expectation";
  return { code: `run-${kind}`, kind, problem: reasons.join("; ") };
}
