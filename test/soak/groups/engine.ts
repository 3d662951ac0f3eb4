/** `npm run soak -- engine`: ten million mutated modules on the on-board engine under sanitizers. */
import type { LongContext, LongResult } from "../../long.ts";
import { mutate } from "../../runtime/mutate.ts";
import { Workshop } from "../../runtime/toolchain.ts";

const RUNS = 10_000_000;

export function run({ seed, say }: LongContext): LongResult {
  const workshop = new Workshop();
  try {
    say(`${RUNS} mutated modules ...`);
    return { ...mutate(workshop, { seed, limit: { runs: RUNS }, say }), unit: "mutated modules" };
  } finally {
    workshop.close();
  }
}
