import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuiltModule, buildLaw } from "../build/build.ts";
import { placeOfTrap } from "../build/law/source-places.ts";
import { nearWord } from "../model/near.ts";
import { Qh64, qh64Text } from "../model/qh64.ts";
import type { Signal, SignalRole } from "../model/signals.ts";
import { LawError } from "./law-error.ts";
import { type SignalValue, valueOfWord, wordOfValue } from "./signal-value.ts";
import { globalWords, type StateGlobal, setGlobalWords, stateGlobals } from "./state-globals.ts";

/** State of a law at one moment; opaque. */
export interface LawSnapshot {
  readonly memory: Uint8Array;
  readonly globals: readonly Uint32Array[];
  readonly frame: number;
}

/**
 * Builds a control law (or takes a built one) and makes it ready for tests: `init` has run, parameters have their defaults,
 * and all inputs are invalid until they are set.
 *
 * ```ts
 * const law = await loadLaw("law/thermostat.ts");
 * law.set({ temperature: 20 });
 * law.step();
 * expect(law.output("heater")).toBe(1);
 * ```
 *
 * A path is relative to the working directory; a `file:` URL works as well. Throws BuildError when the law is wrong.
 */
export async function loadLaw(law: string | URL | BuiltModule): Promise<LawUnderTest> {
  const path = law instanceof URL ? relative(process.cwd(), fileURLToPath(law)) : law;
  const built = typeof path === "string" ? await buildLaw({ path }) : path;
  return new LawUnderTest(built, await WebAssembly.compile(built.wasm as Uint8Array<ArrayBuffer>));
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly fuel: WebAssembly.Global;
  init(): void;
  step(): void;
}

/** One instance of a law. Signals go by name; a wrong name is answered with the nearest one. */
export class LawUnderTest {
  readonly module: BuiltModule;
  /** Number of the next frame. */
  frame = 0;
  /** Instructions that the last step ran. */
  fuelUsed = 0;
  readonly #exports: Exports;
  readonly #memory: DataView;
  readonly #signals = new Map<string, Signal>();
  readonly #globals: readonly StateGlobal[];

  constructor(built: BuiltModule, module: WebAssembly.Module) {
    const exports = new WebAssembly.Instance(module, {}).exports;
    this.module = built;
    this.#exports = exports as unknown as Exports;
    this.#memory = new DataView(this.#exports.memory.buffer);
    this.#globals = stateGlobals(built.wasm, exports);
    const { inputs, outputs, parameters, probes } = built.table;
    for (const signal of [...inputs, ...outputs, ...parameters, ...probes]) this.#signals.set(signal.name, signal);
    this.#exports.init();
  }

  /** Sets inputs and marks them valid. */
  set(values: Readonly<Record<string, SignalValue>>): void {
    for (const [name, value] of Object.entries(values)) {
      const signal = this.#signal(name, "input");
      this.#write(signal, value);
      this.#memory.setUint32(signal.validAddress, 1, true);
    }
  }

  /** Marks inputs invalid; without names, all of them. Their values stay, as they do in flight. */
  invalidate(...names: readonly string[]): void {
    const all = names.length === 0 ? this.module.table.inputs.map((each) => each.name) : names;
    for (const name of all) this.#memory.setUint32(this.#signal(name, "input").validAddress, 0, true);
  }

  /** Sets parameters. */
  tune(values: Readonly<Record<string, SignalValue>>): void {
    for (const [name, value] of Object.entries(values)) this.#write(this.#signal(name, "parameter"), value);
  }

  /** Runs frames with the inputs as they are. Throws LawError at the author's line when the law traps. */
  step(frames = 1): void {
    const { table } = this.module;
    for (let i = 0; i < frames; i += 1) {
      if (table.frameAddress !== 0) this.#memory.setUint32(table.frameAddress, this.frame, true);
      if (table.dtAddress !== 0) this.#memory.setFloat32(table.dtAddress, table.periodUs / 1e6, true);
      this.#exports.fuel.value = table.fuelBudget;
      try {
        this.#exports.step();
      } catch (error) {
        this.#trapped(error);
      }
      this.fuelUsed = table.fuelBudget - this.#fuelLeft();
      this.frame += 1;
    }
  }

  output(name: string): SignalValue {
    return this.#read(this.#signal(name, "output"));
  }

  /** All outputs by name. */
  outputs(): Record<string, SignalValue> {
    return Object.fromEntries(this.module.table.outputs.map((each) => [each.name, this.#read(each)]));
  }

  probe(name: string): SignalValue {
    return this.#read(this.#signal(name, "probe"));
  }

  parameter(name: string): SignalValue {
    return this.#read(this.#signal(name, "parameter"));
  }

  snapshot(): LawSnapshot {
    const memory = new Uint8Array(this.#exports.memory.buffer, 0, this.module.table.stateSize).slice();
    return { memory, globals: this.#globals.map(globalWords), frame: this.frame };
  }

  restore(snapshot: LawSnapshot): void {
    new Uint8Array(this.#exports.memory.buffer).set(snapshot.memory);
    for (const [i, words] of snapshot.globals.entries()) setGlobalWords(this.#globals[i] as StateGlobal, words);
    this.frame = snapshot.frame;
  }

  /** Memory that snapshots and hashes do not cover: a law must leave it alone, so it stays zero. */
  bytesBeyondState(): Uint8Array {
    return new Uint8Array(this.#exports.memory.buffer).slice(this.module.table.stateSize);
  }

  /** State hash, 16 hexadecimal digits (docs/module.md, "State hash"). */
  hash(): string {
    const words: number[] = [];
    const size = 8 * Math.ceil(this.module.table.stateSize / 8);
    for (let at = 0; at < size; at += 4) words.push(this.#memory.getUint32(at, true));
    const globals = this.#globals.flatMap((each) => globalWords(each));
    const hash = new Qh64();
    const count = hash.parts(Uint32Array.from(words)) + globals.length;
    hash.words(Uint32Array.from(globals));
    hash.end(count);
    return qh64Text(hash.low, hash.high);
  }

  #fuelLeft(): number {
    return Number(this.#exports.fuel.value);
  }

  #signal(name: string, role: SignalRole): Signal {
    const signal = this.#signals.get(name);
    if (signal?.role === role) return signal;
    const names = [...this.#signals.values()].filter((each) => each.role === role).map((each) => each.name);
    const near = nearWord(name, names);
    throw new LawError({
      code: "unknown-signal",
      problem: `${this.module.table.law} has no ${role} ${name}`,
      expected: names.length === 0 ? `no ${role} at all` : names.join(", "),
      found: signal === undefined ? name : `${name}, which is its ${signal.role}`,
      hint: near === undefined ? undefined : `Did you mean ${near}?`,
    });
  }

  #write(signal: Signal, value: SignalValue): void {
    this.#memory.setUint32(signal.address, wordOfValue(signal, value), true);
  }

  #read(signal: Signal): SignalValue {
    return valueOfWord(signal, this.#memory.getUint32(signal.address, true));
  }

  #trapped(error: unknown): never {
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    const isOutOfFuel = this.#fuelLeft() < 0;
    const place = placeOfTrap(error, this.module.places);
    throw new LawError({
      code: isOutOfFuel ? "out-of-fuel" : "trap",
      problem: isOutOfFuel ? "the step ran out of fuel" : `the law trapped: ${error.message}`,
      place: { file: place?.file, line: place?.line, column: place?.column, frame: this.frame },
      ...(isOutOfFuel ? { expected: `at most ${this.module.table.fuelBudget} instructions`, found: "more" } : {}),
      hint: isOutOfFuel ? "Raise fuel in @law, or do less in one step." : undefined,
      cause: error,
    });
  }
}
