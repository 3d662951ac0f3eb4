/** wasm3 behind engine.h, where WASM3_DIR names a clone of https://github.com/wasm3/wasm3: its sources are not ours. */
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { runtimeFolder, SHARED_SOURCES, targetFolder, type Workshop } from "./toolchain.ts";

/** The folder of wasm3's C files; undefined when there is none. */
export function wasm3Sources(): string | undefined {
  const { WASM3_DIR } = process.env;
  const folder = WASM3_DIR === undefined ? undefined : join(WASM3_DIR, "source");
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

/** Objects of wasm3 and of our adapter for the PC. wasm3's C is not ours: it need not be free of warnings. */
export function wasm3Objects(workshop: Workshop, folder: string): readonly string[] {
  const engine = readdirSync(folder).filter((file) => /^m3_.*\.c$/.test(file) && !/wasi|libc|tracer/.test(file));
  const own = ["wasm3/adapter.c", ...SHARED_SOURCES].map((file) => join(runtimeFolder, file));
  return [...engine.map((file) => join(folder, file)), ...own].map((file) =>
    workshop.compileOnce("pc", file, ["-w", "-Wno-error", `-I${folder}`], `wasm3-${basename(file)}`),
  );
}

/** target/script.c over wasm3. */
export function wasm3Program(workshop: Workshop, folder: string): string {
  const main = workshop.compile("pc", join(targetFolder, "script.c"), [], "wasm3-script.c");
  return workshop.link("pc", [...wasm3Objects(workshop, folder), main, "-lm"], "wasm3");
}
