import { WasmError } from "../../wasm/wasm-error.ts";
import { readModule, type WasmModule } from "../../wasm/wasm-module.ts";

export interface AotSizes {
  readonly memoryBytes: number;
  readonly stateBytes: number;
}

const PAGE_BYTES = 65_536;
const SIGNAL_SECTION = "quorate.signals";
/** The header's first words, and the bytes that the engine wants behind the name (docs/module.md). */
const SIGNALS_MAGIC = 0x47495351;
const SIGNALS_VERSION = 0x0040_0001;
const SIGNALS_LEAST = 48;

/**
 * Bytes of linear memory and of state, as the engine takes them from the signal table
 * (firmware/runtime/interpreter/load.c): whole pages where there is none, or none that is long enough, or it says 0; no
 * more state than memory.
 * @throws WasmError for another table, or one that declares more than the memory has.
 */
export function sizesOf(module: WasmModule): AotSizes {
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

/** Bytes of linear memory, or undefined where the bytes are no module: other checks say so with the place. */
export function declaredBytes(wasm: Uint8Array): number | undefined {
  try {
    return sizesOf(readModule(wasm)).memoryBytes;
  } catch (error) {
    if (error instanceof WasmError) return undefined;
    throw error;
  }
}
