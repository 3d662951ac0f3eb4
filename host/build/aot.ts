/**
 * A built module as C: wabt's wasm2c translates it, and glue written here presents it as a filling of the engine
 * interface (firmware/runtime/engine.h). Symbol names differ between wabt versions, so they are read from the header
 * that wasm2c wrote, not guessed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { qh64Bytes } from "../protocol/qh64.ts";
import { BuildError } from "./build-error.ts";
import { EXPORT_FUNCTION, EXPORT_GLOBAL, readModule, type WasmModule } from "./wasm/module.ts";

export interface AotResult {
  /** Files written, in the order to compile them in; headers left out. */
  readonly sources: readonly string[];
  /** Compiler flags that belong to this module. */
  readonly flags: readonly string[];
}

const MODULE_NAME = "law";
const PAGE_BYTES = 65_536;
const SIGNAL_SECTION = "quorate.signals";

/**
 * Writes `law.c`, `law.h`, `glue.c` and `flags.txt` into a folder.
 * @throws BuildError `no-wasm2c` when wabt is missing, `wasm2c-failed` with what it said.
 */
export function writeAot(wasm: Uint8Array, folder: string): AotResult {
  mkdirSync(folder, { recursive: true });
  const source = join(folder, `${MODULE_NAME}.wasm`);
  writeFileSync(source, wasm);
  translate(source, join(folder, `${MODULE_NAME}.c`));
  const header = readFileSync(join(folder, `${MODULE_NAME}.h`), "utf8");
  const module = readModule(wasm);
  const { memoryBytes, stateBytes } = sizes(module);
  writeFileSync(join(folder, "glue.c"), glue(module, header, wasm, memoryBytes, stateBytes));
  const flags = [
    `-DAOT_MEMORY_BYTES=${Math.max(memoryBytes, 8)}`,
    "-ffp-contract=off",
    "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0",
    "-DNDEBUG",
  ];
  writeFileSync(join(folder, "flags.txt"), `${flags.join(" ")}\n`);
  return { sources: [`${MODULE_NAME}.c`, "glue.c"].map((file) => join(folder, file)), flags };
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
      hint: "Install it: apt-get install wabt, or take a release of https://github.com/WebAssembly/wabt.",
    });
  }
  if (status !== 0) {
    throw new BuildError({
      code: "wasm2c-failed",
      problem: "wasm2c refuses the module",
      place: { file: source },
      expected: "a translation",
      found: stderr.trim().slice(0, 500),
      hint: "Try another version of wabt; 1.0.32 and later are known to work.",
    });
  }
}

/** Bytes of linear memory and of state: what the signal table declares, else whole pages. */
function sizes(module: WasmModule): { memoryBytes: number; stateBytes: number } {
  const pages = (module.memory?.initial ?? 0) * PAGE_BYTES;
  const table = module.customs.find(({ name }) => name === SIGNAL_SECTION)?.body;
  if (table === undefined) return { memoryBytes: pages, stateBytes: pages };
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const round = (bytes: number): number => Math.ceil(bytes / 8) * 8;
  return { memoryBytes: round(view.getUint32(16, true)), stateBytes: round(view.getUint32(20, true)) };
}

/** The C name of each export, from the comments in wasm2c's header. */
function cNames(header: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [, name = "", symbol = ""] of header.matchAll(/\/\* export: '([^']*)' \*\/\s*[^;(]*?(\w+)\(/g))
    names.set(name, symbol);
  return names;
}

const C_TYPE: Readonly<Record<number, string>> = { 127: "u32", 126: "u64", 125: "f32", 124: "f64" };
const isWide = (type: number): boolean => type === 0x7e || type === 0x7c;

function glue(module: WasmModule, header: string, wasm: Uint8Array, memoryBytes: number, stateBytes: number): string {
  const names = cNames(header);
  const struct = /}\s*(Z_\w+_instance_t|w2c_\w+);/.exec(header)?.[1] ?? "";
  const instantiate = /void (\w+_instantiate)\(/.exec(header)?.[1] ?? "";
  const initModule = /void (\w+_init_module)\(void\)/.exec(header)?.[1];
  const functions = module.exports.filter(({ kind }) => kind === EXPORT_FUNCTION);
  const globals = module.exports.filter(({ kind }) => kind === EXPORT_GLOBAL);
  const memory = module.exports.find(({ kind }) => kind === 2);
  const hash = qh64Bytes(wasm);
  const lines = [
    "/* Written by quorate build --aot: the module as a filling of engine.h. */",
    '#include "aot/aot.h"',
    `#include "${MODULE_NAME}.h"`,
    "",
    `static ${struct} instance;`,
    "",
    ...functions.flatMap(({ name, index }, at) => thunk(module, names.get(name) ?? "", index, at)),
    ...globals.map(
      ({ name }, at) => `static void *global_${at}(void)\n{\n    return ${names.get(name)}(&instance);\n}\n`,
    ),
    "static void instantiate(void)\n{",
    initModule === undefined ? "" : `    ${initModule}();`,
    `    ${instantiate}(&instance);\n}\n`,
    "static uint8_t *memory(void)\n{",
    memory === undefined ? "    return NULL;" : `    return ${names.get(memory.name)}(&instance)->data;`,
    "}\n",
    `static const aot_function functions[] = {\n${functions.map((item, at) => functionRow(module, item, at)).join("")}    {0}};`,
    `static const aot_global globals[] = {\n${globals.map((item, at) => globalRow(module, item, at)).join("")}    {0}};`,
    "const aot_module AOT_MODULE = {",
    `    functions, ${functions.length}, globals, ${globals.length}, instantiate, memory, ${memoryBytes}, ${stateBytes},`,
    `    {0x${hash.slice(8)}u, 0x${hash.slice(0, 8)}u}};`,
  ];
  return `${lines.join("\n")}\n`;
}

function typeOf(module: WasmModule, index: number): { parameters: readonly number[]; results: readonly number[] } {
  return module.types[module.functions[index]?.type ?? 0] ?? { parameters: [], results: [] };
}

/** Bits to C values and back: floats go by their bytes. */
function thunk(module: WasmModule, symbol: string, index: number, at: number): string[] {
  const { parameters, results } = typeOf(module, index);
  const [result] = results;
  const loads = parameters.map(
    (type, k) => `    ${C_TYPE[type]} p${k};\n    memcpy(&p${k}, arguments + ${k}, sizeof p${k});`,
  );
  const call = `${symbol}(${["&instance", ...parameters.map((_, k) => `p${k}`)].join(", ")})`;
  const body =
    result === undefined
      ? [`    ${call};`, "    return 0;"]
      : [
          `    const ${C_TYPE[result]} value = ${call};`,
          "    uint64_t bits = 0;",
          `    memcpy(&bits, &value, ${isWide(result) ? 8 : 4});`,
          "    return bits;",
        ];
  const unused = parameters.length === 0 ? ["    (void)arguments;"] : [];
  return [`static uint64_t function_${at}(const uint64_t *arguments)\n{`, ...loads, ...unused, ...body, "}\n"];
}

function functionRow(module: WasmModule, item: { name: string; index: number }, at: number): string {
  const { parameters, results } = typeOf(module, item.index);
  const types = [...parameters, ...results, 0].join(", ");
  return `    {"${item.name}", {${types}}, ${parameters.length}, ${results.length}, function_${at}},\n`;
}

function globalRow(module: WasmModule, item: { name: string; index: number }, at: number): string {
  const global = module.globals[item.index];
  return `    {"${item.name}", ${global?.type}, ${global?.mutable === true}, global_${at}},\n`;
}
