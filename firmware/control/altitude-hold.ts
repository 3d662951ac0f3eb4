/**
 * Altitude hold of a small multicopter: barometer and vertical accelerometer in, total thrust out.
 *
 * Method: a third-order complementary filter joins height by air pressure (slow, noisy, without drift) with acceleration
 * (fast, biased). Its three poles lie at -1/T, so the gains are 3/T, 3/T^2 and 1/T^3; the third state is the accelerometer's
 * bias. ArduPilot's inertial navigation used this filter with T = 5 s; 2 s suits the better barometers of today. Height, then
 * climb rate, then acceleration are controlled in cascade as multicopter autopilots do, with an integral on the climb rate for
 * mass and drag (Beard and McLain, "Small Unmanned Aircraft", chapter 6, successive loop closure).
 *
 * Numbers: 1.5 kg and 30 N, a 450 mm class airframe with a thrust lag of 50 ms: a climb-rate gain of 4 /s stays a factor of
 * five below that lag. Barometer: Bosch BMP388, relative accuracy +-8 Pa, some 0.7 m. Accelerometer: Bosch BMI088, +-24 g.
 */
import { clamp, F32Input, Frame, input, law, output, param, probe } from "../sdk/index";

class Inputs {
  /** Height by air pressure, up is positive. The rate leaves room for the noise of two samples. */
  @input({ unit: "m", min: -500, max: 9000, tolerance: 2, rate: 500, selection: "median", single: "use" })
  baro_alt: F32Input;
  /** Specific force along up: +9.80665 at rest, 0 in free fall. */
  @input({ unit: "m/s^2", min: -235, max: 235, tolerance: 2, rate: 10000, selection: "median", single: "use" })
  accel_z: F32Input;
}

class Outputs {
  /** Safe is 0.5 N less than the weight: without control the vehicle sinks at some 4 m/s, where its drag is as large. */
  @output({ unit: "N", min: 0, max: 30, rate: 3000, safe: 14.2 })
  thrust: f32;
}

class Params {
  @param({ unit: "m", min: 0, max: 500, default: 15 })
  altitude: f32;
  @param({ unit: "kg", min: 0.5, max: 2.5, default: 1.5 })
  mass: f32;
  /** Time constant of the filter. */
  @param({ unit: "s", min: 0.5, max: 10, default: 2 })
  filter_time: f32;
  @param({ unit: "m/s", min: 0.1, max: 5, default: 2 })
  climb_max: f32;
}

class Probes {
  @probe({ unit: "m" })
  height: f32;
  @probe({ unit: "m/s" })
  climb: f32;
  @probe({ unit: "m/s^2" })
  bias: f32;
}

/** Standard gravity (CGPM 1901). */
const GRAVITY: f32 = 9.80665;
const THRUST_MAX: f32 = 30;
/** Per second: climb rate asked for a metre of error, acceleration for a metre a second. */
const HEIGHT_GAIN: f32 = 1;
const CLIMB_GAIN: f32 = 4;
const CLIMB_INTEGRAL: f32 = 1;
/** The integral answers for mass and drag, and neither is worth more than a third of gravity. */
const TRIM_MAX: f32 = 3;
/** A bias beyond this is a broken accelerometer, not a bias (data sheet: 0.02 g). */
const BIAS_MAX: f32 = 1;
/** Seconds on the accelerometer alone before its drift is worth more than its word. */
const BLIND_S_MAX: f32 = 3;
/** Share of the weight that is carried when the height is not known: the vehicle sinks slowly, braked by its drag. */
const BLIND_SHARE: f32 = 0.97;

@law({ name: "altitude-hold", period_us: 10000, fuel: 2000, memory: 65536, ftti_us: 200000 })
export class AltitudeHold {
  private height: f32 = 0;
  private climb: f32 = 0;
  private bias: f32 = 0;
  private trim: f32 = 0;
  private thrust: f32 = 0;
  /** Seconds since the last valid height. */
  private blind: f32 = 0;
  private hasHeight: bool = false;

  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes, frame: Frame): void {
    this.estimate(inputs, params, frame.dt);
    this.thrust = this.control(params, frame.dt);
    outputs.thrust = this.thrust;
    probes.height = this.height;
    probes.climb = this.climb;
    probes.bias = this.bias;
  }

  private estimate(inputs: Inputs, params: Params, dt: f32): void {
    const baro: F32Input = inputs.baro_alt;
    if (baro.valid && !this.hasHeight) {
      this.height = baro.value;
      this.hasHeight = true;
    }
    const error: f32 = baro.valid ? baro.value - this.height : 0;
    const rate: f32 = 1 / params.filter_time;
    // Without an accelerometer the thrust that was asked for stands in: at hover it is weight and trim.
    let felt: f32 = this.thrust / params.mass - GRAVITY - this.trim;
    if (inputs.accel_z.valid) {
      this.bias = clamp(this.bias - rate * rate * rate * error * dt, -BIAS_MAX, BIAS_MAX);
      felt = inputs.accel_z.value - GRAVITY - this.bias;
    }
    const before: f32 = this.climb;
    this.climb += (felt + 3 * rate * rate * error) * dt;
    this.height += (0.5 * (before + this.climb) + 3 * rate * error) * dt;
    this.blind = baro.valid ? 0 : this.blind + dt;
  }

  private control(params: Params, dt: f32): f32 {
    if (!this.hasHeight || this.blind > BLIND_S_MAX) {
      // Forget what has drifted; the next valid height starts the filter anew.
      this.hasHeight = false;
      this.climb = 0;
      return clamp(BLIND_SHARE * params.mass * (GRAVITY + this.trim), 0, THRUST_MAX);
    }
    const wanted: f32 = clamp(HEIGHT_GAIN * (params.altitude - this.height), -params.climb_max, params.climb_max);
    const error: f32 = wanted - this.climb;
    const thrust: f32 = params.mass * (GRAVITY + CLIMB_GAIN * error + this.trim);
    const limited: f32 = clamp(thrust, 0, THRUST_MAX);
    // The integral rests while the thrust is at a limit.
    if (limited == thrust) this.trim = clamp(this.trim + CLIMB_INTEGRAL * error * dt, -TRIM_MAX, TRIM_MAX);
    return limited;
  }
}
