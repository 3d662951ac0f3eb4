import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BuildError } from "../../host/build/law/build-error.ts";
import { buildText } from "./helpers.ts";

/**
 * Goal: whatever stands in a law's file, the answer is a module or a refusal with a line.
 * Method: a real law with one to three random cuts, doubled pieces and strange words; fixed seed.
 */
const MUTATIONS = 60;
const WORDS = [
  "{",
  "}",
  "(",
  "@input",
  "step",
  "f32",
  "null",
  "this",
  "class",
  "=",
  ";",
  "-1",
  "1e99",
  '"',
  "default",
  "new",
  "=>",
  "<T>",
  "Frame",
  "\u0000",
  "é",
];

describe("a damaged source", () => {
  it("is built or refused at a line, and never breaks the build", async () => {
    const law = readFileSync(new URL("../../firmware/control/motor-speed.ts", import.meta.url), "utf8").replace(
      "../sdk/index",
      "quorate/sdk",
    );
    const start = law.indexOf("class Inputs");
    let seed = 2026;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const place = (text: string): number => start + random(text.length - start);
    const changes: readonly ((text: string) => string)[] = [
      (text) => ((at) => text.slice(0, at) + text.slice(at + 1 + random(8)))(place(text)),
      (text) => ((at) => text.slice(0, at) + WORDS[random(WORDS.length)] + text.slice(at))(place(text)),
      (text) =>
        ((at, from) => text.slice(0, at) + text.slice(from, from + random(40)) + text.slice(at))(
          place(text),
          place(text),
        ),
    ];
    let refused = 0;
    for (let n = 0; n < MUTATIONS; n += 1) {
      let text = law;
      for (let i = random(3); i >= 0; i -= 1)
        text = (changes[random(changes.length)] as (text: string) => string)(text);
      try {
        await buildText(text);
      } catch (error) {
        if (!(error instanceof BuildError)) throw new Error(`a defect from this source:\n${text}`, { cause: error });
        expect(error.line, `${error.message}\n${text}`).toBeGreaterThan(0);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(MUTATIONS / 2);
  });
});
