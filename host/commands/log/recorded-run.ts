import { loadFirmware } from "../../../sim/channel/firmware.ts";
import { makeJudge } from "../../../sim/flight/judged.ts";
import { partsOf } from "../../../sim/flight/prepare.ts";
import type { RunParts } from "../../../sim/flight/run.ts";
import { QuorateError } from "../../errors.ts";
import type { ResolvedFault } from "../../faults/resolved-fault.ts";
import type { Judge } from "../../judge/judge.ts";
import { ATTACHMENTS } from "../../log/file/attachments.ts";
import { faultsOf } from "../../log/log-faults.ts";
import type { VoterLog } from "../../log/reader.ts";
import { qh64Bytes } from "../../model/qh64.ts";
import { type RunConfiguration, RunConfigurationError, readRunConfiguration } from "../../model/run-configuration.ts";
import { parseScenario } from "../../scenario/scenario.ts";
import { type LoadedLaw, lawOf } from "../law-file.ts";

/** What a log says of how its run was set up: enough to judge it, and to fly it again. */
export interface RecordedRun {
  readonly law: LoadedLaw;
  readonly parts: RunParts;
  readonly faults: readonly ResolvedFault[];
  readonly run: RunConfiguration;
  readonly judge: Judge;
}

/**
 * Reads what a log carries of its run. Nothing of `quorate.result` is read.
 * @throws QuorateError when something is missing, does not belong together, or was flown with another core or stage than this
 *   quorate has.
 */
export async function recordedRun(log: VoterLog): Promise<RecordedRun> {
  const [core, stage] = [loadFirmware("core"), loadFirmware("stage")];
  requireHash(log, "core_hash", core.hash, "core.wasm of this quorate");
  requireHash(log, "stage_hash", stage.hash, "stage.wasm of this quorate");
  const wasm = await needed(log, ATTACHMENTS.module);
  requireHash(log, "module_hash", qh64Bytes(wasm), `the attached ${ATTACHMENTS.module}`);
  const law = lawOf(`${log.name}: ${ATTACHMENTS.module}`, wasm);
  const signals = await needed(log, ATTACHMENTS.signals);
  if (Buffer.compare(signals, law.tableBytes) !== 0) {
    const found = `another table in ${ATTACHMENTS.signals}`;
    throw unfit(log, "the log's signals are not its module's", `the table of ${ATTACHMENTS.module}`, found);
  }
  const run = readRun(log, new TextDecoder().decode(await needed(log, ATTACHMENTS.run)), law);
  await needed(log, ATTACHMENTS.faults);
  const faults = await faultsOf(log);
  const scenario = await log.attachment(ATTACHMENTS.scenario);
  const text = scenario === undefined ? undefined : new TextDecoder().decode(scenario);
  const file = `${log.name}: ${ATTACHMENTS.scenario}`;
  const expect = text === undefined ? [] : parseScenario(text, file).expect;
  const parts = partsOf(law, { core, stage, parameters: run.parameters });
  return { law, parts, faults, run, judge: makeJudge({ parts, faults, expect, core: run.core }) };
}

function readRun(log: VoterLog, text: string, { table }: LoadedLaw): RunConfiguration {
  try {
    return readRunConfiguration(text, table.parameters);
  } catch (error) {
    if (!(error instanceof RunConfigurationError)) throw error;
    const { path, expected, found } = error;
    throw unfit(log, `${ATTACHMENTS.run} cannot be used`, `${expected} at ${path}`, found);
  }
}

async function needed(log: VoterLog, name: string): Promise<Uint8Array> {
  const bytes = await log.attachment(name);
  if (bytes !== undefined) return bytes;
  throw unfit(log, "the log lacks what its run was made of", `an attachment ${name}`, "none");
}

function requireHash(log: VoterLog, key: string, expected: string, whose: string): void {
  const found = log.metadata("quorate.run").get(key) ?? "none";
  if (found === expected) return;
  throw unfit(log, `the run was not flown with ${whose}`, `${key} ${expected}`, found);
}

function unfit(log: VoterLog, problem: string, expected: string, found: string): QuorateError {
  return new QuorateError({
    code: "cannot-judge",
    kind: "file",
    problem,
    place: { file: log.name },
    expected,
    found,
    hint: "A run is judged by the version of quorate, and with the module, that flew it.",
  });
}
