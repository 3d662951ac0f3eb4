/** The fillings of engine.h for tests: where each runs, what it is made of, and where it may differ. */
import { join } from "node:path";
import { aotObjects } from "./ahead.ts";
import { type TargetName, targetFolder, type Workshop } from "./toolchain.ts";
import { aotTrap } from "./traps.ts";
import { wasm3Objects, wasm3Sources } from "./wasm3.ts";

/** A module under a name that no other module of the workshop has. */
export interface NamedModule {
  readonly name: string;
  readonly wasm: Uint8Array;
}

export interface TestFilling {
  readonly name: string;
  /** Where it runs; none when it is not there. */
  readonly targets: readonly TargetName[];
  /** A call whose fuel is gone is a stop, from which it goes on, here or elsewhere; to the others it is a trap. */
  readonly canStop: boolean;
  /** The module is a part of the program, so that each has its own. */
  readonly isOneModule: boolean;
  /** Statuses that are meant by a trap's status. */
  traps(status: number): readonly number[];
  /** All that is linked besides the program's own objects. */
  objects(workshop: Workshop, target: TargetName, module: NamedModule): readonly string[];
}

/** C's own library of arithmetic; picolibc has it within the other. */
const mathOf = (target: TargetName): readonly string[] => (target === "rv32" ? [] : ["-lm"]);

export const INTERPRETER: TestFilling = {
  name: "the interpreter",
  targets: ["pc", "clang", "sanitized", "m3", "rv32"],
  canStop: true,
  isOneModule: false,
  traps: (status) => [status],
  objects: (workshop, target) => workshop.engine(target),
};

export const FILLINGS: readonly TestFilling[] = [
  INTERPRETER,
  {
    name: "a module compiled ahead of time",
    targets: ["pc", "m3", "rv32"],
    canStop: false,
    isOneModule: true,
    traps: aotTrap,
    objects: (workshop, target, { name, wasm }) => [...aotObjects(workshop, target, name, wasm), ...mathOf(target)],
  },
  {
    name: "wasm3",
    targets: wasm3Sources() === undefined ? [] : ["pc"],
    canStop: false,
    isOneModule: false,
    traps: (status) => [status],
    objects: (workshop, target) => [...wasm3Objects(workshop, wasm3Sources() ?? ""), ...mathOf(target)],
  },
];

/** A program that takes lines (target/script.c) over a filling on the PC. */
export function lineProgram(workshop: Workshop, filling: TestFilling, module: NamedModule): string {
  const main = workshop.compileOnce("pc", join(targetFolder, "script.c"));
  const name = `${module.name}-${filling.name.replaceAll(" ", "-")}`;
  return workshop.link("pc", [...filling.objects(workshop, "pc", module), main], name);
}
