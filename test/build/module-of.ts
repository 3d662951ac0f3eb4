import type { Instruction } from "../../host/wasm/code.ts";
import { EXPORT_FUNCTION, EXPORT_MEMORY, type WasmModule } from "../../host/wasm/wasm-module.ts";

interface Parts {
  /** Functions of one parameter; the last one is exported as `run`. */
  readonly functions: readonly { readonly locals: readonly number[]; readonly code: Instruction[] }[];
  readonly parameter: number;
  /** Left out: no result. */
  readonly result?: number;
}

/** A module by hand: a page of memory, functions of one type, `run` and `memory` exported. */
export function moduleOf({ functions, parameter, result }: Parts): WasmModule {
  return {
    types: [{ parameters: [parameter], results: result === undefined ? [] : [result] }],
    imports: [],
    functions: functions.map(({ locals, code }) => ({ type: 0, locals: [...locals], code })),
    tables: 0,
    tableEntries: 0,
    memory: { initial: 1, maximum: 1 },
    globals: [],
    exports: [
      { name: "memory", kind: EXPORT_MEMORY, index: 0 },
      { name: "run", kind: EXPORT_FUNCTION, index: functions.length - 1 },
    ],
    start: undefined,
    data: undefined,
    dataCount: undefined,
    customs: [],
  };
}
