import binaryen from "assemblyscript/binaryen";
import { describe, expect, it } from "vitest";
import type { Signal, SignalTable } from "../host/protocol/signals.ts";
import { exportedGlobals } from "./globals.ts";
import { Law, STEP_FUEL, STEP_OK, STEP_TRAP } from "./law.ts";

/** Adds its input to a sum in memory and to four globals of every type; input 7 traps, 9 burns all fuel. */
const ACCUMULATOR = `(module
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

const TABLE: SignalTable = {
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
  outputs: [{ ...WORD, name: "sum", role: "output", address: 24, validAddress: 0 }],
  parameters: [],
  probes: [{ ...WORD, name: "seen", role: "probe", address: 28, validAddress: 0 }],
};

async function accumulator(): Promise<Law> {
  const parsed = binaryen.parseText(ACCUMULATOR);
  parsed.setFeatures(binaryen.Features.MutableGlobals);
  const wasm = parsed.emitBinary();
  parsed.dispose();
  const law = new Law(await WebAssembly.compile(wasm), wasm, TABLE);
  law.init();
  return law;
}

function feed(law: Law, value: number, valid = 1): number {
  law.setInputs(Uint32Array.of(value), Uint32Array.of(valid));
  return law.step(3);
}

/** QH64 written from docs/module.md with big integers, so that it shares nothing with the fast one. */
function qh64(words: readonly number[]): string {
  const m32 = (x: bigint): bigint => x & 0xffffffffn;
  const rotl = (x: bigint, n: bigint): bigint => m32((x << n) | (x >> (32n - n)));
  const fmix = (x: bigint): bigint => {
    let y = m32((x ^ (x >> 16n)) * 0x85ebca6bn);
    y = m32((y ^ (y >> 13n)) * 0xc2b2ae35n);
    return y ^ (y >> 16n);
  };
  let a = 0x243f6a88n;
  let b = 0x85a308d3n;
  for (let i = 0; i < words.length; i += 2) {
    const p = rotl(m32((a ^ BigInt(words[i] ?? 0)) * 0x9e3779b1n), 13n);
    const q = rotl(m32((b ^ BigInt(words[i + 1] ?? 0)) * 0x85ebca77n), 17n);
    a = q;
    b = m32(p + q);
  }
  a ^= BigInt(words.length);
  b = fmix(m32(b + a));
  a = fmix(a ^ b);
  b = m32(b + a);
  return `${b.toString(16).padStart(8, "0")}${a.toString(16).padStart(8, "0")}`;
}

function hashOf(law: Law): string {
  return `${law.hashHigh.toString(16).padStart(8, "0")}${law.hashLow.toString(16).padStart(8, "0")}`;
}

const DT = 0x3c23d70a; // 0.01 as f32.

describe("a law in V8", () => {
  it("writes inputs, frame and dt before a step and reads outputs and probes after it", async () => {
    const law = await accumulator();
    expect(feed(law, 5)).toBe(STEP_OK);
    expect(feed(law, 6)).toBe(STEP_OK);
    expect([...law.outputs, ...law.probes]).toEqual([11, 3]);
    expect(law.memory[3]).toBe(DT);
    expect(law.fuelUsed).toBe(3);
  });

  it("hashes state size rounded up to eight bytes, then every global low word first", async () => {
    const law = await accumulator();
    feed(law, 5);
    const memory = [0, 0, 3, DT, 5, 1, 5, 3];
    const globals = [6, 1, 1, 0x3f000000, 0, 0x3fd00000];
    expect(hashOf(law)).toBe(qh64([...memory, ...globals]));
  });

  it("keeps two snapshots, globals included", async () => {
    const law = await accumulator();
    feed(law, 1);
    law.snapshot(0);
    const first = hashOf(law);
    feed(law, 2);
    law.snapshot(1);
    feed(law, 3);
    law.restore(0);
    expect(hashOf(law)).toBe(first);
    feed(law, 2);
    const again = hashOf(law);
    law.restore(1);
    expect(hashOf(law)).toBe(again);
    expect(() => law.snapshot(2)).toThrow("no snapshot slot 2");
  });

  it("tells a trap from spent fuel and survives both", async () => {
    const law = await accumulator();
    expect(feed(law, 7)).toBe(STEP_TRAP);
    expect(law.trapText).toContain("unreachable");
    expect(feed(law, 9)).toBe(STEP_FUEL);
    expect(law.fuelUsed).toBeGreaterThan(TABLE.fuelBudget);
    expect(feed(law, 1)).toBe(STEP_OK);
  });

  it("flips any bit of the state, memory and globals alike, and back", async () => {
    const law = await accumulator();
    feed(law, 5);
    const clean = hashOf(law);
    expect(law.stateBytes).toBe(32 + 24);
    for (let address = 0; address < law.stateBytes; address += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        law.flip(address, bit);
        law.hash();
        expect(hashOf(law)).not.toBe(clean);
        law.flip(address, bit);
      }
    }
    law.hash();
    expect(hashOf(law)).toBe(clean);
    expect(() => law.flip(law.stateBytes, 0)).toThrow(RangeError);
    expect(() => law.flip(0, 8)).toThrow(RangeError);
  });

  it("refuses a file that is no built law", async () => {
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    const module = await WebAssembly.compile(empty);
    expect(() => new Law(module, empty, TABLE)).toThrow("expected an exported function named init, found none");
  });
});

describe("the globals of a module", () => {
  it("are read with their types, and a cut at any byte is an error or fewer globals, never a wrong type", async () => {
    const parsed = binaryen.parseText(ACCUMULATOR);
    const wasm = parsed.emitBinary();
    parsed.dispose();
    const whole = exportedGlobals(wasm);
    expect([...whole]).toEqual([
      ["fuel", "i32"],
      ["state.0", "i32"],
      ["state.1", "i64"],
      ["state.2", "f32"],
      ["state.3", "f64"],
    ]);
    for (let size = 8; size < wasm.length; size += 1) {
      try {
        for (const [name, type] of exportedGlobals(wasm.subarray(0, size))) expect(type).toBe(whole.get(name));
      } catch (error) {
        expect(error).toMatchObject({ code: "damaged-module" });
      }
    }
  });
});
