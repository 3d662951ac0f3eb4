import { describe, expect, it } from "vitest";
import { median, row } from "./row.ts";
import { short, table } from "./table.ts";

const figure = { group: "g", name: "n", value: 6, unit: "ms" };
const peer = { name: "p", value: 2 };

describe("a benchmark row", () => {
  it.each([
    [3, true],
    [2.9, false],
  ])("with a ratio of 3 and a goal of at most %s is ok: %s", (atMost, ok) => {
    expect(row({ ...figure, peer, goal: { of: "ratio", atMost } })).toMatchObject({
      ratio: 3,
      ok,
      goal: `ratio <= ${atMost}`,
    });
  });

  it.each([
    [6, true],
    [6.1, false],
  ])("with a value of 6 and a goal of at least %s is ok: %s", (atLeast, ok) => {
    expect(row({ ...figure, goal: { of: "value", atLeast } })).toMatchObject({ ratio: null, peer: null, ok });
  });

  it("is not ok when there is no number to judge", () => {
    expect(row({ ...figure, goal: { of: "ratio", atMost: 1e9 } }).ok).toBe(false);
    expect(row({ ...figure, value: Number.NaN }).ok).toBe(false);
    expect(row({ ...figure, peer: { name: "p", value: 0 }, goal: { of: "ratio", atLeast: 1 } }).ok).toBe(false);
  });
});

describe("the median", () => {
  it("is the middle, or between the two middle values", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 2, 3, 10])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});

describe("the table", () => {
  it("says what is not ok and what was not measured", () => {
    const text = table([row({ ...figure, peer: { ...peer, recorded: true }, goal: { of: "ratio", atMost: 1 } })]);
    expect(text).toContain("NOT OK");
    expect(text).toContain("p (recorded)");
  });

  it.each([
    [0, "0.00"],
    [0.01234, "0.0123"],
    [1.234, "1.23"],
    [12.34, "12.3"],
    [12345.6, "12346"],
    [-1.5, "-1.50"],
  ])("prints %s as %s", (value, text) => {
    expect(short(value)).toBe(text);
  });
});
