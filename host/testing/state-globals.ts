import type { NumberType } from "../wasm/value-types.ts";
import { exportedGlobals } from "../wasm/wasm-module.ts";

/** One `state.<n>` global with its type, which JavaScript does not show. */
export interface StateGlobal {
  readonly global: WebAssembly.Global;
  readonly type: NumberType;
}

/** The mutable globals of a law's state, in order. */
export function stateGlobals(wasm: Uint8Array, exports: WebAssembly.Exports): StateGlobal[] {
  return [...exportedGlobals(wasm)]
    .filter(([name]) => name.startsWith("state."))
    .map(([name, type]) => ({ global: exports[name] as WebAssembly.Global, type }));
}

/** A global as the state hash sees it: one word, or two with the low one first. */
export function globalWords({ global, type }: StateGlobal): Uint32Array {
  const view = new DataView(new ArrayBuffer(8));
  const value: unknown = global.value;
  if (type === "i64") view.setBigInt64(0, value as bigint, true);
  else if (type === "f64") view.setFloat64(0, Number(value), true);
  else if (type === "f32") view.setFloat32(0, Number(value), true);
  else view.setInt32(0, Number(value), true);
  const words = [view.getUint32(0, true), view.getUint32(4, true)];
  return Uint32Array.from(type === "i64" || type === "f64" ? words : words.slice(0, 1));
}

export function setGlobalWords({ global, type }: StateGlobal, words: Uint32Array): void {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, words[0] ?? 0, true);
  view.setUint32(4, words[1] ?? 0, true);
  if (type === "i64") global.value = view.getBigInt64(0, true);
  else if (type === "f64") global.value = view.getFloat64(0, true);
  else if (type === "f32") global.value = view.getFloat32(0, true);
  else global.value = view.getInt32(0, true);
}
