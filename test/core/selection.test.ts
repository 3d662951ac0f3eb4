import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Core } from "../../sim/channel/core.ts";
import { type InputView, inputView, REASON } from "../../sim/explore/state-views.ts";
import { f32, type InputSpec, signalTable } from "../../sim/explore/tiny-table.ts";
import { type TinyLaw, Trio } from "../../sim/explore/trio.ts";
import { lossBit, X1 } from "../../sim/explore/trio-hooks.ts";
import { type Frame, numberOf, type Sample, SelectionOracle } from "./selection-oracle.ts";

/** Sensors that are never put out: their health is another test's matter. */
const PATIENT = { open_errors: 1000, open_alpha: 1 << 20 };
const DEFAULTS: Required<InputSpec> = {
  type: "f32",
  selection: "median",
  single: true,
  least: -1000,
  greatest: 1000,
  tolerance: 5,
  rate: 0,
};

const law: TinyLaw = (state, { selected, valid, frame }, out) => {
  state[0] = Math.imul((state[0] as number) ^ (selected[0] as number), 0x9e3779b1) + frame + (valid[0] as number);
  state[1] = 1;
  out[0] = state[0] as number;
};

/** Flies a history and gives what was selected in each frame; the three channels must select the same. */
function select(spec: Required<InputSpec>, history: readonly Frame[], settings = PATIENT): InputView[] {
  const trio = new Trio({
    table: signalTable([spec], 1),
    law,
    settings,
    sample: (frame, channel, samples) => {
      const sample = history[frame]?.[channel];
      samples[0] = sample?.word ?? 0;
      samples[16] = sample?.isFresh === true ? 1 : 0;
    },
  });
  return history.map((frame) => {
    let lost = 0;
    frame.forEach((sample, source) => {
      if (sample === undefined) for (const to of [0, 1, 2]) if (to !== source) lost |= lossBit(X1, source, to);
    });
    trio.frame({ lost });
    const views = trio.cores.map((core: Core) => inputView(core, 0));
    const voters = views.filter((_, channel) => frame[channel] !== undefined);
    for (const view of voters) expect(view).toEqual(voters[0]);
    return voters[0] as InputView;
  });
}

function compare(spec: Required<InputSpec>, history: readonly Frame[]): void {
  const oracle = new SelectionOracle(spec, history);
  select(spec, history).forEach((view, index) => {
    const expected = oracle.expected(index);
    const told = `frame ${index} of ${JSON.stringify(history)}`;
    expect({ isValid: view.isValid, why: view.why }, told).toEqual({ isValid: expected.isValid, why: expected.why });
    expect(expected.words, told).toContain(view.selected);
  });
}

const at = (value: number): Sample => ({ word: f32(value), isFresh: true });
const frame = (...values: (number | undefined)[]): Frame =>
  values.map((value) => (value === undefined ? undefined : at(value)));
const wordFrame = (...words: number[]): Frame => words.map((word) => ({ word: word >>> 0, isFresh: true }));

/** Words that break naive comparisons, and a few close together so that ties and tolerance matter. */
const WORDS = {
  f32: [
    [0, 0x80000000, 1, 0x80000001, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x7fa00000, 0x7f7fffff, 0xff7fffff],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 1000, -1000, 1001, -3, 0.1, 0.2].map(f32),
  ],
  i32: [[0x80000000, 0x7fffffff, 0xffffffff, 0, 1], [-1000, -3, 0, 2, 4, 5, 8, 1000, 1001].map((value) => value >>> 0)],
  u32: [
    [0, 0xffffffff, 0x80000000, 0x7fffffff],
    [0, 2, 4, 5, 8, 1000, 1001],
  ],
  bool: [
    [0, 1],
    [0, 1, 2, 0xffffffff],
  ],
} as const;

const specs = fc.record({
  type: fc.constantFrom("f32", "i32", "u32", "bool" as const),
  selection: fc.constantFrom("median", "majority" as const),
  single: fc.boolean(),
  range: fc.constantFrom([-1000, 1000], [0, 5], [-5e9, 5e9], [-3.5e38, 3.5e38] as const),
  tolerance: fc.constantFrom(0, 2, 5, 1e39),
  rate: fc.constantFrom(0, 0, 100, 300),
});

function histories(type: keyof typeof WORDS): fc.Arbitrary<Frame[]> {
  const [strange, usual] = WORDS[type];
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...usual) },
    fc.constantFrom(...strange),
    fc.nat(0xffffffff),
  );
  const sample = fc.option(
    fc.record({ word, isFresh: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)) }),
    { nil: undefined, freq: 12 },
  );
  // One source at most is unheard: with two of them nobody would hear a majority.
  const isHeard = (samples: Frame) => samples.filter((one) => one === undefined).length < 2;
  return fc.array(fc.tuple(sample, sample, sample).filter(isHeard), { minLength: 1, maxLength: 14 });
}

describe("S17: the selected value", () => {
  it("is what the whole history of samples says, for every type, rule and odd value", () => {
    const cases = specs.chain(({ range, ...spec }) =>
      fc.tuple(fc.constant({ ...spec, least: range[0] as number, greatest: range[1] as number }), histories(spec.type)),
    );
    fc.assert(
      fc.property(cases, ([spec, history]) => compare(spec, history)),
      { seed: 2026, numRuns: 1500 },
    );
  });

  it("lies between two good samples whatever the third says", () => {
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.float({ noNaN: true, min: -900, max: 900 }),
        fc.float({ noNaN: true, min: -900, max: 900 }),
        fc.nat(0xffffffff),
        (bad, p, q, word) => {
          const words = [f32(p), f32(q)];
          const samples = [0, 1, 2].map((source) => (source === bad ? word : (words.shift() as number)));
          const view = select({ ...DEFAULTS, tolerance: 5000 }, [wordFrame(...samples)])[0] as InputView;
          const value = numberOf(view.selected, "f32");
          expect(value).toBeGreaterThanOrEqual(Math.min(Math.fround(p), Math.fround(q)));
          expect(value).toBeLessThanOrEqual(Math.max(Math.fround(p), Math.fround(q)));
        },
      ),
      { seed: 2026, numRuns: 500 },
    );
  });

  it.each([
    ["the middle one of three, never their mean", [frame(1, 2, 900)], "MEDIAN", 2],
    ["the nearer to the last of two", [frame(4, 4, 4), frame(undefined, 1, 5)], "NEAREST", 5],
    ["the lower channel's of two equally near", [frame(4, 4, 4), frame(3, undefined, 5)], "NEAREST", 3],
    ["the last one when two are beyond tolerance", [frame(4, 4, 4), frame(undefined, 1, 9)], "HELD", 4],
  ] as const)("is %s", (_what, history, why, value) => {
    const view = select(DEFAULTS, history).at(-1) as InputView;
    expect({ why: view.why, value: numberOf(view.selected, "f32") }).toEqual({ why, value });
  });

  it("of one source alone is used only if the author allows it, and flagged", () => {
    const absent: Sample = { word: 0, isFresh: false };
    const history = [frame(4, 4, 4), [at(6), absent, absent]];
    expect(select(DEFAULTS, history).at(-1)).toMatchObject({ why: "SINGLE", isValid: true, used: 1, selected: f32(6) });
    expect(select({ ...DEFAULTS, single: false }, history).at(-1)).toMatchObject({ why: "HELD", selected: f32(4) });
  });

  it("of discrete values is what two sources say, bit for bit", () => {
    const spec = { ...DEFAULTS, selection: "majority" as const, type: "u32" as const, least: 0, greatest: 9 };
    const words = (a: number, b: number, c: number) => select(spec, [wordFrame(7, 7, 7), wordFrame(a, b, c)]).at(-1);
    expect(words(1, 2, 1)).toMatchObject({ why: "MAJORITY", selected: 1, used: 0b101 });
    expect(words(3, 3, 3)).toMatchObject({ why: "MAJORITY", selected: 3, used: 0b111 });
    expect(words(1, 2, 3)).toMatchObject({ why: "HELD", selected: 7, used: 0 });
    expect(words(1, 2, 99)).toMatchObject({ why: "HELD", selected: 7 });
  });
});

describe("S18: a disputed value", () => {
  it.each([1, 2, 3, 5])(
    "is held for HOLD_FRAMES = %i at most, then the law is told that it is invalid",
    (holdFrames) => {
      const history = [frame(4, 4, 4), ...Array.from({ length: 8 }, () => frame(undefined, 1, 900)), frame(6, 6, 6)];
      const views = select(DEFAULTS, history, { ...PATIENT, hold_frames: holdFrames } as typeof PATIENT);
      const held = views.slice(1, -1);
      expect(held.map(({ isValid }) => isValid)).toEqual(held.map((_, index) => index < holdFrames));
      expect(new Set(held.map(({ selected }) => selected))).toEqual(new Set([f32(4)]));
      expect(views.at(-1)).toMatchObject({ why: "MEDIAN", isValid: true });
    },
  );

  it("at the start is invalid at once: nothing was ever selected", () => {
    expect(select(DEFAULTS, [frame(undefined, 1, 900)])[0]).toMatchObject({
      why: "INVALID",
      isValid: false,
      selected: 0,
    });
  });
});

describe("S17: a sample", () => {
  it.each([
    ["NaN", 0x7fc00000, REASON.nan],
    ["a signalling NaN", 0x7fa00000, REASON.nan],
    ["infinity", 0x7f800000, REASON.range],
    ["minus infinity", 0xff800000, REASON.range],
    ["one step above the greatest", f32(1000) + 1, REASON.range],
    ["the greatest", f32(1000), REASON.ok],
    ["the least", f32(-1000), REASON.ok],
    ["minus zero", 0x80000000, REASON.ok],
    ["the smallest number there is", 1, REASON.ok],
  ])("that is %s is judged as such", (_what, word, reason) => {
    const [view] = select(DEFAULTS, [wordFrame(f32(1), word, f32(1))]);
    expect(view?.reasons[1]).toBe(reason);
  });

  it("that jumps is believed when three in a row fit each other", () => {
    const spec = { ...DEFAULTS, rate: 100 };
    const b = [1, 1, 50, 51, 52, 53];
    const views = select(
      spec,
      b.map((value) => frame(1, value, 1)),
    );
    expect(views.map(({ reasons }) => reasons[1])).toEqual([0, 0, REASON.rate, REASON.rate, 0, 0]);
  });

  it("may be as far away as the rate allows for the time since the last accepted one", () => {
    const absent: Sample = { word: f32(1), isFresh: false };
    const spec = { ...DEFAULTS, rate: 100 };
    const later = (value: number) => select(spec, [frame(1, 1, 1), [at(1), absent, at(1)], frame(1, value, 1)]).at(-1);
    expect(later(3)?.reasons[1]).toBe(REASON.ok);
    expect(later(3.01)?.reasons[1]).toBe(REASON.rate);
  });
});
