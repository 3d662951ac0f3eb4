import { describe, expect, it } from "vitest";
import { globalTypes } from "./globals.ts";
import { Law, STEP_FUEL, STEP_OK, STEP_TRAP } from "./law.ts";
import { accumulator, accumulatorWasm, TABLE } from "./testing.ts";

function feed(law: Law, value: number, valid = 1): number {
  law.setInputs(Uint32Array.of(value), Uint32Array.of(valid));
  return law.step(3);
}

/** QH64 written from docs/module.md with big integers, so that it shares nothing with the fast one: lanes, and the end. */
function slow(words: readonly number[]): { lanes: readonly number[]; hash: string } {
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
    b = m32(m32(p + q) * 0xc2b2ae3dn);
  }
  const lanes = [Number(a), Number(b)];
  a ^= BigInt(words.length);
  b = fmix(m32(b + a));
  a = fmix(a ^ b);
  b = m32(b + a);
  return { lanes, hash: `${b.toString(16).padStart(8, "0")}${a.toString(16).padStart(8, "0")}` };
}

/** The state hash: memory by parts, then the globals. */
function stateHash(memory: readonly number[], globals: readonly number[]): string {
  const size = 2 * Math.floor(memory.length / 6);
  const parts = [0, 1, 2].flatMap((part) => slow(memory.slice(part * size, (part + 1) * size)).lanes);
  return slow([...parts, ...memory.slice(3 * size), ...globals]).hash;
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
    expect(hashOf(law)).toBe(stateHash(memory, globals));
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
  it("are read with their types, and a cut at any byte is an error or fewer globals, never a wrong type", () => {
    const wasm = accumulatorWasm();
    const whole = globalTypes(wasm);
    expect([...whole]).toEqual([
      ["fuel", "i32"],
      ["state.0", "i32"],
      ["state.1", "i64"],
      ["state.2", "f32"],
      ["state.3", "f64"],
    ]);
    for (let size = 8; size < wasm.length; size += 1) {
      try {
        for (const [name, type] of globalTypes(wasm.subarray(0, size))) expect(type).toBe(whole.get(name));
      } catch (error) {
        expect(error).toMatchObject({ code: "damaged-module" });
      }
    }
  });
});
