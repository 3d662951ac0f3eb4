import type { Random } from "../../../host/model/random.ts";
import { type Process, subSteps } from "./process.ts";

/**
 * A small brushed DC motor that turns a disc, with load torque steps.
 *
 *   L di/dt = u - R i - k w        J dw/dt = k i - b w - load
 *
 * Motor and disc: Quanser QUBE-Servo 2 user manual (Allied Motion CL40 core-less motor, 18 V): R 8.4 ohm, L 1.16 mH,
 * k 0.042 N.m/A and V.s/rad, rotor 4.0e-6 kg.m^2, hub 0.0106 kg at 11.1 mm, disc 0.053 kg at 24.8 mm, nominal torque
 * 22 mN.m. Friction is not in the manual: b is chosen so that it takes 1 % of the nominal torque at 300 rad/s.
 */
const RESISTANCE_OHM = 8.4;
const INDUCTANCE_H = 1.16e-3;
const TORQUE_CONSTANT = 0.042;
const INERTIA = 4.0e-6 + 0.5 * 0.0106 * 0.0111 * 0.0111 + 0.5 * 0.053 * 0.0248 * 0.0248;
const FRICTION = (0.01 * 0.022) / 300;
const SUPPLY_V = 18;
/** Load steps stay within half of the nominal torque, so that any speed up to 250 rad/s stays within reach of 18 V. */
const LOAD_MAX_NM = 0.011;
const LOAD_STEP_US = 1_500_000;
const LOAD_STREAM = 0x10ad0000;
/** 512 lines in quadrature (same manual); speed is counts per frame. */
const COUNTS_PER_TURN = 2048;

export class DcMotor implements Process {
  readonly name = "dc-motor";
  readonly about = "a brushed DC motor with a disc and load steps (constants: Quanser QUBE-Servo 2 user manual)";
  readonly measured = [
    {
      name: "speed",
      unit: "rad/s",
      about: "Speed of the shaft, positive where a positive voltage drives it.",
      sensor: (periodUs: number) => ({
        noise: 0.1,
        bias: 0,
        quantum: (2 * Math.PI * 1e6) / (COUNTS_PER_TURN * periodUs),
        skewUs: Math.min(200, periodUs),
      }),
    },
    {
      name: "current",
      unit: "A",
      about: "Current through the winding, positive where it drives forward.",
      // A 12-bit converter over +-2 A; noise and bias of a shunt amplifier of that class.
      sensor: (periodUs: number) => ({ noise: 0.004, bias: 0.003, quantum: 4 / 4096, skewUs: Math.min(200, periodUs) }),
    },
  ];
  readonly commanded = [
    {
      name: "voltage",
      unit: "V",
      about: "Voltage at the terminals.",
      least: -SUPPLY_V,
      greatest: SUPPLY_V,
      initial: 0,
    },
  ];
  #random: Random | undefined;
  #current = 0;
  #speed = 0;
  #load = 0;

  reset(random: Random): void {
    this.#random = random;
    this.#current = 0;
    this.#speed = 0;
    this.#load = 0;
  }

  advance(frame: number, commands: Float64Array, periodUs: number): void {
    this.#load = this.#loadAt(Math.floor((frame * periodUs) / LOAD_STEP_US));
    const { count, seconds } = subSteps(periodUs);
    for (let i = 0; i < count; i += 1) this.#step(commands[0] as number, seconds);
  }

  read(index: number): number {
    return index === 0 ? this.#speed : this.#current;
  }

  truth(): ReadonlyMap<string, number> {
    return new Map([
      ["speed", this.#speed],
      ["current", this.#current],
      ["load", this.#load],
    ]);
  }

  /** Nothing at first, then a seeded torque for each step. */
  #loadAt(step: number): number {
    if (step === 0 || this.#random === undefined) return 0;
    return LOAD_MAX_NM * this.#random.uniform(LOAD_STREAM, step);
  }

  /** One step of the classical Runge-Kutta method of fourth order. */
  #step(voltage: number, h: number): void {
    const i = this.#current;
    const w = this.#speed;
    const i1 = currentRate(voltage, i, w);
    const w1 = speedRate(i, w, this.#load);
    const i2 = currentRate(voltage, i + 0.5 * h * i1, w + 0.5 * h * w1);
    const w2 = speedRate(i + 0.5 * h * i1, w + 0.5 * h * w1, this.#load);
    const i3 = currentRate(voltage, i + 0.5 * h * i2, w + 0.5 * h * w2);
    const w3 = speedRate(i + 0.5 * h * i2, w + 0.5 * h * w2, this.#load);
    const i4 = currentRate(voltage, i + h * i3, w + h * w3);
    const w4 = speedRate(i + h * i3, w + h * w3, this.#load);
    this.#current = i + (h / 6) * (i1 + 2 * i2 + 2 * i3 + i4);
    this.#speed = w + (h / 6) * (w1 + 2 * w2 + 2 * w3 + w4);
  }
}

function currentRate(voltage: number, current: number, speed: number): number {
  return (voltage - RESISTANCE_OHM * current - TORQUE_CONSTANT * speed) / INDUCTANCE_H;
}

function speedRate(current: number, speed: number, load: number): number {
  return (TORQUE_CONSTANT * current - FRICTION * speed - load) / INERTIA;
}
