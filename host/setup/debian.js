import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, run, say, which } from "./say.js";

/**
 * @typedef {object} Tool
 * @property {string} name Debian package
 * @property {string} proof a command on the path, or an absolute path, that is there once the package is installed
 * @property {string} reason what it is for
 * @property {string} part folder of the project whose tests need it
 */

/** @type {(name: string, proof: string, reason: string, part?: string) => Tool} */
const tool = (name, proof, reason, part = "firmware/runtime") => ({ name, proof, reason, part });

/**
 * Everything outside npm that a test may need. A package is asked for only when its part of the project is there.
 * Recommended packages are not installed by themselves (clang's fill 300 MB), so the needed ones are listed.
 * @type {readonly Tool[]}
 */
export const TOOLS = [
  tool("wabt", "wasm-interp", "second opinion on every module (interpreter), and wasm2c", "host/build"),
  tool("gcc", "gcc", "builds the on-board engine for this PC"),
  tool("libc6-dev", "/usr/include/stdio.h", "C library of the PC builds"),
  tool("clang", "clang", "second compiler, sanitizers and fuzzer"),
  tool("libclang-rt-14-dev", "/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux", "clang's sanitizers and fuzzer"),
  tool("gcc-arm-none-eabi", "arm-none-eabi-gcc", "builds the engine for Cortex-M3"),
  tool("libnewlib-arm-none-eabi", "/usr/lib/arm-none-eabi/newlib", "C library of the Cortex-M3 images"),
  tool("gcc-riscv64-unknown-elf", "riscv64-unknown-elf-gcc", "builds the engine for RV32"),
  tool("picolibc-riscv64-unknown-elf", "/usr/lib/picolibc/riscv64-unknown-elf", "C library of the RV32 images"),
  tool("qemu-system-arm", "qemu-system-arm", "runs the Cortex-M3 images"),
  tool("qemu-system-misc", "qemu-system-riscv32", "runs the RV32 images"),
];

/**
 * The tools that the tests present need and this machine lacks.
 * @param {(part: string) => boolean} [isPart] is this part of the project there?
 * @param {(proof: string) => boolean} [isThere] is this command or file there?
 */
export function missingTools(isPart = (part) => existsSync(join(root, part)), isThere = isInstalled) {
  return TOOLS.filter(({ part, proof }) => isPart(part) && !isThere(proof));
}

/** @param {string} proof */
function isInstalled(proof) {
  return proof.startsWith("/") ? existsSync(proof) : which(proof) !== undefined;
}

/** @param {readonly Tool[]} tools */
export function aptArguments(tools) {
  return ["install", "-y", "--no-install-recommends", ...tools.map(({ name }) => name)];
}

/** Installs what is missing when we are root on a Debian; otherwise says the one command and ends the process with 1. */
export function ensureTools() {
  const missing = missingTools();
  if (missing.length === 0) return;
  say(`The tests need Debian packages that are not here (${missing.length}):`);
  for (const { name, reason } of missing) say(`  ${name.padEnd(30)} ${reason}`);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || which("apt-get") === undefined) {
    say("Install them and start again:");
    say(`  sudo apt-get update && sudo apt-get ${aptArguments(missing).join(" ")}`);
    process.exit(1);
  }
  say("Installing them with apt-get, as you are root ...");
  const quiet = { DEBIAN_FRONTEND: "noninteractive" };
  const update = run("apt-get", ["update"], quiet);
  const install = run("apt-get", aptArguments(missing), quiet);
  const still = missingTools().map(({ name }) => name);
  if (install === 0 && still.length === 0) return;
  say(`apt-get failed (update ${update}, install ${install}). Still missing: ${still.join(", ") || "nothing"}.`);
  process.exit(1);
}
