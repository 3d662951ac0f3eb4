/** Goal: no valid module runs otherwise than in V8. Method: a few random modules with fixed seeds; `npm run fuzz -- engine` goes on. */
import { afterAll, describe, expect, it } from "vitest";
import { compareModule, randomModule } from "./differential.ts";
import { Workshop } from "./toolchain.ts";

const workshop = new Workshop();
afterAll(() => workshop.close());

describe("a random module", () => {
  it.each([11, 12, 13, 14, 15, 16])("of seed %i gives V8's results, traps and memory", (seed) => {
    const module = randomModule(workshop, seed);
    if (module === undefined) return;
    expect([undefined, "skipped"]).toContain(compareModule(workshop.scriptProgram("sanitized"), module));
  });
});
