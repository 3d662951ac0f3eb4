import { Core } from "../../sim/core.ts";
import { parseFault } from "../../sim/faults/parse.ts";
import { type ResolvedFault, resolveFaults } from "../../sim/faults/resolve.ts";
import { SensorFaults } from "../../sim/faults/sensors.ts";
import { loadFirmware } from "../../sim/firmware.ts";
import { type Flight, type FlightJudge, fly } from "../../sim/fly.ts";
import { Law } from "../../sim/law.ts";
import { Oracle, type OracleResult } from "../../sim/oracle/oracle.ts";
import type { FrameView, RunParts } from "../../sim/run.ts";
import { judge, type Verdict } from "../../sim/summary.ts";
import { computeWindows } from "../../sim/world/windows.ts";
import type { ErrorDetails } from "../errors.ts";
import { Progress } from "../progress.ts";
import { CHANNEL_HEAD_WORDS, WORDS_PER_INPUT } from "../protocol/record.ts";
import type { SignalTable } from "../protocol/signals.ts";
import { type LoadedLaw, loadLawFile } from "./law-file.ts";
import { parameterWords } from "./parameters.ts";
import { LogOutput } from "./sim-log.ts";
import { printNotes, summarise } from "./sim-report.ts";
import { openSource, type RunSource } from "./sim-source.ts";

/** What `quorate sim` was asked for. */
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
  readonly isJson: boolean;
}

export interface SimResult {
  /** Everything `--json` prints behind the schema. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly law: LoadedLaw;
  readonly source: RunSource;
  readonly flight: Flight;
  readonly oracle: OracleResult;
  readonly verdict: Verdict;
  readonly faults: readonly ResolvedFault[];
  readonly log: string | undefined;
  /** Why the process must not end with 0. */
  readonly failure: ErrorDetails | undefined;
}

const SEED_DEFAULT = 1;
/** REDUNDANCY section 6. */
const HOLD_FRAMES = 3;
/** Of an input's words in a channel record: how its samples were judged (docs/core.md). */
const REASONS_WORD = 5;

/** Loads, flies, judges. Prints notes and progress on stderr, nothing on stdout. */
export async function flySimulation(options: SimOptions): Promise<SimResult> {
  const progress = new Progress();
  progress.show("building the control law");
  const law = await loadLawFile(options.law);
  const core = loadFirmware("core");
  const stage = loadFirmware("stage");
  const seed = options.seed ?? SEED_DEFAULT;
  const source = await openSource({ ...options, seed }, law.table);
  progress.end();
  printNotes(source);
  const { table } = law;
  const parameters = parameterWords(table.parameters, options.param);
  const parts: RunParts = {
    coreModule: core.module,
    stageModule: stage.module,
    lawModule: law.module,
    wasm: law.wasm,
    table,
    tableBytes: law.tableBytes,
    parameters,
  };
  const faults = resolveFaults(options.fault.map(parseFault), {
    inputs: table.inputs,
    frames: source.frames,
    coreStateSize: new Core(core.module).state.length,
    moduleStateSize: new Law(law.module, law.wasm, table).stateBytes,
    periodUs: table.periodUs,
    seed,
  });
  const oracle = makeOracle(parts, faults, seed);
  const windows = computeWindows({
    ...table,
    baud: options.baud,
    inputs: table.inputs.length,
    outputs: table.outputs.length,
  });
  const output =
    options.log === undefined
      ? undefined
      : await LogOutput.open(options.log, { law, source, seed, core: core.hash, stage: stage.hash, faults });
  const flight = await fly({
    parts,
    world: source.world,
    faults,
    seed,
    windows,
    baud: options.baud,
    holdFrames: HOLD_FRAMES,
    frames: source.frames,
    log: output?.writer,
    judges: [oracle.judge],
    onProgress: (frames) => progress.show("flying", frames / source.frames),
  }).catch(async (error: unknown) => {
    await output?.abandon();
    throw error;
  });
  const found = oracle.result();
  const verdict = judge(flight, found, { faults, holdFrames: HOLD_FRAMES });
  await output?.finish(flight, verdict);
  progress.end();
  const firmware = { core: core.hash, stage: stage.hash };
  const summary = summarise({ law, source, flight, oracle: found, verdict, seed, firmware, log: options.log, faults });
  return {
    summary,
    law,
    source,
    flight,
    oracle: found,
    verdict,
    faults,
    log: options.log,
    failure: failureOf(verdict),
  };
}

/** The oracle with a law of its own, listening to the flight. */
function makeOracle(parts: RunParts, faults: readonly ResolvedFault[], seed: number) {
  const { table, parameters } = parts;
  const law = new Law(parts.lawModule, parts.wasm, table);
  law.init();
  for (const [index, word] of parameters.entries()) law.setParameter(index, word);
  const faultFree = new SensorFaults(faults, { inputs: table.inputs.length, seed });
  const oracle = new Oracle({ law, table, faultFree });
  const judgeOfFlight: FlightJudge = {
    committed: (step) => oracle.committed(step),
    frame: (view) => {
      const { frame, outcome, stage, samples } = view;
      oracle.frame({ frame, outcome, outputs: stage.outputs, samples, threeValid: threeValid(view, table) });
    },
  };
  return { judge: judgeOfFlight, result: () => oracle.result() };
}

/** Inputs of which all three samples were judged good, as the channels recorded it. */
function threeValid({ voter }: FrameView, table: SignalTable): number {
  if (voter === undefined) return 0;
  const words = voter.core.words;
  const inputs = (voter.recordAt >>> 2) + 1 + CHANNEL_HEAD_WORDS;
  let bits = 0;
  for (let input = 0; input < table.inputs.length; input += 1) {
    if (words[inputs + input * WORDS_PER_INPUT + REASONS_WORD] === 0) bits |= 1 << input;
  }
  return bits;
}

function failureOf(verdict: Verdict): ErrorDetails | undefined {
  if (verdict.verdict === "pass") return undefined;
  const kind = verdict.isSafety ? "safety" : "expectation";
  return { code: `run-${kind}`, kind, problem: verdict.reasons.join("; ") };
}
