/**
 * The same commands in V8, alone as the engine has them and with memory that cannot grow: what the engine answers where
 * the suite expects a growth, or what another module wrote, is right if this says the same.
 */
import { readFileSync } from "node:fs";
import { Op } from "../../host/wasm/opcodes.ts";
import { ByteReader, ByteWriter } from "../../host/wasm/wasm-bytes.ts";
import { EXPORT_FUNCTION, EXPORT_GLOBAL, readModule, type WasmModule } from "../../host/wasm/wasm-module.ts";
import { bitsOf } from "../runtime/v8-words.ts";
import type { Action, Value } from "./suite.ts";

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const TYPE_NAME: Readonly<Record<number, string>> = { 127: "i32", 126: "i64", 125: "f32", 124: "f64" };

export function growsMemory(file: string): boolean {
  return readModule(readFileSync(file)).functions.some(({ code }) => code.some(({ op }) => op === Op.memoryGrow));
}

/** The module with the least size of its memory as the greatest. */
function clipped(wasm: Uint8Array, module: WasmModule): Uint8Array<ArrayBuffer> {
  if (module.memory === undefined) return Uint8Array.from(wasm);
  const out = new ByteWriter();
  out.append(wasm.subarray(0, HEADER_BYTES));
  const reader = new ByteReader(wasm, HEADER_BYTES);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.u8();
    reader.take(reader.u32());
    if (id !== MEMORY_SECTION) {
      out.append(wasm.subarray(start, reader.at));
      continue;
    }
    const content = new ByteWriter();
    for (const value of [1, 1, module.memory.initial, module.memory.initial]) content.u32(value);
    out.u8(id);
    out.sized(content);
  }
  return Uint8Array.from(out.bytes());
}

function argumentOf({ type, value }: Value): unknown {
  const bits = BigInt(value ?? "0");
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, bits));
  if (type === "i64") return bits;
  if (type === "f64") return view.getFloat64(0);
  return type === "f32" ? view.getFloat32(4) : view.getInt32(4);
}

/** In place of a saying. */
export const NO_EXPORT = "no such export";

/** What V8 says to each action, in order: bits, or the words of a trap. */
export function sayingsInV8(file: string, actions: readonly Action[]): readonly string[] {
  const wasm = readFileSync(file);
  const module = readModule(wasm);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(clipped(wasm, module)));
  return actions.map(({ type, field: name, args }) => {
    // What a C string holds of it.
    const [field = ""] = name.split("\0");
    const kind = type === "get" ? EXPORT_GLOBAL : EXPORT_FUNCTION;
    const index = module.exports.find((item) => item.kind === kind && item.name === field)?.index ?? -1;
    const item = exports[field];
    if (item instanceof WebAssembly.Global) return bitsOf(item.value, TYPE_NAME[module.globals[index]?.type ?? 0]);
    if (item === undefined) return NO_EXPORT;
    const [result] = module.types[module.functions[index]?.type ?? -1]?.results ?? [];
    try {
      const value = (item as (...values: unknown[]) => unknown)(...(args ?? []).map(argumentOf));
      return bitsOf(value, result === undefined ? undefined : TYPE_NAME[result]);
    } catch (error) {
      return (error as Error).message;
    }
  });
}
