/**
 * The generated C by which an image calls a module's exports directly, as core and stage are called: functions by name,
 * and the exported constants, which are addresses in the module's memory.
 */
import { ByteReader } from "../../wasm/wasm-bytes.ts";
import { EXPORT_FUNCTION, EXPORT_GLOBAL, type FunctionType, type WasmModule } from "../../wasm/wasm-module.ts";
import { exportSymbols, type GlueInput, typeOf } from "./aot-glue.ts";
import { plainName } from "./aot-module.ts";

const I32_CONST = 0x41;
const C_TYPE: Readonly<Record<number, string>> = { 127: "uint32_t", 126: "uint64_t", 125: "float", 124: "double" };

/** An export that C can name is one of these; the others are left out. */
const isWord = (name: string): boolean => /^[A-Za-z]\w*$/.test(name);

/** `<name>.h`: what other files of the image see of the module. */
export function callsHeader(module: WasmModule, name: string): string {
  const guard = `${name.toUpperCase()}_H`;
  const lines = [
    `/* Written by quorate: ${name}.wasm as C. Each call says where it goes if it traps. */`,
    `#ifndef ${guard}\n#define ${guard}\n`,
    '#include "wasm2c/module.h"\n',
    `extern const wasm2c_module ${name}_wasm;\n`,
    ...constantsOf(module).map(([item, value]) => `#define ${name.toUpperCase()}_${item} ${value}u`),
    "",
    ...functionsOf(module).map(({ item, type }) => `${prototype(name, item, type)};`),
    "\n#endif",
  ];
  return `${lines.join("\n")}\n`;
}

/** Their definitions, behind what every module has. */
export function callsText({ name, module, header }: GlueInput): string {
  const symbol = exportSymbols(header);
  const functions = functionsOf(module).map(({ item, type }) => {
    const words = ["&module_instance", ...type.parameters.map((_, k) => `p${k}`)].join(", ");
    const call = `${type.results.length === 0 ? "" : "return "}${symbol(plainName(item))}(${words});`;
    return `${prototype(name, item, type)}\n{\n    module_hook = hook;\n    ${call}\n}\n`;
  });
  return [`#include "${name}.h"\n`, ...functions].join("\n");
}

function prototype(name: string, item: string, { parameters, results }: FunctionType): string {
  const [result] = results;
  const words = ["const wasm2c_hook *hook", ...parameters.map((type, k) => `${C_TYPE[type]} p${k}`)];
  return `${result === undefined ? "void" : C_TYPE[result]} ${name}_${item}(${words.join(", ")})`;
}

function functionsOf(module: WasmModule): { item: string; type: FunctionType }[] {
  return module.exports
    .filter(({ name, kind }) => kind === EXPORT_FUNCTION && isWord(name))
    .map(({ name, index }) => ({ item: name, type: typeOf(module, index) }));
}

/** Exported globals that never change, as numbers without a sign. */
function constantsOf(module: WasmModule): (readonly [string, number])[] {
  return module.exports.flatMap(({ name, kind, index }) => {
    const global = module.globals[index];
    if (kind !== EXPORT_GLOBAL || global === undefined || global.mutable || !isWord(name)) return [];
    const reader = new ByteReader(global.initial);
    return reader.u8() === I32_CONST ? [[name, reader.s32() >>> 0] as const] : [];
  });
}
