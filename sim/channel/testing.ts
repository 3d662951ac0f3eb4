import binaryen from "assemblyscript/binaryen";
import type { Signal, SignalTable } from "../../host/model/signals.ts";
import { Law } from "./law.ts";

/** A small law for tests, written by hand: no compiler, no build, every address known. */

/** Adds its input to a sum in memory and to four globals of every type; input 7 traps, 9 burns all fuel. */
export const ACCUMULATOR = `(module
  (memory (export "memory") 1 1)
  (global $fuel (export "fuel") (mut i32) (i32.const 0))
  (global $n (export "state.0") (mut i32) (i32.const 0))
  (global $wide (export "state.1") (mut i64) (i64.const 0))
  (global $real (export "state.2") (mut f32) (f32.const 0))
  (global $long (export "state.3") (mut f64) (f64.const 0))
  (func (export "init") (global.set $n (i32.const 5)))
  (func (export "step")
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 3)))
    (if (i32.eq (i32.load (i32.const 16)) (i32.const 7)) (then unreachable))
    (if (i32.eq (i32.load (i32.const 16)) (i32.const 9)) (then (global.set $fuel (i32.const -1)) unreachable))
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.set $wide (i64.add (global.get $wide) (i64.const 0x100000001)))
    (global.set $real (f32.add (global.get $real) (f32.const 0.5)))
    (global.set $long (f64.add (global.get $long) (f64.const 0.25)))
    (i32.store (i32.const 24) (i32.add (i32.load (i32.const 24)) (i32.mul (i32.load (i32.const 16)) (i32.load (i32.const 20)))))
    (i32.store (i32.const 28) (i32.load (i32.const 8)))))`;

const WORD: Signal = {
  name: "value",
  unit: "",
  role: "input",
  type: "i32",
  selection: "median",
  single: false,
  address: 16,
  validAddress: 20,
  min: 0,
  max: 9,
  tolerance: 0,
  rateLimit: 0,
  safe: 0,
  initial: 0,
};

/** Its table: state of 30 bytes, so that rounding up shows. */
export const TABLE: SignalTable = {
  law: "accumulator",
  periodUs: 10_000,
  fuelBudget: 100,
  memorySize: 65_536,
  stateSize: 30,
  worstFuel: 3,
  callDepth: 1,
  valueStackDepth: 2,
  fttiUs: 0,
  frameAddress: 8,
  dtAddress: 12,
  inputs: [WORD],
  outputs: [{ ...WORD, name: "sum", role: "output", address: 24, validAddress: 0, min: -1_000_000, max: 1_000_000 }],
  parameters: [],
  probes: [{ ...WORD, name: "seen", role: "probe", address: 28, validAddress: 0 }],
};

export function accumulatorWasm(text: string = ACCUMULATOR): Uint8Array {
  const parsed = binaryen.parseText(text);
  parsed.setFeatures(binaryen.Features.MutableGlobals);
  const wasm = parsed.emitBinary();
  parsed.dispose();
  return wasm;
}

/** An instance with `init` done. */
export async function accumulator(): Promise<Law> {
  const wasm = accumulatorWasm();
  const law = new Law(await WebAssembly.compile(wasm), wasm, TABLE);
  law.init();
  return law;
}
