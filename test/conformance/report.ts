/** What the conformance run prints: for each filling its counts, its reasons, and every failure. */
import type { FillingName } from "./filling.ts";
import type { Verdict } from "./judge.ts";
import { lossOf } from "./losses.ts";

export interface FileResult {
  readonly file: string;
  readonly verdicts: readonly Verdict[];
}

export interface FillingResult {
  readonly filling: FillingName;
  readonly results: readonly FileResult[];
}

export interface Unreadable {
  readonly file: string;
  /** What wast2json said. */
  readonly why: string;
}

function countBy(reasons: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

const table = (title: string, reasons: readonly string[]): string => {
  const rows = countBy(reasons).map(([reason, count]) => `${String(count).padStart(10)}  ${reason}\n`);
  return rows.length === 0 ? "" : `  ${title}:\n${rows.join("")}`;
};

/** Failures that are known losses of a foreign engine are counted by reason; all others are listed. */
export function textOf({ filling, results }: FillingResult): string {
  const all = results.flatMap(({ file, verdicts }) => verdicts.map((verdict) => ({ file, ...verdict })));
  const having = (outcome: string): typeof all => all.filter((verdict) => verdict.outcome === outcome);
  const failures = having("failed").map((failure) => ({ ...failure, loss: lossOf(filling, failure) }));
  const listed = failures
    .filter(({ loss }) => loss === undefined)
    .map(({ file, line, command, reason }) => `  ${file}:${line} ${command}: ${reason}\n`);
  return [
    `${filling}: ${having("passed").length} passed, ${failures.length} failed, ${having("unsupported").length} unsupported\n`,
    ...listed,
    table(
      "failed, known",
      failures.flatMap(({ loss }) => loss ?? []),
    ),
    table(
      "unsupported, by what would be needed",
      having("unsupported").map(({ reason }) => reason),
    ),
  ].join("");
}

/** Our own fillings must not fail, nor may a run pass that judged nothing. What wasm3 fails is reported only. */
export function isGood({ filling, results }: FillingResult): boolean {
  const outcomes = results.flatMap(({ verdicts }) => verdicts.map(({ outcome }) => outcome));
  return outcomes.includes("passed") && (filling === "wasm3" || !outcomes.includes("failed"));
}
