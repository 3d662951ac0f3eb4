import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Command } from "commander";
import { writeAot } from "../build/aot/aot.ts";
import { type BuiltModule, buildLaw } from "../build/build.ts";
import { BuildError } from "../build/law/build-error.ts";
import type { Signal } from "../model/signals.ts";
import { printJson } from "../output.ts";
import { isSameFile } from "../same-file.ts";

interface BuildArguments {
  /** Where the module is written; left out, the law's name with .wasm in the working directory. */
  readonly output?: string;
  readonly optimise?: boolean;
  /** Folder for the module as C; left out, none is made. */
  readonly aot?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command("build")
    .description("a control law becomes a module: bytes, hash, size, worst fuel, signals")
    .argument("<law>", "control law (.ts)")
    .option("-o, --output <file>", "where to write the module (default: <law>.wasm in this folder)")
    .option(
      "-O, --optimise",
      "unroll loops and fold addresses: fewer instructions a step, more bytes, the same results",
    )
    .option("--aot <dir>", "write the module as C for boards into this folder, through wabt's wasm2c")
    .option("--json", "print one object")
    .action(runBuild);
}

/** Builds a law, writes the module and prints what became of it. Throws BuildError. */
export async function runBuild(law: string, { output, optimise = false, aot, json }: BuildArguments): Promise<void> {
  const built = await buildLaw({ path: law, optimise });
  const file = output ?? `${basename(law).replace(/\.ts$/, "")}.wasm`;
  await requireOther(file, law);
  try {
    writeFileSync(file, built.wasm);
  } catch (error) {
    throw new BuildError({
      code: "cannot-write",
      problem: "the module cannot be written",
      place: { file },
      expected: "a place to write to",
      found: error instanceof Error ? error.message : String(error),
      hint: "Choose another one with -o.",
      cause: error,
    });
  }
  if (aot !== undefined) writeAot(built.wasm, aot);
  if (json === true) printJson("build", jsonOf(built, file));
  else process.stdout.write(textOf(built, file));
  const warning = fuelWarning(built);
  if (warning !== undefined) process.stderr.write(`warning: ${warning}\n`);
}

/** What may stop a step of a law that builds, or undefined. A step that is stopped gives no result, in all channels alike. */
function fuelWarning({ table, report }: BuiltModule): string | undefined {
  const { worstFuel } = report;
  if (worstFuel === 0) {
    return `no bound on the fuel of a step was found: a loop may run until the budget of ${table.fuelBudget} is gone, and the run ends in SAFE. Count loops from a constant to a constant, or test the longest step`;
  }
  if (worstFuel <= table.fuelBudget) return undefined;
  return `a step can need ${worstFuel} instructions and the budget is ${table.fuelBudget}: a step that takes the dearest path is stopped, and the run ends in SAFE. Write fuel: ${worstFuel}, or do less in one step`;
}

/** Refuses to write the module over its own source. */
async function requireOther(file: string, law: string): Promise<void> {
  if (!(await isSameFile(file, law))) return;
  const found = `${law}, which is the control law itself`;
  throw new BuildError({
    code: "same-file",
    problem: "the module would overwrite its source",
    place: { file },
    expected: "another file",
    found,
    hint: "Choose another one with -o.",
  });
}

function jsonOf({ hash, table, report }: BuiltModule, file: string): Record<string, unknown> {
  const { law, periodUs, fuelBudget, memorySize, fttiUs, inputs, outputs, parameters, probes } = table;
  return {
    module: { hash, bytes: report.size, file },
    law,
    period_us: periodUs,
    ftti_us: fttiUs,
    fuel: { budget: fuelBudget, worst: report.worstFuel === 0 ? null : report.worstFuel, init: report.initFuel },
    memory: { bytes: memorySize, state: report.stateSize, globals: report.stateGlobals },
    stack: { calls: report.callDepth, slots: report.valueStackDepth },
    bounds: report.bounds,
    signals: { inputs, outputs, parameters, probes },
  };
}

function textOf({ hash, table, report }: BuiltModule, file: string): string {
  const worst = report.worstFuel === 0 ? "no bound found" : `at most ${report.worstFuel} a step`;
  const tested = report.bounds.tested + report.bounds.proven;
  const facts: [string, string][] = [
    ["law", table.law],
    ["module", file],
    ["hash", hash],
    ["size", `${report.size} bytes`],
    ["period", `${table.periodUs} us`],
    ["fuel", `${worst}, budget ${table.fuelBudget}`],
    ["memory", `${table.memorySize} bytes, state ${report.stateSize} bytes and ${report.stateGlobals} globals`],
    ["stack", `${report.callDepth} calls, ${report.valueStackDepth} slots of 8 bytes`],
  ];
  if (tested > 0) facts.push(["bounds", `${report.bounds.tested} accesses tested, ${report.bounds.proven} proven`]);
  const lines = facts.map(([name, value]) => `${name.padEnd(8)}${value}`);
  return `${lines.join("\n")}\n\n${signalText(built(table))}\n`;
}

function built({ inputs, outputs, parameters, probes }: BuiltModule["table"]): readonly Signal[] {
  return [...inputs, ...outputs, ...parameters, ...probes];
}

/** The signals as a table: one line each, columns as wide as they must be. */
function signalText(signals: readonly Signal[]): string {
  const rows = signals.map((signal) => [
    signal.role,
    signal.name,
    signal.type,
    signal.unit,
    rangeOf(signal),
    restOf(signal),
  ]);
  const all = [["role", "name", "type", "unit", "range", ""], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rangeOf({ role, type, min, max }: Signal): string {
  return role === "probe" || type === "bool" ? "" : `${min} .. ${max}`;
}

function restOf(signal: Signal): string {
  const rate = signal.rateLimit === 0 ? [] : [`rate ${signal.rateLimit}/s`];
  const value = (number: number): string => (signal.type === "bool" ? String(number !== 0) : String(number));
  if (signal.role === "output") return [`safe ${value(signal.safe)}`, ...rate].join(", ");
  if (signal.role === "parameter") return `default ${value(signal.initial)}`;
  if (signal.role === "probe") return "";
  const tolerance = signal.selection === "median" ? [`tolerance ${signal.tolerance}`] : [];
  return [signal.selection, ...tolerance, ...rate, `one source ${signal.single ? "is used" : "is not enough"}`].join(
    ", ",
  );
}
