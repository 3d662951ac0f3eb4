/**
 * One random module in V8 and in the engine. Modules come from binaryen's `wasm-opt -ttf`, which turns any bytes into a
 * valid module; its logging imports become empty functions here, its NaNs are taken out (their bits are V8's own choice),
 * and its memory cannot grow.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { METER, nameWord, Session } from "./session.ts";
import { run, type Workshop } from "./toolchain.ts";
import { agree, bitsOf } from "./v8-words.ts";

const binaryen = dirname(createRequire(import.meta.url).resolve("binaryen/package.json"));
const FEATURES = [
  ...["--mvp-features", "--enable-sign-ext", "--enable-nontrapping-float-to-int", "--enable-mutable-globals"],
  "--enable-bulk-memory-opt",
];
const DEFAULTS: Readonly<Record<string, string>> = {
  i32: "(i32.const 0)",
  i64: "(i64.const 0)",
  f32: "(f32.const 0)",
  f64: "(f64.const 0)",
};

/** Bytes from a seed, more of them for larger modules. */
export function randomBytes(seed: number, count: number): Uint8Array {
  let state = seed >>> 0;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

/** A valid module without imports; undefined when this seed gives none that is worth running. */
export function randomModule(workshop: Workshop, seed: number): string | undefined {
  const [input, text, output] = ["in", "wat", "wasm"].map((end) => workshop.path(`ttf-${seed}.${end}`)) as [
    string,
    string,
    string,
  ];
  writeFileSync(input, randomBytes(seed, 600 + (seed % 7) * 400));
  run(process.execPath, [join(binaryen, "bin/wasm-opt"), "-ttf", input, "--denan", ...FEATURES, "-S", "-o", text]);
  const own = readFileSync(text, "utf8")
    .replaceAll(/\(import "[^"]*" "[^"]*" \(func (\S+)([^\n]*)\)\)\n/g, (_all, name: string, type: string) => {
      const result = /\(result (\w+)\)/.exec(type)?.[1];
      return `(func ${name} ${type.trim()} ${result === undefined ? "" : (DEFAULTS[result] ?? "unreachable")})\n`;
    })
    .replaceAll(/\(memory (\S+) (\d+) \d+\)/g, "(memory $1 $2 $2)");
  if (own.includes("(import")) return undefined;
  writeFileSync(text, own);
  run(process.execPath, [join(binaryen, "bin/wasm-as"), text, ...FEATURES, "-o", output]);
  return output;
}

interface Outcome {
  readonly name: string;
  /** Bits of the result in hexadecimal, "-" without one, or the trap. */
  readonly said: string;
}

/** Signatures of exported functions, from the text: JavaScript does not tell them. */
function exportedTypes(text: string): ReadonlyMap<string, { parameters: string[]; result: string | undefined }> {
  const functions = new Map<string, { parameters: string[]; result: string | undefined }>();
  for (const [, name = "", head = ""] of text.matchAll(/\n \(func (\$\S+)([^\n]*)/g)) {
    const parameters = [...head.matchAll(/\(param (?:\$\S+ )?(\w+)\)/g)].map(([, type = ""]) => type);
    functions.set(name, { parameters, result: /\(result (\w+)\)/.exec(head)?.[1] });
  }
  const exported = new Map<string, { parameters: string[]; result: string | undefined }>();
  for (const [, name = "", target = ""] of text.matchAll(/\(export "([^"]*)" \(func (\$[^)\s]+)\)\)/g)) {
    const found = functions.get(target);
    if (found !== undefined) exported.set(name, found);
  }
  return exported;
}

/** @returns a sentence for the first difference, undefined when there is none, "skipped" when V8 ran out of stack. */
export function compareModule(program: string, module: string): string | undefined {
  const types = exportedTypes(readFileSync(module.replace(/wasm$/, "wat"), "utf8"));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)));
  const session = new Session();
  session.ask(`load 0 ${module} ${METER.none} 1048576`);
  const inV8: Outcome[] = [];
  for (const [name, { parameters, result }] of types) {
    const call = exports[name] as (...values: unknown[]) => unknown;
    session.ask(`call 0 ${nameWord(name)} ${parameters.map(() => "0").join(" ")}`);
    try {
      inV8.push({ name, said: bitsOf(call(...parameters.map((type) => (type === "i64" ? 0n : 0))), result) });
    } catch (error) {
      if (error instanceof RangeError) return "skipped";
      inV8.push({ name, said: (error as Error).message });
    }
  }
  const memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory) as
    | WebAssembly.Memory
    | undefined;
  const peek = memory === undefined ? undefined : session.ask(`peek 0 0 ${memory.buffer.byteLength}`);
  session.run(program);
  if (!session.answer(0).startsWith("ok")) return `V8 takes the module, the engine says ${session.answer(0)}`;
  const different = inV8.find(({ said }, at) => !agree(said, session.answer(at + 1)));
  if (different !== undefined) {
    return `${different.name}: V8 says ${different.said}, the engine ${session.answer(inV8.indexOf(different) + 1)}`;
  }
  if (memory === undefined || peek === undefined) return undefined;
  const isEqual = session.answer(peek) === `ok ${Buffer.from(memory.buffer).toString("hex")}`;
  return isEqual ? undefined : "memory differs after all calls";
}
