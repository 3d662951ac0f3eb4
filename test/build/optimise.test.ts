import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OptimiseOptions, optimise } from "../../host/build/optimise/optimise.ts";
import { canonicaliseNaN } from "../../host/build/passes/nan.ts";
import { readModule, type WasmModule } from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { countInstructions, instanceOf } from "./counting.ts";
import { KERNELS, kernelBytes, runKernel } from "./kernel-modules.ts";
import { loopProgramArbitrary } from "./loop-program.ts";
import { programArbitrary } from "./random-program.ts";

/**
 * Goal: code made shorter by `-O` cannot be told from the code it was made of, except by counting.
 * Method: V8 runs both. Results, traps and every byte of memory must be equal, also where a program traps half way. Instructions are
 * counted one by one on instrumented copies.
 */
function optimised(bytes: Uint8Array, options: OptimiseOptions = {}): WasmModule {
  const module = readModule(bytes);
  optimise(module, options);
  return module;
}

interface Run {
  readonly result: unknown;
  readonly isTrap: boolean;
  readonly memory: Buffer;
}

function run(module: WasmModule, argument: number): Run {
  const { run, memory } = instanceOf(module).exports as { run(x: number): unknown; memory: WebAssembly.Memory };
  let result: unknown;
  let isTrap = false;
  try {
    result = run(argument);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    isTrap = true;
  }
  return { result, isTrap, memory: Buffer.from(memory.buffer) };
}

function expectEqualRuns(bytes: Uint8Array, options: OptimiseOptions, inputs: readonly number[]): void {
  const before = readModule(bytes);
  const after = optimised(bytes, options);
  // As the build does: what V8's own compilers leave open about NaNs must not decide here.
  canonicaliseNaN(before);
  canonicaliseNaN(after);
  for (const argument of inputs) {
    const expected = run(before, argument);
    const found = run(after, argument);
    expect(found.isTrap).toBe(expected.isTrap);
    expect(found.result).toEqual(expected.result);
    expect(found.memory.equals(expected.memory)).toBe(true);
  }
}

function lengthOf(module: WasmModule): number {
  return module.functions.reduce((sum, { code }) => sum + code.length, 0);
}

describe("code made shorter to run", () => {
  it("gives the same results, traps at the same place and leaves the same memory: branches, tables, calls, guards", () => {
    fc.assert(
      fc.property(programArbitrary(), fc.integer(), fc.integer({ min: 0, max: 3000 }), (bytes, argument, growthMax) => {
        expectEqualRuns(bytes, { growthMax }, [argument, 0, 7]);
      }),
      { seed: 2026, numRuns: 300 },
    );
  });

  it("gives the same results, traps at the same place and leaves the same memory: nested loops over shared arrays", () => {
    fc.assert(
      fc.property(
        loopProgramArbitrary(),
        fc.integer(),
        fc.integer({ min: 0, max: 3000 }),
        (bytes, argument, growthMax) => {
          expectEqualRuns(bytes, { growthMax }, [argument, 0, 7]);
        },
      ),
      { seed: 2027, numRuns: 400 },
    );
  });

  it("is the same each time it is made", () => {
    fc.assert(
      fc.property(loopProgramArbitrary(), (bytes) => {
        const [one, two] = [optimised(bytes), optimised(bytes)].map((module) => writeModule(module, []).bytes);
        expect(Buffer.from(one as Uint8Array).equals(Buffer.from(two as Uint8Array))).toBe(true);
      }),
      { seed: 2028, numRuns: 50 },
    );
  });

  it("grows by no more than it was allowed to", () => {
    fc.assert(
      fc.property(loopProgramArbitrary(), fc.integer({ min: 0, max: 400 }), (bytes, growthMax) => {
        const bare = lengthOf(optimised(bytes, { growthMax: 0 }));
        expect(lengthOf(optimised(bytes, { growthMax }))).toBeLessThanOrEqual(bare + growthMax);
      }),
      { seed: 2029, numRuns: 200 },
    );
  });
});

describe.each(KERNELS)("the kernel $name", ({ name, hash }) => {
  it("gives its hash with and without -O, at every size allowed", async () => {
    const bytes = await kernelBytes(name);
    expect(runKernel(instanceOf(readModule(bytes))).hash).toBe(hash);
    for (const growthMax of [0, 50, 200, 500, 1000, 2048, 10_000]) {
      expect(runKernel(instanceOf(optimised(bytes, { growthMax }))).hash).toBe(hash);
    }
  });
});

/** Most instructions of one step: the goals of docs/decisions/0201-the-build-optimises.md; without -O 26 149, 26 143, 8 317, 83. */
const STEP_MAX = { kf32: 9000, kf64: 9000, crc: 6500, pid: 83, nop: 1 };

describe.each(KERNELS)("a step of the kernel $name", ({ name }) => {
  it("runs no more instructions with -O than its goal says", async () => {
    const module = optimised(await kernelBytes(name));
    countInstructions(module);
    expect(runKernel(instanceOf(module)).counted).toBeLessThanOrEqual(STEP_MAX[name]);
  });
});
