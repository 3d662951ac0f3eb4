/** `npm run fuzz -- engine`: random modules in V8 and in the engine under sanitizers, then libFuzzer on loader and interpreter. */
import type { LongContext, LongResult } from "../../long.ts";
import { compareModule, randomModule } from "../../runtime/differential.ts";
import { mutate } from "../../runtime/mutate.ts";
import { Workshop } from "../../runtime/toolchain.ts";

export function run(context: LongContext): LongResult {
  const workshop = new Workshop();
  try {
    const compared = compareWithV8(workshop, context);
    context.say(`${compared.cases} random modules compared; now libFuzzer ...`);
    const mutated = mutate(workshop, {
      seed: context.seed,
      limit: { seconds: Math.max(5, Math.round(context.minutes * 30)) },
    });
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
