import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { numberOf, wordOf } from "../../host/model/numbers.ts";
import { Law, STEP_OK } from "../../sim/channel/law.ts";
import { createPlant, type Plant } from "../../sim/world/plants/plant.ts";

/**
 * Goal: the plants and the control laws that ship for them belong together: units, signs, ranges and dynamics.
 * Method: one instance of the built law on the median of the plant's three sensors, without channels, links or faults.
 */
async function fly(law: string, plantName: string, frames: number, each: (plant: Plant, frame: number) => void) {
  const path = fileURLToPath(new URL(`../../firmware/control/${law}.ts`, import.meta.url));
  const { wasm, table } = await buildLaw({ path });
  const runner = new Law(await WebAssembly.compile(wasm), wasm, table);
  runner.init();
  for (const [i, { type, initial }] of table.parameters.entries()) runner.setParameter(i, wordOf(type, initial));
  const plant = createPlant(plantName, { ...table, frames, seed: 5 });
  const count = table.inputs.length;
  const samples = { words: new Uint32Array(3 * count), fresh: new Uint16Array(3) };
  const valid = new Uint32Array(count).fill(1);
  for (let frame = 0; frame < frames; frame += 1) {
    plant.sample(frame, samples);
    const selected = Uint32Array.from(table.inputs, (_, i) =>
      middle([0, 1, 2].map((c) => samples.words[c * count + i] ?? 0)),
    );
    runner.setInputs(selected, valid);
    expect(runner.step(frame)).toBe(STEP_OK);
    for (const [i, { name, min, max, tolerance }] of table.inputs.entries()) {
      const read = [0, 1, 2].map((c) => numberOf("f32", samples.words[c * count + i] ?? 0));
      const spread = Math.max(...read) - Math.min(...read);
      if (spread > tolerance)
        throw new Error(`frame ${frame}: good sensors of ${name} are ${spread} apart, beyond ${tolerance}`);
      if (Math.min(...read) < min || Math.max(...read) > max)
        throw new Error(`frame ${frame}: ${name} leaves its range`);
    }
    plant.actuate(frame, runner.outputs);
    each(plant, frame);
  }
}

function middle(words: readonly number[]): number {
  return [...words].sort((a, b) => numberOf("f32", a) - numberOf("f32", b))[1] ?? 0;
}

describe("a control law on its plant", () => {
  it("holds the motor's speed through load steps", async () => {
    const loads = new Set<number>();
    const late: number[] = [];
    await fly("motor-speed", "dc-motor", 2400, (plant, frame) => {
      const truth = plant.truth();
      loads.add(truth.get("load") ?? 0);
      // Load steps come every 300 frames of 5 ms; half a second after one the speed is back.
      if (frame > 300 && frame % 300 > 100) late.push(Math.abs((truth.get("speed") ?? 0) - 150));
    });
    expect(loads.size).toBeGreaterThan(5);
    expect(Math.max(...late)).toBeLessThan(10);
  });

  it("holds the vehicle's altitude in gusts", async () => {
    const late: number[] = [];
    await fly("altitude-hold", "vertical-axis", 4000, (plant, frame) => {
      if (frame > 1500) late.push(Math.abs((plant.truth().get("altitude") ?? 0) - 15));
    });
    expect(Math.max(...late)).toBeLessThan(2);
  });
});
