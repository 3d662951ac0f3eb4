import { loadLaw } from "quorate/testing";
import { describe, expect, it } from "vitest";

/** Runs one step at a temperature and says whether the heater is on. */
async function thermostat() {
  const law = await loadLaw("law/thermostat.ts");
  return {
    law,
    heatsAt(temperature: number): boolean {
      law.set({ temperature });
      law.step();
      return law.output("heater") === 1;
    },
  };
}

describe("the thermostat", () => {
  it("heats a cold tank and stops above the band", async () => {
    const { heatsAt } = await thermostat();
    expect(heatsAt(20)).toBe(true);
    expect(heatsAt(61.9)).toBe(true);
    expect(heatsAt(62.1)).toBe(false);
  });

  it("stays as it is inside the band, so that the relay does not chatter", async () => {
    const { heatsAt } = await thermostat();
    expect(heatsAt(59)).toBe(false);
    expect(heatsAt(57.9)).toBe(true);
    expect(heatsAt(59)).toBe(true);
  });

  it("does not heat without a valid temperature", async () => {
    const { law, heatsAt } = await thermostat();
    expect(heatsAt(20)).toBe(true);
    law.invalidate("temperature");
    law.step();
    expect(law.output("heater")).toBe(0);
  });

  it("follows another set point", async () => {
    const { law, heatsAt } = await thermostat();
    law.tune({ setpoint: 30 });
    expect(heatsAt(40)).toBe(false);
    expect(heatsAt(20)).toBe(true);
  });
});
