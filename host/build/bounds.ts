import type { WasmModule } from "./wasm/module.ts";
export function boundAccesses(_module: WasmModule, _memory: number): { tested: number; proven: number } {
  return { tested: 0, proven: 0 };
}
