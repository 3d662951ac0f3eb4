import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../../sim/explore/consolidation.ts";
import {
  C_UNHEARD,
  framesByRule,
  framesToConviction,
  LATENCIES,
  medianConviction,
} from "../../sim/explore/conviction.ts";
import { Judge } from "../../sim/explore/core-invariants.ts";
import { seal } from "../../sim/explore/impostor.ts";
import { duplex, frames, play } from "../../sim/explore/promises.ts";
import { agreedField, channelHealth } from "../../sim/explore/state-views.ts";
import { TINY } from "../../sim/explore/tiny-law.ts";
import { Trio } from "../../sim/explore/trio.ts";
import { lossBit, type Message, X1, X2, X3 } from "../../sim/explore/trio-hooks.ts";

const ALPHA_ONE = 256;
const OPENS = 1280;
const DECAY = 127 / 128;
/** A clean frame takes at most one unit more than a 128th: in all at most 128 units below the sum without rounding. */
const ROUNDING = 128;

function coreOf(trio: Trio, channel = 0): (typeof trio.cores)[number] {
  return trio.cores[channel] as (typeof trio.cores)[number];
}

/** Ways in which both others come to accuse C in one frame while C stays in step. */
const ERRORS = {
  "X1 lost": { lost: lossBit(X1, 2, 0) | lossBit(X1, 2, 1) },
  "X2 lost": { lost: lossBit(X2, 2, 0) | lossBit(X2, 2, 1) },
  "X3 lost": { lost: C_UNHEARD },
  "X2 lost to A, X3 to B": { lost: lossBit(X2, 2, 0) | lossBit(X3, 2, 1) },
  "X3 wrong to A, lost to B": { lost: lossBit(X3, 2, 1), deliver: wrongFrom(2, 0) },
} as const;
type ErrorName = keyof typeof ERRORS;

/** A result that differs, with a right checksum. */
function wrongFrom(from: number, to: number) {
  return (message: Message) => {
    if (message.kind !== X3 || message.from !== from || message.to !== to) return undefined;
    const words = message.words.slice();
    words[11] = (words[11] as number) ^ 1;
    return [{ bytes: bytesOf(seal(words)) }];
  };
}

/** What an error count must be after a history, between two bounds that rounding leaves. */
function alphaBounds(history: readonly boolean[]): { least: number; most: number } {
  let clean = 0;
  let most = 0;
  for (let i = history.length - 1; i >= 0; i -= 1) {
    if (history[i] === true) most += ALPHA_ONE * DECAY ** clean;
    else clean += 1;
  }
  return { least: most - ROUNDING, most };
}

function threeInARow(history: readonly boolean[]): boolean {
  return history.length >= 3 && history.slice(-3).every(Boolean);
}

describe("S15: conviction of a channel", () => {
  it.each(LATENCIES)(
    "takes $frames frames in the median at an error rate of $rate",
    ({ rate, frames: expected, tolerance }) => {
      const found = medianConviction(rate, 61, 4 * expected + 40);
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(tolerance);
    },
  );

  it.each([0.5, 0.1, 0.05])("comes in the very frame of the counting rule at an error rate of %s", (rate) => {
    const seeds = Array.from({ length: 31 }, (_, i) => i + 1);
    const found = seeds.map((seed) => framesToConviction(rate, seed, 5_000));
    expect(found).toEqual(seeds.map((seed) => framesByRule(rate, seed, 5_000)));
  });

  it("follows from the whole history of errors, whatever their kind", () => {
    const names = Object.keys(ERRORS) as ErrorName[];
    const run = fc.record({ error: fc.option(fc.constantFrom(...names)), count: fc.integer({ min: 1, max: 40 }) });
    const short = fc.record({ error: fc.constantFrom(...names), count: fc.integer({ min: 1, max: 2 }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(run, short), { minLength: 1, maxLength: 30 }), (runs) => {
        const trio = new Trio(TINY);
        const judge = new Judge(trio);
        const history: boolean[] = [];
        let told = false;
        for (const { error, count } of runs) {
          for (let i = 0; i < count; i += 1) {
            const before = judge.before();
            const outcome = trio.frame(error === null ? {} : ERRORS[error]);
            history.push(told);
            told = error !== null;
            expect(judge.findings(7, before, outcome).filter((finding) => finding !== "excluded")).toEqual([]);
            const { state, alpha } = channelHealth(coreOf(trio), 2);
            const { least, most } = alphaBounds(history);
            if (state === "OPEN") {
              expect(threeInARow(history) || most >= OPENS).toBe(true);
              return;
            }
            expect(threeInARow(history) || least >= OPENS).toBe(false);
            expect(alpha).toBeLessThanOrEqual(most);
            expect(alpha).toBeGreaterThanOrEqual(least);
            if (history.at(-1) === true) expect(state).toBe("SUSPECT");
            else if (most < ALPHA_ONE / 2) expect(state).toBe("HEALTHY");
          }
        }
        expect([channelHealth(coreOf(trio), 0), channelHealth(coreOf(trio), 1)]).toMatchObject([
          { state: "HEALTHY", alpha: 0, trips: 0 },
          { state: "HEALTHY", alpha: 0, trips: 0 },
        ]);
      }),
      { seed: 2026, numRuns: 150 },
    );
  });

  it("opens for a cooldown, once, and leaves DUPLEX behind", () => {
    const trio = new Trio(TINY);
    for (let frame = 0; frame < 5; frame += 1) trio.frame({ lost: C_UNHEARD });
    expect(channelHealth(coreOf(trio), 2)).toMatchObject({ state: "OPEN", trips: 1, cooldownEnd: 3 + 100 });
    expect(agreedField(coreOf(trio), "mode")).toBe(2);
    for (let frame = 0; frame < 300; frame += 1) trio.frame({});
    expect(channelHealth(coreOf(trio), 2)).toMatchObject({ state: "OPEN", trips: 1 });
  });
});

describe("S16: a single accuser", () => {
  const directions = [0, 1, 2].flatMap((from) =>
    [0, 1, 2].filter((to) => to !== from).map((to) => [from, to] as const),
  );

  it.each(directions)("never convicts, by silence or by value (%i to %i)", (from, to) => {
    for (const scene of [
      { lost: lossBit(X1, from, to) | lossBit(X2, from, to) | lossBit(X3, from, to) },
      { deliver: wrongFrom(from, to) },
    ]) {
      const trio = new Trio(TINY);
      const { found } = play(trio, 7, frames(500, scene));
      expect([...found]).toEqual([]);
      const link = ["link_ab", "link_ac", "link_bc"][from + to - 1] as string;
      expect(agreedField(coreOf(trio), link)).toBeGreaterThan(OPENS);
      for (const channel of [0, 1, 2]) expect(channelHealth(coreOf(trio), channel).alpha).toBe(0);
    }
  });

  it("does not convict in DUPLEX either: silence is held against the link", () => {
    const { trio, quiet } = duplex({});
    const { found } = play(trio, 3, frames(2, { ...quiet, lost: lossBit(X3, 0, 1) | lossBit(X3, 1, 0) }));
    expect([...found]).toEqual(["held"]);
    play(trio, 3, frames(5, quiet));
    for (const channel of [0, 1])
      expect(channelHealth(coreOf(trio), channel)).toMatchObject({ state: "HEALTHY", alpha: 0 });
  });
});
