import { describe, expect, it } from "vitest";
import { numberOf, wordOf } from "../../../host/model/numbers.ts";
import type { Samples } from "../../../host/model/samples.ts";
import type { Signal } from "../../../host/model/signals.ts";
import { createPlant, PLANT_NAMES, type Plant } from "./plant.ts";

const PERIOD_US = 10_000;

function signal(name: string, unit: string, other: Partial<Signal> = {}): Signal {
  const limits = { min: -1e6, max: 1e6, tolerance: 0, rateLimit: 0, safe: 0, initial: 0 };
  return {
    name,
    unit,
    role: "input",
    type: "f32",
    selection: "median",
    single: false,
    address: 16,
    validAddress: 20,
    ...limits,
    ...other,
  };
}

function motor(other: { inputs?: Signal[]; outputs?: Signal[]; seed?: number } = {}): Plant {
  return createPlant("dc-motor", {
    inputs: [signal("speed", "rad/s"), signal("current", "A")],
    outputs: [signal("trip", "", { type: "bool" }), signal("voltage", "V")],
    periodUs: PERIOD_US,
    frames: 1000,
    seed: 3,
    ...other,
  });
}

function vehicle(seed = 3): Plant {
  const inputs = [signal("baro_alt", "m"), signal("accel_z", "m/s^2")];
  return createPlant("vertical-axis", {
    inputs,
    outputs: [signal("thrust", "N")],
    periodUs: PERIOD_US,
    frames: 1000,
    seed,
  });
}

function empty(inputs: number): Samples {
  return { words: new Uint32Array(3 * inputs), fresh: new Uint16Array(3) };
}

/** Drives one output with a constant and gives the readings of channel A, frame by frame. */
function drive(plant: Plant, command: (frame: number) => number, frames: number, output = 0): number[][] {
  const into = empty(2);
  const words = new Uint32Array(8);
  const read: number[][] = [];
  for (let frame = 0; frame < frames; frame += 1) {
    plant.sample(frame, into);
    read.push([...into.words.subarray(0, 2)].map((word) => numberOf("f32", word)));
    words[output] = wordOf("f32", command(frame));
    plant.actuate(frame, words);
  }
  return read;
}

describe("the DC motor", () => {
  it("reaches the speed that its constants give without load, on their time constant", () => {
    const plant = motor();
    drive(plant, () => 6, 140, 1);
    const friction = (0.01 * 0.022) / 300;
    const expected = (0.042 * 6) / (0.042 * 0.042 + 8.4 * friction);
    expect(plant.truth().get("load")).toBe(0);
    expect(plant.truth().get("speed")).toBeCloseTo(expected, 1);

    plant.reset();
    // R J / k^2 = 0.1 s: after it (and the frame until the command acts) 63 % are reached.
    drive(plant, () => 6, 11, 1);
    expect((plant.truth().get("speed") ?? 0) / expected).toBeCloseTo(0.63, 1);
  });

  it("slows down under load and takes more current", () => {
    const plant = motor();
    drive(plant, () => 12, 150, 1);
    const free = plant.truth();
    plant.reset();
    drive(plant, () => 12, 299, 1);
    const loaded = plant.truth();
    expect(loaded.get("load")).toBeGreaterThan(0);
    expect(loaded.get("speed")).toBeLessThan(free.get("speed") ?? 0);
    expect(loaded.get("current")).toBeGreaterThan(free.get("current") ?? 0);
  });

  it("does what the supply allows and nothing for a command that is no number", () => {
    const plant = motor();
    drive(plant, () => 1e9, 120, 1);
    expect(plant.truth().get("speed")).toBeLessThan(18 / 0.042);
    plant.reset();
    drive(plant, () => Number.NaN, 20, 1);
    expect(plant.truth().get("speed")).toBe(0);
  });
});

describe("the vertical axis", () => {
  it("hovers near its start with the initial thrust and feels its weight", () => {
    const read = drive(vehicle(), () => 1.5 * 9.80665, 100);
    for (const [altitude = 0, force = 0] of read) {
      expect(Math.abs(altitude - 10)).toBeLessThan(2);
      expect(Math.abs(force - 9.80665)).toBeLessThan(0.6);
    }
  });

  it("feels nothing in free fall, lands, and then feels its weight again", () => {
    const plant = vehicle();
    const read = drive(plant, () => 0, 400);
    expect(Math.min(...read.slice(20, 60).map(([, force = 9]) => Math.abs(force)))).toBeLessThan(0.5);
    expect(plant.truth().get("altitude")).toBe(0);
    expect(Math.abs((read.at(-1)?.[1] ?? 0) - 9.80665)).toBeLessThan(0.5);
  });

  it("climbs with more thrust", () => {
    const plant = vehicle();
    drive(plant, () => 20, 100);
    expect(plant.truth().get("climb")).toBeGreaterThan(1);
  });
});

describe("a plant", () => {
  it.each(PLANT_NAMES)("%s gives the same words for the same seed and others for another", (name) => {
    const make = name === "dc-motor" ? (seed: number) => motor({ seed }) : vehicle;
    const command = (frame: number) => (frame % 7) - 1;
    const one = drive(make(3), command, 200);
    expect(drive(make(3), command, 200)).toEqual(one);
    expect(drive(make(4), command, 200)).not.toEqual(one);
    const again = make(3);
    drive(again, () => 5, 50);
    again.reset();
    expect(drive(again, command, 200)).toEqual(one);
  });

  it("acts on a command from the next frame on", () => {
    const one = motor();
    const two = motor();
    const a = drive(one, (frame) => (frame === 5 ? 10 : 0), 8, 1);
    const b = drive(two, () => 0, 8, 1);
    // Decided in frame 5, in effect during frame 6, seen in frame 7.
    expect(a.slice(0, 7)).toEqual(b.slice(0, 7));
    expect(a[7]).not.toEqual(b[7]);
  });

  it("has three sensors of each kind that differ a little and say so", () => {
    const plant = vehicle();
    const into = empty(2);
    plant.sample(0, into);
    const altitudes = [0, 2, 4].map((at) => numberOf("f32", into.words[at] ?? 0));
    expect(new Set(altitudes).size).toBe(3);
    expect(Math.max(...altitudes) - Math.min(...altitudes)).toBeLessThan(1.5);
    expect([...into.fresh]).toEqual([3, 3, 3]);
    expect(plant.provenance).toHaveLength(6);
    expect(plant.provenance[3]).toMatchObject({
      signal: "accel_z",
      channel: "B",
      column: "vertical-axis.accel_z",
      kind: "derived",
    });
  });

  it("converts units and types", () => {
    const degrees = motor({
      inputs: [signal("speed", "deg/s", { type: "i32" })],
      outputs: [signal("voltage", "mV", { type: "i32" })],
    });
    const words = Uint32Array.of(6000);
    const into = empty(1);
    for (let frame = 0; frame < 140; frame += 1) {
      degrees.sample(frame, into);
      degrees.actuate(frame, words);
    }
    degrees.sample(140, into);
    expect(numberOf("i32", into.words[0] ?? 0) / (180 / Math.PI)).toBeCloseTo(degrees.truth().get("speed") ?? 0, 0);
    expect(degrees.truth().get("speed")).toBeGreaterThan(135);
  });

  it("is driven frame by frame", () => {
    const plant = motor();
    expect(() => plant.sample(1, empty(2))).toThrow("frame 0 cannot be sampled in frame 1");
    expect(() => plant.actuate(1, new Uint32Array(2))).toThrow("frame 0 cannot be driven in frame 1");
  });

  it.each([
    [
      () => createPlant("dc-moter", { inputs: [], outputs: [], periodUs: 1, frames: 1, seed: 1 }),
      'did you mean "dc-motor"',
    ],
    [
      () => createPlant("toString", { inputs: [], outputs: [], periodUs: 1, frames: 1, seed: 1 }),
      "one of dc-motor, vertical-axis",
    ],
    [() => motor({ inputs: [signal("sped", "rad/s")] }), 'did you mean "speed"'],
    [
      () => motor({ inputs: [signal("gyro_x", "rad/s")] }),
      "offers no input gyro_x: expected speed (rad/s), current (A)",
    ],
    [() => motor({ inputs: [signal("speed", "m/s")] }), "units of speed do not fit the plant dc-motor"],
    [() => motor({ outputs: [signal("thrust", "N")] }), "is driven by voltage and the control law has no such output"],
    [() => motor({ outputs: [signal("voltage", "A")] }), "units of voltage do not fit"],
  ])("refuses what does not fit (%#)", (make, words) => {
    expect(make).toThrow(words);
  });
});
