/**
 * Thermal guard of a machine: watches one temperature, cools by it, warns by its trend and trips the machine.
 *
 * Method: double exponential smoothing gives level and trend (Holt 1957; NIST/SEMATECH e-Handbook of Statistical Methods,
 * section 6.4.3.3). The machine trips when the level stays above the limit, or when no temperature has been valid for so long
 * that nobody knows; a trip is latched until the level has stayed below the release temperature for a while (an interlock
 * with hysteresis and delay, as ISA-18.2 asks of alarms).
 *
 * Numbers: chosen on the machine temperature of the Numenta Anomaly Benchmark (every 5 minutes for 79 days; its unit is not
 * published, taken as degC): most of the time 80 to 100, the run-up to the failure above 105. One row a frame means that a
 * frame stands for 5 minutes of the recording; smoothing, delays and trend are therefore counted in frames.
 */
import { clamp, F32Input, input, law, output, param, probe } from "../sdk/index";

class Inputs {
  @input({ unit: "degC", min: -40, max: 200, tolerance: 2, rate: 40, selection: "median", single: "use" })
  temperature: F32Input;
}

class Outputs {
  /** True stops the machine, and so does silence. */
  @output({ safe: true })
  trip: bool;
  /** 0 all is well, 1 the limit is near, 2 tripped. */
  @output({ unit: "1", min: 0, max: 2, safe: 2 })
  alarm: i32;
  @output({ unit: "%", min: 0, max: 100, safe: 100 })
  cooling: f32;
}

class Params {
  @param({ unit: "degC", min: 0, max: 200, default: 105 })
  limit: f32;
  @param({ unit: "degC", min: 0, max: 200, default: 95 })
  release: f32;
  /** Frames above the limit that trip, and below the release temperature that end a trip. */
  @param({ unit: "1", min: 1, max: 1000, default: 6 })
  delay: u32;
  /** Frames that the trend is carried forward for a warning. */
  @param({ unit: "1", min: 0, max: 1000, default: 24 })
  horizon: u32;
}

class Probes {
  @probe({ unit: "degC" })
  level: f32;
  /** Change per frame. */
  @probe({ unit: "degC" })
  trend: f32;
}

/** Smoothing of level and trend; the handbook's range is 0 to 1, small is smooth. */
const LEVEL_SHARE: f32 = 0.3;
const TREND_SHARE: f32 = 0.05;
/** Cooling starts this far below the limit and is full at it. */
const COOLING_BAND: f32 = 20;
/** Invalid frames in a row after which not knowing trips. */
const UNKNOWN_FRAMES_MAX: u32 = 10;

@law({ name: "thermal-guard", period_us: 1000000, fuel: 2000, memory: 65536, ftti_us: 10000000 })
export class ThermalGuard {
  private level: f32 = 0;
  private trend: f32 = 0;
  private hasLevel: bool = false;
  private isTripped: bool = false;
  /** Frames in a row that speak for the other state. */
  private run: u32 = 0;
  private unknown: u32 = 0;

  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes): void {
    this.smooth(inputs.temperature);
    this.judge(params);
    const ahead: f32 = this.level + this.trend * f32(params.horizon);
    const isNear: bool = this.level > params.limit || ahead > params.limit || this.unknown > 0;
    outputs.trip = this.isTripped;
    outputs.alarm = this.isTripped ? 2 : isNear ? 1 : 0;
    const share: f32 = (this.level - (params.limit - COOLING_BAND)) / COOLING_BAND;
    outputs.cooling = this.isTripped || !this.hasLevel ? 100 : 100 * clamp(share, 0, 1);
    probes.level = this.level;
    probes.trend = this.trend;
  }

  private smooth(temperature: F32Input): void {
    if (!temperature.valid) {
      if (this.unknown <= UNKNOWN_FRAMES_MAX) this.unknown += 1;
      return;
    }
    this.unknown = 0;
    if (!this.hasLevel) {
      this.hasLevel = true;
      this.level = temperature.value;
      return;
    }
    const before: f32 = this.level;
    this.level = LEVEL_SHARE * temperature.value + (1 - LEVEL_SHARE) * (before + this.trend);
    this.trend = TREND_SHARE * (this.level - before) + (1 - TREND_SHARE) * this.trend;
  }

  private judge(params: Params): void {
    if (this.unknown > UNKNOWN_FRAMES_MAX) {
      this.isTripped = true;
      this.run = 0;
      return;
    }
    const isKnown: bool = this.hasLevel && this.unknown == 0;
    const speaksForChange: bool = isKnown && (this.isTripped ? this.level < params.release : this.level > params.limit);
    this.run = speaksForChange ? this.run + 1 : 0;
    if (this.run < params.delay) return;
    this.isTripped = !this.isTripped;
    this.run = 0;
  }
}
