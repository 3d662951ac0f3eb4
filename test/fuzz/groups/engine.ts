/**
 * `npm run fuzz -- engine`: random modules of two generators and changed control laws in V8 and in the engine, on the PC under
 * sanitizers and on the boards, then libFuzzer on loader and interpreter. Each of the four has a quarter of the time.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LongContext, LongResult } from "../../long.ts";
import { builtSubjects } from "../../runtime/chain/subjects.ts";
import { compareModule, randomModule, type Trial } from "../../runtime/differential.ts";
import { compareMutants } from "../../runtime/mutants.ts";
import { minimisedCorpus, mutate } from "../../runtime/mutate.ts";
import { SHAPES_CALLS, SHAPES_TRIAL, shapesModule } from "../../runtime/shapes.ts";
import { Workshop } from "../../runtime/toolchain.ts";

const FAILURES_MAX = 10;
const MUTATION_SECONDS_MIN = 5;
/** Changed laws in one program. */
const BATCH = 160;

export async function run(context: LongContext): Promise<LongResult> {
  const workshop = new Workshop();
  try {
    const program = workshop.scriptProgram("sanitized");
    const modules = compareWithV8(program, context, { what: "module", make: (seed) => randomModule(workshop, seed) });
    context.say(`${modules.cases} random modules compared; now the shapes of the translator ...`);
    const shapes = compareWithV8(program, context, {
      what: "module of shapes",
      make: (seed) => shapesModule(workshop, seed),
      trial: SHAPES_TRIAL,
    });
    context.say(`${shapes.cases} modules of shapes compared; now changed laws ...`);
    const changed = await compareChanged(workshop, context);
    context.say(`${changed.cases} changed laws compared; now libFuzzer ...`);
    const seconds = Math.max(MUTATION_SECONDS_MIN, Math.round(quarterOf(context) / 1000));
    const mutated = mutate(workshop, { seed: context.seed, limit: { seconds } });
    if (mutated.failures.length === 0) keepCorpus(workshop, context);
    const parts = [modules, shapes, changed, mutated];
    const ofShapes = `${shapes.cases} of shapes, called ${shapes.cases * SHAPES_CALLS} times`;
    const inV8 = `${modules.cases} random modules, ${ofShapes}, and ${changed.cases} changed laws in V8 and here`;
    return {
      cases: parts.reduce((sum, { cases }) => sum + cases, 0),
      unit: `cases (${inV8}, ${mutated.cases} mutated modules under sanitizers)`,
      failures: parts.flatMap(({ failures }) => failures),
    };
  } finally {
    workshop.close();
  }
}

/** Milliseconds. */
const quarterOf = ({ minutes }: LongContext): number => minutes * 15_000;

/** test/fuzz/corpus/engine.hex is such a file; a long run may give a better one. */
function keepCorpus(workshop: Workshop, { say }: LongContext): void {
  const file = join(tmpdir(), "quorate-engine-corpus.hex");
  const text = minimisedCorpus(workshop);
  writeFileSync(file, text);
  say(`a minimised corpus of ${text.split("\n").length - 1} modules is in ${file}`);
}

interface Part {
  readonly cases: number;
  readonly failures: readonly string[];
}

interface Generator {
  /** For people, before the seed. */
  readonly what: string;
  /** A module's path; undefined when a seed gives none. */
  readonly make: (seed: number) => string | undefined;
  readonly trial?: Trial;
}

function compareWithV8(program: string, context: LongContext, { what, make, trial }: Generator): Part {
  const failures: string[] = [];
  const end = Date.now() + quarterOf(context);
  let cases = 0;
  for (let at = context.seed * 100_000; Date.now() < end && failures.length < FAILURES_MAX; at++) {
    const module = make(at);
    if (module === undefined) continue;
    const difference = compareModule(program, module, trial);
    if (difference === "skipped") continue;
    cases += 1;
    if (difference !== undefined) failures.push(`${what} of seed ${at}: ${difference}`);
  }
  return { cases, failures };
}

/** One batch at least, so that a short run has tried it. */
async function compareChanged(workshop: Workshop, context: LongContext): Promise<Part> {
  const subjects = await builtSubjects(workshop);
  const end = Date.now() + quarterOf(context);
  const failures: string[] = [];
  let cases = 0;
  for (
    let batch = context.seed * 100_000;
    failures.length < FAILURES_MAX && (cases === 0 || Date.now() < end);
    batch++
  ) {
    const found = compareMutants(workshop, subjects, {
      ...{ seed: batch, count: BATCH, targets: ["sanitized", "m3", "rv32"] },
    });
    cases += found.cases;
    failures.push(...found.failures);
  }
  return { cases, failures };
}
