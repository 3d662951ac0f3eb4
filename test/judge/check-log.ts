import { readFileSync } from "node:fs";
import { type Checked, checkRun } from "../../host/commands/log/check.ts";
import { type RecordedRun, recordedRun } from "../../host/commands/log/recorded-run.ts";
import type { LogSource } from "../../host/log/file/log-source.ts";
import { VoterLog } from "../../host/log/reader.ts";

/** A log in memory. */
export function memorySource(bytes: Uint8Array, name = "run.mcap"): LogSource {
  return {
    name,
    size: bytes.length,
    read: async (offset, size) => bytes.subarray(Math.max(0, offset), Math.max(0, offset) + size),
    close: async () => undefined,
  };
}

/** Opens a log as `quorate log check` does and judges it. */
export async function checkBytes(bytes: Uint8Array): Promise<Checked & RecordedRun> {
  const log = await VoterLog.open(memorySource(bytes), { check: {} });
  const run = await recordedRun(log);
  return { ...run, ...(await checkRun(log, run)) };
}

export async function checkFile(path: string): Promise<Checked & RecordedRun> {
  return checkBytes(readFileSync(path));
}
