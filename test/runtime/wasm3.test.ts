/**
 * Goal: the adapter for wasm3 keeps the interface's contract. Method: kernels and a law through wasm3 and through our
 * interpreter. Needs wasm3's sources, which are not ours: set WASM3_DIR to a clone of https://github.com/wasm3/wasm3.
 */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { buildKernel, KERNEL_HASHES, KERNELS } from "./kernels.ts";
import { METER, nameWord, Session } from "./session.ts";
import { root, run, runtimeFolder, targetFolder, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
afterAll(() => workshop.close());

const { WASM3_DIR } = process.env;
const sources = WASM3_DIR === undefined ? undefined : join(WASM3_DIR, "source");

function wasm3Program(folder: string): string {
  const engine = readdirSync(folder).filter((file) => /^m3_.*\.c$/.test(file) && !/wasi|libc|tracer/.test(file));
  const own = ["wasm3/adapter.c", "hash.c", "texts.c"].map((file) => join(runtimeFolder, file));
  const program = workshop.path("wasm3");
  const files = [...engine.map((file) => join(folder, file)), ...own, join(targetFolder, "script.c")];
  run("gcc", ["-std=gnu11", "-O2", "-w", `-I${folder}`, `-I${runtimeFolder}`, ...files, "-lm", "-o", program]);
  return program;
}

/** Answers to 200 steps of a kernel, chained as in test/kernels. */
function kernelHash(program: string, module: string): number {
  const session = new Session();
  session.ask(`load 0 ${module} ${METER.none}`);
  session.ask(`call 0 ${nameWord("init")}`);
  let argument = 12345;
  const asked = Array.from({ length: 200 }, () => {
    argument = (Math.imul(argument, 1664525) + 1013904223) >>> 0;
    return session.ask(`call 0 ${nameWord("step")} ${(argument >>> 8).toString(16)}`);
  });
  session.run(program);
  return asked.reduce((hash, at) => (Math.imul(hash, 31) + Number(`0x${session.answer(at).slice(3)}`)) >>> 0, 0);
}

async function lawAnswers(program: string): Promise<readonly string[]> {
  const { wasm } = await buildLaw({ path: join(root, "firmware/control/rate-damper.ts") });
  const file = workshop.path("law.wasm");
  writeFileSync(file, wasm);
  const session = new Session();
  const lines = ["fuel 0 100000", `call 0 ${nameWord("init")}`];
  for (let step = 0; step < 10; step++) lines.push(`call 0 ${nameWord("step")}`, "left 0", "hash 0");
  const asked = [`load 0 ${file} ${METER.module}`, ...lines].map((line) => session.ask(line)).slice(1);
  session.run(program);
  return asked.map((at) => session.answer(at));
}

describe("wasm3 behind the engine interface", () => {
  it("runs kernels and a law as our interpreter does, or is absent and says so", async () => {
    if (sources === undefined || !existsSync(sources)) {
      process.stderr.write("WASM3_DIR names no wasm3: its adapter is not tried.\n");
      return;
    }
    const program = wasm3Program(sources);
    for (const name of KERNELS) expect(kernelHash(program, buildKernel(workshop, name))).toBe(KERNEL_HASHES[name]);
    expect(await lawAnswers(program)).toEqual(await lawAnswers(workshop.scriptProgram("pc")));
  });
});
