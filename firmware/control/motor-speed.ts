/**
 * Speed control of a small brushed DC motor under load steps.
 *
 * Method: PI control with a slewed setpoint, tuned by the SIMC rules (Skogestad, "Simple analytic rules for model reduction
 * and PID controller tuning", Journal of Process Control 13, 2003), and anti-windup by back-calculation (Astrom and Murray,
 * "Feedback Systems", 2nd edition, section 11.4). Without a valid speed the voltage goes to zero at its slew limit.
 *
 * Numbers: motor and disc of the Quanser QUBE-Servo 2 user manual: R 8.4 ohm, k 0.042 V.s/rad, inertia 2.1e-5 kg.m^2, 18 V.
 * That is a gain of 1 / k = 23.7 rad/s a volt and a time constant of J R / k^2 = 0.1 s. With an effective delay of one and a
 * half periods (7.5 ms) and a closed-loop time constant of 30 ms SIMC gives Kc = 0.1 / (23.7 * 0.0375) = 0.1125 V.s/rad and
 * Ti = 0.1 s. An encoder of 2048 counts a turn makes steps of 0.6 rad/s in 5 ms.
 */
import { approach, clamp, F32Input, Frame, input, law, output, param, probe } from "../sdk/index";

class Inputs {
  @input({ unit: "rad/s", min: -500, max: 500, tolerance: 5, rate: 20000, selection: "median", single: "use" })
  speed: F32Input;
}

class Outputs {
  @output({ unit: "V", min: -18, max: 18, rate: 400, safe: 0 })
  voltage: f32;
}

class Params {
  /** Wanted speed. Half of the nominal load still leaves 250 rad/s within reach of 18 V. */
  @param({ unit: "rad/s", min: -250, max: 250, default: 150 })
  setpoint: f32;
  @param({ unit: "V.s/rad", min: 0, max: 1, default: 0.1125 })
  gain: f32;
  @param({ unit: "s", min: 0.01, max: 10, default: 0.1 })
  integral_time: f32;
  /** The motor can speed up by some 4 300 rad/s^2 at most; a gentle ramp keeps the integral out of saturation. */
  @param({ unit: "rad/s^2", min: 10, max: 5000, default: 500 })
  ramp: f32;
}

class Probes {
  @probe({ unit: "rad/s" })
  wanted: f32;
  @probe({ unit: "rad/s" })
  error: f32;
  @probe({ unit: "V" })
  integral: f32;
}

/** Supply voltage, and what the output may change in a second. */
const VOLTAGE_MAX: f32 = 18;
const VOLTAGE_SLEW: f32 = 400;

@law({ name: "motor-speed", period_us: 5000, fuel: 2000, memory: 65536, ftti_us: 100000 })
export class MotorSpeed {
  private wanted: f32 = 0;
  private integral: f32 = 0;
  private voltage: f32 = 0;

  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes, frame: Frame): void {
    const dt: f32 = frame.dt;
    if (inputs.speed.valid) this.control(inputs.speed.value, params, probes, dt);
    else this.coast(dt);
    outputs.voltage = this.voltage;
    probes.wanted = this.wanted;
    probes.integral = this.integral;
  }

  private control(speed: f32, params: Params, probes: Probes, dt: f32): void {
    this.wanted = approach(this.wanted, params.setpoint, params.ramp * dt);
    const error: f32 = this.wanted - speed;
    const asked: f32 = params.gain * error + this.integral;
    const limited: f32 = clamp(asked, -VOLTAGE_MAX, VOLTAGE_MAX);
    this.voltage = approach(this.voltage, limited, VOLTAGE_SLEW * dt);
    // Back-calculation: what the actuator could not give is taken out of the integral within one integral time.
    const share: f32 = dt / params.integral_time;
    this.integral += share * (params.gain * error + (this.voltage - asked));
    this.integral = clamp(this.integral, -VOLTAGE_MAX, VOLTAGE_MAX);
    probes.error = error;
  }

  /** No speed, no control. The ramp starts again from standstill when the speed comes back. */
  private coast(dt: f32): void {
    this.wanted = 0;
    this.integral = 0;
    this.voltage = approach(this.voltage, 0, VOLTAGE_SLEW * dt);
  }
}
