/** Mutated modules on loader, interpreter and snapshots (target/fuzz.c), by libFuzzer under sanitizers. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildKernel, KERNELS } from "./kernels.ts";
import {
  interpreterSources,
  root,
  run,
  runtimeFolder,
  STRICT,
  ToolError,
  targetFolder,
  type Workshop,
} from "./toolchain.ts";

const COMPILE_SECONDS = 300;
/** Far more than a slice takes: it only ends one that hangs. */
const SLICE_SECONDS_MAX = 3600;
/** Mutations before a line of progress. */
const SLICE_RUNS = 250_000;
const MODULE_BYTES_MAX = 4096;

/** Modules that reach more of the engine than those before them, one line of hexadecimal digits each. */
const CORPUS = join(root, "test/fuzz/corpus/engine.hex");
/** What a corpus may take in the repository. */
const CORPUS_BYTES_MAX = 60_000;

/** The lines of the corpus. */
export function corpusLines(): readonly string[] {
  return readFileSync(CORPUS, "utf8").trim().split("\n");
}

export interface Mutations {
  readonly cases: number;
  readonly failures: readonly string[];
}

export interface MutateOptions {
  readonly seed: number;
  /** Ends after so many seconds, or so many mutations. */
  readonly limit: { readonly seconds: number } | { readonly runs: number };
  /** Called after each slice. */
  readonly say?: (text: string) => void;
}

/** Starts from the kernels and the corpus; what one slice found new is where the next one starts. */
export function mutate(workshop: Workshop, { seed, limit, say = () => undefined }: MutateOptions): Mutations {
  const corpus = workshop.path("corpus");
  mkdirSync(corpus);
  for (const name of KERNELS) cpSync(buildKernel(workshop, name), join(corpus, `${name}.wasm`));
  for (const [n, line] of corpusLines().entries()) writeFileSync(join(corpus, `${n}.wasm`), Buffer.from(line, "hex"));
  compileFuzzer(workshop);
  if ("seconds" in limit) return slice(workshop, seed, `-max_total_time=${limit.seconds}`);
  let cases = 0;
  // To libFuzzer seed 0 means any.
  for (let number = 0; cases < limit.runs; number += 1) {
    const runs = Math.min(SLICE_RUNS, limit.runs - cases);
    const found = slice(workshop, seed * 1000 + number + 1, `-runs=${runs}`);
    // A slice also runs what it starts from; those are no mutations.
    cases += Math.min(found.cases, runs);
    if (found.failures.length > 0 || found.cases < runs) return { cases, failures: found.failures };
    say(`  ${cases} mutated modules, ${readdirSync(corpus).length} of them kept because they reach something new`);
  }
  return { cases, failures: [] };
}

/**
 * The corpus file's text out of what `mutate` has kept: what reaches code that the kernels do not, shortest modules first, as
 * many as the repository takes.
 */
export function minimisedCorpus(workshop: Workshop): string {
  const [kept, least] = [workshop.path("corpus"), workshop.path("least")];
  mkdirSync(least);
  const known = KERNELS.map((name) => `${name}.wasm`);
  for (const file of known) cpSync(workshop.path(file), join(least, file));
  const words = ["-merge=1", "-use_counters=0", `'${least}'`, `'${kept}'`];
  run("sh", ["-c", `cd '${workshop.folder}' && ./fuzz ${words.join(" ")} >merge.log 2>&1`], "", SLICE_SECONDS_MAX);
  const files = readdirSync(least).filter((file) => !known.includes(file));
  const lines = files.map((file) => readFileSync(join(least, file)).toString("hex"));
  lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  let bytes = 0;
  return lines
    .filter((line) => {
      bytes += line.length + 1;
      return line.length > 0 && bytes <= CORPUS_BYTES_MAX;
    })
    .map((line) => `${line}\n`)
    .join("");
}

function compileFuzzer(workshop: Workshop): void {
  const flags = ["-g", "-O2", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"];
  const files = [...interpreterSources().map((file) => join(runtimeFolder, file)), join(targetFolder, "fuzz.c")];
  run("clang", [...STRICT, ...flags, `-I${runtimeFolder}`, ...files, "-o", workshop.path("fuzz")], "", COMPILE_SECONDS);
}

function slice(workshop: Workshop, seed: number, limit: string): Mutations {
  const log = workshop.path("fuzz.log");
  const words = [`-seed=${seed}`, `-max_len=${MODULE_BYTES_MAX}`, "-print_final_stats=1", limit];
  // libFuzzer writes to stderr and may leave a file with the case: both stay in the workshop's folder.
  const command = `cd '${workshop.folder}' && ./fuzz ${words.join(" ")} -artifact_prefix=found- corpus >'${log}' 2>&1`;
  try {
    run("sh", ["-c", command], "", SLICE_SECONDS_MAX);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { cases: 1, failures: [`libFuzzer, seed ${seed}: ${lastWords(log)}${caseFound(workshop)}`] };
  }
  const cases = Number(/number_of_executed_units:\s*(\d+)/.exec(readFileSync(log, "utf8"))?.[1] ?? 0);
  return { cases, failures: [] };
}

function lastWords(log: string): string {
  return existsSync(log) ? readFileSync(log, "utf8").slice(-2000) : "it did not start";
}

/** The module that did it, for test/fuzz/corpus. */
function caseFound(workshop: Workshop): string {
  const name = readdirSync(workshop.folder).find((file) => file.startsWith("found-"));
  return name === undefined ? "" : `; the module is ${readFileSync(workshop.path(name)).toString("hex")}`;
}
