import { describe, expect, it } from "vitest";
import {
  consolidationSplits,
  describeDisturbance,
  flyDisturbed,
  judged,
  singleDisturbances,
} from "../../sim/explore/consolidation.ts";

const both = singleDisturbances().flatMap((what) =>
  Array.from({ length: 6 }, (_, bit) => ({ ...what, lost: what.lost | (1 << (6 + bit)) })),
);

describe("S1: channels consolidate the same data", () => {
  it("for every single lost message, silent source and two-faced source", () => {
    expect(consolidationSplits(undefined)).toEqual([]);
  });

  it("and it is what was delivered, also with one X2 lost on top", () => {
    let compared = 0;
    for (const what of [...singleDisturbances(), ...both]) {
      const { history, digests } = flyDisturbed(undefined, what);
      for (const channel of [0, 1, 2]) {
        if (digests[channel] === undefined) continue;
        expect(digests[channel], `${describeDisturbance(what)} at ${"ABC"[channel]}`).toEqual(history.digest(channel));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(3 * singleDisturbances().length);
  });

  it("and holds rather than votes when a lost X2 comes on top of a faulty source", () => {
    for (const what of both) {
      const { trio, digests } = flyDisturbed(undefined, what);
      const lines = judged(what).filter((channel) => trio.cores[channel]?.line[1] === 1);
      const driven = new Set(lines.map((channel) => digests[channel]?.join()));
      expect(driven.size, describeDisturbance(what)).toBeLessThanOrEqual(1);
    }
  });
});
