/** What an engine shows of a step, in one form for all engines, and the sentence for the first difference. */

/** Statuses of a step: those of sim/channel/law.ts. */
export const STEP_OK = 0;
export const STEP_TRAP = 1;
export const STEP_FUEL = 2;

export interface Shown {
  readonly status: number;
  /** Statuses of engine.h that the engine's words about a trap can mean; undefined when it says nothing. */
  readonly traps: readonly number[] | undefined;
  readonly fuel: number;
  /** Hash pairs of the outputs, the state hash, and the chain (sim/verify/chain.ts): 16 hexadecimal digits each. */
  readonly outputs: string;
  readonly state: string;
  readonly chain: string;
}

const COMPARED = ["status", "fuel", "outputs", "state", "chain"] as const;
type Compared = (typeof COMPARED)[number];

/** A sentence with engine, step and what differs; undefined when nothing does. */
export function firstDifference(
  reference: readonly Shown[],
  { engine, steps }: { readonly engine: string; readonly steps: readonly Shown[] },
  compared: readonly Compared[] = COMPARED,
): string | undefined {
  for (const [step, expected] of reference.entries()) {
    const found = steps[step];
    if (found === undefined) return `${engine}: no step ${step}, expected ${reference.length} steps`;
    const different = compared.filter((what) => found[what] !== expected[what]);
    if (different.length > 0) {
      const each = different.map((what) => `${what} ${found[what]} instead of ${expected[what]}`);
      return `${engine}, step ${step}: ${each.join(", ")}`;
    }
    if (expected.status === STEP_TRAP && !agree(found.traps, expected.traps)) {
      return `${engine}, step ${step}: trap ${found.traps?.join(" or ")} instead of ${expected.traps?.join(" or ")}`;
    }
  }
  return steps.length > reference.length
    ? `${engine}: ${steps.length} steps instead of ${reference.length}`
    : undefined;
}

function agree(found: readonly number[] | undefined, expected: readonly number[] | undefined): boolean {
  return found === undefined || expected === undefined || found.some((trap) => expected.includes(trap));
}
