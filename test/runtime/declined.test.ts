/**
 * Goal: ahead of time nothing is taken that the interpreter refuses. Method: modules by hand, each offered to the
 * interpreter and to the reader in front of wasm2c; status, name and place must be those of the other.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aotDeclines, writeAot } from "../../host/build/aot/aot.ts";
import { IMPORTS, SEGMENT } from "../../host/wasm/declined.ts";
import { DECLINED_MODULES } from "./declined-modules.ts";
import { METER, Session } from "./session.ts";
import { run, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
let interpreter = "";
beforeAll(() => {
  interpreter = workshop.scriptProgram("pc");
}, 300_000);
afterAll(() => workshop.close());

let files = 0;
function assemble(text: string): string {
  const source = workshop.path(`d${files}.wat`);
  const output = workshop.path(`d${files}.wasm`);
  files += 1;
  writeFileSync(source, text);
  run("wat2wasm", ["--enable-all", "--no-check", source, "-o", output]);
  return output;
}

function load(module: string): string {
  const session = new Session();
  const asked = session.ask(`load 0 ${module} ${METER.none}`);
  session.run(interpreter);
  return session.answer(asked);
}

describe("a module that the interpreter declines", () => {
  it.each(DECLINED_MODULES)("is declined ahead of time by the same name: %s, %s", (feature, text) => {
    const module = assemble(text);
    expect(load(module)).toMatch(new RegExp(`^refused -4 \\d+ ${feature}$`));
    expect(aotDeclines(readFileSync(module))?.feature).toBe(feature);
    expect(() => writeAot(readFileSync(module), workshop.path("aot"))).toThrow(/does not take the module/);
  });

  it.each([
    ["-5", IMPORTS, '(module (import "a" "b" (func)))'],
    ["-9", SEGMENT, '(module (memory 1) (data (i32.const 65536) "a"))'],
    ["-9", SEGMENT, '(module (memory 1) (data (i32.const -1) "a"))'],
    ["-9", SEGMENT, "(module (table 1 funcref) (func) (elem (i32.const 1) 0))"],
  ])("is declined for another reason: %s, %s, %s", (status, reason, text) => {
    const module = assemble(text);
    expect(load(module)).toMatch(new RegExp(`^refused ${status} `));
    expect(aotDeclines(readFileSync(module))?.feature).toBe(reason);
  });

  it("is not one whose segments fill memory and table to the last byte", () => {
    const module = assemble(
      '(module (memory 1) (data (i32.const 65535) "a") (table 1 funcref) (func) (elem (i32.const 0) 0))',
    );
    expect(load(module)).toMatch(/^ok /);
    expect(aotDeclines(readFileSync(module))).toBeUndefined();
  });
});

/** A module behind whose sections a signal table stands. */
function withSignals(words: readonly number[], bytes: number, memory = "(memory 1)"): string {
  const name = Buffer.from("\u000fquorate.signals", "utf8");
  const body = Buffer.alloc(bytes);
  for (const [at, word] of words.entries()) body.writeUInt32LE(word, 4 * at);
  const module = assemble(`(module ${memory})`);
  const head = Buffer.from([0, name.length + bytes]);
  writeFileSync(module, Buffer.concat([readFileSync(module), head, name, body]));
  return module;
}

describe("a signal table", () => {
  const MAGIC = 0x47495351;
  const VERSION = 0x0040_0001;
  const PAGE = 65_536;

  it.each([
    ["has another magic", [MAGIC + 1, VERSION, 0, 0, 1024, 1024]],
    ["has another version", [MAGIC, VERSION + 1, 0, 0, 1024, 1024]],
    ["declares more than the memory", [MAGIC, VERSION, 0, 0, PAGE + 1, 1024]],
  ])("is refused by both when it %s", (_, words) => {
    const module = withSignals(words, 64);
    expect(load(module)).toMatch(/^refused -2 /);
    expect(() => writeAot(readFileSync(module), workshop.path("aot"))).toThrow(/no module that the engine takes/);
  });

  it.each([
    ["is too short to be one", [MAGIC], 8, PAGE, PAGE],
    ["declares less", [MAGIC, VERSION, 0, 0, 4092, 1020], 64, 4096, 1024],
    ["declares nothing", [MAGIC, VERSION, 0, 0, 0, 0], 64, PAGE, PAGE],
    ["declares more state than memory", [MAGIC, VERSION, 0, 0, 4096, 5000], 64, 4096, 4096],
  ])("gives both the same sizes when it %s", (_, words, bytes, memory, state) => {
    const module = withSignals(words, bytes);
    expect(load(module)).toMatch(new RegExp(`^ok \\d+ \\d+ ${memory}$`));
    writeAot(readFileSync(module), workshop.path("aot"));
    const written = readFileSync(workshop.path("aot/law.c"), "utf8");
    expect(written).toContain(`#define MODULE_MEMORY_BYTES ${memory}u`);
    expect(written).toMatch(new RegExp(`^const aot_law law_exports = .* ${state}};$`, "m"));
  });

  it("hides no kind of memory", () => {
    const module = withSignals([MAGIC, VERSION, 0, 0, 4096, 1024], 64, "(memory 1 1 shared)");
    expect(load(module)).toMatch(/^refused -4 \d+ threads$/);
    expect(aotDeclines(readFileSync(module))?.feature).toBe("threads");
  });
});
