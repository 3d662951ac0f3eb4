import { describe, expect, it } from "vitest";
import { SETTINGS_SIZE } from "../../sim/explore/core-layout.ts";
import { every, fly, POINTS } from "../../sim/explore/state-flips.ts";

/** Coprime to every record and word size, so that each field is met; `npm run soak -- core` flips every bit. */
const STRIDE = 37;

/** Counts and sizes stand here: a flip that sends a loop astray must stop the core, not keep it busy for minutes. */
const SETTINGS_BITS = 8 * SETTINGS_SIZE;

describe("S26: one flipped bit in one core's state", () => {
  const cases = POINTS.flatMap((name, point) => [0, 1, 2].map((channel) => ({ name, point, channel })));

  it("among the bounds of its loops stops the core at once", () => {
    const bits = Array.from({ length: SETTINGS_BITS }, (_, bit) => bit);
    const result = fly({ channel: 0, point: 0, bits });
    expect(result.failures).toEqual([]);
    expect(result.crashes).toBeGreaterThan(100);
  });

  it.each(cases)("is masked: channel $channel, $name", ({ point, channel }) => {
    const result = fly({ channel, point, bits: every(STRIDE, 5 * channel + point) });
    expect(result.failures).toEqual([]);
    expect(result.flights).toBeGreaterThan(1000);
  });
});
