/**
 * Goal: the form that an instruction is given never changes what it does. Method: every load and store behind every
 * address that the translator may fold, compared with V8; one module in arenas that held something else before; and
 * calls by numbers that no function has.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { METER, nameWord, Session } from "./session.ts";
import { run, Workshop } from "./toolchain.ts";
import { agree, bitsOf } from "./v8-words.ts";

const workshop = new Workshop();
let program = "";
beforeAll(() => {
  program = workshop.scriptProgram("pc");
}, 120_000);
afterAll(() => workshop.close());

let files = 0;
function assemble(text: string): string {
  files += 1;
  const source = workshop.path(`form${files}.wat`);
  const output = workshop.path(`form${files}.wasm`);
  writeFileSync(source, text);
  run("wat2wasm", [source, "-o", output]);
  return output;
}

const LOADS = {
  i32: ["load", "load8_u", "load8_s", "load16_u", "load16_s"],
  i64: ["load", "load8_u", "load8_s", "load16_u", "load16_s", "load32_u", "load32_s"],
  f32: ["load"],
  f64: ["load"],
} as const;
const STORES = {
  i32: ["store", "store8", "store16"],
  i64: ["store", "store8", "store16", "store32"],
  f32: ["store"],
  f64: ["store"],
} as const;
/** A local, a result in its cell, and one that is only in the accumulator. */
const INDICES = ["(local.get 0)", "(i32.mul (local.get 0) (i32.const 1))", "(i32.xor (local.get 0) (i32.const 3))"];
/** 0 and 32 shift by nothing, 33 to 35 by the sizes that an access may shift by itself. */
const SHIFTS = [0, 1, 2, 3, 4, 32, 33, 34, 35];
const ADDRESSES = INDICES.flatMap((index) => [
  `(i32.add ${index} (i32.const 12))`,
  `(i32.sub ${index} (i32.const -7))`,
  ...SHIFTS.map((shift) => `(i32.shl ${index} (i32.const ${shift}))`),
  ...SHIFTS.map((shift) => `(i32.add (i32.shl ${index} (i32.const ${shift})) (i32.const 8))`),
]);
const TYPES = Object.keys(LOADS) as (keyof typeof LOADS)[];
const MEMORY_BYTES = 256;

describe("a load or a store", () => {
  it.each(TYPES)("of %s finds its address, whatever is folded into it", (type) => {
    const functions = ADDRESSES.flatMap((address) => [
      ...LOADS[type].map((op) => `(param i32) (result ${type}) (${type}.${op} ${address})`),
      ...LOADS[type].map((op) => `(param i32) (result ${type}) (${type}.${op} offset=3 ${address})`),
      ...STORES[type].map((op) => `(param i32) (${type}.${op} ${address} (${type}.const 1234567))`),
    ]);
    const bytes = Array.from({ length: MEMORY_BYTES }, (_, at) => `\\${(at % 0x7e).toString(16).padStart(2, "0")}`);
    const exported = functions.map((text, at) => `(func (export "${at}") ${text})`);
    const data = `(memory (export "memory") 1 1) (data (i32.const 0) "${bytes.join("")}")`;
    const module = assemble(`(module ${data} ${exported.join("\n")})`);

    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)));
    const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer, 0, MEMORY_BYTES);
    const session = new Session();
    session.ask(`load 0 ${module} ${METER.none}`);
    const asked = functions.map((text, at) => {
      const value = (exports[at] as (index: number) => unknown)(5);
      return {
        text,
        said: bitsOf(value, text.includes("result") ? type : undefined),
        held: Buffer.from(memory).toString("hex"),
        call: session.ask(`call 0 ${nameWord(String(at))} 5`),
        peek: session.ask(`peek 0 0 ${MEMORY_BYTES}`),
      };
    });
    session.run(program);
    const wrong = asked.filter(
      ({ said, held, call, peek }) => !agree(said, session.answer(call)) || session.answer(peek) !== `ok ${held}`,
    );
    expect(wrong.map(({ text }) => text)).toEqual([]);
  });
});

describe("the code of a module", () => {
  it("does not depend on what the arena held before: a place in a snapshot is a number of units", () => {
    const module = assemble(
      `(module (func (export "f") (param i32 i32) (result i32) (local i64)
        (local.set 0 (i32.mul (local.get 0) (local.get 1)))
        (local.set 2 (i64.const 0x123456789abcdef))
        (i32.and (local.get 0) (i32.const 255))))`,
    );
    const session = new Session();
    const asked = [0, 4, 8, 255].map((fill) => session.ask(`load 0 ${module} ${METER.none} 1024 65536 ${fill}`));
    session.run(program);
    const [first = "", ...others] = asked.map((at) => session.answer(at));
    expect(first).toMatch(/^ok /);
    for (const other of others) expect(other).toBe(first);
  });
});

describe("a call by number", () => {
  it("is refused for every number that no function has", () => {
    const module = assemble("(module (func))");
    const session = new Session();
    session.ask(`load 0 ${module} ${METER.none}`);
    const good = session.ask("number 0 0");
    const bad = [1, 0x7fffffff, 0xfffffffd, 0xfffffffe, 0xffffffff].map((number) => session.ask(`number 0 ${number}`));
    session.run(program);
    expect(session.answer(good)).toBe("ok -");
    for (const at of bad) expect(session.answer(at)).toBe("status -11");
  });
});
