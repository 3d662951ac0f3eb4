import { beforeAll, describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { type LawUnderTest, loadLaw } from "../../host/testing/index.ts";

/** Inertia of the airframe that the law was tuned for, kg.m^2, and the period in seconds. */
const INERTIA = { x: 0.005, y: 0.005, z: 0.009 };
const DT = 0.01;
const AXES = ["x", "y", "z"] as const;

describe("the rate damper", () => {
  let module: BuiltModule;
  let law: LawUnderTest;
  beforeAll(async () => {
    module = await buildLaw({ path: "firmware/control/rate-damper.ts" });
  });
  const fresh = async (): Promise<void> => {
    law = await loadLaw(module);
  };
  const torque = (axis: (typeof AXES)[number]): number => Number(law.output(`torque_${axis}`));

  it("drives nothing while nothing turns", async () => {
    await fresh();
    law.set({ gyro_x: 0, gyro_y: 0, gyro_z: 0 });
    law.step(100);
    expect(law.outputs()).toEqual({ torque_x: 0, torque_y: 0, torque_z: 0 });
  });

  it("brings a tumbling body to rest within two seconds on all axes", async () => {
    await fresh();
    const rate = { x: 3, y: -2, z: 1.5 };
    for (let frame = 0; frame < 200; frame += 1) {
      law.set({ gyro_x: rate.x, gyro_y: rate.y, gyro_z: rate.z });
      law.step();
      for (const axis of AXES) rate[axis] += (torque(axis) / INERTIA[axis]) * DT;
    }
    for (const axis of AXES) expect(Math.abs(rate[axis])).toBeLessThan(0.1);
  });

  it("takes away a constant disturbance, which a proportional law alone could not", async () => {
    await fresh();
    let rate = 0;
    for (let frame = 0; frame < 1500; frame += 1) {
      law.set({ gyro_x: rate, gyro_y: 0, gyro_z: 0 });
      law.step();
      rate += ((torque("x") + 0.02) / INERTIA.x) * DT;
    }
    expect(Math.abs(rate)).toBeLessThan(0.01);
    expect(torque("x")).toBeCloseTo(-0.02, 3);
  });

  it("opposes the rate, each axis on its own", async () => {
    await fresh();
    law.set({ gyro_x: 1, gyro_y: 0, gyro_z: -1 });
    law.step(5);
    expect(torque("x")).toBeLessThan(0);
    expect(torque("y")).toBe(0);
    expect(torque("z")).toBeGreaterThan(0);
  });

  it("never leaves its range nor its rate limit, even at the sensor's limits", async () => {
    await fresh();
    let before = 0;
    for (let frame = 0; frame < 300; frame += 1) {
      law.set({ gyro_x: frame % 60 < 30 ? 35 : -35, gyro_y: 0, gyro_z: 0 });
      law.step();
      expect(Math.abs(torque("x"))).toBeLessThanOrEqual(0.5);
      expect(Math.abs(torque("x") - before)).toBeLessThanOrEqual(25 * DT + 1e-6);
      before = torque("x");
    }
  });

  it("does not wind up: after minutes of saturation it answers within a tenth of a second", async () => {
    await fresh();
    law.set({ gyro_x: 35, gyro_y: 0, gyro_z: 0 });
    law.step(10_000);
    law.set({ gyro_x: -35 });
    law.step(10);
    expect(torque("x")).toBe(0.5);
  });

  it("lets an axis go when its gyro is invalid, slowly enough for the actuator, and forgets the past", async () => {
    await fresh();
    law.set({ gyro_x: 30, gyro_y: 0, gyro_z: 0 });
    law.step(50);
    expect(torque("x")).toBe(-0.5);
    law.invalidate("gyro_x");
    law.step();
    expect(torque("x")).toBeCloseTo(-0.25, 5);
    law.step();
    expect(torque("x")).toBe(0);
    expect(law.probe("rate_x")).toBe(0);
  });
});
