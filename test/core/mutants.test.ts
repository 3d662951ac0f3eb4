import { beforeAll, describe, expect, it } from "vitest";
import { buildMutants } from "../../host/setup/build-mutants.js";
import { MUTANTS } from "../../host/setup/mutant-list.js";
import { mutant, unbroken } from "../../sim/explore/built-mutants.ts";
import { PROMISES } from "../../sim/explore/promises.ts";

/** Goal: the promise tests can fail. Method: break one rule of the core at a time; the promise named must notice. */
describe("mutants", () => {
  beforeAll(() => expect(buildMutants()).toBe(true));

  it("are compared with an unbroken core that keeps every promise", () => {
    const built = unbroken();
    for (const { number, broken } of PROMISES) expect(broken(built), number).toEqual([]);
  });

  it.each(MUTANTS)("$caughtBy catches: $name", ({ name, caughtBy }) => {
    const promise = PROMISES.find(({ number }) => number === caughtBy);
    if (promise === undefined) throw new RangeError(`no promise ${caughtBy}`);
    expect(promise.broken(mutant(name))).not.toEqual([]);
  });
});
