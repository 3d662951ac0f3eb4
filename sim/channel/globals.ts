import { QuorateError } from "../../host/errors.ts";
import type { NumberType } from "../../host/wasm/value-types.ts";
import { WasmError } from "../../host/wasm/wasm-error.ts";
import { exportedGlobals } from "../../host/wasm/wasm-module.ts";

/** Types of a module's exported globals by name, or an error that tells a person what to do. */
export function globalTypes(wasm: Uint8Array): ReadonlyMap<string, NumberType> {
  try {
    return exportedGlobals(wasm);
  } catch (error) {
    if (!(error instanceof WasmError)) throw error;
    throw new QuorateError({
      code: "damaged-module",
      kind: "file",
      problem: `the module's globals cannot be read: ${error.message}`,
      hint: "Build the control law again with quorate build.",
      cause: error,
    });
  }
}
