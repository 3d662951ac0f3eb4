import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Command } from "commander";
import { QuorateError } from "../errors.ts";
import { painter, printJson } from "../output.ts";

/** Something outside npm that a part of Quorate uses. */
export interface Requirement {
  readonly name: string;
  /** Any one of these commands on the path serves. */
  readonly commands: readonly string[];
  /** What cannot be done without it. */
  readonly purpose: string;
  /** The package that brings it on Debian and its children; empty when none does. */
  readonly debian: string;
  /** Needed to build and simulate a control law. The rest only adds to that. */
  readonly isNeeded: boolean;
}

export interface Finding extends Requirement {
  readonly isFound: boolean;
  /** Where it is, or the version for Node. */
  readonly found: string | undefined;
}

/** package.json says the same in `engines`. */
const NODE_LEAST = "20.20.0";

const REQUIREMENTS: readonly Requirement[] = [
  optional("wabt interpreter", ["wasm-interp"], "a second opinion on a run: quorate sim --verify wabt", "wabt"),
  optional("wabt wasm2c", ["wasm2c"], "a control law as C: quorate build --aot", "wabt"),
  optional("C compiler", ["gcc", "clang", "cc"], "the on-board engine and firmware on this PC", "gcc"),
  optional("clang", ["clang"], "sanitizers and fuzzing of the on-board engine", "clang"),
  optional("Arm compiler", ["arm-none-eabi-gcc"], "firmware for Cortex-M boards", "gcc-arm-none-eabi"),
  optional("RISC-V compiler", ["riscv64-unknown-elf-gcc"], "firmware for RV32 boards", "gcc-riscv64-unknown-elf"),
  optional("QEMU for Arm", ["qemu-system-arm"], "Cortex-M boards without a board", "qemu-system-arm"),
  optional("QEMU for RISC-V", ["qemu-system-riscv32"], "RV32 boards without a board", "qemu-system-misc"),
];

function optional(name: string, commands: readonly string[], purpose: string, debian: string): Requirement {
  return { name, commands, purpose, debian, isNeeded: false };
}

/** The surroundings that are looked at; a test hands in its own. */
export interface Surroundings {
  /** As process.versions.node gives it. */
  readonly nodeVersion: string;
  /** Where a command is, or undefined. */
  readonly find: (command: string) => string | undefined;
}

/** Looks for Node and every requirement. */
export function examine({ nodeVersion, find }: Surroundings): Finding[] {
  const node: Finding = {
    name: "Node.js",
    commands: ["node"],
    purpose: `everything: at least ${NODE_LEAST}, from nodejs.org`,
    debian: "",
    isNeeded: true,
    isFound: isAtLeast(nodeVersion, NODE_LEAST),
    found: nodeVersion,
  };
  const others = REQUIREMENTS.map((requirement): Finding => {
    const found = requirement.commands.map(find).find((path) => path !== undefined);
    return { ...requirement, isFound: found !== undefined, found };
  });
  return [node, ...others];
}

/** The one command that brings everything missing, or undefined when nothing is. Debian's own Node.js is too old to help. */
export function remedy(findings: readonly Finding[]): string | undefined {
  const missing = findings.filter(({ isFound, debian }) => !isFound && debian !== "");
  const packages = [...new Set(missing.map(({ debian }) => debian))];
  return packages.length === 0 ? undefined : `sudo apt-get install ${packages.join(" ")}`;
}

function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split(".").map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function findOnPath(command: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function printTable(findings: readonly Finding[]): void {
  const paint = painter(process.stdout);
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, isFound, isNeeded, found, purpose } of findings) {
    const mark = isFound ? paint("green", "found  ") : paint(isNeeded ? "red" : "yellow", "missing");
    process.stdout.write(`${mark}  ${name.padEnd(width)}  ${isFound ? found : `for ${purpose}`}\n`);
  }
}

function doctor(options: { readonly json?: boolean }): void {
  const findings = examine({ nodeVersion: process.versions.node, find: findOnPath });
  const command = remedy(findings);
  const isReady = findings.every(({ isFound, isNeeded }) => isFound || !isNeeded);
  if (options.json === true) {
    const tools = findings.map(({ name, isFound, isNeeded, found, purpose, debian }) => {
      return { name, found: isFound, needed: isNeeded, where: found ?? null, purpose, debian };
    });
    printJson("doctor", { ready: isReady, tools, remedy: command ?? null });
  } else {
    printTable(findings);
    process.stdout.write(isReady ? "\nReady to build and simulate.\n" : "\nNot ready to build and simulate.\n");
    if (command !== undefined) process.stdout.write(`Everything missing, on Debian or Ubuntu:\n  ${command}\n`);
  }
  if (!isReady) {
    throw new QuorateError({
      code: "not-ready",
      kind: "expectation",
      problem: "this machine lacks what the main job needs",
      hint: "The table says what.",
    });
  }
}

/** `quorate doctor`: what is there, what is missing, what for. */
export function register(program: Command): void {
  program
    .command("doctor")
    .description("what is missing on this machine, what for, and how to get it")
    .option("--json", "print one JSON object")
    .action(doctor);
}
