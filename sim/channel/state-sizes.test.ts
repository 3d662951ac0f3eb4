import { describe, expect, it } from "vitest";
import { Core } from "./core.ts";
import { loadFirmware } from "./firmware.ts";
import { coreStateSize, lawStateSize } from "./state-sizes.ts";
import { accumulator, accumulatorWasm, TABLE } from "./testing.ts";

describe("how many bytes a bit flip can reach", () => {
  it("in a core is its STATE", () => {
    const { module } = loadFirmware("core");
    expect(coreStateSize(module)).toBe(new Core(module).state.length);
    expect(coreStateSize(module)).toBe(coreStateSize(module));
  });

  it("in a law is its memory in whole pairs of words, and the words of its globals", async () => {
    expect(lawStateSize(accumulatorWasm(), TABLE)).toBe(32 + 24);
    expect(lawStateSize(accumulatorWasm(), TABLE)).toBe((await accumulator()).stateBytes);
  });
});
