/**
 * What wasm2c is given instead of the module itself. Two things are changed, so that the C can be a filling of engine.h:
 * exports whose names are no C names go by their bytes, and the start function becomes an export, because `rt_start`
 * calls it and not the instantiation.
 */
import { ByteReader, ByteWriter } from "../../wasm/wasm-bytes.ts";
import { WasmError } from "../../wasm/wasm-error.ts";
import { type FunctionType, readModule, type WasmModule } from "../../wasm/wasm-module.ts";

export const START_EXPORT = "quorate_start";
const SECTION_EXPORT = 7;
const SECTION_START = 8;
const HEADER_BYTES = 8;

/** The name of an export in the translated module. Two different names never become one. */
export function plainName(name: string): string {
  if (/^[A-Za-z][\w.]*$/.test(name) && !name.startsWith("quorate_")) return name;
  return `quorate_x${Buffer.from(name, "utf8").toString("hex")}`;
}

/** The module as wasm2c shall see it. Bytes that make no sense stay as they are: the translator says what is wrong. */
export function forTranslation(wasm: Uint8Array): Uint8Array {
  let module: WasmModule;
  try {
    module = readModule(wasm);
  } catch (error) {
    if (error instanceof WasmError) return wasm;
    throw error;
  }
  if (module.start !== undefined && !isNullary(startType(module))) return wasm;
  return rewritten(wasm, module);
}

function startType(module: WasmModule): FunctionType | undefined {
  return module.types[module.functions[module.start ?? 0]?.type ?? 0];
}

const isNullary = (type: FunctionType | undefined): boolean =>
  type?.parameters.length === 0 && type.results.length === 0;

function rewritten(wasm: Uint8Array, module: WasmModule): Uint8Array {
  const out = new ByteWriter();
  out.append(wasm.subarray(0, HEADER_BYTES));
  const reader = new ByteReader(wasm, HEADER_BYTES);
  const seen: number[] = [];
  while (!reader.done) {
    const start = reader.at;
    const id = reader.u8();
    const size = reader.u32();
    const part = new ByteReader(wasm, reader.at, reader.at + size);
    reader.take(size);
    if (!isWhole(id, part)) return wasm;
    // Behind the exports, or where they would stand.
    if (id === SECTION_START && !seen.includes(SECTION_EXPORT)) writeExports(out, module);
    if (id === SECTION_EXPORT) writeExports(out, module);
    else if (id !== SECTION_START) out.append(wasm.subarray(start, reader.at));
    // A section twice is an error that must stay one.
    if (id !== 0 && seen.includes(id)) return wasm;
    seen.push(id);
  }
  return out.bytes();
}

/** Is a section that is written anew what its size says, and are its names what a decoder makes of them? */
function isWhole(id: number, part: ByteReader): boolean {
  if (id === SECTION_START) part.u32();
  else if (id === SECTION_EXPORT) {
    for (let left = part.u32(); left > 0; left -= 1) {
      if (!isUtf8(part.take(part.u32()))) return false;
      part.u8();
      part.u32();
    }
  } else return true;
  return part.done;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function writeExports(out: ByteWriter, module: WasmModule): void {
  const content = new ByteWriter();
  const { start, exports } = module;
  content.u32(exports.length + (start === undefined ? 0 : 1));
  for (const { name, kind, index } of exports) {
    content.name(plainName(name));
    content.u8(kind);
    content.u32(index);
  }
  if (start !== undefined) {
    content.name(START_EXPORT);
    content.u8(0);
    content.u32(start);
  }
  out.u8(SECTION_EXPORT);
  out.sized(content);
}
