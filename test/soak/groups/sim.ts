import type { LongContext, LongResult } from "../../long.ts";
import { flyRandom } from "../../sim/random-faults.ts";

const RUNS = 20_000;

/** Random faults, one or two a run, judged by the claims. */
export async function run({ seed, say }: LongContext): Promise<LongResult> {
  const { runs, failures } = await flyRandom(seed, RUNS, say);
  return { cases: runs, unit: "simulated runs", failures };
}
