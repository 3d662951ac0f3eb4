/**
 * The long forms of tests: `npm run fuzz` runs for a time, `npm run soak` for a number of cases. A group is a file
 * `test/fuzz/groups/<group>.ts` or `test/soak/groups/<group>.ts` that exports `run`.
 */
import { parseArgs } from "node:util";
import { loadGroups, WordsError } from "./groups.ts";

export interface LongContext {
  /** Everything random comes from this; the same seed meets the same cases in the same order. */
  readonly seed: number;
  /** Time to spend, for fuzz groups. A soak group does its fixed number of cases. */
  readonly minutes: number;
  /** Progress for the person who waits. */
  readonly say: (text: string) => void;
}

export interface LongResult {
  /** How many cases were tried. None at all counts as a failure. */
  readonly cases: number;
  /** What a case is, in the plural: "mutated modules". */
  readonly unit: string;
  /** One sentence each, with what it takes to see it again. */
  readonly failures: readonly string[];
}

/** What a group module exports. */
export interface LongGroup {
  run(context: LongContext): Promise<LongResult> | LongResult;
}

/** Runs the groups in a folder by the words of the command line and gives the exit code. */
export async function runLong(kind: "fuzz" | "soak", folder: URL, words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "5" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const context = { seed: numberOf("--seed", values.seed), minutes: numberOf("--minutes", values.minutes), say };
  const results: Record<string, LongResult> = {};
  for (const [name, group] of await loadGroups<LongGroup>(folder, positionals[0])) {
    say(`${kind} ${name}, seed ${context.seed} ...`);
    results[name] = await group.run(context);
  }
  const isGood = Object.values(results).every(({ cases, failures }) => cases > 0 && failures.length === 0);
  process.stdout.write(values.json ? json(kind, context.seed, results) : text(results));
  return isGood && Object.keys(results).length > 0 ? 0 : 1;
}

function numberOf(flag: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new WordsError(`${flag} takes a number of at least 0, found "${text}".`);
  }
  return value;
}

function json(kind: string, seed: number, groups: Record<string, LongResult>): string {
  return `${JSON.stringify({ schema: `quorate/${kind}/1`, seed, groups }, undefined, 2)}\n`;
}

function text(results: Record<string, LongResult>): string {
  return Object.entries(results)
    .map(([name, { cases, unit, failures }]) => {
      return `${name}: ${cases} ${unit}, ${failures.length} failures\n${failures.map((line) => `  ${line}\n`).join("")}`;
    })
    .join("");
}
