/** The fillings of engine.h for tests: how each becomes a program, and where it may differ. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { aotObjects } from "./ahead.ts";
import { embed } from "./kernels.ts";
import { TARGETS, type TargetName, targetFolder, type Workshop } from "./toolchain.ts";
import { wasm3Objects, wasm3Sources } from "./wasm3.ts";

export interface TestFilling {
  readonly name: string;
  /** Where it runs; none when it is not there. */
  readonly targets: readonly TargetName[];
  /** Answer to a call whose fuel is gone. */
  readonly outOfFuel: string;
  /** Objects of the filling, of which a module is part when it is compiled ahead of time. */
  objects(workshop: Workshop, target: TargetName, module: string): readonly string[];
}

export const FILLINGS: readonly TestFilling[] = [
  {
    name: "the interpreter",
    // On all its targets in kernels.test.ts.
    targets: ["pc"],
    outOfFuel: "status 1",
    objects: (workshop, target) => workshop.engine(target),
  },
  {
    name: "a module compiled ahead of time",
    targets: ["pc", "m3", "rv32"],
    outOfFuel: "status -41",
    objects: (workshop, target, module) =>
      aotObjects(workshop, target, basename(module, ".wasm"), readFileSync(module)),
  },
  {
    name: "wasm3",
    targets: wasm3Sources() === undefined ? [] : ["pc"],
    outOfFuel: "status -41",
    objects: (workshop) => wasm3Objects(workshop, wasm3Sources() ?? ""),
  },
];

/** C's own libraries, where the filling's arithmetic needs one. */
const mathOf = (target: TargetName): readonly string[] => (target === "rv32" ? [] : ["-lm"]);

/** A program that runs a kernel (target/kernel_main.c) over a filling. */
export function kernelProgram(workshop: Workshop, filling: TestFilling, target: TargetName, module: string): string {
  const name = `${basename(module, ".wasm")}-${filling.name.replaceAll(" ", "-")}-${target}`;
  const main = ["kernel_main.c", TARGETS[target].platform].map((file) =>
    workshop.compileOnce(target, join(targetFolder, file), ['-DKERNEL_FILE="kernel_engine.c"']),
  );
  const embedded = workshop.compile(target, embed(workshop, module, basename(module, ".wasm")));
  const objects = [...filling.objects(workshop, target, module), ...main, embedded];
  return workshop.link(target, [...objects, ...mathOf(target)], `${name}.elf`);
}

/** A program that takes lines (target/script.c) over a filling; the module is in it where it has to be. */
export function lineProgram(workshop: Workshop, filling: TestFilling, target: TargetName, module: string): string {
  const main = workshop.compileOnce(target, join(targetFolder, "script.c"));
  const name = `${basename(module, ".wasm")}-${filling.name.replaceAll(" ", "-")}`;
  return workshop.link(target, [...filling.objects(workshop, target, module), main, ...mathOf(target)], name);
}

/** Puts a module into a file of the workshop. */
export function moduleFile(workshop: Workshop, name: string, wasm: Uint8Array): string {
  const file = workshop.path(`${name}.wasm`);
  writeFileSync(file, wasm);
  return file;
}
