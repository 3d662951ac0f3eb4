import type { Command } from "commander";

/** One command of the command line. Its code is loaded only when it runs: `--help` must stay quick. */
export interface CommandEntry {
  readonly name: string;
  /** The same words as the command's own description; a test compares them. */
  readonly summary: string;
  readonly load: () => Promise<{ register(program: Command): void }>;
}

/** All commands there are, in the order of `--help`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "build",
    summary: "a control law becomes a module: bytes, hash, size, worst fuel, signals",
    load: () => import("./build.ts"),
  },
  {
    name: "sim",
    summary: "fly a control law on three voted channels, from a recording or a plant",
    load: () => import("./sim.ts"),
  },
  {
    name: "log",
    summary: "read voter logs: the story, single frames, figures, differences",
    load: () => import("./log.ts"),
  },
  {
    name: "init",
    summary: "a new project: law, unit test, trace, mapping, scenario",
    load: () => import("./init.ts"),
  },
  {
    name: "doctor",
    summary: "what is missing on this machine, what for, and how to get it",
    load: () => import("./doctor.ts"),
  },
];
