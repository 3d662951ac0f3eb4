import { dirname, normalize } from "node:path";
import ts from "typescript";

/** What the files of one part may import. */
interface Part {
  /** Folders and files of ours. A part may always import itself. */
  readonly ours: readonly string[];
  /** npm packages, or the system headers of C. Node's own modules are free except where `isSealed`. */
  readonly theirs?: readonly string[];
  /** More of ours, for unit tests only. */
  readonly tests?: readonly string[];
  /** No Node modules either: the part does no I/O. */
  readonly isSealed?: true;
}

/** Importable by everything under host, sim and hil. */
const COMMON = ["host/errors.ts"];

/** What every filling of the engine's interface shares. */
const ENGINE = ["firmware/runtime/engine.h", "firmware/runtime/config.h"];

/** Headers of C that need no library behind them, `string.h` for its copies aside. */
const FREESTANDING = ["stdint.h", "stdbool.h", "stddef.h", "string.h"];

/** Which part may know which (ARCHITECTURE.md, "Parts"). Anything not listed is an error. */
export const TABLE: Readonly<Record<string, Part>> = {
  "firmware/sdk": { ours: [], theirs: ["assemblyscript"] },
  "firmware/control": { ours: ["firmware/sdk"], tests: ["host/build", "host/testing"], isSealed: true },
  "firmware/core": { ours: [], isSealed: true },
  // One hash, one source: docs/decisions/0001-stage-shares-the-hash.md.
  "firmware/stage": { ours: ["firmware/core/qh64.ts"], isSealed: true },
  "firmware/runtime": { ours: [], theirs: FREESTANDING },
  "firmware/runtime/interpreter": { ours: ENGINE, theirs: FREESTANDING },
  "firmware/runtime/wasm2c": { ours: ENGINE, theirs: FREESTANDING },
  "firmware/runtime/aot": { ours: [...ENGINE, "firmware/runtime/wasm2c"], theirs: FREESTANDING },
  "firmware/runtime/wasm3": { ours: ENGINE, theirs: FREESTANDING },
  "firmware/node": { ours: ["firmware/runtime", "firmware/boards/board.h"], theirs: FREESTANDING },
  "firmware/boards": { ours: ["firmware/node/board.h"], theirs: ["*"] },
  "host/cli.ts": { ours: ["host/commands", "host/output.ts", "host/package-root.ts"], theirs: ["commander"] },
  "host/commands": { ours: ["host", "sim", "hil", "firmware/sdk"], theirs: ["commander"] },
  "host/errors.ts": { ours: [], isSealed: true },
  "host/output.ts": { ours: ["host/progress.ts"] },
  "host/package-root.ts": { ours: [] },
  "host/progress.ts": { ours: [] },
  "host/same-file.ts": { ours: [] },
  "host/webassembly.d.ts": { ours: [], isSealed: true },
  "host/model": { ours: [], isSealed: true },
  "host/protocol": { ours: ["host/model"], isSealed: true },
  "host/wasm": { ours: [], isSealed: true },
  // Upwards: a law's source, then passes over its bytes, then -O, then the two files that put them together. C stands apart.
  "host/build/law": { ours: ["firmware/sdk", "host/model", "host/wasm"], theirs: ["assemblyscript"], isSealed: true },
  "host/build/passes": { ours: ["host/build/law", "host/wasm"], isSealed: true },
  "host/build/optimise": { ours: ["host/build/law", "host/build/passes", "host/wasm"], isSealed: true },
  "host/build/aot": { ours: ["host/build/law/build-error.ts", "host/model", "host/wasm"] },
  "host/build": { ours: ["firmware/sdk", "host/model", "host/wasm"], theirs: ["assemblyscript", "binaryen"] },
  "host/bench": { ours: ["host/model", "host/protocol"], theirs: [] },
  "host/flash": { ours: ["host/bench", "host/protocol"], theirs: [] },
  // Upwards: what every recording is, the formats beside each other, the mapping file, what plays both, what proposes one.
  "host/trace/recording": { ours: ["host/model"] },
  "host/trace/csv": { ours: ["host/model", "host/trace/recording"], isSealed: true },
  "host/trace/ulog": { ours: ["host/model", "host/trace/recording"], theirs: ["@foxglove/ulog"], isSealed: true },
  "host/trace/mcap": {
    ours: ["host/model", "host/trace/recording"],
    theirs: [
      "@foxglove/wasm-zstd",
      "@mcap/core",
      "@foxglove/rosmsg",
      "@foxglove/rosmsg2-serialization",
      "@foxglove/message-definition",
    ],
    isSealed: true,
  },
  "host/trace/mapping": { ours: ["host/model", "host/trace/recording", "host/trace/csv/csv-options.ts"] },
  "host/trace/sampling": { ours: ["host/model", "host/trace/recording", "host/trace/mapping"], isSealed: true },
  "host/trace/proposal": { ours: ["host/model", "host/trace/recording", "host/trace/mapping", "host/trace/sampling"] },
  "host/trace": { ours: ["host/model"] },
  "host/faults": { ours: ["host/model"], isSealed: true },
  "host/judge": { ours: ["host/model", "host/faults", "host/wasm"], isSealed: true },
  "host/log": { ours: ["host/model", "host/faults", "host/judge"], theirs: ["@mcap/core"] },
  // What is read from the file and what is told of it know nothing of what stands on them.
  "host/log/file": { ours: ["host/model"], theirs: ["@mcap/core"] },
  "host/log/story": { ours: ["host/model", "host/judge", "host/log/file"] },
  "host/scenario": { ours: ["host/log", "host/model", "host/judge", "host/faults"] },
  "host/page": { ours: ["host/log", "host/model"] },
  "host/testing": { ours: ["host/build", "host/model", "host/wasm"] },
  "host/setup": { ours: [] },
  sim: {
    ours: [
      "host/model",
      "host/wasm",
      "host/trace",
      "host/faults",
      "host/judge",
      "host/log",
      "host/scenario",
      "host/page",
    ],
    theirs: ["assemblyscript", "wasmtime"],
  },
  hil: { ours: ["host/bench", "host/model", "host/protocol", "host/scenario", "host/log", "host/judge", "sim"] },
  test: { ours: [""], theirs: ["*"] },
  examples: { ours: ["firmware/sdk", "host/testing"], theirs: ["*"] },
  ".ci": { ours: [] },
  "eslint.config.js": { ours: [], theirs: ["typescript-eslint"] },
  "vitest.config.ts": { ours: [], theirs: ["vitest"] },
};

/** Our own package, as a project of a user names it. */
const EXPORTS: Readonly<Record<string, string>> = {
  "quorate/sdk": "firmware/sdk/index.d.ts",
  "quorate/testing": "host/testing/index.ts",
};

/** A unit test and its helper (`testing.ts`) may use these wherever they lie, and the shared helpers and vectors of test/. */
const TEST_OURS = ["test"];
const TEST_THEIRS = ["vitest", "fast-check", "assemblyscript"];

/** What a file imports, as it is written there. Dynamic imports count as well. */
export function importsOf(file: string, text: string): string[] {
  if (/\.[ch]$/.test(file)) {
    return [...text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|(<[^>]+>))/gm)].map(([, ours, theirs]) => {
      return ours === undefined ? (theirs ?? "") : ours.startsWith(".") ? ours : `./${ours}`;
    });
  }
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

/** The row of the table that a file falls under: the longest that fits. A unit test goes with the file it tests. */
export function partOf(file: string): string | undefined {
  const subject = file.replace(/\.test\.ts$/, ".ts");
  return Object.keys(TABLE)
    .filter((part) => isWithin(subject, part))
    .sort((a, b) => b.length - a.length)[0];
}

/**
 * Why a file may not import something, or undefined when it may. A C include without a path is looked up by the build, so
 * `resolve` gives the file it means.
 */
export function objection(file: string, specifier: string, resolve = relativeTo): string | undefined {
  const part = partOf(file);
  if (part === undefined) return `${file}: no row of the import table covers this file`;
  const { ours, theirs = [], tests = [], isSealed } = TABLE[part] as Part;
  const isTest = /(\.test|\/testing)\.ts$/.test(file);
  if (specifier.startsWith("node:")) {
    return isSealed === true && !isTest ? `${file}: ${part} does no I/O and may not import ${specifier}` : undefined;
  }
  const allowed = isTest ? [...theirs, ...TEST_THEIRS] : theirs;
  const ownExport = EXPORTS[specifier];
  if (!specifier.startsWith(".") && ownExport === undefined) {
    const name = specifier.startsWith("<") ? specifier.slice(1, -1) : packageOf(specifier);
    return allowed.includes("*") || allowed.includes(name) ? undefined : `${file}: ${part} may not import ${specifier}`;
  }
  const target = ownExport ?? resolve(file, specifier);
  const common = /^(host|sim|hil)\//.test(file) && part !== "host/setup" ? COMMON : [];
  const reachable = [part, ...ours, ...common, ...(isTest ? [...tests, ...TEST_OURS] : [])];
  return reachable.some((place) => isWithin(target, place)) ? undefined : `${file}: ${part} may not import ${target}`;
}

function relativeTo(file: string, specifier: string): string {
  return normalize(`${dirname(file)}/${specifier}`);
}

function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** AssemblyScript leaves the ending of an import away. */
function isWithin(file: string, place: string): boolean {
  return place === "" || file === place || `${file}.ts` === place || file.startsWith(`${place}/`);
}
