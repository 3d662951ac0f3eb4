/** Wrong versions of core and stage as `node host/setup/build.js mutants` made them, to see that the promises can be broken. */
import { readFileSync } from "node:fs";
import { firmwarePath } from "../channel/firmware.ts";
import type { Built } from "./promises.ts";

/** One line of the build's index (host/setup/build-mutants.js). */
interface BuiltMutant {
  readonly name: string;
  readonly module: "core" | "stage";
  readonly file: string;
}

function load(file: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(firmwarePath(`mutants/${file}`)));
}

/** Core and stage as the mutants' build makes them, nothing broken. */
export function unbroken(): Required<Built> {
  return { core: load("unbroken-core.wasm"), stage: load("unbroken-stage.wasm") };
}

/** The same with one rule broken. */
export function mutant(name: string): Required<Built> {
  const index = JSON.parse(readFileSync(firmwarePath("mutants/mutants.json"), "utf8")) as readonly BuiltMutant[];
  const found = index.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no mutant "${name}" was built`);
  return { ...unbroken(), [found.module]: load(found.file) };
}
