import type { WasmModule } from "./wasm/module.ts";
export function worstFuel(_module: WasmModule, _step: number): number {
  return 0;
}
