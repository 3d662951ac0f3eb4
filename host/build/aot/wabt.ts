/** wabt's wasm2c on the path, and the header that its output includes. */
import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { BuildError } from "../law/build-error.ts";

export const RUNTIME_HEADER = "wasm-rt.h";
/** Where it lies, seen from the folder of wasm2c: installed, and in a tree that was built. */
const HEADER_PLACES = ["../include", "../wasm2c", "../../wasm2c", "../share/wabt/wasm2c", "."];
const GET_WABT =
  "Install it: apt-get install wabt, or put the folder of wasm2c on the path from a release of https://github.com/WebAssembly/wabt (1.0.32 or later).";

/**
 * Writes the C of a module, and its header beside it. `name` becomes a part of every name that C files share.
 * @throws BuildError `no-wasm2c`, or `wasm2c-failed` with what wasm2c said.
 */
export function translate({ source, output, name }: { source: string; output: string; name: string }): void {
  const { status, stderr, error } = spawnSync("wasm2c", [source, "-n", name, "-o", output], { encoding: "utf8" });
  if (error !== undefined) {
    throw new BuildError({
      code: "no-wasm2c",
      problem: "the module cannot be translated to C",
      place: { file: source },
      expected: "wabt's wasm2c on the path",
      found: error.message,
      hint: GET_WABT,
    });
  }
  if (status !== 0) {
    throw new BuildError({
      code: "wasm2c-failed",
      problem: "wasm2c refuses the module",
      place: { file: source },
      expected: "a translation",
      found: stderr.trim().slice(0, 500),
      hint: "Try another version of wabt; 1.0.32 to 1.0.41 are known to work.",
    });
  }
}

/**
 * The wasm-rt.h that belongs to the wasm2c on the path: another version's would not fit.
 * @throws BuildError `no-wasm-rt`
 */
export function runtimeHeader(source: string): string {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const tool = folders.map((folder) => join(folder, "wasm2c")).find((file) => existsSync(file));
  const places = tool === undefined ? [] : [tool, realpathSync(tool)].map((file) => dirname(file));
  const candidates = places.flatMap((place) => HEADER_PLACES.map((step) => join(place, step, RUNTIME_HEADER)));
  const found = candidates.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new BuildError({
    code: "no-wasm-rt",
    problem: "the header that wasm2c's output includes is missing",
    place: { file: source },
    expected: `${RUNTIME_HEADER} beside wasm2c or in ../include`,
    found: tool === undefined ? "no wasm2c on the path" : `none near ${tool}`,
    hint: GET_WABT,
  });
}
