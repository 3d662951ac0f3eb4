import { beforeAll, describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { type LawUnderTest, loadLaw } from "../../host/testing/index.ts";

/** The motor without its inductance, which is a thousand times faster than the disc (Quanser QUBE-Servo 2 user manual). */
const RESISTANCE = 8.4;
const CONSTANT = 0.042;
const INERTIA = 2.1e-5;
const DT = 0.005;

class Motor {
  speed = 0;
  advance(voltage: number, load: number): void {
    for (let i = 0; i < 50; i += 1) {
      const current = (voltage - CONSTANT * this.speed) / RESISTANCE;
      this.speed += ((CONSTANT * current - load) / INERTIA) * (DT / 50);
    }
  }
}

describe("the motor speed law", () => {
  let module: BuiltModule;
  let law: LawUnderTest;
  let motor: Motor;
  beforeAll(async () => {
    module = await buildLaw({ path: "firmware/control/motor-speed.ts" });
  });
  const fresh = async (): Promise<void> => {
    law = await loadLaw(module);
    motor = new Motor();
  };
  const fly = (frames: number, load = 0): void => {
    for (let i = 0; i < frames; i += 1) {
      law.set({ speed: motor.speed });
      law.step();
      motor.advance(Number(law.output("voltage")), load);
    }
  };

  it("reaches the set point along its ramp, without more than 5 % overshoot", async () => {
    await fresh();
    let most = 0;
    for (let i = 0; i < 200; i += 1) {
      fly(1);
      most = Math.max(most, motor.speed);
    }
    expect(motor.speed).toBeCloseTo(150, 1);
    expect(most).toBeLessThan(157.5);
  });

  it("brings the speed back within half a second of a load step", async () => {
    await fresh();
    fly(300);
    fly(10, 0.011);
    expect(motor.speed).toBeLessThan(149);
    fly(90, 0.011);
    expect(motor.speed).toBeCloseTo(150, 0);
  });

  it("does not wind up against the supply", async () => {
    await fresh();
    law.tune({ setpoint: 250, ramp: 5000 });
    fly(400, 0.08);
    expect(Number(law.output("voltage"))).toBe(18);
    expect(motor.speed).toBeLessThan(240);
    law.tune({ setpoint: 50 });
    fly(100, 0);
    expect(motor.speed).toBeGreaterThan(45);
    expect(motor.speed).toBeLessThan(60);
  });

  it("runs backwards as well", async () => {
    await fresh();
    law.tune({ setpoint: -100 });
    fly(200);
    expect(motor.speed).toBeCloseTo(-100, 1);
  });

  it("goes to zero volts when the speed is invalid, and starts gently when it is back", async () => {
    await fresh();
    fly(200);
    law.invalidate();
    law.step(10);
    expect(law.outputs()).toEqual({ voltage: 0 });
    law.set({ speed: 0 });
    law.step();
    expect(Math.abs(Number(law.output("voltage")))).toBeLessThan(1);
  });

  it("keeps to the output's declared rate", async () => {
    await fresh();
    let before = 0;
    for (let i = 0; i < 300; i += 1) {
      law.set({ speed: i % 40 < 20 ? 500 : -500 });
      law.step();
      const voltage = Number(law.output("voltage"));
      expect(Math.abs(voltage - before)).toBeLessThanOrEqual(400 * DT + 1e-4);
      before = voltage;
    }
  });
});
