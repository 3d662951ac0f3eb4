/**
 * Goal: each frame and channel sees the latest record at or before its time, fresh or not, with figures as mapped.
 * Method: small CSV recordings with times and values written out, frames judged one by one against the text.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Samples } from "../../host/model/samples.ts";
import type { SignalType } from "../../host/model/signals.ts";
import { readCsv } from "../../host/trace/csv/csv.ts";
import { parseMapping } from "../../host/trace/mapping/mapping.ts";
import { describeProvenance } from "../../host/trace/sampling/sample-source.ts";
import { Sampler } from "../../host/trace/sampling/sampler.ts";
import type { LawInput } from "../../host/trace/sampling/track.ts";
import { text } from "./make/bytes.ts";

interface Setup {
  readonly rows: readonly string[];
  readonly signals: Readonly<Record<string, object>>;
  readonly time?: object;
  readonly inputs?: readonly LawInput[];
  readonly period_us?: number;
  readonly seed?: number;
}

function input(name: string, unit = "m", type: SignalType = "f32"): LawInput {
  return { name, unit, type };
}

/** `rows` under the header time_s,x,y. */
function sampler(setup: Setup): Sampler {
  const recording = readCsv(text(["time_s,x,y", ...setup.rows, ""].join("\n")), "a.csv", {
    timeColumn: "time_s",
    timeUnit: "s",
    delimiter: ",",
    header: true,
  });
  const map = JSON.stringify({
    schema: "quorate/map/1",
    signals: setup.signals,
    ...(setup.time === undefined ? {} : { time: setup.time }),
  });
  return new Sampler({
    recording,
    mapping: parseMapping(map, "m.json"),
    inputs: setup.inputs ?? Object.keys(setup.signals).map((name) => input(name)),
    period_us: setup.period_us ?? 10_000,
    seed: setup.seed ?? 1,
  });
}

function frameOf(source: Sampler, frame: number, inputs = 1): { floats: number[]; words: number[]; fresh: number[] } {
  const samples: Samples = { words: new Uint32Array(inputs * 3), fresh: new Uint16Array(3) };
  source.sample(frame, samples);
  return { floats: [...new Float32Array(samples.words.buffer)], words: [...samples.words], fresh: [...samples.fresh] };
}

const X = { column: "x", unit: "m" };

describe("the sampler", () => {
  it("holds the latest record at or before the frame's time", () => {
    const source = sampler({ rows: ["0,1,0", "0.015,2,0", "0.02,3,0", "0.05,4,0"], signals: { a: X } });
    expect(source.frames).toBe(6);
    expect(Array.from({ length: 6 }, (_, frame) => frameOf(source, frame).floats[0])).toEqual([1, 1, 3, 3, 3, 4]);
  });

  it("gives a late channel what the others saw before", () => {
    const source = sampler({
      rows: ["0,1,0", "0.01,2,0", "0.02,3,0", "0.03,4,0"],
      signals: { a: { ...X, channels: { B: { skew_us: 10_000 }, C: { skew_us: 4000 } } } },
    });
    expect(source.start_s).toBe(0.01);
    expect(frameOf(source, 0).floats).toEqual([2, 1, 1]);
    expect(frameOf(source, 1).floats).toEqual([3, 2, 2]);
  });

  it("calls a sample stale by the recording's own times, and still gives it", () => {
    const source = sampler({ rows: ["0,1,0", "0.01,2,0", "0.1,3,0"], signals: { a: { ...X, staleness_us: 20_000 } } });
    expect([0, 1, 2, 3, 4, 9].map((frame) => frameOf(source, frame).fresh[0])).toEqual([1, 1, 1, 1, 0, 0]);
    expect(frameOf(source, 9).floats[0]).toBe(2);
    expect(frameOf(source, 10)).toMatchObject({ floats: [3, 3, 3], fresh: [1, 1, 1] });
    expect(source.problems).toMatchObject([
      { code: "gap", count: 1, at_s: 0.01, text: expect.stringContaining("longest 0.09 s") },
    ]);
  });

  it("takes three usual intervals as the limit when none is stated", () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i * 0.004},${i},0`);
    expect(sampler({ rows, signals: { a: X } }).provenance[0]?.staleness_us).toBe(12_000);
  });

  it("begins before the first record only when told to, and then has nothing there", () => {
    const source = sampler({ rows: ["0,,1", "0.02,5,2", "0.04,6,3"], signals: { a: X }, time: { start_s: 0 } });
    expect(frameOf(source, 0)).toEqual({ floats: [0, 0, 0], words: [0, 0, 0], fresh: [0, 0, 0] });
    expect(frameOf(source, 2).floats[0]).toBe(5);
  });

  it("leaves out records without a number, records out of order, and the first of two with one time", () => {
    const source = sampler({
      rows: ["0,1,0", "0.01,nan,0", "0.02,2,0", "0.02,3,0", "0.01,9,0", "0.03,4,0"],
      signals: { a: X },
    });
    expect([0, 1, 2, 3].map((frame) => frameOf(source, frame).floats[0])).toEqual([1, 1, 3, 4]);
    expect(source.problems).toMatchObject([{ code: "no-number", count: 1 }]);
  });

  it("plays at a speed, or row by row whatever the times say", () => {
    const rows = ["0,1,0", "300,2,0", "600,3,0", "600,4,0"];
    const fast = sampler({ rows, signals: { a: X }, time: { speed: 30_000 } });
    expect([0, 1, 2].map((frame) => frameOf(fast, frame).floats[0])).toEqual([1, 2, 4]);
    const byRow = sampler({ rows, signals: { a: X }, time: { rows_per_frame: 1 } });
    expect(byRow.frames).toBe(4);
    expect([0, 1, 2, 3].map((frame) => frameOf(byRow, frame).floats[0])).toEqual([1, 2, 3, 4]);
    const slow = sampler({ rows, signals: { a: X }, time: { rows_per_frame: 0.5 } });
    expect(Array.from({ length: slow.frames }, (_, frame) => frameOf(slow, frame).floats[0])).toEqual([
      1, 1, 2, 2, 3, 3, 4,
    ]);
  });

  it("narrows the range to start and end", () => {
    const rows = Array.from({ length: 11 }, (_, i) => `${i / 100},${i},0`);
    const source = sampler({ rows, signals: { a: X }, time: { start_s: 0.03, end_s: 0.05 } });
    expect(source.frames).toBe(3);
    expect(frameOf(source, 0).floats[0]).toBe(3);
  });

  it("converts units, then scale and offset, then bias", () => {
    const signals = { a: { column: "x", unit: "cm", scale: 2, offset: 1, channels: { B: { bias: 0.5 } } } };
    expect(frameOf(sampler({ rows: ["0,100,0", "1,100,0"], signals }), 0).floats).toEqual([3, 3.5, 3]);
    const altitude = { a: { column: "x", unit: "hPa", convert: "pressure_to_altitude" } };
    expect(frameOf(sampler({ rows: ["0,1013.25,0", "1,1013.25,0"], signals: altitude }), 0).floats[0]).toBe(0);
  });

  it.each([
    ["f32", 1.5, 0x3fc00000],
    ["f32", 1e39, undefined],
    ["i32", -2.6, 0xfffffffd],
    // Half away from zero, as wherever else a number becomes a word.
    ["i32", -2.5, 0xfffffffd],
    ["i32", 2.5, 3],
    ["i32", -2147483648.5, undefined],
    ["u32", -0.5, undefined],
    ["u32", -0.4, 0],
    ["i32", 2147483648, undefined],
    ["u32", 4294967295, 0xffffffff],
    ["u32", -1, undefined],
    ["bool", 0.001, 1],
    ["bool", 0, 0],
  ] as const)("packs %s %d as a word, or has nothing", (type, value, word) => {
    const rows = [`0,7,0`, `0.01,${value},0`, "0.02,7,0"];
    const source = sampler({
      rows,
      signals: { a: { column: "x", unit: "m" } },
      inputs: [input("a", "m", type)],
      time: { start_s: 0.01 },
    });
    const held = type === "f32" ? 0x40e00000 : 7;
    expect(frameOf(source, 0).words[0]).toBe(word ?? held);
  });

  it("sets one bit per input and channel", () => {
    const rows = Array.from({ length: 10 }, (_, i) => `${i / 100},${i},${i < 3 ? i : ""}`);
    const source = sampler({
      rows,
      signals: { a: X, b: { column: "y", unit: "m", staleness_us: 10_000 } },
      time: { end_s: 0.02 },
    });
    expect(frameOf(source, 2, 2)).toMatchObject({ floats: [2, 2, 2, 2, 2, 2], fresh: [3, 3, 3] });
  });
});

describe("derived replicas", () => {
  const rows = Array.from({ length: 200 }, (_, i) => `${i / 100},1,2`);

  it("differ by their noise alone, the same for a seed in any order of frames", () => {
    const signals = { a: { ...X, noise: 0.1 } };
    const forward = sampler({ rows, signals, seed: 9 });
    const all = Array.from({ length: forward.frames }, (_, frame) => frameOf(forward, frame).floats);
    const again = sampler({ rows, signals, seed: 9 });
    fc.assert(
      fc.property(fc.nat(forward.frames - 1), (frame) => {
        expect(frameOf(again, frame).floats).toEqual(all[frame]);
      }),
      { seed: 2026, numRuns: 300 },
    );
    const sums = all.flat().map((value) => (value - 1) ** 2);
    const sigma = Math.sqrt(sums.reduce((sum, value) => sum + value, 0) / sums.length);
    expect(Math.abs(sigma - 0.1)).toBeLessThan(0.01);
    expect(new Set(all[0]).size).toBe(3);
    expect(frameOf(sampler({ rows, signals, seed: 10 }), 0).floats).not.toEqual(all[0]);
  });

  it("keep their noise when the law gains an input", () => {
    const a = { ...X, noise: 0.1 };
    const alone = frameOf(sampler({ rows, signals: { a } }), 5).floats[0];
    expect(frameOf(sampler({ rows, signals: { b: X, a } }), 5, 2).floats[1]).toBe(alone);
  });

  it("hold one noise as long as they hold one record", () => {
    const source = sampler({ rows, signals: { a: { ...X, noise: 0.1 } }, period_us: 1000 });
    expect(frameOf(source, 11).floats).toEqual(frameOf(source, 19).floats);
  });

  it("are told from recorded signals, with their figures", () => {
    const source = sampler({
      rows,
      signals: {
        a: {
          ...X,
          noise: 0.1,
          note: "made up",
          channels: { B: { column: "y", noise: 0 }, C: { bias: 0.5, skew_us: 300 } },
        },
      },
    });
    expect(source.provenance.map(describeProvenance)).toEqual([
      "a of A is derived from x: noise 0.1 m (sigma)",
      "a of B is recorded from y",
      "a of C is derived from x: noise 0.1 m (sigma), bias 0.5 m, skew 300 us",
    ]);
    expect(source.provenance[0]?.note).toBe("made up");
  });
});

describe("a mapping that does not fit", () => {
  const rows = ["0,1,0", "1,2,0"];
  it.each([
    [
      "a column that is not there",
      { a: { column: "xx", unit: "m" } },
      {},
      /m\.json: \$\.signals\.a: expected a column of a\.csv; found "xx"; did you mean "x"/,
    ],
    [
      "a unit that does not fit",
      { a: { column: "x", unit: "m/s" } },
      {},
      /\$\.signals\.a: the unit "m\/s" \(m\.s\^-1\) cannot be turned into "m" \(m\)/,
    ],
    [
      "no unit anywhere",
      { a: { column: "x" } },
      {},
      /expected "unit": the unit of "x", which the recording does not state; "a" is in m/,
    ],
    ["a unit that is none", { a: { column: "x", unit: "metrix" } }, {}, /"metrix"/],
    [
      "a length for an altitude",
      { a: { column: "x", unit: "m", convert: "pressure_to_altitude" } },
      {},
      /"m" \(m\) cannot be turned into "Pa"/,
    ],
    [
      "a signal the law does not have",
      { a: X, ab: X },
      { inputs: [input("a")] },
      /expected an input of the law \(a\); found "ab"; did you mean "a"/,
    ],
    ["a signal that is missing", { a: X }, { inputs: [input("a"), input("b")] }, /missing: b/],
    ["noise on a bool", { a: { column: "x", noise: 1 } }, { inputs: [input("a", "", "bool")] }, /no noise and no bias/],
    [
      "a column without numbers",
      { a: { column: "y", unit: "hPa", convert: "pressure_to_altitude" } },
      {},
      /none with a usable number/,
    ],
    ["a range outside of the recording", { a: X }, { time: { start_s: 5 } }, /no frame is left: start_s is at 5 s/],
    ["frames without end", { a: X }, { time: { speed: 1e-6 }, period_us: 1000 }, /at most 100000000 frames/],
  ])("is refused with place and reason: %s", (_, signals, rest, reason) => {
    expect(() => sampler({ rows, signals, ...rest })).toThrow(reason);
  });

  it.each([
    [{ period_us: 0 }, /above 0/],
    [{ period_us: 1.5 }, /whole number/],
    [{ inputs: [] }, /1 to 16 inputs/],
    [{ seed: -1 }, /seed/],
  ])("is a broken promise of the caller: %j", (rest, reason) => {
    expect(() => sampler({ rows, signals: { a: { ...X, noise: 1 } }, ...rest })).toThrow(reason);
  });

  it("refuses frames outside of the run and samples that are too small", () => {
    const source = sampler({ rows, signals: { a: X } });
    const samples: Samples = { words: new Uint32Array(3), fresh: new Uint16Array(3) };
    for (const frame of [-1, source.frames, Number.NaN]) expect(() => source.sample(frame, samples)).toThrow(/outside/);
    expect(() => source.sample(0, { words: new Uint32Array(2), fresh: new Uint16Array(3) })).toThrow(/3 words/);
  });
});
