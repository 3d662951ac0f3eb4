/**
 * Goal: a control law does on the board what it did in the simulator, step by step, fuel included. Method: the built
 * laws in V8 and on the engine with the same random inputs; after each step the state hash and the fuel left must agree.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import { Qh64, qh64Text } from "../../host/protocol/qh64.ts";
import type { SignalTable } from "../../host/protocol/signals.ts";
import { METER, nameWord, Session } from "./session.ts";
import { root, Workshop } from "./toolchain.ts";

const LAWS = ["altitude-hold", "motor-speed", "rate-damper", "thermal-guard"];
const STEPS = 60;

const workshop = new Workshop();
let engine = "";
beforeAll(() => {
  engine = workshop.scriptProgram("sanitized");
}, 120_000);
afterAll(() => workshop.close());

interface LawExports {
  readonly memory: WebAssembly.Memory;
  readonly fuel: WebAssembly.Global;
  init(): void;
  step(): void;
}

/** The module's state as docs/module.md hashes it. Globals of the laws tried here are 32 or 64 bits wide. */
function stateHash(instance: WebAssembly.Instance, table: SignalTable): string {
  const { memory } = instance.exports as unknown as LawExports;
  const words = [...new Uint32Array(memory.buffer, 0, Math.ceil(table.stateSize / 8) * 2)];
  for (let n = 0; ; n++) {
    const global = instance.exports[`state.${n}`];
    if (!(global instanceof WebAssembly.Global)) break;
    const { value } = global as { value: number | bigint };
    if (typeof value === "bigint") words.push(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
    else words.push(value >>> 0);
  }
  const hash = new Qh64();
  hash.words(Uint32Array.from(words));
  hash.end(words.length);
  return qh64Text(hash.low, hash.high);
}

/** Random bits, and often numbers of ordinary size: NaN and infinities come up as well. */
function inputWord(random: () => number, type: string): number {
  const bits = random();
  if (type === "bool") return bits & 1;
  return (bits & 3) === 0 ? random() : ((bits & 0x807fffff) | (0x3e800000 + ((random() & 7) << 23))) >>> 0;
}

function hexOf(word: number): string {
  const bytes = new Uint8Array(Uint32Array.of(word).buffer);
  return Buffer.from(bytes).toString("hex");
}

function fly({ wasm, table }: BuiltModule, file: string): readonly (readonly [number, string])[] {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)));
  const law = instance.exports as unknown as LawExports;
  const session = new Session();
  const asked: (readonly [number, string])[] = [];
  let seed = 2026;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed ^ (seed >>> 15)) >>> 0;
  };
  session.ask(`load 0 ${file} ${METER.module}`);
  session.ask("fuel 0 1000000000");
  law.fuel.value = 1000000000;
  law.init();
  session.ask(`call 0 ${nameWord("init")}`);
  for (let step = 0; step < STEPS; step++) {
    const view = new DataView(law.memory.buffer);
    const poke = (address: number, word: number): void => {
      view.setUint32(address, word, true);
      session.ask(`poke 0 ${address} ${hexOf(word)}`);
    };
    for (const { address, validAddress, type } of table.inputs) {
      poke(address, inputWord(random, type));
      poke(validAddress, random() & 1);
    }
    if (table.frameAddress !== 0) poke(table.frameAddress, step);
    law.fuel.value = table.fuelBudget;
    session.ask(`fuel 0 ${table.fuelBudget}`);
    law.step();
    asked.push([session.ask(`call 0 ${nameWord("step")}`), "ok -"]);
    asked.push([session.ask("left 0"), `ok ${law.fuel.value}`]);
    asked.push([session.ask("hash 0"), `ok ${stateHash(instance, table)}`]);
  }
  session.run(engine);
  return asked.map(([at, expected]) => [at, `${session.answer(at)} | ${expected}`] as const);
}

describe("a control law", () => {
  it.each(LAWS)("%s has the same state and fuel after every step as in V8", async (name) => {
    const built = await buildLaw({ path: join(root, "firmware/control", `${name}.ts`) });
    const file = workshop.path(`${name}.wasm`);
    writeFileSync(file, built.wasm);
    for (const [at, both] of fly(built, file)) {
      const [found, expected] = both.split(" | ");
      expect(`${at} ${found}`).toBe(`${at} ${expected}`);
    }
  });
});
