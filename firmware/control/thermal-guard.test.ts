import { existsSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { type LawUnderTest, loadLaw } from "../../host/testing/index.ts";

const RECORDING = "../shared/traces/machine-temperature.csv";

describe("the thermal guard", () => {
  let module: BuiltModule;
  let law: LawUnderTest;
  beforeAll(async () => {
    module = await buildLaw({ path: "firmware/control/thermal-guard.ts" });
  });
  const fresh = async (): Promise<void> => {
    law = await loadLaw(module);
  };
  const warm = (temperature: number, frames = 1): void => {
    law.set({ temperature });
    law.step(frames);
  };

  it("trips before it knows anything, and cools fully", async () => {
    await fresh();
    expect(law.outputs()).toEqual({ trip: true, alarm: 2, cooling: 100 });
  });

  it("leaves a cool machine alone", async () => {
    await fresh();
    warm(70, 100);
    expect(law.outputs()).toEqual({ trip: false, alarm: 0, cooling: 0 });
  });

  it("cools in proportion within twenty degrees of the limit", async () => {
    await fresh();
    warm(95, 200);
    expect(Number(law.output("cooling"))).toBeCloseTo(50, 3);
    expect(law.output("trip")).toBe(false);
  });

  it("warns by the trend before the limit is reached", async () => {
    await fresh();
    warm(70, 50);
    let temperature = 70;
    while (law.output("alarm") === 0 && temperature < 110) {
      temperature += 0.5;
      warm(temperature);
    }
    expect(law.output("alarm")).toBe(1);
    expect(Number(law.probe("level"))).toBeLessThan(105);
    expect(Number(law.probe("trend"))).toBeGreaterThan(0.1);
  });

  it("trips when it stays too hot, not by one hot sample", async () => {
    await fresh();
    warm(100, 50);
    warm(112, 1);
    warm(100, 5);
    expect(law.output("trip")).toBe(false);
    warm(112, 15);
    expect(law.outputs()).toMatchObject({ trip: true, alarm: 2, cooling: 100 });
  });

  it("holds the trip until the machine has been cool for a while", async () => {
    await fresh();
    warm(112, 30);
    warm(100, 100);
    expect(law.output("trip")).toBe(true);
    warm(80, 30);
    expect(law.output("trip")).toBe(false);
  });

  it("trips when nobody knows the temperature any more", async () => {
    await fresh();
    warm(70, 20);
    law.invalidate();
    law.step(10);
    expect(law.outputs()).toMatchObject({ trip: false, alarm: 1 });
    law.step(1);
    expect(law.output("trip")).toBe(true);
    warm(70, 3);
    expect(law.output("trip")).toBe(true);
    warm(70, 10);
    expect(law.output("trip")).toBe(false);
  });

  it("trips at once while it never had a temperature", async () => {
    await fresh();
    law.step(11);
    expect(law.outputs()).toEqual({ trip: true, alarm: 2, cooling: 100 });
  });

  it.runIf(existsSync(RECORDING))("warns and trips in the real recording of a machine that failed", async () => {
    await fresh();
    const rows = readFileSync(RECORDING, "utf8").trim().split("\n").slice(1);
    let trips = 0;
    let warned = 0;
    let before = true;
    for (const row of rows) {
      warm(Number(row.split(",")[1]));
      if (law.output("trip") === true && !before) trips += 1;
      if (law.output("alarm") === 1) warned += 1;
      before = law.output("trip") === true;
    }
    expect(trips).toBeGreaterThan(0);
    expect(trips).toBeLessThan(20);
    expect(warned).toBeGreaterThan(trips);
    expect(warned).toBeLessThan(rows.length / 5);
  });
});
