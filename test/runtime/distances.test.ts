/**
 * Goal: no handler of the interpreter lies further from the first than its distance can say (config.h, `rt_label`):
 * compilers cut a longer one to 16 bits without a word. Method: the file that holds all of them is shorter than that.
 */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run, runtimeFolder, TARGETS, type TargetName, textBytes, Workshop } from "./toolchain.ts";

const DISTANCE_MAX = 0x7fff;

const workshop = new Workshop();
afterAll(() => workshop.close());

function hasDistances(target: TargetName): boolean {
  const { compiler, flags } = TARGETS[target];
  const defined = run(compiler, [...flags, "-E", "-dM", join(runtimeFolder, "config.h")]);
  return /^#define RT_DIRECT 1$/m.test(defined);
}

describe("a handler's distance", () => {
  const names = Object.keys(TARGETS) as TargetName[];

  it("fits 16 bits on every target that keeps it in them", () => {
    const targets = names.filter(hasDistances);
    expect(targets).toEqual(["m3", "rv32"]);
    for (const target of targets) {
      const object = workshop.engine(target).filter((path) => path.endsWith("/execute.c.o"));
      const bytes = textBytes(target, object);
      expect(bytes, target).toBeGreaterThan(0);
      expect(bytes, target).toBeLessThanOrEqual(DISTANCE_MAX);
    }
  });
});
