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

/** How a module is tried. */
export interface Trial {
  /** Each function is called once with each; what a set lacks is 0. */
  readonly sets: readonly (readonly number[])[];
  /** Bytes of memory that are compared after every call. All of it is after the last. */
  readonly watchedBytes: number;
}

const ONE_CALL: Trial = { sets: [[]], watchedBytes: 0 };

/** One call in V8, and the numbers of the lines that ask the engine for the same. */
interface Call {
  /** What was called, for people. */
  readonly text: string;
  /** Bits of the result in hexadecimal, "-" without one, or the trap. */
  readonly said: string;
  readonly call: number;
  /** What V8's memory holds after it, in hexadecimal, when it is watched. */
  readonly memory: string;
  readonly peek: number | undefined;
}

interface Signature {
  readonly parameters: readonly string[];
  readonly result: string | undefined;
}

/** Signatures of exported functions, from the text: JavaScript does not tell them. */
function exportedTypes(text: string): ReadonlyMap<string, Signature> {
  const functions = new Map<string, Signature>();
  for (const [, name = "", head = ""] of text.matchAll(/\n \(func (\$\S+)([^\n]*)/g)) {
    const parameters = [...head.matchAll(/\(param (?:\$\S+ )?(\w+)\)/g)].map(([, type = ""]) => type);
    functions.set(name, { parameters, result: /\(result (\w+)\)/.exec(head)?.[1] });
  }
  const exported = new Map<string, Signature>();
  for (const [, name = "", target = ""] of text.matchAll(/\(export "([^"]*)" \(func (\$[^)\s]+)\)\)/g)) {
    const found = functions.get(target);
    if (found !== undefined) exported.set(name, found);
  }
  return exported;
}

/** @returns what V8 says to a call: bits, or the trap's words; undefined when it ran out of stack. */
function callInV8(call: (...values: unknown[]) => unknown, values: readonly unknown[], result: string | undefined) {
  try {
    return bitsOf(call(...values), result);
  } catch (error) {
    return error instanceof RangeError ? undefined : (error as Error).message;
  }
}

const hex = (memory: WebAssembly.Memory, count: number): string => Buffer.from(memory.buffer, 0, count).toString("hex");

/** @returns a sentence for the first difference, undefined when there is none, "skipped" when V8 ran out of stack. */
export function compareModule(program: string, module: string, { sets, watchedBytes } = ONE_CALL): string | undefined {
  const types = exportedTypes(readFileSync(module.replace(/wasm$/, "wat"), "utf8"));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)));
  const memory = Object.values(exports).find((value) => value instanceof WebAssembly.Memory);
  const watched = watchedBytes > 0 ? memory : undefined;
  const session = new Session();
  session.ask(`load 0 ${module} ${METER.none} 1048576`);
  const calls: Call[] = [];
  for (const [name, { parameters, result }] of types) {
    for (const set of sets) {
      const values = parameters.map((type, at) => (type === "i64" ? BigInt(set[at] ?? 0) : (set[at] ?? 0)));
      const said = callInV8(exports[name] as (...values: unknown[]) => unknown, values, result);
      if (said === undefined) return "skipped";
      const words = values.map((value, at) => bitsOf(value, parameters[at]));
      calls.push({
        text: `${name}(${values.join(", ")})`,
        said,
        call: session.ask(`call 0 ${nameWord(name)} ${words.join(" ")}`),
        memory: watched === undefined ? "" : hex(watched, watchedBytes),
        peek: watched === undefined ? undefined : session.ask(`peek 0 0 ${watchedBytes}`),
      });
    }
  }
  const last = memory === undefined ? undefined : session.ask(`peek 0 0 ${memory.buffer.byteLength}`);
  session.run(program);
  const loaded = session.answer(0);
  if (!loaded.startsWith("ok")) return `V8 takes the module, the engine says ${loaded}`;
  const difference = firstDifference(session, calls);
  if (difference !== undefined || memory === undefined || last === undefined) return difference;
  const at = differingByte(session.answer(last), hex(memory, memory.buffer.byteLength));
  return at === undefined ? undefined : `memory differs after all calls, first at ${at}`;
}

/** @returns the address of the first byte that is not what V8 has. */
function differingByte(answer: string, memory: string): number | undefined {
  const expected = `ok ${memory}`;
  if (answer === expected) return undefined;
  const digit = [...expected].findIndex((character, at) => answer[at] !== character);
  return Math.max(0, (digit - "ok ".length) >> 1);
}

function firstDifference(session: Session, calls: readonly Call[]): string | undefined {
  for (const { text, said, call, memory, peek } of calls) {
    const answer = session.answer(call);
    if (!agree(said, answer)) return `${text}: V8 says ${said}, the engine ${answer}`;
    const at = peek === undefined ? undefined : differingByte(session.answer(peek), memory);
    if (at !== undefined) return `${text}: memory differs after the call, first at ${at}`;
  }
  return undefined;
}
