/**
 * Keeps the water of a tank near a set point by switching a heater, with hysteresis so that the relay does not chatter.
 *
 * Method: two-point control (Astrom and Murray, "Feedback Systems", 2nd edition, section 11.1). Without a valid
 * temperature the heater stays off: a cold tank is a nuisance, a boiling one is a danger.
 */
import { F32Input, input, law, output, param, probe } from "quorate/sdk";

class Inputs {
  /** Platinum sensor in the tank. Water cannot change faster than the rate, so a jump is a fault of the sensor. */
  @input({ unit: "degC", min: -10, max: 110, tolerance: 1.5, rate: 5, selection: "median", single: "use" })
  temperature: F32Input;
}

class Outputs {
  /** Share of the heater's power. */
  @output({ unit: "1", min: 0, max: 1, safe: 0 })
  heater: f32;
}

class Params {
  @param({ unit: "degC", min: 20, max: 80, default: 60 })
  setpoint: f32;
  /** The heater switches this far below and above the set point. */
  @param({ unit: "degC", min: 0.5, max: 10, default: 2 })
  band: f32;
}

class Probes {
  @probe({ unit: "degC" })
  error: f32;
}

@law({ name: "thermostat", period_us: 100000, fuel: 2000, ftti_us: 2000000 })
class Thermostat {
  private isHeating: bool = false;

  step(inputs: Inputs, outputs: Outputs, params: Params, probes: Probes): void {
    const error: f32 = params.setpoint - inputs.temperature.value;
    if (!inputs.temperature.valid || error < -params.band) this.isHeating = false;
    else if (error > params.band) this.isHeating = true;
    outputs.heater = this.isHeating ? 1 : 0;
    probes.error = inputs.temperature.valid ? error : 0;
  }
}
