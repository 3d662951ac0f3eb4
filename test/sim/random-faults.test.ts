import { expect, it } from "vitest";
import { flyRandom } from "./random-faults.ts";

it("no random fault breaks what is claimed of it", async () => {
  const { failures, effective, runs } = await flyRandom(20_261_123, 200);
  expect(failures).toEqual([]);
  expect(effective).toBeGreaterThan(runs / 2);
}, 60_000);
