/**
 * A built module as C: wabt's wasm2c translates it, and glue (aot-glue.ts) presents it as a filling of the engine
 * interface (firmware/runtime/engine.h). What the interpreter refuses while loading is refused here, before there is
 * any C: the declined features by our own reader, everything invalid by wasm2c.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { type Declined, declinedIn } from "../../wasm/declined.ts";
import { WasmError } from "../../wasm/wasm-error.ts";
import { readModule, type WasmModule } from "../../wasm/wasm-module.ts";
import { BuildError } from "../build-error.ts";
import { GlueError, glueText } from "./aot-glue.ts";
import { forTranslation } from "./aot-module.ts";

export interface AotResult {
  /** Files written, in the order to compile them in; headers left out. */
  readonly sources: readonly string[];
  /** Compiler flags that belong to this module. */
  readonly flags: readonly string[];
}

interface Sizes {
  readonly memoryBytes: number;
  readonly stateBytes: number;
}

const MODULE_NAME = "law";
const RUNTIME_HEADER = "wasm-rt.h";
const PAGE_BYTES = 65_536;
const SIGNAL_SECTION = "quorate.signals";
/** The header's first words, and the bytes that the engine wants behind the name (docs/module.md). */
const SIGNALS_MAGIC = 0x47495351;
const SIGNALS_VERSION = 0x0040_0001;
const SIGNALS_LEAST = 48;
/** Where wasm-rt.h lies, seen from the folder of wasm2c: installed, and in a tree that was built. */
const HEADER_PLACES = ["../include", "../wasm2c", "../../wasm2c", "../share/wabt/wasm2c", "."];
const GET_WABT =
  "Install it: apt-get install wabt, or put the folder of wasm2c on the path from a release of https://github.com/WebAssembly/wabt (1.0.32 or later).";

/**
 * Writes `law.c`, `law.h`, `glue.c`, `wasm-rt.h` and `flags.txt` into a folder.
 * @throws BuildError `no-wasm2c` or `no-wasm-rt` when wabt or its header is missing, `aot-declined` for what the engine
 *   does not take, `wasm2c-failed` with what wasm2c said, `unknown-wabt` for declarations of no known shape.
 */
export function writeAot(wasm: Uint8Array, folder: string): AotResult {
  mkdirSync(folder, { recursive: true });
  const source = join(folder, `${MODULE_NAME}.wasm`);
  writeFileSync(source, forTranslation(wasm));
  requireTaken(wasm, source);
  translate(source, join(folder, `${MODULE_NAME}.c`));
  // The module as it was built: its identity is that of these bytes.
  writeFileSync(source, wasm);
  const module = readModule(wasm);
  const { memoryBytes, stateBytes } = sizesOf(module, source);
  copyFileSync(runtimeHeader(source), join(folder, RUNTIME_HEADER));
  const header = readFileSync(join(folder, `${MODULE_NAME}.h`), "utf8");
  const runtimeText = readFileSync(join(folder, RUNTIME_HEADER), "utf8");
  try {
    const input = { module, wasm, header, runtimeHeader: runtimeText, memoryBytes, stateBytes };
    writeFileSync(join(folder, "glue.c"), glueText(input));
  } catch (error) {
    if (!(error instanceof GlueError)) throw error;
    throw new BuildError({
      code: "unknown-wabt",
      problem: "the C that wasm2c wrote has no known shape",
      place: { file: join(folder, `${MODULE_NAME}.h`) },
      expected: "declarations as wabt 1.0.32 to 1.0.41 write them",
      found: error.message,
      hint: "Take one of these versions of https://github.com/WebAssembly/wabt.",
      cause: error,
    });
  }
  const flags = flagsFor(module, memoryBytes, runtimeText);
  writeFileSync(join(folder, "flags.txt"), `${flags.join(" ")}\n`);
  return { sources: [`${MODULE_NAME}.c`, "glue.c"].map((file) => join(folder, file)), flags };
}

/**
 * One thread, on a core that may have no storage for threads: in C99 wabt's header has neither locks nor atomics, and
 * the word that is left is made to say nothing. Memory is checked by comparison: without a word newer headers take
 * guard pages on a PC, which a static memory has not.
 */
function flagsFor(module: WasmModule, memoryBytes: number, runtimeHeaderText: string): readonly string[] {
  const check = runtimeHeaderText.includes("WASM_RT_MEMCHECK_BOUNDS_CHECK")
    ? ["-DWASM_RT_USE_MMAP=0", "-DWASM_RT_MEMCHECK_BOUNDS_CHECK=1"]
    : ["-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0"];
  return [
    "-std=gnu99",
    "-D__thread=",
    `-DAOT_MEMORY_BYTES=${memoryBytes}`,
    `-DAOT_TABLE_ENTRIES=${module.tableEntries}`,
    "-ffp-contract=off",
    // Or x * 1 is x for a signalling NaN.
    "-fsignaling-nans",
    ...check,
    "-DNDEBUG",
  ];
}

/** What the interpreter would refuse by name, or undefined. */
export function aotDeclines(wasm: Uint8Array): Declined | undefined {
  const found = declinedIn(wasm, declaredBytes(wasm));
  return found instanceof WasmError ? undefined : found;
}

function requireTaken(wasm: Uint8Array, file: string): void {
  const declined = declinedIn(wasm, declaredBytes(wasm));
  if (declined === undefined) return;
  if (declined instanceof WasmError) throw damaged(declined, file);
  throw new BuildError({
    code: "aot-declined",
    problem: "the engine does not take the module",
    place: { file, offset: declined.offset },
    expected: "the first edition of WebAssembly, self-contained (docs/engine.md)",
    found: declined.feature,
    hint: "Modules that quorate build makes are taken; for another compiler, switch the feature off.",
  });
}

function damaged(error: WasmError, file: string): BuildError {
  return new BuildError({
    code: "aot-invalid",
    problem: "the bytes are no module that the engine takes",
    place: { file, offset: error.offset },
    expected: "a valid module",
    found: error.message,
    hint: "Modules that quorate build makes are valid; look at what made this one.",
    cause: error,
  });
}

function translate(source: string, output: string): void {
  const { status, stderr, error } = spawnSync("wasm2c", [source, "-n", MODULE_NAME, "-o", output], {
    encoding: "utf8",
  });
  if (error !== undefined) {
    throw new BuildError({
      code: "no-wasm2c",
      problem: "the module cannot be translated to C",
      place: { file: source },
      expected: "wabt's wasm2c on the path",
      found: error.message,
      hint: GET_WABT,
    });
  }
  if (status !== 0) {
    throw new BuildError({
      code: "wasm2c-failed",
      problem: "wasm2c refuses the module",
      place: { file: source },
      expected: "a translation",
      found: stderr.trim().slice(0, 500),
      hint: "Try another version of wabt; 1.0.32 to 1.0.41 are known to work.",
    });
  }
}

/** The wasm-rt.h that belongs to the wasm2c on the path: another version's would not fit. */
function runtimeHeader(source: string): string {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const tool = folders.map((folder) => join(folder, "wasm2c")).find((file) => existsSync(file));
  const places = tool === undefined ? [] : [tool, realpathSync(tool)].map((file) => dirname(file));
  const candidates = places.flatMap((place) => HEADER_PLACES.map((step) => join(place, step, RUNTIME_HEADER)));
  const found = candidates.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new BuildError({
    code: "no-wasm-rt",
    problem: "the header that wasm2c's output includes is missing",
    place: { file: source },
    expected: `${RUNTIME_HEADER} beside wasm2c or in ../include`,
    found: tool === undefined ? "no wasm2c on the path" : `none near ${tool}`,
    hint: GET_WABT,
  });
}

/**
 * Bytes of linear memory and of state, as the engine takes them from the signal table (firmware/runtime/interpreter/load.c): whole
 * pages where there is none, or none that is long enough, or it says 0; no more state than memory.
 * @throws WasmError for another table, or one that declares more than the memory has.
 */
function sizes(module: WasmModule): Sizes {
  const pages = (module.memory?.initial ?? 0) * PAGE_BYTES;
  const table = module.customs.find(({ name, body }) => name === SIGNAL_SECTION && body.length > SIGNALS_LEAST);
  if (table === undefined) return { memoryBytes: pages, stateBytes: pages };
  const view = new DataView(table.body.buffer, table.body.byteOffset, table.body.byteLength);
  if (view.getUint32(0, true) !== SIGNALS_MAGIC || view.getUint32(4, true) !== SIGNALS_VERSION)
    throw new WasmError("shape", table.offset, "a signal table of version 1", "another table");
  const round = (bytes: number): number => Math.ceil(bytes / 8) * 8;
  const [memory, state] = [view.getUint32(16, true), round(view.getUint32(20, true))];
  if (module.memory !== undefined && memory > pages)
    throw new WasmError("shape", table.offset + 16, `at most the ${pages} bytes of the memory`, `${memory}`);
  const memoryBytes = module.memory === undefined || memory === 0 ? pages : round(memory);
  return { memoryBytes, stateBytes: state !== 0 && state <= memoryBytes ? state : memoryBytes };
}

function sizesOf(module: WasmModule, file: string): Sizes {
  try {
    return sizes(module);
  } catch (error) {
    if (error instanceof WasmError) throw damaged(error, file);
    throw error;
  }
}

function declaredBytes(wasm: Uint8Array): number | undefined {
  try {
    return sizes(readModule(wasm)).memoryBytes;
  } catch (error) {
    // No module, or none that this reader takes: the checks say so with the place.
    if (error instanceof WasmError) return undefined;
    throw error;
  }
}
