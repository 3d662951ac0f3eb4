import { Core } from "../../sim/channel/core.ts";
import { type FirmwareModule, loadFirmware } from "../../sim/channel/firmware.ts";
import { Law } from "../../sim/channel/law.ts";
import type { Flight } from "../../sim/flight/fly.ts";
import { flyJudged } from "../../sim/flight/judged.ts";
import type { RunParts } from "../../sim/flight/run.ts";
import type { OracleResult } from "../../sim/oracle/oracle.ts";
import { type Verdict, withExpectations } from "../../sim/summary.ts";
import { StepRecording } from "../../sim/verify/step-recording.ts";
import { type VerifyEngine, type VerifyResult, verifyModule } from "../../sim/verify/verify.ts";
import { flightWarnings } from "../../sim/warnings.ts";
import type { ErrorDetails } from "../errors.ts";
import { type FaultSpec, parseFault } from "../faults/parse-fault.ts";
import { type ResolvedFault, resolveFaults } from "../faults/resolve-faults.ts";
import { Progress } from "../progress.ts";
import { evaluate, type Finding, settledBy } from "../scenario/evaluate.ts";
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
  const specs = options.fault.map(parseFault);
  const progress = new Progress();
  progress.show("building the control law");
  const law = await loadLawFile(options.law);
  const core = loadFirmware("core");
  const stage = loadFirmware("stage");
  const seed = options.seed ?? SEED_DEFAULT;
  const opened = await openSource({ ...options, seed }, law.table);
  progress.end();
  const parts = partsOf({ law, core, stage, settings: options.param });
  const faults = bindFaults(specs, { parts, frames: opened.frames, seed });
  const source = { ...opened, notes: [...opened.notes, ...faults.map(({ cut }) => cut).filter((text) => text !== "")] };
  printNotes(source);
  const steps = new StepRecording(law.table.inputs.length);
  if (options.log !== undefined) {
    await requireOther(options.log, [options.law, options.trace, options.map, options.scenarioFile]);
  }
  const output = await openLog(options.log, { law, source, seed, core: core.hash, stage: stage.hash, faults });
  const interrupt = new Interrupt(options.log);
  const flown = await flyJudged({
    parts,
    world: source.world,
    faults,
    seed,
    baud: options.baud,
    frames: source.frames,
    log: output?.writer,
    judges: [{ committed: (step) => steps.committed(step), frame: () => undefined }],
    settled: options.scenario === undefined ? undefined : settledBy(options.scenario.expect),
    onProgress: async (frames) => {
      progress.show("flying", frames / source.frames);
      await interrupt.look(frames);
    },
  })
    .catch(async (error: unknown) => {
      progress.end();
      await output?.abandon();
      throw error;
    })
    .finally(() => interrupt.end());
  const verified = await verifyAll(options.verify ?? [], { law, parts, steps, progress });
  const findings = findingsOf(options.scenario, { ...flown, law });
  const unmet = [
    ...findings.filter(({ isMet }) => !isMet).map(({ path, text }) => `${path}: ${text}`),
    ...verified.filter(({ result }) => result !== "equal").map(({ engine, detail }) => `${engine}: ${detail}`),
  ];
  const verdict = withExpectations(flown.verdict, unmet);
  const warnings = flightWarnings(flown.flight);
  await output?.finish(flown.flight, { verdict, warnings });
  progress.end();
  printWarnings(warnings);
  const firmware = { core: core.hash, stage: stage.hash };
  const result = { law, source, ...flown, verdict, faults, findings, verified, log: options.log, warnings };
  return { ...result, summary: summarise({ ...result, seed, firmware }), failure: failureOf(verdict) };
}

interface PartsOptions {
  readonly law: LoadedLaw;
  readonly core: FirmwareModule;
  readonly stage: FirmwareModule;
  /** `name=value` of each parameter that is set. */
  readonly settings: readonly string[];
}

function partsOf({ law, core, stage, settings }: PartsOptions): RunParts {
  return {
    coreModule: core.module,
    stageModule: stage.module,
    lawModule: law.module,
    wasm: law.wasm,
    table: law.table,
    tableBytes: law.tableBytes,
    parameters: parameterWords(law.table.parameters, settings),
  };
}

function bindFaults(
  specs: readonly FaultSpec[],
  { parts, frames, seed }: { parts: RunParts; frames: number; seed: number },
): readonly ResolvedFault[] {
  const { table } = parts;
  return resolveFaults(specs, {
    inputs: table.inputs,
    frames,
    coreStateSize: new Core(parts.coreModule).state.length,
    moduleStateSize: new Law(parts.lawModule, parts.wasm, table).stateBytes,
    periodUs: table.periodUs,
    seed,
    table,
  });
}

async function openLog(
  path: string | undefined,
  facts: Parameters<typeof LogOutput.open>[1],
): Promise<LogOutput | undefined> {
  return path === undefined ? undefined : LogOutput.open(path, facts);
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

function findingsOf(
  scenario: Scenario | undefined,
  { flight, oracle, verdict, law }: { flight: Flight; oracle: OracleResult; verdict: Verdict; law: LoadedLaw },
): Finding[] {
  if (scenario === undefined) return [];
  return evaluate(scenario.expect, { ...flight, signals: law.table, oracle, verdict: verdict.verdict });
}

function failureOf(verdict: Verdict): ErrorDetails | undefined {
  if (verdict.verdict === "pass") return undefined;
  const kind = verdict.isSafety ? "safety" : "expectation";
  return { code: `run-${kind}`, kind, problem: verdict.reasons.join("; ") };
}
