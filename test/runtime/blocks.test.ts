/**
 * Goal: a run can be stopped at any block, carried to another engine and finished there, on every architecture.
 * Method: no fuel at all, so that every block stops; the snapshots of all stops are hashed, and the hashes, the results
 * and the final state must be the same on the PC, the Cortex-M3 and the RV32, and equal to V8's unbroken run.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildKernel, embed, figures, type KernelName } from "./kernels.ts";
import { runOn, TARGETS, type TargetName, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
afterAll(() => workshop.close());

function threeStepsInV8(module: string): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)));
  const { init, step } = exports as { init(): void; step(argument: number): number };
  init();
  let argument = 12345;
  let hash = 0;
  for (let i = 0; i < 3; i++) {
    argument = (Math.imul(argument, 1664525) + 1013904223) >>> 0;
    hash = (Math.imul(hash, 31) + step(argument >>> 8)) >>> 0;
  }
  return hash;
}

describe("a run stopped at every block", () => {
  // A stop copies the memory; of the longer kernels only some stops are carried over.
  const cases: readonly (readonly [KernelName, number])[] = [
    ["pid", 1],
    ["crc", 40],
    ["kf32", 40],
    ["kf64", 40],
  ];
  it.each(cases)(
    "finishes %s as if nothing had happened, and refuses damaged snapshots",
    (name, rarely) => {
      const module = buildKernel(workshop, name);
      const embedded = embed(workshop, module, name);
      const seen: ReadonlyMap<string, number>[] = [];
      for (const target of ["pc", "sanitized", "m3", "rv32"] satisfies TargetName[]) {
        const own = ["blocks.c", TARGETS[target].platform].map((file) =>
          workshop.compile(target, join(targetFolder, file), [`-DRARELY=${rarely}`]),
        );
        const objects = [...workshop.engine(target), ...own, workshop.compile(target, embedded)];
        seen.push(figures(runOn(target, workshop.link(target, objects, `blocks-${target}-${name}`))));
      }
      const [first] = seen;
      expect(first?.get("hash")?.toString(16)).toBe(threeStepsInV8(module).toString(16));
      expect(first?.get("stops")).toBeGreaterThan(3);
      expect(first?.get("accepted_damage")).toBe(0);
      for (const other of seen) expect(Object.fromEntries(other)).toEqual(Object.fromEntries(first ?? []));
    },
    300_000,
  );
});
