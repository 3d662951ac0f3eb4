/** Mutated modules on loader, interpreter and snapshots (target/fuzz.c), by libFuzzer under sanitizers. */
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildKernel, KERNELS } from "./kernels.ts";
import { run, runtimeFolder, STRICT, ToolError, targetFolder, type Workshop } from "./toolchain.ts";

const COMPILE_SECONDS = 300;

export interface Mutations {
  readonly cases: number;
  readonly failures: readonly string[];
}

/** Starts from the kernels. `limit`: seconds or runs, whichever is given. */
export function mutate(
  workshop: Workshop,
  seed: number,
  limit: { readonly seconds?: number; readonly runs?: number },
): Mutations {
  const corpus = workshop.path("corpus");
  mkdirSync(corpus);
  for (const name of KERNELS) cpSync(buildKernel(workshop, name), join(corpus, `${name}.wasm`));
  const sources = readdirSync(runtimeFolder).filter((file) => file.endsWith(".c"));
  const flags = ["-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"];
  const files = [...sources.map((file) => join(runtimeFolder, file)), join(targetFolder, "fuzz.c")];
  run("clang", [...STRICT, ...flags, `-I${runtimeFolder}`, ...files, "-o", workshop.path("fuzz")], "", COMPILE_SECONDS);
  const log = workshop.path("fuzz.log");
  const words = [`-seed=${seed}`, "-max_len=4096", "-print_final_stats=1"];
  if (limit.seconds !== undefined) words.push(`-max_total_time=${limit.seconds}`);
  if (limit.runs !== undefined) words.push(`-runs=${limit.runs}`);
  // libFuzzer writes to stderr and may leave a file with the case: both stay in the workshop's folder.
  const command = `cd '${workshop.folder}' && ./fuzz ${words.join(" ")} corpus >'${log}' 2>&1 || { tail -c 3000 '${log}'; exit 1; }`;
  try {
    run("sh", ["-c", command], "", limit.seconds === undefined ? 24 * 3600 : limit.seconds + 120);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { cases: 1, failures: [`libFuzzer, seed ${seed}: ${error.message.slice(0, 2000)}`] };
  }
  const cases = Number(/number_of_executed_units:\s*(\d+)/.exec(readFileSync(log, "utf8"))?.[1] ?? 0);
  return { cases, failures: [] };
}
