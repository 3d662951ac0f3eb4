import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LawError, type LawUnderTest, loadLaw } from "./index.ts";

const LAW = `import { BoolInput, F32Input, Frame, I32Input, input, law, output, param, probe } from "quorate/sdk";
class Inputs {
  @input({ unit: "V", min: -5, max: 5, tolerance: 0.1, selection: "median", single: "use" }) level: F32Input;
  @input({ unit: "1", min: 0, max: 9, tolerance: 0, selection: "median", single: "use" }) slot: I32Input;
  @input({ selection: "majority", single: "invalid" }) armed: BoolInput;
}
class Outputs {
  @output({ unit: "V", min: -50, max: 50, safe: -1 }) drive: f32;
  @output({ safe: true }) halt: bool;
}
class Params { @param({ unit: "1", min: 1, max: 9, default: 2 }) gain: f32; }
class Probes { @probe({ unit: "1" }) seen: u32; }
let total: f64 = 0;
@law({ name: "sample", period_us: 20000, fuel: 500, memory: 1024 })
export class Law {
  private seen: u32 = 0;
  private table: StaticArray<f32> = [1, 2, 3];
  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes, frame: Frame): void {
    if (inputs.slot.value == 8) while (true) total += 1;
    if (inputs.level.valid) {
      this.seen += 1;
      total += f64(inputs.level.value);
    }
    const scale: f32 = this.table[inputs.slot.value];
    outputs.drive = inputs.level.valid ? inputs.level.value * params.gain * scale + f32(frame.number) * frame.dt : 0;
    outputs.halt = !(inputs.armed.valid && inputs.armed.value);
    probes.seen = this.seen;
  }
}
`;
const LINE_OF_LOOP = 19;
const LINE_OF_TABLE = 24;

describe("a law under test", () => {
  let folder: string;
  let law: LawUnderTest;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "quorate-testing-"));
    writeFileSync(join(folder, "sample.ts"), LAW);
    law = await loadLaw(join(folder, "sample.ts"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const fresh = async (): Promise<LawUnderTest> => loadLaw(law.module);

  const errorOf = (use: () => void): LawError => {
    try {
      use();
    } catch (error) {
      if (error instanceof LawError) return error;
      throw error;
    }
    throw new Error("nothing was refused");
  };

  it("starts with safe outputs, default parameters and invalid inputs", async () => {
    const it = await fresh();
    expect(it.outputs()).toEqual({ drive: -1, halt: true });
    expect(it.parameter("gain")).toBe(2);
    it.step();
    expect(it.outputs()).toEqual({ drive: 0, halt: true });
    expect(it.probe("seen")).toBe(0);
  });

  it("takes inputs and parameters by name and counts frames", async () => {
    const it = await fresh();
    it.set({ level: 1.5, slot: 1, armed: true });
    it.tune({ gain: 3 });
    it.step(3);
    expect(it.frame).toBe(3);
    expect(it.output("drive")).toBeCloseTo(9 + 2 * 0.02, 5);
    expect(it.output("halt")).toBe(false);
    expect(it.probe("seen")).toBe(3);
    expect(it.fuelUsed).toBeGreaterThan(10);
    it.invalidate("armed");
    it.step();
    expect(it.output("halt")).toBe(true);
    it.invalidate();
    it.step();
    expect(it.output("drive")).toBe(0);
  });

  it("saves and restores all of its state", async () => {
    const it = await fresh();
    it.set({ level: 1, slot: 0, armed: true });
    it.step(5);
    const saved = it.snapshot();
    const hash = it.hash();
    it.set({ level: -2, slot: 2 });
    it.step(7);
    const after = [it.hash(), it.outputs()];
    expect(it.hash()).not.toBe(hash);
    it.restore(saved);
    expect(it.hash()).toBe(hash);
    expect(it.frame).toBe(5);
    it.set({ level: -2, slot: 2 });
    it.step(7);
    expect([it.hash(), it.outputs()]).toEqual(after);
  });

  it("loads from a URL as well as from a path", async () => {
    const other = await loadLaw(pathToFileURL(join(folder, "sample.ts")));
    expect(other.module.hash).toBe(law.module.hash);
  });

  it("answers a wrong name with the nearest right one", () => {
    expect(errorOf(() => law.set({ levle: 1 })).message).toMatch(
      /no input levle: expected level, slot, armed.*Did you mean level\?/,
    );
    expect(errorOf(() => law.output("level")).message).toContain("which is its input");
    expect(errorOf(() => law.probe("sen")).message).toContain("Did you mean seen?");
    expect(errorOf(() => law.tune({ xyz: 1 })).code).toBe("unknown-signal");
    expect(errorOf(() => law.invalidate("level", "armd")).message).toContain("Did you mean armed?");
  });

  it("refuses values that selection would never hand over", () => {
    for (const value of [5.1, -6, Number.NaN, Number.POSITIVE_INFINITY, true]) {
      expect(errorOf(() => law.set({ level: value })).code).toBe("bad-value");
    }
    expect(errorOf(() => law.set({ slot: 1.5 })).message).toContain("whole number");
    expect(errorOf(() => law.set({ armed: 1 })).message).toContain("true or false");
    expect(errorOf(() => law.tune({ gain: 0 })).code).toBe("bad-value");
  });

  it("names the author's line when the law traps", async () => {
    const it = await fresh();
    it.step(4);
    it.set({ slot: 3 });
    const error = errorOf(() => it.step());
    expect(error.code).toBe("trap");
    expect(error.place).toMatchObject({ line: LINE_OF_TABLE, frame: 4 });
    expect(error.place.file).toMatch(/sample\.ts$/);
  });

  it("names the author's line when fuel runs out", async () => {
    const it = await fresh();
    it.set({ slot: 8 });
    const error = errorOf(() => it.step());
    expect(error.code).toBe("out-of-fuel");
    expect(error.place.line).toBe(LINE_OF_LOOP);
    expect(error.message).toContain("at most 500 instructions");
  });
});
