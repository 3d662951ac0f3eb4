/**
 * `npm run fuzz -- engine`: random modules and changed control laws in V8 and in the engine, on the PC under sanitizers and on the
 * boards, then libFuzzer on loader and interpreter.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LongContext, LongResult } from "../../long.ts";
import { builtSubjects } from "../../runtime/chain/subjects.ts";
import { compareModule, randomModule } from "../../runtime/differential.ts";
import { compareMutants } from "../../runtime/mutants.ts";
import { minimisedCorpus, mutate } from "../../runtime/mutate.ts";
import { Workshop } from "../../runtime/toolchain.ts";

const FAILURES_MAX = 10;
/** Changed laws in one program. */
const BATCH = 160;

export async function run(context: LongContext): Promise<LongResult> {
  const workshop = new Workshop();
  try {
    const compared = compareWithV8(workshop, context);
    context.say(`${compared.cases} random modules compared; now changed laws ...`);
    const changed = await compareChanged(workshop, context);
    context.say(`${changed.cases} changed laws compared; now libFuzzer ...`);
    const seconds = Math.max(5, Math.round(context.minutes * 20));
    const mutated = mutate(workshop, { seed: context.seed, limit: { seconds } });
    if (mutated.failures.length === 0) keepCorpus(workshop, context);
    const each = `${compared.cases} random modules and ${changed.cases} changed laws in V8 and here`;
    return {
      cases: compared.cases + changed.cases + mutated.cases,
      unit: `cases (${each}, ${mutated.cases} mutated modules under sanitizers)`,
      failures: [...compared.failures, ...changed.failures, ...mutated.failures],
    };
  } finally {
    workshop.close();
  }
}

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

/** A third of the time. */
function compareWithV8(workshop: Workshop, { seed, minutes }: LongContext): Part {
  const program = workshop.scriptProgram("sanitized");
  const failures: string[] = [];
  const end = Date.now() + minutes * 20_000;
  let cases = 0;
  for (let at = seed * 100_000; Date.now() < end && failures.length < FAILURES_MAX; at++) {
    const module = randomModule(workshop, at);
    if (module === undefined) continue;
    const difference = compareModule(program, module);
    if (difference === "skipped") continue;
    cases += 1;
    if (difference !== undefined) failures.push(`module of seed ${at}: ${difference}`);
  }
  return { cases, failures };
}

/** Another third. One batch at least, so that a short run has tried it. */
async function compareChanged(workshop: Workshop, { seed, minutes }: LongContext): Promise<Part> {
  const subjects = await builtSubjects(workshop);
  const end = Date.now() + minutes * 20_000;
  const failures: string[] = [];
  let cases = 0;
  for (let batch = seed * 100_000; failures.length < FAILURES_MAX && (cases === 0 || Date.now() < end); batch++) {
    const found = compareMutants(workshop, subjects, {
      ...{ seed: batch, count: BATCH, targets: ["sanitized", "m3", "rv32"] },
    });
    cases += found.cases;
    failures.push(...found.failures);
  }
  return { cases, failures };
}
