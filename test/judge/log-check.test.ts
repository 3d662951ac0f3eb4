import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { flySimulation } from "../../host/commands/sim-flight.ts";
import { planSimulation } from "../../host/commands/sim-plan.ts";
import type { SimResult } from "../../host/commands/sim-report.ts";
import { packageRoot } from "../../host/package-root.ts";
import { Dice, drawFaults } from "../sim/random-faults.ts";
import { checkFile } from "./check-log.ts";

/**
 * Goal: a log says of its run what the simulator said. Method: fly every shipped scenario and seeded random runs with none to three
 * faults, and compare the object that `quorate log check` makes of the log, without its result, with the simulator's.
 */
const RUNS = 300;
const FRAMES = 240;
const SCENARIOS = join(packageRoot().folder, "examples/scenarios");
const BENCHES = [
  { law: "motor-speed", plant: "dc-motor" },
  { law: "altitude-hold", plant: "vertical-axis" },
];

const folder = mkdtempSync(join(tmpdir(), "quorate-check-"));
const log = join(folder, "run.mcap");

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  mkdirSync(folder, { recursive: true });
  for (const { law } of BENCHES) {
    const built = await buildLaw({ path: join(packageRoot().folder, `firmware/control/${law}.ts`) });
    writeFileSync(join(folder, `${law}.wasm`), built.wasm);
  }
});

afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function expectSame({ judgement }: SimResult): Promise<void> {
  const checked = await checkFile(log);
  expect(checked.contradictions).toEqual([]);
  expect(checked.flown).toBe(judgement.frames);
  expect(checked.judgement).toEqual(judgement);
}

describe("what a log says of its run by itself", () => {
  it.each(readdirSync(SCENARIOS))("is what the simulator said of %s", async (name) => {
    const flags = { scenario: join(SCENARIOS, name), fault: [], param: [], verify: [], baud: 921_600, log };
    const result = await flySimulation(await planSimulation(undefined, flags));
    expect(result.judgement.expectations.length).toBeGreaterThan(2);
    await expectSame(result);
  });

  it(`is what the simulator said of ${RUNS} random runs with none to three faults`, async () => {
    for (let run = 0; run < RUNS; run += 1) {
      const dice = new Dice(20_261_128, run);
      const { law, plant } = dice.pick(BENCHES);
      const path = join(folder, `${law}.wasm`);
      const fault = await drawFaults(dice, path, { count: dice.roll(4), frames: FRAMES });
      const options = { law: path, plant, frames: FRAMES, seed: run, fault, param: [], baud: 921_600, log };
      await expectSame(await flySimulation(options)).catch((error: unknown) => {
        throw new Error(`run ${run}, ${law}, --seed ${run} ${fault.map((text) => `--fault '${text}'`).join(" ")}`, {
          cause: error,
        });
      });
    }
  }, 600_000);
});
