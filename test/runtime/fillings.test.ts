/**
 * Goal: the engine interface means the same whoever fills it. Method: kernels and control laws over every filling that is
 * there, on every core it runs on, against the hashes on record and against each other: state, fuel and answers after
 * every step. wasm3 is not ours: set WASM3_DIR to a clone of https://github.com/wasm3/wasm3 and it is one of them.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { FILLINGS, kernelProgram, lineProgram, moduleFile, type TestFilling } from "./fillings.ts";
import { buildKernel, figures, KERNEL_HASHES, KERNELS, type KernelName } from "./kernels.ts";
import { METER, nameWord, Session } from "./session.ts";
import { root, runOn, type TargetName, Workshop } from "./toolchain.ts";

const LAWS = ["altitude-hold", "rate-damper"] as const;
const STEPS = 20;

const workshop = new Workshop();
const kernels = new Map<KernelName, string>();
const laws = new Map<string, string>();
beforeAll(async () => {
  for (const name of KERNELS) kernels.set(name, buildKernel(workshop, name));
  for (const name of LAWS) {
    const { wasm } = await buildLaw({ path: join(root, "firmware/control", `${name}.ts`) });
    laws.set(name, moduleFile(workshop, name, wasm));
  }
}, 120_000);
afterAll(() => workshop.close());

const present = FILLINGS.filter(({ targets }) => targets.length > 0);
for (const { name } of FILLINGS.filter(({ targets }) => targets.length === 0))
  process.stderr.write(`${name} is not there: its adapter is not tried.\n`);

/** Answers to a law's steps, fuel, traps of the caller's own making, and how it ends without fuel. */
function flight(program: string, file: string): readonly string[] {
  const session = new Session();
  session.ask(`load 0 ${file} ${METER.module}`);
  const lines = ["fuel 0 1000000", `call 0 ${nameWord("init")}`, `call 0 ${nameWord("nothing of that name")}`];
  for (let step = 0; step < STEPS; step++) lines.push("fuel 0 20000", `call 0 ${nameWord("step")}`, "left 0", "hash 0");
  lines.push(`call 0 ${nameWord("step")} 1`, "resume 0", "fuel 0 3", `call 0 ${nameWord("step")}`);
  const asked = lines.map((line) => session.ask(line));
  session.run(program);
  return asked.map((at) => session.answer(at));
}

function fly(filling: TestFilling, name: string): readonly string[] {
  const file = laws.get(name) ?? "";
  const target = filling.targets[0] ?? "pc";
  return flight(lineProgram(workshop, filling, target, file), file);
}

describe.each(present)("$name", (filling) => {
  const boards = KERNELS.flatMap((name) => filling.targets.map((target) => [name, target] as const));

  it.each(boards)("gives the hash on record of %s on %s", (name: KernelName, target: TargetName) => {
    const program = kernelProgram(workshop, filling, target, kernels.get(name) ?? "");
    const printed = figures(runOn(target, program));
    expect(printed.get("hash")?.toString(16)).toBe(KERNEL_HASHES[name].toString(16));
  });

  it.each(LAWS)("has the same answers, state and fuel as the others after every step of %s", (name) => {
    const [first] = present;
    const expected = [...fly(first ?? filling, name)];
    // Out of fuel is a stop to the interpreter and a trap to the others: it cannot be resumed.
    expected[expected.length - 1] = filling.outOfFuel;
    expect(fly(filling, name)).toEqual(expected);
  });

  it("refuses a module that counts no fuel where it shall count", () => {
    const file = kernels.get("kf32") ?? "";
    const program = lineProgram(workshop, filling, filling.targets[0] ?? "pc", file);
    const session = new Session();
    const asked = session.ask(`load 0 ${file} ${METER.module}`);
    session.run(program);
    expect(session.answer(asked)).toMatch(/^refused -8 /);
  });
});
