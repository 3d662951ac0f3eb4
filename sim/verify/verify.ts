import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { QuorateError } from "../../host/errors.ts";
import { didYouMean } from "../../host/model/near.ts";
import { type ReferenceChain, type ReferenceOptions, referenceChain } from "./chain.ts";
import { type ChildEnd, runChild } from "./child.ts";
import { buildDriver } from "./driver.ts";
import { lawPlan } from "./plan.ts";

/** Engines that give a second opinion on V8. */
export type VerifyEngine = "wasmtime" | "wabt";
export const VERIFY_ENGINES: readonly VerifyEngine[] = ["wasmtime", "wabt"];

export interface VerifyOptions extends ReferenceOptions {
  readonly engine: VerifyEngine;
  /** Default two minutes. */
  readonly timeoutMs?: number;
  /** Called now and then with the number of steps compared. */
  readonly onProgress?: (steps: number) => void;
  /** Another program for the engine, for tests. */
  readonly command?: string;
}

export interface VerifyResult {
  readonly engine: VerifyEngine;
  /** `missing`: the engine is not installed. `failed`: it gave no answer. Both are no proof of anything. */
  readonly result: "equal" | "different" | "missing" | "failed";
  /** Steps compared and equal, and steps of the run that were not recorded. */
  readonly steps: number;
  readonly not_recorded: number;
  /** The first difference. */
  readonly first?: { readonly frame: number; readonly step: number; readonly expected: string; readonly found: string };
  /** What happened, for a person; with `missing`, how to get the engine. */
  readonly detail: string;
}

const TIMEOUT_MS = 120_000;
/** How wasmtime-child.js ends when a step traps and when the package is missing. */
const EXIT_TRAP = 10;
const EXIT_MISSING = 3;
const PROGRESS_STEPS = 1024;
const WABT_LINE = /^s(\d+)\(\) => (?:i64:(\d+)|error: (.*))$/;
const HEX_LINE = /^[0-9a-f]{16}$/;
const HOW_TO_GET: Readonly<Record<VerifyEngine, string>> = {
  wasmtime: "npm package wasmtime is not installed for this machine: run npm install",
  wabt: "wasm-interp was not found: install wabt, on Debian with apt-get install wabt",
};

/** The engine's name from a flag. Throws `QuorateError`. */
export function verifyEngine(name: string): VerifyEngine {
  const found = VERIFY_ENGINES.find((engine) => engine === name);
  if (found !== undefined) return found;
  throw new QuorateError({
    code: "unknown-engine",
    kind: "usage",
    problem: "this engine is not known",
    expected: `${VERIFY_ENGINES.join(" or ")}${didYouMean(name, VERIFY_ENGINES)}`,
    found: `"${name}"`,
  });
}

/**
 * Repeats the recorded steps in another engine and compares the hash chain of state and outputs with V8's, step by step.
 *
 * ```ts
 * const { result } = await verifyModule({ engine: "wabt", wasm, table, parameters, steps });
 * ```
 */
export async function verifyModule(options: VerifyOptions): Promise<VerifyResult> {
  return verifyAgainst(await referenceChain(options), options);
}

/** The same against a chain that is known already: one reference serves several engines. */
export async function verifyAgainst(reference: ReferenceChain, options: VerifyOptions): Promise<VerifyResult> {
  const { engine, steps } = options;
  if (steps.steps === 0) {
    return {
      engine,
      result: "failed",
      steps: 0,
      not_recorded: steps.dropped,
      detail: "no committed step was recorded",
    };
  }
  const folder = await mkdtemp(join(tmpdir(), "quorate-verify-"));
  try {
    const file = join(folder, "driver.wasm");
    const exports = engine === "wasmtime" ? "lanes" : "numbered";
    await writeFile(file, buildDriver({ plan: lawPlan(options), exports }));
    const comparison = new Comparison(reference, options);
    const end = await runChild({
      ...program(options, file),
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      onLine: (line) => comparison.line(line),
    });
    return comparison.result(end);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function program({ engine, command, steps }: VerifyOptions, file: string): { command: string; args: string[] } {
  if (engine === "wabt") return { command: command ?? "wasm-interp", args: [file, "--run-all-exports"] };
  const child = fileURLToPath(new URL("./wasmtime-child.js", import.meta.url));
  return { command: command ?? process.execPath, args: [child, file, `${steps.steps}`, "lanes"] };
}

/** Takes an engine's lines, one for each step, and stops it at the first that differs. */
class Comparison {
  readonly #reference: ReferenceChain;
  readonly #options: VerifyOptions;
  #steps = 0;
  #difference: { expected: string; found: string } | undefined;
  /** The engine reported the failing step where V8 has it. */
  #failedToo = false;

  constructor(reference: ReferenceChain, options: VerifyOptions) {
    this.#reference = reference;
    this.#options = options;
  }

  line(line: string): boolean {
    const expected = this.#expected();
    const found = this.#options.engine === "wabt" ? readWabt(line, this.#steps) : readHex(line);
    if (this.#mustFail && found.startsWith("failed: ")) {
      this.#failedToo = true;
      return false;
    }
    if (found !== expected) {
      this.#difference = { expected, found };
      return false;
    }
    this.#steps += 1;
    if (this.#steps % PROGRESS_STEPS === 0) this.#options.onProgress?.(this.#steps);
    return true;
  }

  get #mustFail(): boolean {
    return this.#reference.stopped && this.#steps === this.#reference.steps;
  }

  #expected(): string {
    const { lanes, steps, stopped } = this.#reference;
    if (this.#steps >= steps) return stopped ? "a failing step" : "no further step";
    return hex(lanes[2 * this.#steps + 1] as number) + hex(lanes[2 * this.#steps] as number);
  }

  result(end: ChildEnd): VerifyResult {
    const { engine, steps } = this.#options;
    const common = { engine, steps: this.#steps, not_recorded: steps.dropped };
    if (end.kind === "not-found" || (end.kind === "exit" && end.code === EXIT_MISSING)) {
      return { ...common, result: "missing", detail: HOW_TO_GET[engine] };
    }
    if (end.kind === "timeout") {
      const ms = this.#options.timeoutMs ?? TIMEOUT_MS;
      return { ...common, result: "failed", detail: `no end after ${ms} ms and ${this.#steps} equal steps` };
    }
    if (end.kind === "exit") this.#failedStep(end);
    if (this.#difference !== undefined) return this.#different(common, this.#difference);
    if (this.#failedToo) {
      return { ...common, result: "equal", detail: `${this.#steps} steps equal, and the next one fails in both` };
    }
    const ended = end.kind === "exit" && end.code === 0 && !this.#reference.stopped;
    if (ended && this.#steps === this.#reference.steps) {
      return { ...common, result: "equal", detail: `${this.#steps} steps with equal state and outputs` };
    }
    const said =
      end.kind === "exit" ? `exit ${end.code ?? end.signal} ${end.stderr.replace(/\s+/g, " ")}`.trim() : "stopped";
    return { ...common, result: "failed", detail: `the engine gave up after ${this.#steps} steps: ${said}` };
  }

  /** wasmtime's child says so where a step fails; any other end is no finding about the module. */
  #failedStep(end: ChildEnd & { kind: "exit" }): void {
    if (end.code !== EXIT_TRAP || this.#options.engine !== "wasmtime") return;
    if (this.#mustFail) this.#failedToo = true;
    else this.#difference ??= { expected: this.#expected(), found: `failed: ${end.stderr}` };
  }

  #different(
    common: Pick<VerifyResult, "engine" | "steps" | "not_recorded">,
    difference: { expected: string; found: string },
  ): VerifyResult {
    const { words, stride } = this.#options.steps;
    const frame = words[this.#steps * stride] ?? 0;
    const { expected, found } = difference;
    const detail = `frame ${frame} (step ${this.#steps}): V8 has ${expected}, ${common.engine} has ${found}`;
    return { ...common, result: "different", first: { frame, step: this.#steps, expected, found }, detail };
  }
}

function readHex(line: string): string {
  return HEX_LINE.test(line) ? line : `an unreadable line ${JSON.stringify(line.slice(0, 80))}`;
}

function readWabt(line: string, step: number): string {
  const [, number, value, error] = WABT_LINE.exec(line) ?? [];
  if (number !== `${step}`) return `an unreadable line ${JSON.stringify(line.slice(0, 80))}`;
  return value === undefined ? `failed: ${error}` : BigInt(value).toString(16).padStart(16, "0");
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}
