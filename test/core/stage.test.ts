import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BareStage, OUTCOME } from "../../sim/explore/bare-stage.ts";
import { STAGE } from "../../sim/explore/tiny-table.ts";
import { type ChannelIn, outputHash, type StageFrame, type StageOptions, StageOracle } from "./stage-oracle.ts";

const { agreed, masked, held, safe } = OUTCOME;
const SAFE_VALUE = 4242;

function stageOf(options: StageOptions): BareStage {
  const stage = new BareStage(STAGE);
  expect(stage.start(options.safe, options.holdFrames, options.simplex ? 1 : 0)).toBe(0);
  return stage;
}

function give(stage: BareStage, frame: number, channels: StageFrame): number {
  channels.forEach(({ line, gate, isRunning, pulls }, channel) => {
    stage.drive(channel, (frame - line.age) >>> 0, line.values, line.isDriven ? 1 : 0);
    stage.gates[channel] = gate ? 1 : 0;
    stage.running[channel] = isRunning ? 1 : 0;
    stage.pulls[channel] = pulls;
  });
  return stage.step(frame);
}

/** A stage whose three lines are set by hand: values, or none for a line that is not driven. */
class Lines {
  readonly stage = stageOf({ safe: [SAFE_VALUE], holdFrames: 3, simplex: false });
  frame = 10;

  step(...values: (number | undefined)[]): number {
    this.frame += 1;
    values.forEach((value, channel) => {
      this.stage.drive(channel, this.frame, [value ?? 0], value === undefined ? 0 : 1);
    });
    return this.stage.step(this.frame);
  }

  get out(): number {
    return this.stage.out[0] as number;
  }
}

function drive(stage: BareStage, frame: number, ...lines: (readonly number[])[]): void {
  for (const [index, values] of lines.entries()) stage.drive(index, frame, values);
}

const word = fc.constantFrom(0, 1, 2, 0x80000000, 0x7fc00000);
const channel = (outputs: number): fc.Arbitrary<ChannelIn> =>
  fc.record({
    line: fc.record({
      age: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(1, 2, -1)),
      isDriven: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, fc.constant(false)),
      values: fc.array(word, { minLength: outputs, maxLength: outputs }),
    }),
    gate: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    isRunning: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, fc.constant(false)),
    pulls: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(7)),
  });
const histories = fc.integer({ min: 1, max: 8 }).chain((outputs) =>
  fc.record({
    safe: fc.constant(Array.from({ length: outputs }, (_, index) => SAFE_VALUE + index)),
    holdFrames: fc.integer({ min: 1, max: 4 }),
    simplex: fc.boolean(),
    first: fc.constantFrom(0, 7, 0xfffffffd),
    // Mostly the same values on all lines, or no vote would ever be won.
    frames: fc.array(
      fc
        .tuple(fc.boolean(), channel(outputs), channel(outputs), channel(outputs))
        .map(([same, a, b, c]): StageFrame => (same ? [a, like(b, a), like(c, a)] : [a, b, like(c, b)])),
      { minLength: 1, maxLength: 20 },
    ),
  }),
);

function like(one: ChannelIn, other: ChannelIn): ChannelIn {
  return { ...one, line: { ...one.line, values: other.line.values } };
}

describe("S20, S21, S22, S23: the output stage", () => {
  it("does what the whole history of lines, gates and pulls says, and chains it into the hash", () => {
    fc.assert(
      fc.property(histories, ({ first, frames, ...options }) => {
        const stage = stageOf(options);
        const oracle = new StageOracle(options, frames);
        const told: { frame: number; values: readonly number[] }[] = [];
        frames.forEach((channels, index) => {
          const frame = (first + index) >>> 0;
          const outcome = give(stage, frame, channels);
          const expected = oracle.expected(index);
          const values = [...stage.out.subarray(0, options.safe.length)];
          expect({ outcome, values, enabled: stage.record[3], counted: stage.record[4] }, `frame ${index}`).toEqual(
            expected,
          );
          told.push({ frame, values });
          expect(stage.hash).toEqual(outputHash(told));
          expect([...stage.record.subarray(8, 10)]).toEqual([...stage.hash]);
        });
      }),
      { seed: 2026, numRuns: 1500 },
    );
  });
});

describe("S20: a vote", () => {
  it.each([
    ["three equal lines", [5, 5, 5], agreed, 5],
    ["two against one", [5, 6, 5], masked, 5],
    ["two and one that is silent", [undefined, 6, 6], masked, 6],
  ] as const)("of %s", (_what, values, outcome, out) => {
    const lines = new Lines();
    expect(lines.step(...values)).toBe(outcome);
    expect(lines.out).toBe(out);
  });

  it.each([
    ["three different lines", [7, 8, 9]],
    ["two that differ", [7, undefined, 9]],
    ["one line alone", [7, undefined, undefined]],
    ["no line", [undefined, undefined, undefined]],
  ])("of %s holds what was voted last", (_what, values) => {
    const lines = new Lines();
    lines.step(5, 5, 5);
    expect(lines.step(...values)).toBe(held);
    expect(lines.out).toBe(5);
  });

  it("compares bits: zero and minus zero are two values, and so are two NaNs", () => {
    const lines = new Lines();
    lines.step(5, 5, 5);
    expect(lines.step(0, 0x80000000, undefined)).toBe(held);
    expect(lines.step(0x7fc00000, 0x7fc00001, undefined)).toBe(held);
    expect(lines.step(0x7fc00000, 0x7fc00000, undefined)).toBe(masked);
  });

  it("before the first agreement holds the safe value", () => {
    const lines = new Lines();
    expect(lines.step(1, 2, 3)).toBe(held);
    expect(lines.out).toBe(SAFE_VALUE);
  });

  it("takes each actuator by itself but all of them or none", () => {
    const stage = stageOf({ safe: [1, 2], holdFrames: 3, simplex: false });
    drive(stage, 1, [5, 6], [5, 7], [8, 7]);
    expect(stage.step(1)).toBe(masked);
    expect([...stage.out.subarray(0, 2)]).toEqual([5, 7]);
    drive(stage, 2, [5, 6], [5, 7], [8, 9]);
    expect(stage.step(2)).toBe(held);
    expect([...stage.out.subarray(0, 2)]).toEqual([5, 7]);
  });

  it("takes a single enabled line only where SIMPLEX is configured", () => {
    for (const simplex of [false, true]) {
      const stage = stageOf({ safe: [SAFE_VALUE], holdFrames: 3, simplex });
      stage.gates.set([0, 1, 0]);
      stage.drive(1, 1, [7]);
      expect(stage.step(1)).toBe(simplex ? masked : held);
      expect(stage.out[0]).toBe(simplex ? 7 : SAFE_VALUE);
    }
  });
});

describe("S21: without a vote", () => {
  it("the output is held for HOLD_FRAMES and then safe, and stays safe", () => {
    const lines = new Lines();
    lines.step(5, 5, 5);
    expect([1, 2, 3, 4].map((i) => lines.step(i, i + 10, i + 20))).toEqual([held, held, held, safe]);
    expect([lines.step(5, 5, 5), lines.step(6, 6, 6)]).toEqual([safe, safe]);
    expect(lines.out).toBe(SAFE_VALUE);
  });

  it("an agreement in between starts the count anew", () => {
    const lines = new Lines();
    for (let i = 0; i < 5; i += 1) {
      expect([lines.step(5, 5, 5), lines.step(1, 2, 3), lines.step(1, 2, 3), lines.step(1, 2, 3)]).toEqual([
        agreed,
        held,
        held,
        held,
      ]);
    }
  });

  it("and without an enabled line it is safe at once", () => {
    const lines = new Lines();
    lines.step(5, 5, 5);
    lines.stage.gates.fill(0);
    expect(lines.step(5, 5, 5)).toBe(safe);
    lines.stage.gates.fill(1);
    expect(lines.step(5, 5, 5)).toBe(safe);
  });

  it("only the operator's clear ends it", () => {
    const lines = new Lines();
    lines.stage.gates.fill(0);
    lines.step(5, 5, 5);
    lines.stage.gates.fill(1);
    lines.stage.clear();
    expect(lines.step(5, 5, 5)).toBe(agreed);
  });
});

describe("S22: a pull", () => {
  it("of one peer does nothing, whatever else it pulls", () => {
    const lines = new Lines();
    lines.stage.pulls.set([7, 0, 0]);
    expect(lines.step(5, 5, 5)).toBe(agreed);
    lines.stage.pulls.set([0, 0b001, 0b010]);
    expect(lines.step(5, 5, 5)).toBe(agreed);
  });

  it("of both peers takes the line out until two running peers let go", () => {
    const lines = new Lines();
    const { stage } = lines;
    const enabled = (pulls: readonly number[], running: readonly number[] = [1, 1, 1]) => {
      stage.pulls.set(pulls);
      stage.running.set(running);
      lines.step(5, 5, 5);
      return stage.record[3];
    };
    expect(enabled([0b100, 0b100, 0])).toBe(0b011);
    expect(enabled([0b100, 0, 0])).toBe(0b011);
    expect(enabled([0, 0b100, 0])).toBe(0b011);
    expect(enabled([0, 0, 0], [1, 0, 1])).toBe(0b011);
    expect(enabled([0, 0, 0])).toBe(0b111);
  });

  it("of a peer that does not run does not count", () => {
    const lines = new Lines();
    lines.stage.running.set([1, 0, 1]);
    lines.stage.pulls.set([0b100, 0b100, 0]);
    expect(lines.step(5, 5, 5)).toBe(agreed);
  });
});

describe("S23: the output hash", () => {
  it("does not depend on whether a frame was agreed or masked, nor on who gave it", () => {
    const [one, other] = [new Lines(), new Lines()];
    one.step(5, 5, 5);
    one.step(6, 6, 6);
    other.step(5, 9, 5);
    other.step(undefined, 6, 6);
    expect(other.stage.hash).toEqual(one.stage.hash);
  });

  it("tells apart a held frame from a missing one and one value from another", () => {
    const hashes = [
      [5, 5, 5],
      [5, 5, 6],
      [1, 2, 3],
      [5, 5, undefined],
    ].map((values) => {
      const lines = new Lines();
      lines.step(4, 4, 4);
      lines.step(...values);
      return lines.stage.hash.join();
    });
    expect(new Set(hashes).size).toBe(2);
    const shorter = new Lines();
    shorter.step(4, 4, 4);
    expect(hashes).not.toContain(shorter.stage.hash.join());
  });

  it.each([
    ["no output", [], 3],
    ["nine outputs", new Array<number>(9).fill(0), 3],
    ["no held frame", [0], 0],
  ])("configure refuses %s", (_what, values, holdFrames) => {
    const stage = new BareStage(STAGE);
    stage.config.set([values.length, holdFrames, 0]);
    expect(stage.configure()).toBe(-1);
  });
});
