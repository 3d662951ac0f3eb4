import { addFuelGlobal, EXPORT_FUNCTION, EXPORT_MEMORY, readModule, type WasmModule } from "../../wasm/wasm-module.ts";
import { writeModule } from "../../wasm/write-module.ts";
import { FIRST_SIGNAL_OFFSET, type LawDeclaration } from "../law/declaration.ts";
import { callGraph } from "../passes/calls.ts";
import { meter } from "../passes/fuel.ts";
import { boundAccesses } from "../passes/memory-bounds.ts";
import { canonicaliseNaN } from "../passes/nan.ts";
import { lift } from "./lift.ts";
import { Propagation } from "./propagate.ts";
import type { Label } from "./tree.ts";

/**
 * Words of memory that are the same in every step: what `init` left there and no step can write. Array lengths and the addresses of
 * a law's arrays are of that kind, and with them known most index tests decide themselves.
 *
 * The proof is by induction over the stores a step runs. Suppose that words are fixed, and find under that supposition which
 * addresses each store can have: if no store can hit one of them, none ever does, and the supposition holds. Words that are hit are
 * given up, and the proof starts again with the rest.
 */
export interface FixedWords {
  /** Value, as i32, by address. */
  readonly values: ReadonlyMap<number, number>;
  /** Functions that run in steps and never in `init`: only there the words hold. */
  readonly functions: ReadonlySet<number>;
}

const NONE: FixedWords = { values: new Map(), functions: new Set() };
/** Rounds of giving up words before all are given up. */
const ROUNDS_MAX = 8;
/** What `init` may burn here; the build itself says so when a law needs more. */
const INIT_FUEL = 10_000_000;

/**
 * Finds the fixed words of a law whose module has its final exports and no NaN, bounds or fuel code yet. Its signals are never
 * among them: the engine writes those between steps.
 *
 * @param block address of the signal block.
 */
export function fixedWords(module: WasmModule, block: number, declaration: LawDeclaration): FixedWords {
  const indexOf = (name: string): number => module.exports.find((each) => each.name === name)?.index ?? -1;
  const memory = memoryAfterInit(module, indexOf("init"), declaration.memory);
  if (memory === undefined) return NONE;
  const graph = callGraph(module);
  const inSteps = reachable(graph, indexOf("step"));
  const inInit = reachable(graph, indexOf("init"));
  const functions = new Set([...inSteps].filter((index) => !inInit.has(index)));
  const ends = declaration.signals.map(({ offset, role }) => offset + (role === "input" ? 8 : 4));
  const blockEnd = block + Math.max(FIRST_SIGNAL_OFFSET, ...ends);
  const values = new Map<number, number>();
  for (let address = 0; address + 4 <= declaration.memory; address += 4) {
    const isSignal = address + 4 > block && address < blockEnd;
    if (!isSignal) values.set(address, memory.getInt32(address, true));
  }
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const hits = storesOf(module, inSteps, { values, functions });
    if (hits === undefined) return NONE;
    const lost = [...values.keys()].filter((address) =>
      hits.some(({ from, to }) => address + 4 > from && address < to),
    );
    if (lost.length === 0) return { values, functions };
    for (const address of lost) values.delete(address);
  }
  return NONE;
}

/** Bytes that a store may touch: [from, to). */
export interface Hit {
  readonly from: number;
  readonly to: number;
}

/** Where the stores of some functions can go; undefined when one is not understood. */
function storesOf(module: WasmModule, indices: ReadonlySet<number>, fixed: FixedWords): readonly Hit[] | undefined {
  const hits: Hit[] = [];
  for (const index of indices) {
    const f = module.functions[index];
    const lifted = f === undefined ? undefined : lift(module, f);
    if (lifted === undefined) return undefined;
    const words = fixed.functions.has(index) ? fixed.values : undefined;
    const options = { joined: new WeakSet<Label>(), words, onStore: (hit: Hit) => hits.push(hit) };
    new Propagation(lifted.locals, options).run(lifted.body, lifted.parameters);
  }
  return hits;
}

function reachable(graph: ReturnType<typeof callGraph>, root: number): Set<number> {
  const found = new Set([root]);
  for (const index of found) for (const { to } of graph[index] ?? []) found.add(to);
  return found;
}

/** Runs `init` as every engine will; undefined when it traps. */
function memoryAfterInit(module: WasmModule, init: number, size: number): DataView | undefined {
  const copy = readModule(writeModule(module, []).bytes);
  canonicaliseNaN(copy);
  boundAccesses(copy, size);
  meter(copy, addFuelGlobal(copy, INIT_FUEL));
  copy.exports = [
    { name: "memory", kind: EXPORT_MEMORY, index: 0 },
    { name: "init", kind: EXPORT_FUNCTION, index: init },
  ];
  const { bytes } = writeModule(copy, []);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), {});
  const { exports } = instance as unknown as { exports: { init(): void; memory: WebAssembly.Memory } };
  try {
    exports.init();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
  return new DataView(exports.memory.buffer);
}
