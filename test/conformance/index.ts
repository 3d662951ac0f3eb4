/**
 * `npm run conformance -- <folder>`: the official WebAssembly test suite against the fillings of the engine interface.
 * The suite is not part of this project: clone https://github.com/WebAssembly/testsuite beside it (docs/engine.md,
 * "Conformance").
 */
import { mkdirSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { complain, WordsError } from "../groups.ts";
import { ToolError, Workshop } from "../runtime/toolchain.ts";
import { wasm3Sources } from "../runtime/wasm3.ts";
import { FILLINGS, type Filling, type FillingName, Interpreter } from "./filling.ts";
import { Ahead } from "./filling-aot.ts";
import { Wasm3 } from "./filling-wasm3.ts";
import { FileJudge } from "./judge.ts";
import { type FillingResult, isGood, textOf, type Unreadable } from "./report.ts";

interface Words {
  readonly folder: string;
  readonly wanted: readonly FillingName[];
  readonly isAll: boolean;
  readonly isSanitized: boolean;
  readonly json: boolean;
}

function wordsOf(): Words {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      filling: { type: "string", default: "all" },
      json: { type: "boolean", default: false },
      sanitized: { type: "boolean", default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new WordsError("Which folder holds the test suite? npm run conformance -- <folder>");
  const wanted = FILLINGS.filter((name) => values.filling === "all" || values.filling === name);
  if (wanted.length === 0)
    throw new WordsError(`There is no filling "${values.filling}". There are: ${FILLINGS.join(", ")}, all.`);
  return { folder, wanted, isAll: values.filling === "all", isSanitized: values.sanitized, json: values.json };
}

/** @returns undefined for wasm3 where there are no sources of it. */
function fillingOf(name: FillingName, workshop: Workshop, isSanitized: boolean): Filling | undefined {
  if (name === "interpreter") return new Interpreter(workshop, isSanitized);
  if (name === "aot") return new Ahead(workshop, isSanitized);
  const sources = wasm3Sources();
  return sources === undefined ? undefined : new Wasm3(workshop, sources);
}

function readSuite(folder: string, workshop: Workshop): { judges: Map<string, FileJudge>; unreadable: Unreadable[] } {
  const judges = new Map<string, FileJudge>();
  const unreadable: Unreadable[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith(".wast")) continue;
    const wast = resolve(join(folder, name));
    mkdirSync(workshop.path(basename(wast)));
    try {
      judges.set(name, new FileJudge(wast, workshop.path(basename(wast))));
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      const [, second = "", third = ""] = error.message.split("\n");
      unreadable.push({ file: name, why: (second || third).slice(0, 100) });
    }
  }
  return { judges, unreadable };
}

async function judgeWith(filling: Filling, judges: ReadonlyMap<string, FileJudge>): Promise<FillingResult> {
  await filling.prepare([...judges.values()].flatMap(({ files }) => files));
  const results = [...judges].map(([file, judge]) => ({ file, verdicts: judge.judge(filling) }));
  return { filling: filling.name, results };
}

async function main(): Promise<number> {
  const { folder, wanted, isAll, isSanitized, json } = wordsOf();
  const workshop = new Workshop();
  try {
    const { judges, unreadable } = readSuite(folder, workshop);
    const say = (text: string): boolean => json || process.stdout.write(text);
    say(`${judges.size} files\n`);
    const runs: FillingResult[] = [];
    for (const name of wanted) {
      const filling = fillingOf(name, workshop, isSanitized);
      if (filling === undefined && !isAll)
        throw new WordsError("WASM3_DIR names no wasm3: set it to a clone of https://github.com/wasm3/wasm3.");
      if (filling === undefined) say(`${name}: not there, WASM3_DIR names no wasm3\n`);
      else runs.push(await judgeWith(filling, judges));
      const last = runs.at(-1);
      if (filling !== undefined && last !== undefined) say(textOf(last));
    }
    if (unreadable.length > 0) say(`files that this wast2json cannot read (${unreadable.length}):\n`);
    for (const { file, why } of unreadable) say(`  ${file}: ${why}\n`);
    const schema = "quorate/conformance/2";
    if (json) process.stdout.write(`${JSON.stringify({ schema, fillings: runs, unreadable }, undefined, 2)}\n`);
    return runs.every(isGood) ? 0 : 1;
  } finally {
    workshop.close();
  }
}

process.exitCode = await main().catch(complain);
