/**
 * The C between wasm2c's output and `firmware/runtime/aot/engine.c`. wabt gives other names and other parameter types
 * from version to version (docs/engine.md, "Ahead of time"), so each is taken from a declaration that wabt wrote: the
 * header of the module, and `wasm-rt.h`.
 */
import { qh64Bytes } from "../../model/qh64.ts";
import {
  EXPORT_FUNCTION,
  EXPORT_GLOBAL,
  EXPORT_MEMORY,
  type FunctionType,
  type WasmModule,
} from "../../wasm/wasm-module.ts";
import { plainName, START_EXPORT } from "./aot-module.ts";

export interface GlueInput {
  readonly module: WasmModule;
  /** The file that the identity is taken of. */
  readonly wasm: Uint8Array;
  /** Text of the header that wasm2c wrote beside the module's C. */
  readonly header: string;
  /** Text of the `wasm-rt.h` that belongs to it. */
  readonly runtimeHeader: string;
  readonly memoryBytes: number;
  readonly stateBytes: number;
}

/** wabt's declarations have another shape than any that is known. */
export class GlueError extends Error {
  readonly code = "unknown-declarations";
}

const C_TYPE: Readonly<Record<number, string>> = { 127: "u32", 126: "u64", 125: "f32", 124: "f64" };
const isWide = (type: number): boolean => type === 0x7e || type === 0x7c;

/** Names of the module's C. */
interface Symbols {
  readonly instance: string;
  readonly instantiate: string;
  /** wabt 1.0.32 alone has it. */
  readonly initModule: string | undefined;
  readonly exports: ReadonlyMap<string, string>;
}

function symbolsOf(header: string): Symbols {
  const exports = new Map<string, string>();
  for (const [, name = "", symbol = ""] of header.matchAll(/\/\* export: '([^']*)' \*\/\s*[^;(]*?(\w+)\(/g))
    exports.set(name, symbol);
  const instance = /^}\s*(\w+);/m.exec(header)?.[1];
  const instantiate = /void (\w+_instantiate)\(/.exec(header)?.[1];
  if (instance === undefined || instantiate === undefined) {
    throw new GlueError("the header of the module declares no instance, or no function that makes one");
  }
  return { instance, instantiate, initModule: /void (\w+_init_module)\(void\)/.exec(header)?.[1], exports };
}

export function glueText(input: GlueInput): string {
  const { module, header, wasm, memoryBytes, stateBytes } = input;
  const symbols = symbolsOf(header);
  // Names are C strings: one with a zero byte cannot be asked for.
  const named = module.exports.filter(({ name }) => !name.includes("\0"));
  const functions = named.filter(({ kind }) => kind === EXPORT_FUNCTION);
  const globals = named.filter(({ kind }) => kind === EXPORT_GLOBAL);
  const memory = module.exports.find(({ kind }) => kind === EXPORT_MEMORY);
  const symbol = (name: string): string => {
    const found = symbols.exports.get(name);
    if (found === undefined) throw new GlueError(`the header of the module does not declare the export ${name}`);
    return found;
  };
  const hash = qh64Bytes(wasm);
  const lines = [
    "/* Written by quorate build --aot: the module as a filling of engine.h. */",
    '#include "aot/aot.h"',
    '#include "law.h"',
    "",
    `static ${symbols.instance} instance;`,
    "",
    ...memoryFunctions(input.runtimeHeader),
    ...functions.flatMap(({ name, index }, at) => thunk(typeOf(module, index), symbol(plainName(name)), at)),
    ...globals.map(
      ({ name }, at) => `static void *global_${at}(void)\n{\n    return ${symbol(plainName(name))}(&instance);\n}\n`,
    ),
    "static void instantiate(void)\n{",
    symbols.initModule === undefined ? "" : `    ${symbols.initModule}();`,
    `    ${symbols.instantiate}(&instance);\n}\n`,
    "static void start(void)\n{",
    module.start === undefined ? "" : `    ${symbol(START_EXPORT)}(&instance);`,
    "}\n",
    "static uint8_t *memory(void)\n{",
    memory === undefined ? "    return NULL;" : `    return ${symbol(plainName(memory.name))}(&instance)->data;`,
    "}\n",
    `static const aot_type types[] = {\n${module.types.map(typeRow).join("")}    {0}};`,
    `static const aot_function functions[] = {\n${functions.map(({ name, index }, at) => functionRow(module, name, index, at)).join("")}    {0}};`,
    `static const aot_global globals[] = {\n${globals.map((item, at) => globalRow(module, item, at)).join("")}    {0}};`,
    "const aot_module AOT_MODULE = {",
    `    types, ${module.types.length}, functions, ${functions.length}, globals, ${globals.length}, instantiate, start,`,
    `    ${module.start !== undefined}, memory, ${memoryBytes}, ${stateBytes}, {0x${hash.slice(8)}u, 0x${hash.slice(0, 8)}u}};`,
  ];
  return `${lines.join("\n")}\n`;
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
    "    p0->data = aot_memory_clear();",
    "    p0->size = AOT_MODULE.memory_bytes;",
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

function typeOf(module: WasmModule, index: number): FunctionType {
  return module.types[module.functions[index]?.type ?? 0] ?? { parameters: [], results: [] };
}

/** Bits to C values and back: floats go by their bytes. */
function thunk({ parameters, results }: FunctionType, symbol: string, at: number): string[] {
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

function typeRow({ parameters, results }: FunctionType): string {
  return `    {(const uint8_t[]){${[...parameters, ...results, 0].join(", ")}}, ${parameters.length}, ${results.length}},\n`;
}

function functionRow(module: WasmModule, name: string, index: number, at: number): string {
  return `    {${cString(name)}, &types[${module.functions[index]?.type ?? 0}], function_${at}},\n`;
}

function globalRow(module: WasmModule, { name, index }: { name: string; index: number }, at: number): string {
  const global = module.globals[index];
  return `    {${cString(name)}, ${global?.type}, ${global?.mutable === true}, global_${at}},\n`;
}

/** Octal, because a hexadecimal escape swallows the digits behind it. */
function cString(name: string): string {
  const bytes = Buffer.from(name, "utf8");
  const isPlain = (byte: number): boolean => byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(String.fromCharCode(byte));
  const text = [...bytes].map((byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`,
  );
  return `"${text.join("")}"`;
}
