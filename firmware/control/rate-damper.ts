/**
 * Three-axis rate damper: brings the body rates of a small vehicle to zero.
 *
 * Method: per axis a first-order low-pass on the gyro, then a PI law on the filtered rate, with conditional integration
 * against wind-up (Astrom and Murray, "Feedback Systems", 2nd edition, sections 11.1 and 11.4) and a slew limit so that the
 * actuators are never asked for a step. An axis whose gyro is invalid drives zero and forgets its integral: no evidence of
 * rotation is no reason to turn.
 *
 * Numbers: gyro range +-2000 deg/s = 35 rad/s (Bosch BMI088 and TDK ICM-20689 data sheets); cut-off 30 Hz, PX4's default for
 * the angular velocity of a multicopter; inertia 0.005 kg.m^2 about roll and pitch, 0.009 about yaw (an airframe of the
 * 450 mm class); the gain gives a time constant inertia / gain = 0.1 s.
 */
import { approach, clamp, F32Input, Frame, input, law, output, param, probe } from "../sdk/index";

/** Pi, for cut-off frequencies in Hz. */
const TWO_PI: f32 = 6.2831855;

class Inputs {
  @input({ unit: "rad/s", min: -35, max: 35, tolerance: 0.1, rate: 2000, selection: "median", single: "use" })
  gyro_x: F32Input;
  @input({ unit: "rad/s", min: -35, max: 35, tolerance: 0.1, rate: 2000, selection: "median", single: "use" })
  gyro_y: F32Input;
  @input({ unit: "rad/s", min: -35, max: 35, tolerance: 0.1, rate: 2000, selection: "median", single: "use" })
  gyro_z: F32Input;
}

class Outputs {
  @output({ unit: "N.m", min: -0.5, max: 0.5, rate: 25, safe: 0 })
  torque_x: f32;
  @output({ unit: "N.m", min: -0.5, max: 0.5, rate: 25, safe: 0 })
  torque_y: f32;
  @output({ unit: "N.m", min: -0.5, max: 0.5, rate: 25, safe: 0 })
  torque_z: f32;
}

class Params {
  @param({ unit: "N.m.s/rad", min: 0, max: 1, default: 0.05 })
  gain_xy: f32;
  @param({ unit: "N.m.s/rad", min: 0, max: 1, default: 0.09 })
  gain_z: f32;
  /** Integral action: share of the proportional part per second. */
  @param({ unit: "1/s", min: 0, max: 20, default: 0.8 })
  integral: f32;
  @param({ unit: "Hz", min: 1, max: 45, default: 30 })
  cutoff: f32;
}

class Probes {
  @probe({ unit: "rad/s" })
  rate_x: f32;
  @probe({ unit: "rad/s" })
  rate_y: f32;
  @probe({ unit: "rad/s" })
  rate_z: f32;
}

/** Greatest torque of an axis and its greatest change per second: the outputs' own limits. */
const TORQUE_MAX: f32 = 0.5;
const TORQUE_SLEW: f32 = 25;

/** One axis. Its three numbers are all that the law remembers. */
@final
class Axis {
  rate: f32 = 0;
  integral: f32 = 0;
  torque: f32 = 0;

  step(gyro: F32Input, gain: f32, params: Params, dt: f32): f32 {
    let wanted: f32 = 0;
    if (gyro.valid) {
      const smoothing: f32 = TWO_PI * params.cutoff * dt;
      this.rate += (smoothing / (1 + smoothing)) * (gyro.value - this.rate);
      const direct: f32 = -gain * this.rate;
      const sum: f32 = direct + this.integral;
      // Integrate only while the actuator has authority left, or when that brings it back.
      const isFree: bool = sum > -TORQUE_MAX && sum < TORQUE_MAX;
      if (isFree || this.integral * direct < 0) this.integral += params.integral * direct * dt;
      this.integral = clamp(this.integral, -TORQUE_MAX, TORQUE_MAX);
      wanted = clamp(direct + this.integral, -TORQUE_MAX, TORQUE_MAX);
    } else {
      this.rate = 0;
      this.integral = 0;
    }
    this.torque = approach(this.torque, wanted, TORQUE_SLEW * dt);
    return this.torque;
  }
}

@law({ name: "rate-damper", period_us: 10000, fuel: 20000, memory: 65536, ftti_us: 100000 })
export class RateDamper {
  private x: Axis = new Axis();
  private y: Axis = new Axis();
  private z: Axis = new Axis();

  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes, frame: Frame): void {
    const dt: f32 = frame.dt;
    outputs.torque_x = this.x.step(inputs.gyro_x, params.gain_xy, params, dt);
    outputs.torque_y = this.y.step(inputs.gyro_y, params.gain_xy, params, dt);
    outputs.torque_z = this.z.step(inputs.gyro_z, params.gain_z, params, dt);
    probes.rate_x = this.x.rate;
    probes.rate_y = this.y.rate;
    probes.rate_z = this.z.rate;
  }
}
