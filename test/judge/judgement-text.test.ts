import { describe, expect, it } from "vitest";
import { findingLines, latentText } from "../../host/commands/judgement-text.ts";
import type { Judgement } from "../../host/judge/judge.ts";

const plain = (_: unknown, text: string) => text;
const ORACLE = { judged_frames: 3, judged_values: 4, first: null };

describe("what is printed of a run", () => {
  it("says whose records are missing", () => {
    const not_judged = [
      { of: "frames", from: 3, to: 5 },
      { of: "B", from: 7, to: 7 },
      { of: "stage", from: 8, to: 8 },
    ];
    const judgement = {
      hypothesis: "none",
      latent: [],
      expectations: [],
      oracle: ORACLE,
      not_judged,
      output_hash: "h",
    };
    const lines = findingLines(judgement as unknown as Judgement, plain).filter(([label]) => label === "not judged");
    expect(lines.map(([, text]) => text)).toEqual([
      "frames 3 to 5: no record",
      "frame 7: no record of B",
      "frame 8: no record of the output stage",
    ]);
  });

  it("says until when a fault lay hidden", () => {
    const fault = { fault: "A:line@300", channel: "A", where: "line", from: 300 } as const;
    expect(latentText({ ...fault, until: 999, open: true })).toBe(
      "A:line@300: the output stage outvotes the line of A from frame 300 until the end (frame 999), and nobody counts an error",
    );
    expect(latentText({ ...fault, until: 399, open: false })).toContain("until frame 399,");
  });
});
