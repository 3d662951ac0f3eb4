/** The kernels of test/kernels as modules, with the hashes that every correct engine gives. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root, run, type Workshop } from "./toolchain.ts";

/** Hash over 200 steps, for each kernel (test/kernels/README.md). */
export const KERNEL_HASHES = {
  nop: 0xff1a625d,
  pid: 0x12fb27f1,
  kf32: 0xf59ce8cd,
  kf64: 0xae928a73,
  crc: 0x094a56e9,
} as const;
export type KernelName = keyof typeof KERNEL_HASHES;
export const KERNELS = Object.keys(KERNEL_HASHES) as KernelName[];

const asc = join(dirname(createRequire(import.meta.url).resolve("assemblyscript/package.json")), "bin/asc.js");

/** Compiles a kernel for speed and returns the module's path. */
export function buildKernel(workshop: Workshop, name: KernelName): string {
  const output = workshop.path(`${name}.wasm`);
  const source = join(root, "test/kernels", `${name}.ts`);
  run(process.execPath, [asc, source, "-O3", "--runtime", "stub", "--use", "abort=", "-o", output]);
  return output;
}

/** A C file that holds a module as `module_bytes`, for programs that run without files. */
export function embed(workshop: Workshop, module: string, name: string, symbol = "module"): string {
  const bytes = readFileSync(module);
  const path = workshop.path(`${name}.c`);
  writeFileSync(
    path,
    `#include <stdint.h>\nextern const uint8_t ${symbol}_bytes[];\nextern const uint32_t ${symbol}_size;\n` +
      `const uint8_t ${symbol}_bytes[] __attribute__((aligned(4))) = {${[...bytes].join(",")}};\n` +
      `const uint32_t ${symbol}_size = ${bytes.length};\n`,
  );
  return path;
}

/** "name value" lines as a program on a board prints them. */
export function figures(text: string): ReadonlyMap<string, number> {
  const pairs = text.split("\n").map((line) => line.trim().split(" "));
  return new Map(
    pairs.filter(([, value]) => /^\d+$/.test(value ?? "")).map(([name = "", value]) => [name, Number(value)]),
  );
}

/** The same 200 steps in V8. */
export function hashInV8(module: string): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)));
  const { init, step } = exports as { init(): void; step(argument: number): number };
  init();
  let argument = 12345;
  let hash = 0;
  for (let i = 0; i < 200; i++) {
    argument = (Math.imul(argument, 1664525) + 1013904223) >>> 0;
    hash = (Math.imul(hash, 31) + step(argument >>> 8)) >>> 0;
  }
  return hash;
}
