import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkRun } from "../../host/commands/log/check.ts";
import { recordedRun } from "../../host/commands/log/recorded-run.ts";
import { flySimulation } from "../../host/commands/sim-flight.ts";
import { fileSource } from "../../host/log/file/log-source.ts";
import { VoterLog } from "../../host/log/reader.ts";

/** Seconds that a run takes to be flown, judged and logged, and then to be judged from its log alone. */
export async function measureChecked(law: string, frames: number): Promise<{ flown_s: number; checked_s: number }> {
  const folder = mkdtempSync(join(tmpdir(), "quorate-perf-"));
  const log = join(folder, "run.mcap");
  const options = { law, plant: "dc-motor", frames, fault: [], param: [], baud: 921_600, log };
  try {
    const start = performance.now();
    const { judgement } = await flySimulation(options);
    const flown = performance.now();
    const source = await fileSource(log);
    const opened = await VoterLog.open(source, { check: {} });
    const checked = await checkRun(opened, await recordedRun(opened));
    const end = performance.now();
    await source.close();
    if (checked.judgement.output_hash !== judgement.output_hash || checked.contradictions.length > 0) {
      throw new Error("the log was not judged as its run was");
    }
    return { flown_s: (flown - start) / 1000, checked_s: (end - flown) / 1000 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
