import type { Random } from "../../../host/model/random.ts";
import { type Process, subSteps } from "./process.ts";

/**
 * The vertical axis of a small multicopter over flat ground, in gusty air.
 *
 *   m dv/dt = thrust - m g - c (v - gust) |v - gust|      dh/dt = v      lag dthrust/dt = command - thrust
 *
 * Mass, lag and drag are typical of the 450 mm class: 1.5 kg, 50 ms from command to thrust, drag area 0.05 m^2 in air of
 * 1.225 kg/m^3 (standard atmosphere). The gust is a first-order Gauss-Markov process, 1 m/s and 2 s.
 *
 * `accel_z` is the *specific force* along up, what an accelerometer feels: +9.80665 m/s^2 at rest, 0 in free fall.
 */
const MASS_KG = 1.5;
const GRAVITY = 9.80665;
const THRUST_LAG_S = 0.05;
const THRUST_MAX_N = 30;
const DRAG = 0.5 * 1.225 * 0.05;
const GUST_SIGMA = 1;
const GUST_TIME_S = 2;
const GUST_STREAM = 0x60570000;
const START_ALTITUDE_M = 10;

export class VerticalAxis implements Process {
  readonly name = "vertical-axis";
  readonly about = "the vertical axis of a 1.5 kg multicopter with thrust lag, drag and gusts";
  readonly measured = [
    {
      name: "baro_alt",
      unit: "m",
      about: "Height above the ground by air pressure, up is positive.",
      // Bosch BMP388 data sheet: relative accuracy +-8 Pa, 0.66 m, taken as three standard deviations; noise assumed.
      sensor: (periodUs: number) => ({ noise: 0.1, bias: 0.22, quantum: 0.01, skewUs: Math.min(2_000, periodUs) }),
    },
    {
      name: "accel_z",
      unit: "m/s^2",
      about: "Specific force along up: +9.80665 at rest, 0 in free fall.",
      // Bosch BMI088 data sheet: offset +-20 mg, taken as three standard deviations, 24 g over 15 bits; noise with the
      // vibration of an airframe assumed.
      sensor: (periodUs: number) => ({
        noise: 0.05,
        bias: (0.02 * GRAVITY) / 3,
        quantum: (24 * GRAVITY) / 32_768,
        skewUs: Math.min(1_000, periodUs),
      }),
    },
  ];
  readonly commanded = [
    {
      name: "thrust",
      unit: "N",
      about: "Sum of the rotors' thrust, up is positive.",
      least: 0,
      greatest: THRUST_MAX_N,
      initial: MASS_KG * GRAVITY,
    },
  ];
  #random: Random | undefined;
  #altitude = START_ALTITUDE_M;
  #climb = 0;
  #thrust = MASS_KG * GRAVITY;
  #gust = 0;

  reset(random: Random): void {
    this.#random = random;
    this.#altitude = START_ALTITUDE_M;
    this.#climb = 0;
    this.#thrust = MASS_KG * GRAVITY;
    this.#gust = 0;
  }

  advance(frame: number, commands: Float64Array, periodUs: number): void {
    this.#blow(frame, periodUs / 1e6);
    const { count, seconds } = subSteps(periodUs);
    for (let i = 0; i < count; i += 1) this.#step(commands[0] as number, seconds);
  }

  read(index: number): number {
    if (index === 0) return this.#altitude;
    return this.#onGround() ? GRAVITY : this.#force(this.#thrust, this.#climb) / MASS_KG;
  }

  truth(): ReadonlyMap<string, number> {
    return new Map([
      ["altitude", this.#altitude],
      ["climb", this.#climb],
      ["thrust", this.#thrust],
      ["gust", this.#gust],
    ]);
  }

  /** Forward Euler is exact enough: frames are far shorter than the gust's two seconds. */
  #blow(frame: number, dt: number): void {
    const draw = this.#random?.gaussian(GUST_STREAM, frame) ?? 0;
    const share = Math.min(dt / GUST_TIME_S, 1);
    this.#gust += -this.#gust * share + GUST_SIGMA * Math.sqrt(2 * share) * draw;
  }

  /** Thrust and drag, without weight. */
  #force(thrust: number, climb: number): number {
    const through = climb - this.#gust;
    return thrust - DRAG * through * Math.abs(through);
  }

  #onGround(): boolean {
    return this.#altitude <= 0 && this.#force(this.#thrust, this.#climb) <= MASS_KG * GRAVITY;
  }

  /** One step of the classical Runge-Kutta method of fourth order; the ground stops a fall at once. */
  #step(command: number, h: number): void {
    const f = this.#thrust;
    const v = this.#climb;
    const f1 = (command - f) / THRUST_LAG_S;
    const f2 = (command - f - 0.5 * h * f1) / THRUST_LAG_S;
    const f3 = (command - f - 0.5 * h * f2) / THRUST_LAG_S;
    const f4 = (command - f - h * f3) / THRUST_LAG_S;
    const v1 = this.#force(f, v) / MASS_KG - GRAVITY;
    const v2 = this.#force(f + 0.5 * h * f1, v + 0.5 * h * v1) / MASS_KG - GRAVITY;
    const v3 = this.#force(f + 0.5 * h * f2, v + 0.5 * h * v2) / MASS_KG - GRAVITY;
    const v4 = this.#force(f + h * f3, v + h * v3) / MASS_KG - GRAVITY;
    this.#altitude += h * (v + (h / 6) * (v1 + v2 + v3));
    this.#climb = v + (h / 6) * (v1 + 2 * v2 + 2 * v3 + v4);
    this.#thrust = f + (h / 6) * (f1 + 2 * f2 + 2 * f3 + f4);
    if (this.#altitude > 0) return;
    this.#altitude = 0;
    this.#climb = Math.max(this.#climb, 0);
  }
}
