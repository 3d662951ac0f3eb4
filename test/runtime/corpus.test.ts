/**
 * Goal: what the fuzzer once found stays found. Method: the minimised corpus of test/fuzz/corpus through the fuzzer's own entry,
 * built by gcc under address and undefined-behaviour sanitizers.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { corpusLines } from "./mutate.ts";
import { root, run, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
afterAll(() => workshop.close());

describe("the fuzzer's corpus", () => {
  it("is loaded, run, saved and restored without a finding", () => {
    const lines = corpusLines();
    const own = ["fuzz.c", "replay.c"].map((file) => workshop.compile("sanitized", join(targetFolder, file)));
    const program = workshop.link("sanitized", [...workshop.engine("sanitized"), ...own], "replay");
    expect(run(program, [], `${lines.join("\n")}\n`)).toBe(`replayed ${lines.length}\n`);
    expect(lines.length).toBeGreaterThan(100);
  });

  it("is text, has no module twice and stays small", () => {
    const lines = corpusLines();
    for (const line of lines) expect(line).toMatch(/^([0-9a-f]{2})+$/);
    expect(new Set(lines).size).toBe(lines.length);
    expect(statSync(join(root, "test/fuzz/corpus/engine.hex")).size).toBeLessThan(60_000);
  });
});
