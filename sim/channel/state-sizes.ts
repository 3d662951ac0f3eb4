import type { SignalTable } from "../../host/model/signals.ts";
import type { NumberType } from "../../host/wasm/value-types.ts";
import { globalTypes } from "./globals.ts";

/** Bytes that a bit flip can reach, told by the modules themselves: nobody has to make a channel to ask. */

const coreSizes = new WeakMap<WebAssembly.Module, number>();

/** Bytes of a core's STATE. The module says it in a constant, so it is asked once. */
export function coreStateSize(module: WebAssembly.Module): number {
  let size = coreSizes.get(module);
  if (size === undefined) {
    size = Number((new WebAssembly.Instance(module, {}).exports.STATE_SIZE as WebAssembly.Global).value);
    coreSizes.set(module, size);
  }
  return size;
}

/** Bytes of a law's state: in memory, then the words of its mutable globals. */
export function lawStateSize(wasm: Uint8Array, table: SignalTable): number {
  const globals = stateTypes(globalTypes(wasm)).map((type) => (type === "i64" || type === "f64" ? 2 : 1));
  return 4 * (stateWordsOf(table) + globals.reduce<number>((sum, words) => sum + words, 0));
}

/** Words of a law's state in memory: whole pairs, as the state hash takes them. */
export function stateWordsOf({ stateSize }: SignalTable): number {
  return Math.ceil(stateSize / 8) * 2;
}

/** Types of `state.0`, `state.1`, ... in order. */
export function stateTypes(types: ReadonlyMap<string, NumberType>): NumberType[] {
  const found: NumberType[] = [];
  for (let type = types.get("state.0"); type !== undefined; type = types.get(`state.${found.length}`)) found.push(type);
  return found;
}
