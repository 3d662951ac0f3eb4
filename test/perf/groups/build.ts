/**
 * What `quorate build -O` is worth: WebAssembly instructions that one step really runs, counted one by one on an instrumented copy
 * (test/build/counting.ts), and the size of the code. Goals: docs/decisions/0201-the-build-optimises.md.
 */
import { join } from "node:path";
import { buildLaw } from "../../../host/build/build.ts";
import { optimise } from "../../../host/build/optimise/optimise.ts";
import { readModule, type WasmModule } from "../../../host/wasm/wasm-module.ts";
import { writeModule } from "../../../host/wasm/write-module.ts";
import { countInstructions, instanceOf } from "../../build/counting.ts";
import { fly } from "../../build/fly.ts";
import { KERNELS, kernelBytes, runKernel } from "../../build/kernel-modules.ts";
import { root } from "../../runtime/toolchain.ts";
import { type Figure, type Row, row } from "../row.ts";

const STEP_GOALS: Readonly<Record<string, Figure["goal"]>> = {
  kf32: { of: "value", atMost: 9000 },
  kf64: { of: "value", atMost: 9000 },
  crc: { of: "value", atMost: 6500 },
  pid: { of: "ratio", atMost: 1 },
  nop: { of: "ratio", atMost: 1 },
};

/** Code that is larger does not fit beside the engine: unrolling must stay modest. */
const SIZE_RATIO_MAX = 2;

function stepOf(module: WasmModule, hash: string): number {
  countInstructions(module);
  const found = runKernel(instanceOf(module));
  if (found.hash !== hash) throw new Error(`a kernel gives ${found.hash}, expected ${hash}`);
  return found.counted;
}

const LAWS = ["altitude-hold", "motor-speed", "rate-damper", "thermal-guard"];
const FRAMES = 1000;

/** Mean fuel of a step: the instructions it runs, NaN and bounds code included. */
async function fuelOf(law: string, isOptimised: boolean): Promise<number> {
  const path = join(root, "firmware/control", `${law}.ts`);
  const flown = fly(await buildLaw({ path, optimise: isOptimised }), FRAMES);
  return flown.reduce((sum, { fuel }) => sum + fuel, 0) / flown.length;
}

async function lawRow(law: string): Promise<Row> {
  return row({
    group: "build",
    name: `${law}: fuel of a step built with -O`,
    value: await fuelOf(law, true),
    unit: "instructions",
    peer: { name: "without -O", value: await fuelOf(law, false) },
    goal: { of: "ratio", atMost: 1 },
  });
}

export async function measure(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const law of LAWS) rows.push(await lawRow(law));
  for (const { name, hash } of KERNELS) {
    const bytes = await kernelBytes(name);
    const short = readModule(bytes);
    optimise(short);
    const size = writeModule(short, []).bytes.length;
    const goal = STEP_GOALS[name];
    rows.push(
      row({
        group: "build",
        name: `${name}: a step built with -O`,
        value: stepOf(short, hash),
        unit: "instructions",
        peer: { name: "without -O", value: stepOf(readModule(bytes), hash) },
        ...(goal === undefined ? {} : { goal }),
      }),
      row({
        group: "build",
        name: `${name}: module built with -O`,
        value: size,
        unit: "bytes",
        peer: { name: "without -O", value: bytes.length },
        goal: { of: "ratio", atMost: SIZE_RATIO_MAX },
      }),
    );
  }
  return rows;
}
