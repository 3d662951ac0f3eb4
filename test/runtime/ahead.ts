/** A module compiled ahead of time, for tests and benchmarks. */
import { join } from "node:path";
import { writeAot } from "../../host/build/aot/aot.ts";
import { runtimeFolder, SHARED_SOURCES, type TargetName, type Workshop } from "./toolchain.ts";

/** Objects of the AOT filling for a module. wabt's header and wasm2c's C are not ours: they need not be free of warnings. */
export function aotObjects(workshop: Workshop, target: TargetName, name: string, wasm: Uint8Array): readonly string[] {
  const folder = workshop.path(`aot-${target}-${name}`);
  const { source, flags } = writeAot(wasm, folder);
  const compiled = workshop.compile(target, source, ["-w", "-O2", `-I${folder}`, ...flags], `${name}-ahead`);
  // These know nothing of the module.
  const shared = ["aot/engine.c", ...SHARED_SOURCES].map((file) =>
    workshop.compileOnce(target, join(runtimeFolder, file), ["-O2"], `ahead-${file.replaceAll("/", "-")}`),
  );
  return [compiled, ...shared];
}
