/**
 * Goal: no valid module runs otherwise than in V8. Method: a few random modules of two generators and changed control laws with
 * fixed seeds; `npm run fuzz -- engine` goes on.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtSubjects } from "./chain/subjects.ts";
import { compareModule, randomModule } from "./differential.ts";
import { compareMutants } from "./mutants.ts";
import { SHAPES_TRIAL, shapesModule } from "./shapes.ts";
import { Workshop } from "./toolchain.ts";

const workshop = new Workshop();
let program = "";
beforeAll(() => {
  program = workshop.scriptProgram("sanitized");
}, 120_000);
afterAll(() => workshop.close());

describe("a random module", () => {
  it.each([11, 12, 13, 14, 15, 16])(
    "of seed %i gives V8's results, traps and memory",
    (seed) => {
      const module = randomModule(workshop, seed);
      if (module === undefined) return;
      expect([undefined, "skipped"]).toContain(compareModule(program, module));
    },
    300_000,
  );
});

describe("a control law that was changed in a few places", () => {
  it("does in each step what it does in V8, on the PC and on the boards", async () => {
    const subjects = await builtSubjects(workshop);
    const { cases, calm, failures } = compareMutants(workshop, subjects, {
      ...{ seed: 2026, count: 88, targets: ["sanitized", "m3", "rv32"] },
    });
    expect(failures).toEqual([]);
    // Most changes leave a law that still flies; the others trap or run out of fuel, and go on.
    expect(cases).toBeGreaterThan(50);
    expect(calm).toBeGreaterThan(cases / 3);
    expect(calm).toBeLessThan(cases);
  }, 300_000);
});

describe("a module of the shapes that the translator looks for", () => {
  it.each([1, 2, 3, 4])(
    "of seed %i gives V8's results, traps and memory after every call",
    (seed) => {
      expect(compareModule(program, shapesModule(workshop, seed), SHAPES_TRIAL)).toBeUndefined();
    },
    300_000,
  );
});
