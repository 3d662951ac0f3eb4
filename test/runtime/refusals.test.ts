/** Goal: what the engine declines it names, with the place; what it runs it stops at its bounds. Method: modules by hand. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DECLINED_MODULES } from "./declined-modules.ts";
import { METER, nameWord, Session } from "./session.ts";
import { root, run, Workshop } from "./toolchain.ts";

const workshop = new Workshop();
let engine = "";
beforeAll(() => {
  engine = workshop.scriptProgram("sanitized");
}, 300_000);
afterAll(() => workshop.close());

let files = 0;
function assemble(text: string): string {
  const source = workshop.path(`m${files}.wat`);
  const output = workshop.path(`m${files}.wasm`);
  files += 1;
  writeFileSync(source, text);
  run("wat2wasm", ["--enable-all", "--no-check", source, "-o", output]);
  return output;
}

function talk(...lines: string[]): string[] {
  const session = new Session();
  const asked = lines.map((line) => session.ask(line));
  session.run(engine);
  return asked.map((at) => session.answer(at));
}

const load = (text: string, meter: number = METER.none): string => talk(`load 0 ${assemble(text)} ${meter}`)[0] ?? "";

describe("a module with a feature that the engine declines", () => {
  it.each(DECLINED_MODULES)("is refused by name: %s", (feature, text) => {
    const [verb, status, offset, ...name] = load(text).split(" ");
    expect([verb, status, name.join(" ")]).toEqual(["refused", "-4", feature]);
    expect(Number(offset)).toBeGreaterThan(8);
  });

  it("is refused when it imports", () => {
    expect(load('(module (import "a" "b" (func)))')).toMatch(/^refused -5 /);
  });

  it("is refused when a segment lies outside", () => {
    expect(load('(module (memory 1) (data (i32.const 65536) "a"))')).toMatch(/^refused -9 /);
    expect(load("(module (table 1 funcref) (elem (i32.const 1) 0) (func))")).toMatch(/^refused -9 /);
  });
});

describe("metering", () => {
  const loop = '(func (export "f") (loop (br 0)))';
  it("refuses a module without charges unless the caller allows it", () => {
    expect(load(`(module ${loop})`, METER.module)).toMatch(/^refused -8 /);
    expect(load(`(module (global (export "fuel") (mut i32) (i32.const 0)) ${loop})`, METER.engine)).toMatch(
      /^refused -8 /,
    );
  });

  it("stops an endless loop under the engine's own count, and again until there is fuel", () => {
    const file = assemble(`(module ${loop})`);
    const answers = talk(
      `load 0 ${file} ${METER.engine}`,
      "fuel 0 1000",
      `call 0 ${nameWord("f")}`,
      "resume 0",
      `call 0 ${nameWord("f")}`,
      "fuel 0 1000",
      "resume 0",
      "abandon 0",
      "resume 0",
    );
    expect(answers.slice(2)).toEqual(["status 1", "status 1", "status -12", "ok -", "status 1", "ok -", "status -12"]);
  });

  const charge = (n: number): string =>
    `global.get 0 i32.const ${n} i32.sub global.set 0 global.get 0 i32.const 0 i32.lt_s if unreachable end`;
  const metered = `(module (global (export "fuel") (mut i32) (i32.const 0)) (func (export "f") (param i32)
    ${charge(2)} (loop ${charge(5)} (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) ${charge(1)}))`;

  it.each([0, 1, 2, 6, 7, 11, 12, 13])(
    "with a module's charges stops where V8 traps, with %i units of fuel",
    (fuel) => {
      const file = assemble(metered);
      const instance = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
      const { f, fuel: global } = instance.exports as { f(n: number): void; fuel: WebAssembly.Global };
      global.value = fuel;
      let trapped = false;
      try {
        f(2);
      } catch {
        trapped = true;
      }
      const answers = talk(`load 0 ${file} ${METER.module}`, `fuel 0 ${fuel}`, `call 0 ${nameWord("f")} 2`, "left 0");
      expect(answers.slice(2)).toEqual([trapped ? "status 1" : "ok -", `ok ${global.value}`]);
    },
  );

  it("leaves a charge of another shape unfused and still stops", () => {
    const odd = metered.replaceAll("i32.const 5 i32.sub", "i32.const -5 i32.add");
    expect(load(odd, METER.module)).toMatch(/^refused -8 /);
  });
});

describe("running", () => {
  it("stops recursion at the end of its stack and goes on afterwards", () => {
    const text =
      '(module (func (export "f") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 5)))) (call 0 (i32.sub (local.get 0) (i32.const 1)))))';
    const call = (n: number): string => `call 0 ${nameWord("f")} ${n.toString(16)}`;
    const answers = talk(`load 0 ${assemble(text)} ${METER.none} 4096`, call(10), call(1_000_000), call(10));
    expect(answers.slice(1)).toEqual(["ok 5", "status -40", "ok 5"]);
  });

  it("needs the start function to have run and refuses wrong arguments", () => {
    const text =
      '(module (global (mut i32) (i32.const 1)) (start 0) (func i32.const 9 global.set 0) (func (export "f") (param i64 f32) (result i64) global.get 0 i64.extend_i32_u local.get 0 i64.add))';
    const answers = talk(
      `load 0 ${assemble(text)} ${METER.none}`,
      `call 0 ${nameWord("f")} ffffffff00000000 0`,
      `call 0 ${nameWord("f")} 1`,
      `call 0 ${nameWord("g")}`,
    );
    expect(answers.slice(1)).toEqual(["ok ffffffff00000009", "status -11", "status -10"]);
  });

  it("keeps floats that were only moved, and gives one NaN for those that were computed", () => {
    const text =
      '(module (memory 1) (func (export "moved") (param f32) (result f32) local.get 0) (func (export "sum") (param f32) (result f32) local.get 0 local.get 0 f32.add))';
    const answers = talk(
      `load 0 ${assemble(text)} ${METER.none}`,
      `call 0 ${nameWord("moved")} ffa00001`,
      `call 0 ${nameWord("sum")} ffa00001`,
    );
    expect(answers.slice(1)).toEqual(["ok ffa00001", "ok 7fc00000"]);
  });
});

describe("the state hash in C", () => {
  it("gives the vectors that all languages share", () => {
    const vectors = JSON.parse(readFileSync(join(root, "test/vectors/qh64.json"), "utf8")) as {
      words: { words?: number[]; hash: string }[];
      pieces: { words: number; hash: string }[];
    };
    const listed = vectors.words.filter((vector): vector is { words: number[]; hash: string } =>
      Array.isArray(vector.words),
    );
    const source = workshop.path("hash-main.c");
    const calls = listed.map(
      ({ words }) =>
        `{ const uint32_t w[] = {${[...words, 0].join("u,")}u}; rt_hash h; rt_hash_start(&h);` +
        ` for (uint32_t i = 0; i + 1u < sizeof w / sizeof w[0]; i++) rt_hash_word(&h, w[i]);` +
        ` printf("%016llx\\n", (unsigned long long)rt_hash_end(&h)); }`,
    );
    const pieces = vectors.pieces.map(
      ({ words }) =>
        `{ rt_hash h; rt_hash_parts(&h, (const uint8_t *)piece, 4u * ${words}u);` +
        ` printf("%016llx\\n", (unsigned long long)rt_hash_end(&h)); }`,
    );
    const generator =
      "static uint32_t piece[256]; static void fill(void) { uint32_t x = 12345u;" +
      " for (uint32_t i = 0; i < 256u; i++) piece[i] = x = x * 1664525u + 1013904223u; }";
    writeFileSync(
      source,
      `#include <stdio.h>\n#include "engine.h"\n${generator}\nint main(void) {\nfill();\n${[...calls, ...pieces].join("\n")}\nreturn 0; }\n`,
    );
    const program = workshop.link(
      "sanitized",
      [...workshop.engine("sanitized"), workshop.compile("sanitized", source)],
      "hash",
    );
    expect(run(program, []).trim().split("\n")).toEqual([...listed, ...vectors.pieces].map(({ hash }) => hash));
    expect(listed.length).toBeGreaterThan(5);
  });
});
