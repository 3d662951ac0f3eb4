import { beforeAll, describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { type LawUnderTest, loadLaw } from "../../host/testing/index.ts";

const GRAVITY = 9.80665;
const MASS = 1.5;
const LAG = 0.05;
const DT = 0.01;

/** A vertical axis with thrust lag and quadratic drag, and sensors with a bias. */
class Vehicle {
  height = 10;
  climb = 0;
  thrust = MASS * GRAVITY;
  accel = GRAVITY;
  advance(command: number): void {
    for (let i = 0; i < 10; i += 1) {
      this.thrust += ((command - this.thrust) / LAG) * (DT / 10);
      const force = this.thrust - 0.03 * this.climb * Math.abs(this.climb);
      this.accel = force / MASS;
      this.climb += (this.accel - GRAVITY) * (DT / 10);
      this.height += this.climb * (DT / 10);
    }
  }
}

describe("the altitude hold", () => {
  let module: BuiltModule;
  let law: LawUnderTest;
  let vehicle: Vehicle;
  beforeAll(async () => {
    module = await buildLaw({ path: "firmware/control/altitude-hold.ts" });
  });
  const fresh = async (): Promise<void> => {
    law = await loadLaw(module);
    vehicle = new Vehicle();
  };
  const fly = (seconds: number, { baro = 0, accel = 0, noise = 0, hasBaro = true, hasAccel = true } = {}): void => {
    for (let i = 0; i < seconds / DT; i += 1) {
      law.set({ baro_alt: vehicle.height + baro + noise * Math.sin(1.7 * i), accel_z: vehicle.accel + accel });
      if (!hasBaro) law.invalidate("baro_alt");
      if (!hasAccel) law.invalidate("accel_z");
      law.step();
      vehicle.advance(Number(law.output("thrust")));
    }
  };

  it("climbs to the set height and stays within ten centimetres", async () => {
    await fresh();
    fly(20);
    expect(Math.abs(vehicle.height - 15)).toBeLessThan(0.1);
    expect(Math.abs(vehicle.climb)).toBeLessThan(0.05);
  });

  it("never climbs much faster than allowed", async () => {
    await fresh();
    law.tune({ altitude: 60, climb_max: 3 });
    for (let i = 0; i < 15; i += 1) {
      fly(1);
      expect(vehicle.climb).toBeLessThan(3.6);
    }
    expect(vehicle.height).toBeGreaterThan(40);
  });

  it("finds the accelerometer's bias and holds the height in spite of it", async () => {
    await fresh();
    fly(60, { accel: 0.2 });
    expect(Number(law.probe("bias"))).toBeCloseTo(0.2, 1);
    expect(Math.abs(vehicle.height - 15)).toBeLessThan(0.3);
  });

  it("smooths the barometer: noise of half a metre moves the estimate by a few centimetres", async () => {
    await fresh();
    fly(30);
    let most = 0;
    for (let i = 0; i < 500; i += 1) {
      fly(DT, { noise: i % 2 === 0 ? 0.5 : -0.5 });
      most = Math.max(most, Math.abs(Number(law.probe("height")) - vehicle.height));
    }
    expect(most).toBeLessThan(0.2);
  });

  it("corrects a wrong mass by its integral", async () => {
    await fresh();
    law.tune({ mass: 1.3 });
    fly(40);
    expect(Math.abs(vehicle.height - 15)).toBeLessThan(0.15);
  });

  it("holds on the accelerometer for seconds without barometer, then sinks slowly", async () => {
    await fresh();
    fly(25);
    fly(2.5, { hasBaro: false });
    expect(Math.abs(vehicle.height - 15)).toBeLessThan(0.3);
    fly(10, { hasBaro: false });
    expect(vehicle.climb).toBeLessThan(0);
    expect(vehicle.climb).toBeGreaterThan(-5);
  });

  it("still holds on the barometer alone", async () => {
    await fresh();
    fly(25);
    fly(20, { hasAccel: false });
    expect(Math.abs(vehicle.height - 15)).toBeLessThan(1.5);
  });

  it("takes the height up again after a long time without it", async () => {
    await fresh();
    fly(25);
    fly(6, { hasBaro: false });
    fly(30);
    expect(Math.abs(vehicle.height - 15)).toBeLessThan(0.2);
  });

  it("asks for a little less than the weight before it has seen any height", async () => {
    await fresh();
    law.step(10);
    const thrust = Number(law.output("thrust"));
    expect(thrust).toBeLessThan(MASS * GRAVITY);
    expect(thrust).toBeGreaterThan(0.9 * MASS * GRAVITY);
  });

  it("starts at its safe thrust", async () => {
    await fresh();
    expect(law.output("thrust")).toBeCloseTo(14.2, 5);
  });
});
