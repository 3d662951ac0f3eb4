import { describe, expect, it } from "vitest";
import { editSources } from "./build-mutants.js";

const SOURCES = new Map([["firmware/core/vote.ts", "if (a > b) hold();\nif (b > a) hold();\n"]]);

function edited(from: string, to: string): string | undefined {
  const edits = [{ file: "core/vote.ts", from, to }];
  const mutant = { name: "never holds", module: "core", caughtBy: "S1", edits } as const;
  return editSources(SOURCES, [mutant]).get("firmware/core/vote.ts");
}

describe("the edit of a mutant", () => {
  it("stands behind the number of its mutant, so that all fit into one module", () => {
    expect(edited("a > b", "a > b && !#")).toBe(
      'import { mutant } from "../core/mutant";\nif (a > b && !mutant(1)) hold();\nif (b > a) hold();\n',
    );
  });

  it("means a dollar sign as it stands", () => {
    expect(edited("a > b", "$& > b || #")).toContain("if ($& > b || mutant(1)) hold();");
  });

  it.each([
    ["is gone", "a >= b", 0],
    ["is not the only one", "hold();", 2],
  ])("whose place %s says which mutant it is and what was looked for", (_what, from, times) => {
    expect(() => edited(from, "#")).toThrow(
      `mutant "never holds": its place is ${times} times in firmware/core/vote.ts, not once:\n${from}`,
    );
  });
});
