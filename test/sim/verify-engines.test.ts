import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { wordOf } from "../../host/model/numbers.ts";
import { Random } from "../../host/model/random.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import { ACCUMULATOR, accumulatorWasm, TABLE } from "../../sim/channel/testing.ts";
import { referenceChain } from "../../sim/verify/chain.ts";
import { StepRecording } from "../../sim/verify/step-recording.ts";
import {
  VERIFY_ENGINES,
  type VerifyEngine,
  verifyAgainst,
  verifyEngine,
  verifyModule,
} from "../../sim/verify/verify.ts";

/**
 * Goal: a second engine that computes anything else than V8 is found, at the right frame, and an engine that is not there
 * or gives no answer is never taken for one that agrees.
 * Method: the same steps in npm wasmtime and in wabt's interpreter, then modules, hashes and programs that are wrong.
 */
const NONE = new Uint32Array(0);

function accumulatorSteps(values: readonly number[]): StepRecording {
  const steps = new StepRecording(1);
  for (const [i, value] of values.entries()) {
    steps.committed({ frame: 100 + i, selected: Uint32Array.of(value), valid: Uint32Array.of(i % 3 === 0 ? 0 : 1) });
  }
  return steps;
}

/** Random inputs within three times their range, NaN and lost inputs among them. */
function randomSteps(table: SignalTable, count: number): StepRecording {
  const random = new Random(11);
  const steps = new StepRecording(table.inputs.length);
  for (let step = 0; step < count; step += 1) {
    const selected = table.inputs.map(({ type, min, max }, i) => {
      const value = (random.uniform(i, step) * 3 - 1) * (max - min) + min;
      return wordOf(type, random.word(100 + i, step) % 50 === 0 ? Number.NaN : value);
    });
    const valid = table.inputs.map((_, i) => (random.word(200 + i, step) % 10 === 0 ? 0 : 1));
    steps.committed({ frame: step, selected: Uint32Array.from(selected), valid: Uint32Array.from(valid) });
  }
  return steps;
}

const VALUES = Array.from({ length: 300 }, (_, i) => (i * 37) % 7);

describe.each(VERIFY_ENGINES)("%s", (engine: VerifyEngine) => {
  it("agrees with V8 on a module with globals of every type", async () => {
    const progress: number[] = [];
    const result = await verifyModule({
      engine,
      wasm: accumulatorWasm(),
      table: TABLE,
      parameters: NONE,
      steps: accumulatorSteps([...VALUES, ...VALUES, ...VALUES, ...VALUES]),
      onProgress: (steps) => progress.push(steps),
    });
    expect(result).toMatchObject({ engine, result: "equal", steps: 1200, not_recorded: 0 });
    expect(progress).toEqual([1024]);
  });

  it.each(["rate-damper", "altitude-hold", "thermal-guard", "motor-speed"])("agrees with V8 on %s", async (law) => {
    const path = fileURLToPath(new URL(`../../firmware/control/${law}.ts`, import.meta.url));
    const { wasm, table } = await buildLaw({ path });
    const parameters = Uint32Array.from(table.parameters, ({ type, initial }) => wordOf(type, initial));
    const result = await verifyModule({ engine, wasm, table, parameters, steps: randomSteps(table, 400) });
    expect(result).toMatchObject({ result: "equal", steps: 400 });
  });

  it("finds a module that computes something else from the first frame it matters", async () => {
    const steps = accumulatorSteps(VALUES);
    const reference = await referenceChain({ wasm: accumulatorWasm(), table: TABLE, parameters: NONE, steps });
    // A valid input of 6 counts twice.
    const altered = ACCUMULATOR.replace(
      "(i32.load (i32.const 16)) (i32.load (i32.const 20))",
      "(i32.load (i32.const 16)) (i32.shl (i32.load (i32.const 20)) (i32.gt_u (i32.load (i32.const 16)) (i32.const 5)))",
    );
    expect(altered).not.toBe(ACCUMULATOR);
    const wasm = accumulatorWasm(altered);
    const step = VALUES.findIndex((value, i) => value > 5 && i % 3 !== 0);
    const result = await verifyAgainst(reference, { engine, wasm, table: TABLE, parameters: NONE, steps });
    expect(result).toMatchObject({ result: "different", steps: step, first: { frame: 100 + step, step } });
    expect(result.detail).toContain(`frame ${100 + step} (step ${step}): V8 has`);
  });

  it("finds one wrong hash in the reference, in either lane", async () => {
    const wasm = accumulatorWasm();
    const steps = accumulatorSteps(VALUES);
    const reference = await referenceChain({ wasm, table: TABLE, parameters: NONE, steps });
    for (const lane of [2 * 17, 2 * 250 + 1]) {
      const lanes = reference.lanes.slice();
      lanes[lane] = (lanes[lane] ?? 0) ^ 0x80;
      const result = await verifyAgainst(
        { ...reference, lanes },
        { engine, wasm, table: TABLE, parameters: NONE, steps },
      );
      expect(result).toMatchObject({ result: "different", steps: lane >>> 1, first: { step: lane >>> 1 } });
    }
  });

  it("must fail where V8 fails, and only there", async () => {
    const wasm = accumulatorWasm();
    const failing = accumulatorSteps([1, 2, 7, 3]);
    const options = { engine, wasm, table: TABLE, parameters: NONE, steps: failing };
    const reference = await referenceChain(options);
    expect(reference).toMatchObject({ steps: 2, stopped: true });
    expect(await verifyAgainst(reference, options)).toMatchObject({ result: "equal", steps: 2 });

    const goesOn = { ...options, steps: accumulatorSteps([1, 2, 3, 3]) };
    expect(await verifyAgainst(reference, goesOn)).toMatchObject({
      result: "different",
      first: { step: 2, expected: "a failing step" },
    });
    const passing = await referenceChain(goesOn);
    const found = await verifyAgainst(passing, options);
    expect(found).toMatchObject({ result: "different", steps: 2, first: { frame: 102 } });
    expect(found.first?.found).toMatch(/^failed: .*(trap|unreachable)/);
  });

  it("does not run for ever", async () => {
    const endless = ACCUMULATOR.replace("unreachable))\n", "(loop $l (br $l))))\n");
    expect(endless).not.toBe(ACCUMULATOR);
    const wasm = accumulatorWasm(endless);
    const steps = accumulatorSteps([1, 7]);
    const reference = await referenceChain({ wasm, table: TABLE, parameters: NONE, steps: accumulatorSteps([1, 2]) });
    const options = { engine, wasm, table: TABLE, parameters: NONE, steps, timeoutMs: 1500 };
    const result = await verifyAgainst(reference, options);
    expect(result).toMatchObject({ result: "failed" });
    expect(result.detail).toContain("no end after 1500 ms");
  });

  it("that is missing or dies is not taken for one that agrees", async () => {
    const options = {
      engine,
      wasm: accumulatorWasm(),
      table: TABLE,
      parameters: NONE,
      steps: accumulatorSteps([1, 2]),
    };
    const missing = await verifyModule({ ...options, command: "/nonexistent/engine" });
    expect(missing).toMatchObject({ result: "missing", steps: 0 });
    expect(missing.detail).toContain("install");
    expect(await verifyModule({ ...options, command: "false" })).not.toMatchObject({ result: "equal" });
    expect(await verifyModule({ ...options, command: "true" })).toMatchObject({ result: "failed", steps: 0 });
    expect(await verifyModule({ ...options, command: "echo" })).toMatchObject({ result: "different", steps: 0 });
    const none = await verifyModule({ ...options, steps: accumulatorSteps([]) });
    expect(none).toMatchObject({ result: "failed", detail: "no committed step was recorded" });
  });

  it("that dies where V8 fails has not failed there", async () => {
    const steps = accumulatorSteps([7]);
    const options = { engine, wasm: accumulatorWasm(), table: TABLE, parameters: NONE, steps };
    expect(await verifyModule(options)).toMatchObject({ result: "equal", steps: 0 });
    for (const command of ["false", "true"]) {
      expect(await verifyModule({ ...options, command })).toMatchObject({ result: "failed", steps: 0 });
    }
  });
});

describe("the recording of committed steps", () => {
  it("is cut at its limit and says how much is missing", () => {
    const steps = new StepRecording(16);
    const words = new Uint32Array(16);
    const fits = Math.floor((8 * 1024 * 1024) / (33 * 4));
    for (let frame = 0; frame < fits + 5; frame += 1) steps.committed({ frame, selected: words, valid: words });
    expect([steps.steps, steps.dropped]).toEqual([fits, 5]);
    expect(steps.words.length).toBe(fits * 33);
  });

  it("an engine's name is wasmtime or wabt", () => {
    expect(verifyEngine("wabt")).toBe("wabt");
    expect(() => verifyEngine("wasmtim")).toThrow('did you mean "wasmtime"');
  });
});
