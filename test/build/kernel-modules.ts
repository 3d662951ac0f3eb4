import { readFileSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { KERNEL_HASHES, type KernelName } from "../runtime/kernels.ts";
import { root } from "../runtime/toolchain.ts";

/** The kernels with the hash of 200 steps that every correct engine gives (test/kernels/README.md), as 8 digits. */
export const KERNELS = Object.entries(KERNEL_HASHES).map(([name, hash]) => ({
  name: name as KernelName,
  hash: hash.toString(16).padStart(8, "0"),
}));
const KERNEL_STEPS = 200;

const known = new Map<string, Promise<Uint8Array>>();

/** A kernel as AssemblyScript's own best optimisation leaves it (-O3). */
export function kernelBytes(name: string): Promise<Uint8Array> {
  const found = known.get(name) ?? compile(name);
  known.set(name, found);
  return found;
}

async function compile(name: string): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      `${name}.ts`,
      "--outFile=kernel.wasm",
      "-O3",
      "--runtime=stub",
      "--use=abort=",
      "--initialMemory=1",
      "--maximumMemory=1",
    ],
    {
      readFile: (file) => sourceOf(file),
      writeFile: (file, contents) => {
        if (file === "kernel.wasm" && contents instanceof Uint8Array) wasm = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || wasm === undefined) throw new Error(`${name}: ${error?.message} ${stderr.toString()}`);
  return wasm;
}

function sourceOf(file: string): string | null {
  try {
    return readFileSync(join(root, "test/kernels", file), "utf8");
  } catch {
    return null;
  }
}

/** Runs a kernel as the engines' figures do: input from a linear congruence, results into one hash of 8 digits. */
export function runKernel({ exports }: WebAssembly.Instance, steps = KERNEL_STEPS): { hash: string; counted: number } {
  const { init, step, counter } = exports as {
    init(): void;
    step(input: number): number;
    counter?: WebAssembly.Global;
  };
  init();
  const before = Number(counter?.value ?? 0);
  let input = 12_345;
  let hash = 0;
  for (let n = 0; n < steps; n += 1) {
    input = (Math.imul(input, 1_664_525) + 1_013_904_223) | 0;
    hash = (Math.imul(hash, 31) + step(input >>> 8)) | 0;
  }
  return { hash: (hash >>> 0).toString(16).padStart(8, "0"), counted: (Number(counter?.value ?? 0) - before) / steps };
}
