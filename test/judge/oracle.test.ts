import { describe, expect, it } from "vitest";
import { Oracle, type OracleResult } from "../../host/judge/oracle.ts";
import type { FaultFree } from "../../host/judge/sample-bounds.ts";
import { CHANNEL_WORD } from "../../host/model/record.ts";
import { accumulator, TABLE } from "../../sim/channel/testing.ts";
import { AGREED, HELD, MASKED, SAFE, Scene, type Scened } from "./scene.ts";

const ALL_GOOD: FaultFree = { faultFree: () => 1 };
const B_FAULTY: FaultFree = { faultFree: (_, channel) => (channel === 1 ? 0 : 1) };

/** The accumulator's law: the output is the sum of its inputs. Its input has tolerance 0 unless given. */
async function judge(
  flown: readonly Scened[],
  { faultFree = ALL_GOOD, tolerance = 0, rateLimit = 0, outputMax = 1_000_000 } = {},
): Promise<OracleResult> {
  const inputs = TABLE.inputs.map((input) => ({ ...input, tolerance, rateLimit }));
  const outputs = TABLE.outputs.map((output) => ({ ...output, max: outputMax }));
  const table = { ...TABLE, inputs, outputs };
  const oracle = new Oracle({ replay: await accumulator(), table, faultFree, holdFrames: 0, roughHoldFrames: 3 });
  const scene = await Scene.make();
  for (const view of flown) oracle.frame(scene.next(view));
  return oracle.result();
}

describe("the oracle on values", () => {
  it("agrees with outputs that a replay gives, masked, held and safe frames included", async () => {
    const result = await judge([
      { selected: 1, outcome: AGREED, output: 1 },
      { selected: 1, outcome: MASKED, output: 2 },
      { outcome: HELD, output: 2 },
      { selected: 1, outcome: AGREED, output: 3 },
      { outcome: HELD, output: 3 },
      { outcome: SAFE, output: 0 },
    ]);
    expect(result).toMatchObject({
      value_ok: true,
      range_ok: true,
      wrong_frames: 0,
      judged_frames: 6,
      judged_values: 3,
      first: null,
    });
  });

  it("calls an output outside its declared range wrong, although the law computes it and all agree", async () => {
    const most = TABLE.outputs[0]?.max ?? 0;
    const result = await judge([{ selected: 6, outcome: AGREED, output: 6, samples: [6, 6, 6] }], { outputMax: 5 });
    expect(most).toBeGreaterThan(5);
    expect(result).toMatchObject({ value_ok: false, wrong_frames: 1, first: { rule: "limits", signal: "sum" } });
  });

  it("replays frames that turn out to be committed later", async () => {
    const result = await judge([
      { selected: 1, outcome: AGREED, output: 1 },
      { ran: [1, 1, 1], outcome: HELD, output: 1 },
      { late: 0, selected: 1, outcome: AGREED, output: 3 },
    ]);
    expect(result).toMatchObject({ value_ok: true, range_ok: true, judged_values: 3 });
  });

  it("replays of several steps of a late frame the one whose state was stepped from", async () => {
    for (const [late, output] of [
      [0, 9],
      [1, 3],
      [2, 5],
    ] as const) {
      const result = await judge([
        { selected: 1, outcome: AGREED, output: 1 },
        { ran: [8, 2, 4], outcome: HELD, output: 1, samples: [8, 2, 4] },
        { late, selected: 0, outcome: AGREED, output, samples: [0, 0, 0] },
      ]);
      expect(result).toMatchObject({ value_ok: true, wrong_frames: 0, first: null });
    }
  });

  it("asks a channel that committed, where the lowest line is of one that did not", async () => {
    const scene = await Scene.make();
    const oracle = new Oracle({
      ...{ replay: await accumulator(), table: TABLE, faultFree: ALL_GOOD },
      ...{ holdFrames: 0, roughHoldFrames: 3 },
    });
    oracle.frame(scene.next({ selected: 1, outcome: AGREED, output: 1 }));
    const records = scene.next({ selected: 1, outcome: AGREED, output: 2 });
    const [a] = records.channels;
    a?.set([0, 9], CHANNEL_WORD.committed_frame);
    a?.set([9], CHANNEL_WORD.base_hash_low);
    oracle.frame(records);
    expect(oracle.result()).toMatchObject({ value_ok: true, wrong_frames: 0, judged_values: 2 });
  });

  it("calls a vote from a state that no replay gives wrong, whatever its outputs", async () => {
    const scene = await Scene.make();
    const oracle = new Oracle({
      ...{ replay: await accumulator(), table: TABLE, faultFree: ALL_GOOD },
      ...{ holdFrames: 0, roughHoldFrames: 3 },
    });
    oracle.frame(scene.next({ selected: 1, outcome: AGREED, output: 1 }));
    const records = scene.next({ selected: 1, outcome: AGREED, output: 2 });
    for (const words of records.channels) if (words !== undefined) words[CHANNEL_WORD.base_hash_low] = 7;
    oracle.frame(records);
    expect(oracle.result()).toMatchObject({ value_ok: false, wrong_frames: 1, first: { rule: "base", frame: 1 } });
  });

  it("judges nothing behind a gap until a vote leads on from what it knows", async () => {
    const scene = await Scene.make();
    const oracle = new Oracle({
      ...{ replay: await accumulator(), table: TABLE, faultFree: ALL_GOOD },
      ...{ holdFrames: 0, roughHoldFrames: 3 },
    });
    oracle.frame(scene.next({ selected: 1, outcome: AGREED, output: 1 }));
    scene.next({ selected: 1, outcome: AGREED, output: 2 });
    oracle.gap();
    oracle.frame(scene.next({ selected: 1, outcome: AGREED, output: 99 }));
    expect(oracle.result()).toMatchObject({ value_ok: true, judged_frames: 1, unjudged_frames: 1 });
  });

  it("finds a voted output that the law does not compute, and says what it should have been", async () => {
    const result = await judge([
      { selected: 1, outcome: AGREED, output: 1 },
      { selected: 1, outcome: AGREED, output: 7 },
      { selected: 1, outcome: AGREED, output: 7 },
      { selected: 1, outcome: AGREED, output: 4 },
      { selected: 1, outcome: AGREED, output: 9 },
    ]);
    expect(result).toMatchObject({ value_ok: false, range_ok: true, wrong_frames: 3, longest_wrong: 2 });
    expect(result.first).toEqual({
      rule: "value",
      frame: 1,
      signal: "sum",
      expected: "2 (0x00000002)",
      found: "7 (0x00000007)",
    });
  });

  it.each([
    [
      "a held output that moves",
      [
        { selected: 1, outcome: AGREED, output: 1 },
        { outcome: HELD, output: 2 },
      ],
      "held",
    ],
    ["a hold before any vote that is not safe", [{ outcome: HELD, output: 2 }], "held"],
    ["a safe frame with another value", [{ outcome: SAFE, output: 2 }], "safe"],
    ["a vote on a step nobody committed", [{ outcome: AGREED, output: 1 }], "replay"],
    [
      "a vote on a step that fails in the replay",
      [{ selected: 7, outcome: AGREED, output: 1, samples: [7, 7, 7] }],
      "replay",
    ],
  ])("finds %s", async (_, flown, rule) => {
    const result = await judge(flown);
    expect(result).toMatchObject({ value_ok: false, wrong_frames: 1, longest_wrong: 1, first: { rule } });
  });
});

describe("the oracle on ranges", () => {
  const value = (selected: number, samples: readonly number[], rest: Partial<Scened> = {}): Scened[] => [
    { selected, outcome: AGREED, output: selected, samples, ...rest },
  ];

  it("accepts what lies between good samples and nothing beyond them", async () => {
    for (const [selected, ok] of [
      [1, false],
      [2, true],
      [3, true],
      [4, true],
      [5, false],
    ] as const) {
      expect(await judge(value(selected, [2, 3, 4]))).toMatchObject({ range_ok: ok, range_wrong: ok ? 0 : 1 });
    }
  });

  it("does not count a faulty sensor's reading as a reason", async () => {
    const flown = value(5, [2, 5, 4]);
    expect(await judge(flown)).toMatchObject({ range_ok: true });
    const result = await judge(flown, { faultFree: B_FAULTY });
    expect(result.first).toEqual({
      rule: "range",
      frame: 0,
      signal: "value",
      expected: "2 to 4",
      found: "5 (0x00000005)",
    });
  });

  it("widens by the tolerance only where fewer than three samples were valid", async () => {
    const flown = (threeValid: number) => value(6, [2, 3, 4], { threeValid });
    expect(await judge(flown(1), { tolerance: 2 })).toMatchObject({ range_ok: false });
    expect(await judge(flown(0), { tolerance: 2 })).toMatchObject({ range_ok: true });
    expect(await judge(flown(0), { tolerance: 1 })).toMatchObject({ range_ok: false });
  });

  it("judges a late frame by its own samples", async () => {
    const frames: Scened[] = [
      { selected: 1, outcome: AGREED, output: 1 },
      { ran: [5, 5, 5], outcome: HELD, output: 1, samples: [5, 5, 5] },
      { late: 0, selected: 1, outcome: AGREED, output: 7 },
    ];
    expect(await judge(frames)).toMatchObject({ range_ok: true, judged_values: 3 });
    const wrong = frames.map((view, i) => (i === 1 ? { ...view, samples: [4, 4, 4] } : view));
    expect((await judge(wrong)).first).toMatchObject({ rule: "range", frame: 1 });
  });

  it("says what it could not judge, and leaves invalid inputs alone", async () => {
    expect(await judge(value(5, [1, 1, 1], { fresh: [0, 0, 0] }))).toMatchObject({
      range_ok: true,
      judged_values: 0,
      unjudged_values: 1,
    });
    const invalid = { selected: 5, valid: 0, outcome: AGREED, output: 0 };
    expect(await judge([invalid])).toMatchObject({ range_ok: true, judged_values: 0, unjudged_values: 0 });
  });
});

describe("the oracle on a rough recording", () => {
  /** All three sensors read these, one a frame; the input is 5 at first and held from then on. */
  async function held(readings: readonly (readonly number[])[], fresh = [1, 1, 1]) {
    const flown = [[5, 5, 5], ...readings].map((samples, frame) => {
      return { selected: 5, outcome: AGREED, output: 5 * (frame + 1), samples, ...(frame === 0 ? {} : { fresh }) };
    });
    return judge(flown, { rateLimit: 100 }); // 1 a frame.
  }

  it("lets an input hold its value over a spike that every sensor shows", async () => {
    const result = await held([
      [9, 9, 9],
      [5, 5, 5],
    ]);
    expect(result).toMatchObject({ value_ok: true, range_ok: true, range_held: 1, range_wrong: 0 });
  });

  it("lets it hold for three frames after a step, and no longer", async () => {
    const step = [9, 9, 9];
    expect(await held([step, step, step])).toMatchObject({ range_ok: true, range_held: 3 });
    expect(await held([step, step, step, step])).toMatchObject({ range_ok: false, range_held: 3, range_wrong: 1 });
  });

  it("lets nothing hold where two sensors keep to their declaration", async () => {
    expect(await held([[9, 6, 6]])).toMatchObject({ range_ok: false, range_held: 0, range_wrong: 1 });
  });

  it("forgives no other value than the last one", async () => {
    const jump = [
      { selected: 5, outcome: AGREED, output: 5, samples: [5, 5, 5] },
      { selected: 8, outcome: AGREED, output: 13, samples: [9, 9, 9] },
    ];
    expect(await judge(jump, { rateLimit: 100 })).toMatchObject({ range_ok: false, range_wrong: 1 });
  });

  it("takes a sensor's readings in which something is missing as what they are", async () => {
    // Only A is there, and it moves as it may: one sample is too few to select.
    expect(await held([[6, 0, 0]], [1, 0, 0])).toMatchObject({ range_ok: true, range_held: 1 });
  });
});
