/** `npm run fuzz -- engine`: random modules in V8 and in the engine under sanitizers, then libFuzzer on loader and interpreter. */
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { LongContext, LongResult } from "../../long.ts";
import { compareModule, randomModule } from "../../runtime/differential.ts";
import { buildKernel, KERNELS } from "../../runtime/kernels.ts";
import { run as runTool, runtimeFolder, STRICT, ToolError, targetFolder, Workshop } from "../../runtime/toolchain.ts";

export function run(context: LongContext): LongResult {
  const workshop = new Workshop();
  try {
    const compared = compareWithV8(workshop, context);
    context.say(`${compared.cases} random modules compared; now libFuzzer ...`);
    const mutated = mutate(workshop, context);
    return {
      cases: compared.cases + mutated.cases,
      unit: `cases (${compared.cases} random modules in V8 and here, ${mutated.cases} mutated ones under sanitizers)`,
      failures: [...compared.failures, ...mutated.failures],
    };
  } finally {
    workshop.close();
  }
}

interface Part {
  readonly cases: number;
  readonly failures: readonly string[];
}

/** Half of the time. */
function compareWithV8(workshop: Workshop, { seed, minutes }: LongContext): Part {
  const program = workshop.scriptProgram("sanitized");
  const failures: string[] = [];
  const end = Date.now() + minutes * 30_000;
  let cases = 0;
  for (let at = seed * 100_000; Date.now() < end && failures.length < 10; at++) {
    const module = randomModule(workshop, at);
    if (module === undefined) continue;
    const difference = compareModule(program, module);
    if (difference === "skipped") continue;
    cases += 1;
    if (difference !== undefined) failures.push(`module of seed ${at}: ${difference}`);
  }
  return { cases, failures };
}

/** The other half: mutations of the kernels on the loader and the interpreter (target/fuzz.c). */
function mutate(workshop: Workshop, { seed, minutes }: LongContext): Part {
  const corpus = workshop.path("corpus");
  mkdirSync(corpus);
  for (const name of KERNELS) cpSync(buildKernel(workshop, name), join(corpus, `${name}.wasm`));
  const sources = readdirSync(runtimeFolder).filter((file) => file.endsWith(".c"));
  const program = workshop.path("fuzz");
  const flags = ["-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"];
  const files = [...sources.map((file) => join(runtimeFolder, file)), join(targetFolder, "fuzz.c")];
  runTool("clang", [...STRICT, ...flags, `-I${runtimeFolder}`, ...files, "-o", program], "", 300);
  const seconds = Math.max(5, Math.round(minutes * 30));
  const words = [`-max_total_time=${seconds}`, `-seed=${seed}`, "-max_len=4096", "-print_final_stats=1"];
  const log = workshop.path("fuzz.log");
  try {
    // libFuzzer writes to stderr and may leave a file with the case: both stay in the workshop's folder.
    const command = `cd '${workshop.folder}' && ./fuzz ${words.join(" ")} corpus >'${log}' 2>&1 || { tail -c 3000 '${log}'; exit 1; }`;
    runTool("sh", ["-c", command], "", seconds + 120);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { cases: 1, failures: [`libFuzzer, seed ${seed}: ${error.message.slice(0, 2000)}`] };
  }
  const cases = Number(/number_of_executed_units:\s*(\d+)/.exec(runTool("cat", [log]))?.[1] ?? 0);
  return { cases, failures: [] };
}
