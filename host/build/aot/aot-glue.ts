/**
 * The generated C of any module that wasm2c translated: one file that takes in wasm2c's, with what that asks for at run
 * time under names of the module's own (firmware/runtime/wasm2c). wabt gives other names and other parameter types from
 * version to version (docs/engine.md, "Ahead of time"), so each is taken from a declaration that wabt wrote: the header of
 * the module, and `wasm-rt.h`.
 */
import { qh64Bytes } from "../../model/qh64.ts";
import type { FunctionType, WasmModule } from "../../wasm/wasm-module.ts";
import { START_EXPORT } from "./aot-module.ts";

export interface GlueInput {
  /** A C word; those of two modules in one image differ. */
  readonly name: string;
  readonly module: WasmModule;
  /** The file that the identity is taken of. */
  readonly wasm: Uint8Array;
  /** Text of the header that wasm2c wrote beside the module's C. */
  readonly header: string;
  /** Text of the `wasm-rt.h` that belongs to it. */
  readonly runtimeHeader: string;
  readonly memoryBytes: number;
}

/** wabt's declarations have another shape than any that is known. */
export class GlueError extends Error {
  readonly code = "unknown-declarations";
}

/** Names of C that wasm2c wrote. */
interface Symbols {
  readonly instance: string;
  readonly instantiate: string;
  /** wabt 1.0.32 alone has it. */
  readonly initModule: string | undefined;
}

function symbolsOf(header: string): Symbols {
  const instance = /^}\s*(\w+);/m.exec(header)?.[1];
  const instantiate = /void (\w+_instantiate)\(/.exec(header)?.[1];
  if (instance === undefined || instantiate === undefined) {
    throw new GlueError("the header of the module declares no instance, or no function that makes one");
  }
  return { instance, instantiate, initModule: /void (\w+_init_module)\(void\)/.exec(header)?.[1] };
}

/** The C function that wasm2c made of an export, by the export's name. */
export function exportSymbols(header: string): (name: string) => string {
  const exports = new Map<string, string>();
  for (const [, name = "", symbol = ""] of header.matchAll(/\/\* export: '([^']*)' \*\/\s*[^;(]*?(\w+)\(/g))
    exports.set(name, symbol);
  return (name) => {
    const found = exports.get(name);
    if (found === undefined) throw new GlueError(`the header of the module does not declare the export ${name}`);
    return found;
  };
}

/** What every module has, `<name>_wasm` at its end; ways to its exports come behind it. */
export function glueText({ name, module, wasm, header, runtimeHeader, memoryBytes }: GlueInput): string {
  const symbols = symbolsOf(header);
  const hash = qh64Bytes(wasm);
  const lines = [
    `/* Written by quorate: ${name}.wasm as C, with all that it needs at run time. */`,
    `#define WASM2C_NAME(name) ${name}_##name`,
    '#include "wasm2c/names.h"',
    ...boundsChecks(runtimeHeader),
    `#include "${name}-code.c"`,
    '#include "wasm2c/module.h"',
    "",
    `#define MODULE_MEMORY_BYTES ${memoryBytes}u`,
    `#define MODULE_TABLE_ENTRIES ${module.tableEntries}u`,
    `#define MODULE_TYPE_COUNT ${module.types.length}u`,
    `static const wasm2c_type module_types[] = {\n${module.types.map(typeRow).join("")}    {0}};`,
    '#include "wasm2c/runtime.inc"',
    "",
    ...memoryFunctions(runtimeHeader),
    `static ${symbols.instance} module_instance;`,
    "",
    "static void module_instantiate(const wasm2c_hook *hook)\n{",
    "    module_hook = hook;",
    ...(symbols.initModule === undefined ? [] : [`    ${symbols.initModule}();`]),
    `    ${symbols.instantiate}(&module_instance);\n}\n`,
    "static void module_start(const wasm2c_hook *hook)\n{",
    "    module_hook = hook;",
    ...(module.start === undefined ? [] : [`    ${exportSymbols(header)(START_EXPORT)}(&module_instance);`]),
    "}\n",
    `const wasm2c_module ${name}_wasm = {`,
    `    module_instantiate, module_start, ${module.start !== undefined}, module_memory, MODULE_MEMORY_BYTES,`,
    `    {0x${hash.slice(8)}u, 0x${hash.slice(0, 8)}u}};`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Memory is checked by comparison: unasked, headers take guard pages on a PC, which a static memory has not. */
function boundsChecks(runtimeHeader: string): readonly string[] {
  return runtimeHeader.includes("WASM_RT_MEMCHECK_BOUNDS_CHECK")
    ? ["#define WASM_RT_USE_MMAP 0", "#define WASM_RT_MEMCHECK_BOUNDS_CHECK 1"]
    : ["#define WASM_RT_MEMCHECK_SIGNAL_HANDLER 0"];
}

/**
 * The two functions of wabt's runtime whose parameters differ between versions, with the types that `wasm-rt.h` declares:
 * memory is static and does not grow.
 */
function memoryFunctions(runtimeHeader: string): string[] {
  const allocate = declaration(runtimeHeader, "void", "wasm_rt_allocate_memory");
  const grow = declaration(runtimeHeader, "\\w+", "wasm_rt_grow_memory");
  const unused = allocate.types.slice(3).map((_, k) => `    (void)p${k + 3};`);
  return [
    `void wasm_rt_allocate_memory(${parameterList(allocate.types)})\n{`,
    "    memset(module_memory, 0, sizeof module_memory);",
    "    p0->data = module_memory;",
    "    p0->size = MODULE_MEMORY_BYTES;",
    "    p0->pages = p1;",
    "    p0->max_pages = p2;",
    ...unused,
    "}\n",
    `${grow.result} wasm_rt_grow_memory(${parameterList(grow.types)})\n{`,
    `    return p1 == 0 ? p0->pages : (${grow.result})-1;\n}\n`,
  ];
}

const parameterList = (types: readonly string[]): string => types.map((type, k) => `${type} p${k}`).join(", ");

/** A function's declaration as types: the names of parameters, where there are any, are left out. */
function declaration(text: string, result: string, name: string): { result: string; types: readonly string[] } {
  const found = new RegExp(`^(${result}) ${name}\\(([^)]*)\\);`, "m").exec(text);
  const types = (found?.[2] ?? "").split(",").map((item) => /^\s*(\w+\s*\*|\w+)/.exec(item)?.[1]);
  const known = types.filter((type) => type !== undefined);
  if (found === null || known.length !== types.length || known.length < 2) {
    throw new GlueError(`wasm-rt.h does not declare ${name} in a known shape`);
  }
  return { result: found[1] ?? "", types: known };
}

function typeRow({ parameters, results }: FunctionType): string {
  return `    {(const uint8_t[]){${[...parameters, ...results, 0].join(", ")}}, ${parameters.length}, ${results.length}},\n`;
}

/** Number of a function's type in `module_types`. */
export const typeIndex = (module: WasmModule, index: number): number => module.functions[index]?.type ?? 0;

export function typeOf(module: WasmModule, index: number): FunctionType {
  return module.types[typeIndex(module, index)] ?? { parameters: [], results: [] };
}
