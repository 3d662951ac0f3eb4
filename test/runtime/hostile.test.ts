/**
 * Goal: no bytes, no arena, no stack and no snapshot bring the engine down. Method: target/hostile.c and target/damaged.c
 * under address and undefined-behaviour sanitizers.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { buildText } from "../build/helpers.ts";
import { builtKernel } from "./chain/subjects.ts";
import { TRAPPING_LAW } from "./chain/trapping.ts";
import { buildKernel, figures, type KernelName } from "./kernels.ts";
import { root, run, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
const files = new Map<string, string>();
function keep(name: string, wasm: Uint8Array): void {
  const file = workshop.path(`${name.replaceAll(" ", "-")}.wasm`);
  writeFileSync(file, wasm);
  files.set(name, file);
}
beforeAll(async () => {
  for (const name of ["pid", "crc"] satisfies KernelName[]) files.set(name, buildKernel(workshop, name));
  keep("kf32 with fuel", await builtKernel("kf32"));
  keep("a law that calls", (await buildText(TRAPPING_LAW)).wasm);
  keep("a law that calls -O", (await buildText(TRAPPING_LAW, { optimise: true })).wasm);
  keep("rate-damper", (await buildLaw({ path: join(root, "firmware/control/rate-damper.ts") })).wasm);
}, 300_000);
afterAll(() => workshop.close());

function judge(program: string, module: string): ReadonlyMap<string, number> {
  const main = workshop.compileOnce("sanitized", join(targetFolder, `${program}.c`), [], program);
  const linked = workshop.link("sanitized", [...workshop.engine("sanitized"), main], program);
  return figures(run(linked, [files.get(module) ?? ""]));
}

describe("a module that is cut at every byte, flipped at every bit, or short of memory by any number of bytes", () => {
  it.each(["pid", "crc", "kf32 with fuel", "a law that calls", "rate-damper"])(
    "is refused, traps or runs within its bounds: %s",
    (name) => {
      const found = judge("hostile", name);
      const wrong = ["cut", "flip", "starve", "overflow"].map((what) => [what, found.get(what)]);
      expect(Object.fromEntries(wrong)).toEqual({ cut: 0, flip: 0, starve: 0, overflow: 0 });
      expect(found.get("loaded")).toBeGreaterThan(0);
      expect(found.get("least")).toBeGreaterThan(8);
    },
    300_000,
  );
});

describe("a snapshot that is cut at every byte, flipped at every bit, or forged", () => {
  it.each(["a law that calls", "a law that calls -O", "rate-damper"])(
    "is refused or kept within bounds: %s",
    (name) => {
      const found = judge("damaged", name);
      const wrong = ["status", "cut", "flip", "changed"].map((what) => [what, found.get(what)]);
      expect(Object.fromEntries(wrong)).toEqual({ status: 0, cut: 0, flip: 0, changed: 0 });
      // Whoever knows the hash can write any state, but not a place in the code that is no place to go on.
      expect(found.get("forged")).toBeGreaterThan(found.get("continued") ?? 0);
      expect(found.get("snapshots")).toBeGreaterThan(3);
    },
    300_000,
  );
});
