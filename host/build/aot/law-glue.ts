/** The generated C between a law's own (aot-glue.ts) and `firmware/runtime/aot/engine.c`: its exports in tables. */
import { EXPORT_FUNCTION, EXPORT_GLOBAL, type FunctionType, type WasmModule } from "../../wasm/wasm-module.ts";
import { exportSymbols, type GlueInput, typeIndex, typeOf } from "./aot-glue.ts";
import { plainName } from "./aot-module.ts";

/** The filling knows its law by this name. */
export const LAW_NAME = "law";

const C_TYPE: Readonly<Record<number, string>> = { 127: "u32", 126: "u64", 125: "f32", 124: "f64" };
const isWide = (type: number): boolean => type === 0x7e || type === 0x7c;

export function lawText({ module, header }: GlueInput, stateBytes: number): string {
  // Names are C strings: one with a zero byte cannot be asked for.
  const named = module.exports.filter(({ name }) => !name.includes("\0"));
  const functions = named.filter(({ kind }) => kind === EXPORT_FUNCTION);
  const globals = named.filter(({ kind }) => kind === EXPORT_GLOBAL);
  const symbols = exportSymbols(header);
  const symbol = (name: string): string => symbols(plainName(name));
  const lines = [
    '#include "aot/aot.h"',
    "",
    ...functions.flatMap(({ name, index }, at) => thunk(typeOf(module, index), symbol(name), at)),
    ...globals.map(
      ({ name }, at) => `static void *global_${at}(void)\n{\n    return ${symbol(name)}(&module_instance);\n}\n`,
    ),
    `static const aot_function functions[] = {\n${functions.map(({ name, index }, at) => functionRow(module, name, index, at)).join("")}    {0}};`,
    `static const aot_global globals[] = {\n${globals.map((item, at) => globalRow(module, item, at)).join("")}    {0}};`,
    `const aot_law law_exports = {functions, ${functions.length}, globals, ${globals.length}, ${stateBytes}};`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Bits to C values and back: floats go by their bytes. */
function thunk({ parameters, results }: FunctionType, symbol: string, at: number): string[] {
  const [result] = results;
  const loads = parameters.map(
    (type, k) => `    ${C_TYPE[type]} p${k};\n    memcpy(&p${k}, arguments + ${k}, sizeof p${k});`,
  );
  const call = `${symbol}(${["&module_instance", ...parameters.map((_, k) => `p${k}`)].join(", ")})`;
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
  return [
    `static uint64_t function_${at}(const wasm2c_hook *hook, const uint64_t *arguments)\n{`,
    ...loads,
    ...unused,
    "    module_hook = hook;",
    ...body,
    "}\n",
  ];
}

function functionRow(module: WasmModule, name: string, index: number, at: number): string {
  return `    {${cString(name)}, &module_types[${typeIndex(module, index)}], function_${at}},\n`;
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
