/**
 * Goal: the engine computes the same bits everywhere. Method: the kernels in V8, on the PC with two compilers and under
 * sanitizers, on a Cortex-M3 and an RV32 in QEMU; results and the state hash after them must be equal.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKernel, embed, figures, hashInV8, KERNEL_HASHES, KERNELS, type KernelName } from "./kernels.ts";
import { runOn, TARGETS, type TargetName, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
const modules = new Map<KernelName, string>();
beforeAll(() => {
  for (const name of KERNELS) modules.set(name, buildKernel(workshop, name));
}, 300_000);
afterAll(() => workshop.close());

function program(target: TargetName, name: KernelName, meter: string): string {
  const embedded = embed(workshop, modules.get(name) ?? "", name);
  const own = ["kernel_main.c", TARGETS[target].platform].map((file) =>
    workshop.compile(target, join(targetFolder, file), [`-DKERNEL_METER=${meter}`, '-DKERNEL_FILE="kernel_engine.c"']),
  );
  return workshop.link(
    target,
    [...workshop.engine(target), ...own, workshop.compile(target, embedded)],
    `${target}-${name}`,
  );
}

describe("the kernels", () => {
  it.each(KERNELS)("%s gives the hash on record in V8", (name) => {
    expect(hashInV8(modules.get(name) ?? "").toString(16)).toBe(KERNEL_HASHES[name].toString(16));
  });

  const states = new Map<KernelName, string>();
  it.each(Object.keys(TARGETS) as TargetName[])(
    "give their hashes and states on %s, metered and not",
    (target) => {
      for (const name of KERNELS) {
        for (const meter of ["RT_METER_NONE", "RT_METER_ENGINE"]) {
          const printed = figures(runOn(target, program(target, name, meter)));
          expect([name, meter, printed.get("hash")?.toString(16)]).toEqual([
            name,
            meter,
            KERNEL_HASHES[name].toString(16),
          ]);
          const state = `${printed.get("state_high")} ${printed.get("state_low")}`;
          expect([name, states.get(name) ?? state]).toEqual([name, state]);
          states.set(name, state);
        }
      }
    },
    300_000,
  );
});
