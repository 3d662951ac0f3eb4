import { emit, type Instruction } from "../../host/wasm/code.ts";
import { Op } from "../../host/wasm/opcodes.ts";
import { addFuelGlobal, EXPORT_GLOBAL, type WasmModule } from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";

/**
 * Counts what really runs: an exported i32 `counter` grows by 1 before each single instruction. The words `block`, `loop`, `else`
 * and `end` do nothing at run time and are not counted, as in docs/module.md, "Fuel".
 */
export function countInstructions(module: WasmModule): void {
  const counter = addFuelGlobal(module, 0);
  for (const f of module.functions) {
    f.code = f.code.flatMap((instruction): Instruction[] => {
      const { op, at } = instruction;
      if (op === Op.block || op === Op.loop || op === Op.else || op === Op.end) return [instruction];
      const add = [
        emit(at, Op.globalGet, counter),
        emit(at, Op.i32Const, 1),
        emit(at, Op.i32Add),
        emit(at, Op.globalSet, counter),
      ];
      return [...add, instruction];
    });
  }
  module.exports = [...module.exports, { name: "counter", kind: EXPORT_GLOBAL, index: counter }];
}

/** Runs a module on V8. */
export function instanceOf(module: WasmModule): WebAssembly.Instance {
  return new WebAssembly.Instance(new WebAssembly.Module(writeModule(module, []).bytes as Uint8Array<ArrayBuffer>), {});
}
