/**
 * `npm run conformance -- <folder>`: the official WebAssembly test suite against the on-board engine. The suite is not
 * part of this project: clone https://github.com/WebAssembly/testsuite beside it (docs/engine.md, "Conformance").
 */
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Workshop } from "../runtime/toolchain.ts";
import { FileJudge, type Verdict } from "./judge.ts";

interface FileResult {
  readonly file: string;
  readonly verdicts: readonly Verdict[];
  /** Why the file could not be read at all. */
  readonly unreadable?: string;
}

function judgeFile(wast: string, workshop: Workshop, program: string): FileResult {
  const file = basename(wast);
  const folder = workshop.path(file);
  mkdirSync(folder);
  let judge: FileJudge;
  try {
    judge = new FileJudge(wast, folder);
  } catch (error) {
    const [, second = "", third = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { file, verdicts: [], unreadable: (second || third).slice(0, 100) };
  }
  return { file, verdicts: judge.judge(program) };
}

function countBy(verdicts: readonly Verdict[], key: (verdict: Verdict) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const verdict of verdicts) counts.set(key(verdict), (counts.get(key(verdict)) ?? 0) + 1);
  return counts;
}

function report(results: readonly FileResult[]): string {
  const all = results.flatMap(({ verdicts }) => verdicts);
  const outcomes = countBy(all, ({ outcome }) => outcome);
  const reasons = countBy(
    all.filter(({ outcome }) => outcome === "unsupported"),
    ({ reason }) => reason,
  );
  const failures = results.flatMap(({ file, verdicts }) =>
    verdicts
      .filter(({ outcome }) => outcome === "failed")
      .map(({ line, command, reason }) => `  ${file}:${line} ${command}: ${reason}\n`),
  );
  const unreadable = results.filter((result) => result.unreadable !== undefined);
  return [
    ...failures,
    `${results.length} files: ${outcomes.get("passed") ?? 0} passed, ${outcomes.get("failed") ?? 0} failed, ` +
      `${outcomes.get("unsupported") ?? 0} unsupported\n`,
    reasons.size > 0 ? "unsupported, by what would be needed:\n" : "",
    ...[...reasons].sort(([, a], [, b]) => b - a).map(([reason, count]) => `${String(count).padStart(8)}  ${reason}\n`),
    unreadable.length > 0 ? `files that this wast2json cannot read (${unreadable.length}):\n` : "",
    ...unreadable.map(({ file, unreadable: why }) => `  ${file}: ${why}\n`),
  ].join("");
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false }, sanitized: { type: "boolean", default: false } },
  });
  const [folder] = positionals;
  if (folder === undefined) {
    process.stderr.write("Which folder holds the test suite? npm run conformance -- <folder>\n");
    return 2;
  }
  const workshop = new Workshop();
  try {
    const program = workshop.scriptProgram(values.sanitized ? "sanitized" : "pc");
    const files = readdirSync(folder).filter((file) => file.endsWith(".wast") && !file.startsWith("simd_"));
    const results = files.sort().map((file) => judgeFile(resolve(join(folder, file)), workshop, program));
    const simd = readdirSync(folder).filter((file) => file.startsWith("simd_")).length;
    const schema = "quorate/conformance/1";
    process.stdout.write(values.json ? `${JSON.stringify({ schema, results }, undefined, 2)}\n` : report(results));
    if (simd > 0 && !values.json) process.stdout.write(`files left out by name: ${simd} simd_*.wast\n`);
    const all = results.flatMap(({ verdicts }) => verdicts);
    return all.some(({ outcome }) => outcome === "failed") || !all.some(({ outcome }) => outcome === "passed") ? 1 : 0;
  } finally {
    workshop.close();
  }
}

process.exitCode = main();
