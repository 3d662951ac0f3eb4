import { CONFIGURATION_NAMES, type CoreConfiguration } from "./configuration.ts";
import { numberOf, wordOf } from "./numbers.ts";
import type { Signal } from "./signals.ts";

/**
 * How a run was set up: with it and a log's samples, faults and module the same run can be flown again. It is what a log keeps as
 * `run.json` (docs/voter-log.md).
 */
export interface RunConfiguration {
  /** Frames that the run was to have. */
  readonly frames: number;
  readonly seed: number;
  /** Baud rate of the links. */
  readonly baud: number;
  /** Raw word of each parameter, in table order. */
  readonly parameters: Uint32Array;
  /** Channel 0's; the others' differ in `channel` only. */
  readonly core: CoreConfiguration;
}

const SCHEMA = "quorate/run/1";
const NUMBER_MAX = 2 ** 53 - 1;
const WORD_MAX = 0xffffffff;

/** What a text has instead of a run's configuration. The caller knows the file. */
export class RunConfigurationError extends Error {
  readonly code = "bad-run-configuration";
  /** JSON path of the trouble. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;

  constructor(path: string, expected: string, found: unknown) {
    const shown = found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found)).slice(0, 80);
    super(`${path}: expected ${expected}, found ${shown}`);
    this.path = path;
    this.expected = expected;
    this.found = shown;
  }
}

/** As JSON. Parameters stand there by name, and as words, which alone are exact. */
export function runConfigurationText(run: RunConfiguration, parameters: readonly Signal[]): string {
  const words = [...run.parameters];
  const values = parameters.map(({ name, type }, i) => [name, numberOf(type, words[i] ?? 0)] as const);
  return JSON.stringify({
    schema: SCHEMA,
    frames: run.frames,
    seed: run.seed,
    baud: run.baud,
    parameters: Object.fromEntries(values),
    parameter_words: words,
    core: Object.fromEntries(CONFIGURATION_NAMES.map((name) => [name, run.core[name]])),
  });
}

/** Reads what `runConfigurationText` wrote. Throws `RunConfigurationError`. */
export function readRunConfiguration(text: string, parameters: readonly Signal[]): RunConfiguration {
  const root = objectAt("$", parse(text));
  if (root.schema !== SCHEMA) throw new RunConfigurationError("$.schema", `"${SCHEMA}"`, root.schema);
  const core = objectAt("$.core", root.core);
  const named = CONFIGURATION_NAMES.map((name) => [name, whole(`$.core.${name}`, core[name], WORD_MAX)] as const);
  const words = wordsAt(root.parameter_words, parameters.length);
  requireSame(objectAt("$.parameters", root.parameters), { words, parameters });
  return {
    frames: whole("$.frames", root.frames, NUMBER_MAX),
    seed: whole("$.seed", root.seed, WORD_MAX),
    baud: whole("$.baud", root.baud, NUMBER_MAX),
    parameters: words,
    core: Object.fromEntries(named) as Record<keyof CoreConfiguration, number>,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RunConfigurationError("$", "JSON", text.slice(0, 20));
  }
}

function objectAt(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RunConfigurationError(path, "an object", value);
  }
  return value as Record<string, unknown>;
}

function whole(path: string, value: unknown, most: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RunConfigurationError(path, `a whole number up to ${most}`, value);
}

function wordsAt(value: unknown, count: number): Uint32Array {
  if (!Array.isArray(value) || value.length !== count) {
    throw new RunConfigurationError("$.parameter_words", `a list of ${count}`, value);
  }
  return Uint32Array.from(value, (word, i) => whole(`$.parameter_words[${i}]`, word, WORD_MAX));
}

/** A value that a person reads must be the one that is used. */
function requireSame(
  values: Readonly<Record<string, unknown>>,
  { words, parameters }: { readonly words: Uint32Array; readonly parameters: readonly Signal[] },
): void {
  for (const [i, { name, type }] of parameters.entries()) {
    const value = values[name];
    if (typeof value === "number" && wordOf(type, value) === words[i]) continue;
    throw new RunConfigurationError(`$.parameters.${name}`, `the number of word ${words[i]}`, value);
  }
}
