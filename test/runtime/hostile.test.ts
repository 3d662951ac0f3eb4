/** Goal: no bytes, and no arena, bring the engine down. Method: target/hostile.c under address and undefined-behaviour sanitizers. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildKernel, figures, type KernelName } from "./kernels.ts";
import { run, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
afterAll(() => workshop.close());

describe("a module that is cut, damaged or short of memory", () => {
  it.each(["pid", "crc"] satisfies KernelName[])("is refused or runs within its bounds: %s", (name) => {
    const main = workshop.compile("sanitized", join(targetFolder, "hostile.c"));
    const program = workshop.link("sanitized", [...workshop.engine("sanitized"), main], "hostile");
    const found = figures(run(program, [buildKernel(workshop, name)]));
    expect([found.get("cut"), found.get("flip"), found.get("starve")]).toEqual([0, 0, 0]);
    expect(found.get("loaded")).toBeGreaterThan(0);
  });
});
