import { describe, expect, it } from "vitest";
import { type SearchResult, search } from "../../sim/explore/explore.ts";
import { Liar } from "../../sim/explore/impostor.ts";
import { anyLie, silence } from "../../sim/explore/link-troubles.ts";
import {
  arbitraryChannel,
  CONVICTION_FRAMES,
  DIRECTIONS,
  duplexLosses,
  HOLDING,
  lossyDirection,
  singleLosses,
} from "../../sim/explore/promises.ts";
import { TINY } from "../../sim/explore/tiny-law.ts";
import { lossBit, X1, X2, X3 } from "../../sim/explore/trio-hooks.ts";

/**
 * Goal: no order of the troubles of REDUNDANCY 14 breaks an invariant of the built core. Method: breadth-first search over what
 * can still matter after a frame. States that are the same go on once; `npm run soak -- core` goes deeper and wider.
 */
function expectClean({ findings, isComplete }: SearchResult): void {
  expect(findings).toEqual({});
  expect(isComplete).toBe(true);
}

describe("the search", () => {
  it("meets the same states whether or not dead memory is cleared after each frame", () => {
    const once = singleLosses({}, 4);
    expect(singleLosses({}, 4)).toEqual(once);
    expect(once.states).toBeGreaterThan(500);
  });

  it("finds what it should: an arbitrary channel that is trusted as good", () => {
    const lies = anyLie(new Liar(2), "small");
    const { findings } = search({ options: TINY, good: 7, troubles: () => lies, depth: 1 });
    expect(Object.keys(findings)).toContain("split");
  });
});

describe("S2: TRIPLEX with any one message lost in every frame", () => {
  it("excludes nobody, holds nothing and keeps states equal for five frames", () => expectClean(singleLosses({}, 5)));
});

describe("S3: TRIPLEX with one direction of a link losing anything, for ever", () => {
  it.each(DIRECTIONS)("is masked for twelve frames (%i to %i)", (from, to) => {
    expectClean(lossyDirection({}, from, to, 12));
  });

  it("is masked when both directions of one link are dead", () => {
    for (const [first, second] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      let lost = 0;
      for (const kind of [X1, X2, X3]) lost |= lossBit(kind, first, second) | lossBit(kind, second, first);
      expectClean(search({ options: TINY, good: 7, troubles: () => [{ lost, text: "link dead" }], depth: 300 }));
    }
  });
});

describe("S4: TRIPLEX with one channel arbitrary", () => {
  it.each([0, 1, 2])("is masked whatever channel %i says to whom", (channel) => {
    expectClean(arbitraryChannel({}, channel, "medium", 1));
  });

  it("is masked in the frame after as well", () => expectClean(arbitraryChannel({}, 2, "small", 2)));
});

describe("S5: DUPLEX", () => {
  it("survives any losses between the two for three frames", () => expectClean(duplexLosses({}, 3)));

  it("ignores a convicted channel whatever it says, pulls and drives", () => {
    const liar = new Liar(2);
    const prelude = Array.from({ length: CONVICTION_FRAMES }, () => silence(liar));
    const lies = anyLie(liar, "medium");
    expectClean(search({ options: TINY, prelude, good: 3, troubles: () => lies, depth: 1 }));
  });

  it("loses at most a few frames to one wrong step, whichever message is lost with it", () => {
    const liar = new Liar(2);
    const quiet = silence(liar);
    const prelude = Array.from({ length: CONVICTION_FRAMES }, () => quiet);
    const losses = [0, ...[1, 2, 3].flatMap((kind) => [lossBit(kind, 0, 1), lossBit(kind, 1, 0)])];
    const faults = [1, 2].flatMap((wrong) =>
      losses.map((lost) => ({ ...quiet, wrong, lost, text: `wrong ${wrong} ${lost}` })),
    );
    const troubles = (depth: number) => (depth === 1 ? faults : [quiet]);
    expectClean(search({ options: TINY, prelude, good: 3, troubles, depth: 6, allowed: ["held", "miscompare"] }));
  });

  it("and a convicted liar together with a lost message may only hold", () => {
    const liar = new Liar(2);
    const prelude = Array.from({ length: CONVICTION_FRAMES }, () => silence(liar));
    const losses = [1, 2, 3].flatMap((kind) => [lossBit(kind, 0, 1), lossBit(kind, 1, 0)]);
    const lies = anyLie(liar, "small");
    const both = losses.flatMap((lost) => lies.filter((_, i) => i % 4 === 0).map((lie) => ({ ...lie, lost })));
    const troubles = (depth: number) => (depth === 0 ? both : [silence(liar)]);
    expectClean(search({ options: TINY, prelude, good: 3, troubles, depth: 4, allowed: HOLDING }));
  });
});
