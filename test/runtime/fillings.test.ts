/**
 * Goal: the engine interface means the same whoever fills it. Method: every filling that is there is asked what a caller
 * may ask besides steps, which chain.test.ts compares. wasm3 is not ours: set WASM3_DIR to a clone
 * of https://github.com/wasm3/wasm3 and it is one of them.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { kernelBytes } from "../build/kernel-modules.ts";
import { FILLINGS, INTERPRETER, lineProgram, type NamedModule, type TestFilling } from "./fillings.ts";
import { METER, nameWord, Session } from "./session.ts";
import { root, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
const modules = new Map<string, NamedModule>();
beforeAll(async () => {
  const { wasm } = await buildLaw({ path: join(root, "firmware/control/rate-damper.ts") });
  modules.set("law", { name: "law", wasm });
  modules.set("unmetered", { name: "unmetered", wasm: await kernelBytes("kf32") });
  for (const { name, wasm: bytes } of modules.values()) writeFileSync(workshop.path(`${name}.wasm`), bytes);
}, 300_000);
afterAll(() => workshop.close());

const present = FILLINGS.filter(({ targets }) => targets.length > 0);
for (const { name } of FILLINGS.filter(({ targets }) => targets.length === 0))
  process.stderr.write(`${name} is not there: its adapter is not tried.\n`);

/** Answers to lines behind the one that loads a module; that one's own comes first. */
function converse(filling: TestFilling, name: string, lines: readonly string[]): readonly string[] {
  const module = modules.get(name);
  if (module === undefined) throw new Error(`no module ${name}`);
  const session = new Session();
  const load = `load 0 ${workshop.path(`${name}.wasm`)} ${METER.module}`;
  const asked = [load, ...lines].map((line) => session.ask(line));
  session.run(lineProgram(workshop, filling, module));
  return asked.map((at) => session.answer(at));
}

const step = `call 0 ${nameWord("step")}`;
/** Names that are not there, an argument that is not wanted, a call that is not open. */
const LINES = [
  ...["fuel 0 1000000", `call 0 ${nameWord("init")}`, `call 0 ${nameWord("nothing of that name")}`],
  ...[`get 0 ${nameWord("fuel")}`, `get 0 ${nameWord("nothing of that name")}`],
  ...["fuel 0 20000", step, "left 0", "hash 0", `${step} 1`, "resume 0", "left 0", "hash 0"],
];
const REFUSED = ["status -10", "status -10", "status -11", "status -12"];
/** Fuel that ends, and the wish to go on without any. */
const UNFUELLED = ["fuel 0 3", step, "resume 0"];

describe.each(present)("$name", (filling) => {
  it("answers a caller's mistakes as the interpreter does, and keeps fuel and state", () => {
    const said = converse(filling, "law", LINES);
    expect(said.filter((answer) => answer.startsWith("status"))).toEqual(REFUSED);
    expect(said.slice(-2)).toEqual(said.slice(-6, -4));
    expect(said.slice(1)).toEqual(converse(INTERPRETER, "law", LINES).slice(1));
  }, 300_000);

  it("stops where the fuel ends if it can go on, and traps if not", () => {
    const expected = filling.canStop ? ["status 1", "status 1"] : ["status -41", "status -12"];
    expect(converse(filling, "law", UNFUELLED).slice(-2)).toEqual(expected);
  }, 300_000);

  it("refuses a module that counts no fuel where it shall count", () => {
    expect(converse(filling, "unmetered", [])[0]).toMatch(/^refused -8 /);
  }, 300_000);
});
