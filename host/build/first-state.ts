import { BuildError } from "./build-error.ts";
import type { Compiled } from "./compile.ts";
import { ByteReader } from "./wasm/bytes.ts";
import { readModule } from "./wasm/module.ts";

/** Where the stub runtime keeps the end of the heap, by the name the compiler gives it. */
const HEAP_END = "~lib/rt/stub/offset";
const GLOBAL_NAMES = 7;

/**
 * Runs `init` once, here and now, and finds how much memory the law uses from then on: static data and what start-up
 * allocated. A law has no inputs at `init`, so what happens here happens on every engine.
 */
export async function measureState(
  wasm: Uint8Array,
  compiled: Compiled,
  fuelIndex: number,
): Promise<{ stateSize: number; initFuel: number }> {
  const { declaration } = compiled.law;
  const instance = new WebAssembly.Instance(await WebAssembly.compile(wasm), {});
  const exported = instance.exports as Record<string, WebAssembly.Global> & { init(): void };
  const fuel = exported.fuel as WebAssembly.Global;
  const before = Number(fuel.value);
  try {
    exported.init();
  } catch (error) {
    const isOutOfFuel = Number(fuel.value) < 0;
    throw new BuildError({
      code: isOutOfFuel ? "endless-init" : "init-trap",
      problem: isOutOfFuel ? "the law does not come to its first state" : "the law traps before its first step",
      place: declaration.lawPlace,
      expected: isOutOfFuel
        ? `at most ${before} instructions`
        : `first values that fit into ${declaration.memory} bytes of memory`,
      found: isOutOfFuel ? "more" : error instanceof Error ? error.message : String(error),
      hint: isOutOfFuel
        ? "Shorten the tables that it computes."
        : "Declare more memory in @law, or mend the first values.",
      cause: error,
    });
  }
  const optimised = readModule(compiled.optimised.wasm);
  const names = optimised.customs.find((each) => each.name === "name")?.body;
  const heapGlobal = names === undefined ? undefined : globalNamed(names, HEAP_END);
  const states = optimised.globals
    .map((global, index) => ({ global, index }))
    .filter(({ global, index }) => global.mutable && index !== fuelIndex);
  const slot = states.findIndex(({ index }) => index === heapGlobal);
  const heapEnd = slot < 0 ? 0 : Number((exported[`state.${slot}`] as WebAssembly.Global).value);
  const used = Math.max(heapEnd, dataEnd(readModule(compiled.plain.wasm).data));
  const stateSize = Math.ceil(used / 8) * 8;
  if (stateSize > declaration.memory) {
    throw new BuildError({
      code: "memory-short",
      problem: "the law does not fit into its memory",
      place: declaration.lawPlace,
      expected: `at most ${declaration.memory} bytes, as @law declares`,
      found: `${stateSize} bytes of data`,
      hint: stateSize > 65_536 ? "Make its tables smaller: memory ends at 65536 bytes." : `Write memory: ${stateSize}.`,
    });
  }
  return { stateSize, initFuel: before - Number(fuel.value) };
}

/** Index of a global in the name section, or undefined. */
function globalNamed(names: Uint8Array, wanted: string): number | undefined {
  const reader = new ByteReader(names);
  while (!reader.done) {
    const id = reader.u8();
    const part = new ByteReader(reader.take(reader.u32()));
    if (id !== GLOBAL_NAMES) continue;
    for (let count = part.u32(); count > 0; count -= 1) {
      const index = part.u32();
      if (part.name() === wanted) return index;
    }
  }
  return undefined;
}

/** Where the last active data segment ends. The compiler writes zero-filled data too, so this is the end of all static data. */
export function dataEnd(data: Uint8Array | undefined): number {
  if (data === undefined) return 0;
  const reader = new ByteReader(data);
  let end = 0;
  for (let count = reader.u32(); count > 0; count -= 1) {
    const kind = reader.u32();
    if (kind !== 0) throw new Error(`the compiler wrote a data segment of kind ${kind}`);
    reader.u8();
    const offset = reader.s32();
    reader.u8();
    const size = reader.u32();
    reader.take(size);
    end = Math.max(end, offset + size);
  }
  return end;
}
