import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { meter } from "../../host/build/passes/fuel.ts";
import { leastFuel } from "../../host/build/passes/least-fuel.ts";
import { boundAccesses } from "../../host/build/passes/memory-bounds.ts";
import { canonicaliseNaN } from "../../host/build/passes/nan.ts";
import { worstFuel } from "../../host/build/passes/worst-fuel.ts";
import { emit, type Instruction } from "../../host/wasm/code.ts";
import { Op } from "../../host/wasm/opcodes.ts";
import {
  addFuelGlobal,
  EXPORT_FUNCTION,
  EXPORT_GLOBAL,
  readModule,
  type WasmModule,
} from "../../host/wasm/wasm-module.ts";
import { writeModule } from "../../host/wasm/write-module.ts";
import { programArbitrary } from "./random-program.ts";

/**
 * Goal: fuel that is charged block by block equals the number of instructions that really ran.
 * Method: an independent meter adds 1 before each single instruction, which needs no idea of blocks. V8 runs both versions.
 * Trap guards are the one agreed exception: their `unreachable` is never paid, because whoever runs it has trapped.
 */
const COUNT = 0;
const LIMIT = 1_000_000_000;

function countEach(module: WasmModule, counter: number): void {
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
}

interface Run {
  readonly used: number;
  readonly result: unknown;
  readonly memory: Buffer;
  readonly isTrap: boolean;
}

/** Runs export `run` and reads the counter. */
async function run(target: WasmModule, counter: number, argument: number): Promise<Run> {
  target.exports = [...target.exports, { name: "counter", kind: EXPORT_GLOBAL, index: counter }];
  const {
    run,
    counter: global,
    memory,
  } = new WebAssembly.Instance(await WebAssembly.compile(writeModule(target, []).bytes as Uint8Array<ArrayBuffer>), {})
    .exports as { run(x: number): unknown; counter: WebAssembly.Global; memory: WebAssembly.Memory };
  const first = Number(global.value);
  let result: unknown;
  let isTrap = false;
  try {
    result = run(argument);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    isTrap = true;
  }
  return {
    used: Math.abs(Number(global.value) - first),
    result,
    memory: Buffer.from(memory.buffer),
    isTrap,
  };
}

function prepared(bytes: Uint8Array, memory: number): WasmModule {
  const module = readModule(bytes);
  canonicaliseNaN(module);
  boundAccesses(module, memory);
  return module;
}

async function compare(bytes: Uint8Array, memory: number, argument: number): Promise<{ metered: Run; counted: Run }> {
  const left = prepared(bytes, memory);
  const fuel = addFuelGlobal(left, LIMIT);
  meter(left, fuel);
  const right = prepared(bytes, memory);
  const counter = addFuelGlobal(right, COUNT);
  countEach(right, counter);
  return { metered: await run(left, fuel, argument), counted: await run(right, counter, argument) };
}

describe("metering", () => {
  it("charges exactly the instructions that ran, in random programs with and without bounds tests", async () => {
    await fc.assert(
      fc.asyncProperty(
        programArbitrary(),
        fc.integer(),
        fc.constantFrom(65_536, 256),
        async (bytes, argument, memory) => {
          const { metered, counted } = await compare(bytes, memory, argument);
          expect(metered.isTrap).toBe(counted.isTrap);
          expect(metered.result).toBe(counted.result);
          expect(metered.memory.equals(counted.memory)).toBe(true);
          if (!metered.isTrap) expect(metered.used).toBe(counted.used);
          else expect(metered.used).toBeGreaterThanOrEqual(counted.used - 1);
        },
      ),
      { seed: 2026, numRuns: 400 },
    );
  });

  it("never ends with less than the least fuel that is stated", async () => {
    let stated = 0;
    await fc.assert(
      fc.asyncProperty(programArbitrary(), fc.integer(), async (bytes, argument) => {
        const module = readModule(bytes);
        const root = module.exports.find((each) => each.name === "run" && each.kind === EXPORT_FUNCTION)?.index ?? 0;
        const least = leastFuel(module, root);
        const fuel = addFuelGlobal(module, LIMIT);
        meter(module, fuel);
        const { isTrap, used } = await run(module, fuel, argument);
        if (isTrap) return;
        if (least > 0) stated += 1;
        expect(used).toBeGreaterThanOrEqual(least);
      }),
      { seed: 11, numRuns: 300 },
    );
    expect(stated).toBeGreaterThan(100);
  });

  it("never burns more than the worst fuel that is stated", async () => {
    let bounded = 0;
    await fc.assert(
      fc.asyncProperty(programArbitrary(), fc.integer(), async (bytes, argument) => {
        const plain = readModule(bytes);
        const root = plain.exports.find((each) => each.name === "run" && each.kind === EXPORT_FUNCTION)?.index ?? 0;
        const worst = worstFuel(plain, root);
        if (worst === 0) return;
        bounded += 1;
        const module = readModule(bytes);
        const fuel = addFuelGlobal(module, LIMIT);
        meter(module, fuel);
        expect((await run(module, fuel, argument)).used).toBeLessThanOrEqual(worst);
      }),
      { seed: 7, numRuns: 300 },
    );
    expect(bounded).toBeGreaterThan(200);
  });

  it("stops before the block that it cannot pay, for every budget", async () => {
    const [bytes] = fc.sample(programArbitrary(), { seed: 5, numRuns: 1 });
    if (bytes === undefined) throw new Error("no program");
    const full = (await compare(bytes, 65_536, 3)).metered.used;
    for (let budget = 0; budget <= Math.min(full + 2, 300); budget += 1) {
      const module = prepared(bytes, 65_536);
      const fuel = addFuelGlobal(module, budget);
      meter(module, fuel);
      const { isTrap, used } = await run(module, fuel, 3);
      expect(isTrap, `budget ${budget}`).toBe(budget < full);
      expect(used > budget, `budget ${budget}`).toBe(isTrap);
    }
  });
});

describe("bulk operations", () => {
  let fill: Uint8Array;
  beforeAll(async () => {
    const { fillProgram } = await import("./random-program.ts");
    fill = fillProgram();
  });

  for (const [length, units] of [
    [0, 0],
    [1, 1],
    [8, 1],
    [9, 2],
    [64, 8],
  ] as const) {
    it(`a fill of ${length} bytes costs ${units} units besides its instructions`, async () => {
      const { metered, counted } = await compare(fill, 65_536, length);
      expect(metered.used - counted.used).toBe(units);
    });
  }

  it("an absurd length is out of fuel or out of bounds, never free", async () => {
    for (const length of [0x7fffffff, -1, -7, -8]) {
      expect((await compare(fill, 65_536, length)).metered.isTrap).toBe(true);
    }
  });
});
