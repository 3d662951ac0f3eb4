import { beforeAll, describe, expect, it } from "vitest";
import { PROMISES } from "../../sim/explore/promises.ts";
import { compileMutants, MUTANTS } from "./mutants.ts";

/** Goal: the promise tests can fail. Method: break one rule of the core at a time; the promise named must notice. */
describe("mutants", () => {
  let build: Awaited<ReturnType<typeof compileMutants>>;
  beforeAll(async () => {
    build = await compileMutants();
  });

  it("are compared with an unbroken core that keeps every promise", () => {
    const built = build(0);
    for (const { number, broken } of PROMISES) expect(broken(built), number).toEqual([]);
  });

  it.each(MUTANTS.map((mutant, index) => ({ ...mutant, index: index + 1 })))(
    "$caughtBy catches: $name",
    ({ index, caughtBy }) => {
      const promise = PROMISES.find(({ number }) => number === caughtBy);
      if (promise === undefined) throw new RangeError(`no promise ${caughtBy}`);
      expect(promise.broken(build(index))).not.toEqual([]);
    },
  );
});
