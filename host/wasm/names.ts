import { ByteReader } from "./wasm-bytes.ts";
import type { WasmModule } from "./wasm-module.ts";

const FUNCTION_NAMES = 1;
const GLOBAL_NAMES = 7;

/** The names that the compiler's debug information gives to functions and globals, by index. */
export interface Names {
  readonly functions: ReadonlyMap<number, string>;
  readonly globals: ReadonlyMap<number, string>;
}

/** Reads the name section of a module; one without has no names. */
export function readNames(module: WasmModule): Names {
  const functions = new Map<number, string>();
  const globals = new Map<number, string>();
  const section = module.customs.find((each) => each.name === "name");
  const reader = new ByteReader(section?.body ?? new Uint8Array());
  while (!reader.done) {
    const id = reader.u8();
    const part = new ByteReader(reader.take(reader.u32()));
    const names = id === FUNCTION_NAMES ? functions : id === GLOBAL_NAMES ? globals : undefined;
    if (names === undefined) continue;
    for (let count = part.u32(); count > 0; count -= 1) {
      const index = part.u32();
      names.set(index, part.name());
    }
  }
  return { functions, globals };
}
