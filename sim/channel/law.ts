import { QuorateError } from "../../host/errors.ts";
import { copyInto } from "../../host/model/copy.ts";
import { wordOf } from "../../host/model/numbers.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import { type Companion, makeCompanion } from "./companion.ts";
import { globalTypes } from "./globals.ts";
import { stateTypes, stateWordsOf } from "./state-sizes.ts";

/** How a step ended; the numbers are those of `STEP_OUT` in docs/core.md. */
export const STEP_OK = 0;
export const STEP_TRAP = 1;
export const STEP_FUEL = 2;
export type StepStatus = typeof STEP_OK | typeof STEP_TRAP | typeof STEP_FUEL;

/** Snapshots are kept two deep (docs/core.md, SNAPSHOT). */
const SLOTS = 2;

/**
 * One instance of a control law in V8.
 *
 * ```ts
 * const law = new Law(await WebAssembly.compile(wasm), wasm, table);
 * law.init();
 * law.setInputs(words, valid);
 * if (law.step(0) === STEP_OK) use(law.outputs, law.hashLow, law.hashHigh);
 * ```
 *
 * Nothing is allocated after construction. All words are the raw 32 bits of a signal.
 */
export class Law {
  readonly table: SignalTable;
  /** Output words of the last step, in table order. Filled in by `step`. */
  readonly outputs: Uint32Array;
  /** Probe words of the last step, in table order, and the same as bytes. */
  readonly probes: Uint32Array;
  readonly probeBytes: Uint8Array;
  /** Fuel the last step used. */
  fuelUsed = 0;
  /** Sentence of the engine about the last trap, empty when there was none. */
  trapText = "";

  /** The module's whole linear memory as words; it never grows, so the view stays good. */
  readonly memory: Uint32Array;
  readonly #state: Uint32Array;
  readonly #globals: Globals;
  readonly #hashed = new Uint32Array(2);
  readonly #init: () => void;
  readonly #companion: Companion;
  readonly #inputs: readonly number[];
  readonly #valids: readonly number[];
  readonly #outputs: readonly number[];
  readonly #probes: readonly number[];
  readonly #frame: number;
  readonly #dt: number;
  readonly #dtBits: number;
  readonly #slots: readonly Slot[];

  constructor(module: WebAssembly.Module, wasm: Uint8Array, table: SignalTable) {
    const exported = new WebAssembly.Instance(module, {}).exports;
    this.table = table;
    this.#init = asFunction(exported, "init");
    const types = stateTypes(globalTypes(wasm));
    const globals = types.map((_, i) => [`state.${i}`, asGlobal(exported, `state.${i}`)] as const);
    const memory = exported.memory;
    if (!(memory instanceof WebAssembly.Memory)) throw missing("memory", "memory");
    this.memory = new Uint32Array(memory.buffer);
    this.#state = this.memory.subarray(0, stateWords(table, this.memory.length));
    const imports = {
      memory,
      step: asFunction(exported, "step"),
      fuel: asGlobal(exported, "fuel"),
      ...Object.fromEntries(globals),
    };
    this.#companion = makeCompanion(imports, types, this.#state.length);
    this.#globals = new Globals(this.#companion);
    this.#inputs = wordIndices(table.inputs.map((input) => input.address));
    this.#valids = wordIndices(table.inputs.map((input) => input.validAddress));
    this.#outputs = wordIndices(table.outputs.map((output) => output.address));
    this.#probes = wordIndices(table.probes.map((probe) => probe.address));
    this.#frame = table.frameAddress >>> 2;
    this.#dt = table.dtAddress >>> 2;
    this.#dtBits = wordOf("f32", table.periodUs * 1e-6);
    this.outputs = new Uint32Array(this.#outputs.length);
    this.probes = new Uint32Array(this.#probes.length);
    this.probeBytes = new Uint8Array(this.probes.buffer);
    this.#slots = Array.from({ length: SLOTS }, () => ({
      memory: new Uint32Array(this.#state.length),
      globals: new Uint32Array(this.#globals.count),
    }));
  }

  /** Bytes that `flip` reaches: the state in memory, then the words of the mutable globals. */
  get stateBytes(): number {
    return this.#state.byteLength + 4 * this.#globals.count;
  }

  /** State hash after the last `step`, `hash` or `restore` call: its two words. */
  get hashLow(): number {
    return this.#hashed[0] as number;
  }

  get hashHigh(): number {
    return this.#hashed[1] as number;
  }

  /** Brings the law to its first state. Call once, before parameters are set. */
  init(): void {
    this.#init();
    this.hash();
  }

  /** Sets one parameter, by its place in the table, to raw bits. */
  setParameter(index: number, word: number): void {
    const parameter = this.table.parameters[index];
    if (parameter === undefined) throw new RangeError(`no parameter ${index}`);
    this.memory[parameter.address >>> 2] = word;
  }

  /** Selected value and validity (0 or 1) of each input, from `at` and `validAt` on. */
  setInputs(words: Uint32Array, valid: Uint32Array, at: number = 0, validAt: number = 0): void {
    const memory = this.memory;
    for (let i = 0; i < this.#inputs.length; i += 1) {
      memory[this.#inputs[i] as number] = words[at + i] as number;
      memory[this.#valids[i] as number] = valid[validAt + i] as number;
    }
  }

  /** Copies the outputs of the last step that ended well. */
  getOutputs(into: Uint32Array, at: number): void {
    const outputs = this.outputs;
    for (let i = 0; i < this.#outputs.length; i += 1) into[at + i] = outputs[i] as number;
  }

  /** One frame. `dtBits` is dt as raw f32; left out it is the declared period. Outputs of a failed step are stale. */
  step(frame: number, dtBits: number = this.#dtBits): StepStatus {
    const memory = this.memory;
    if (this.#frame !== 0) memory[this.#frame] = frame;
    if (this.#dt !== 0) memory[this.#dt] = dtBits;
    let status: StepStatus = STEP_OK;
    let left: number;
    try {
      left = this.#companion.run(this.table.fuelBudget);
    } catch (error) {
      status = this.#failed(error);
      left = this.#companion.fuel();
      this.#companion.hash();
    }
    this.fuelUsed = this.table.fuelBudget - left;
    if (status === STEP_OK) {
      const { outputs, probes } = this;
      for (let i = 0; i < this.#outputs.length; i += 1) outputs[i] = memory[this.#outputs[i] as number] as number;
      for (let i = 0; i < this.#probes.length; i += 1) probes[i] = memory[this.#probes[i] as number] as number;
    }
    this.#takeHash();
    return status;
  }

  /** QH64 of the state into `hashLow` and `hashHigh` (docs/module.md, "State hash"). */
  hash(): void {
    this.#companion.hash();
    this.#takeHash();
  }

  #takeHash(): void {
    this.#hashed[0] = this.#companion.low();
    this.#hashed[1] = this.#companion.high();
  }

  /** Copies the state into slot 0 or 1. */
  snapshot(slot: number): void {
    const kept = this.#slot(slot);
    copyInto(kept.memory, this.#state);
    this.#globals.load(kept.globals);
  }

  /** Copies slot 0 or 1 back. The hash is that of the restored state afterwards. */
  restore(slot: number): void {
    const kept = this.#slot(slot);
    this.#state.set(kept.memory);
    this.#globals.store(kept.globals);
    this.hash();
  }

  /** Takes over memory, globals and snapshots of another instance. */
  copyFrom(other: Law): void {
    this.memory.set(other.memory);
    const words = new Uint32Array(this.#globals.count);
    other.#globals.load(words);
    this.#globals.store(words);
    for (const [i, slot] of this.#slots.entries()) {
      slot.memory.set(other.#slot(i).memory);
      slot.globals.set(other.#slot(i).globals);
    }
  }

  /** Whether two instances have the same state. Words that every step writes anew are state like any other. */
  equals(other: Law): boolean {
    for (let i = 0; i < this.#state.length; i += 1) if (this.#state[i] !== other.#state[i]) return false;
    const [mine, theirs] = [new Uint32Array(this.#globals.count), new Uint32Array(this.#globals.count)];
    this.#globals.load(mine);
    other.#globals.load(theirs);
    return mine.every((word, i) => word === theirs[i]);
  }

  /** Inverts one bit (0 to 7) of one byte of the state; addresses past the memory's part reach the globals. */
  flip(address: number, bit: number): void {
    if (address < 0 || address >= this.stateBytes || bit < 0 || bit > 7)
      throw new RangeError(`no bit ${address}.${bit}`);
    const mask = 1 << ((address & 3) * 8 + bit);
    const memoryBytes = this.#state.byteLength;
    if (address < memoryBytes) {
      this.#state[address >>> 2] = (this.#state[address >>> 2] as number) ^ mask;
      return;
    }
    const word = (address - memoryBytes) >>> 2;
    const words = new Uint32Array(this.#globals.count);
    this.#globals.load(words);
    words[word] = (words[word] as number) ^ mask;
    this.#globals.store(words);
  }

  #slot(slot: number): Slot {
    const kept = this.#slots[slot];
    if (kept === undefined) throw new RangeError(`no snapshot slot ${slot}`);
    return kept;
  }

  /** V8 reports a trap as RuntimeError and an exhausted native stack as RangeError; anything else is our own bug. */
  #failed(error: unknown): StepStatus {
    if (!(error instanceof WebAssembly.RuntimeError) && !(error instanceof RangeError)) throw error;
    this.trapText = error.message;
    return this.#companion.fuel() < 0 ? STEP_FUEL : STEP_TRAP;
  }
}

interface Slot {
  readonly memory: Uint32Array;
  readonly globals: Uint32Array;
}

/** The mutable globals `state.<n>` as words, low word of a 64-bit value first. */
class Globals {
  readonly count: number;
  readonly #companion: Companion;

  constructor(companion: Companion) {
    this.#companion = companion;
    this.count = companion.read.length;
  }

  load(words: Uint32Array): void {
    const { read } = this.#companion;
    for (let i = 0; i < read.length; i += 1) words[i] = (read[i] as () => number)();
  }

  store(words: Uint32Array): void {
    const { write } = this.#companion;
    for (let i = 0; i < write.length; i += 1) (write[i] as (word: number) => void)(words[i] as number);
  }
}

function stateWords(table: SignalTable, memoryWords: number): number {
  const words = stateWordsOf(table);
  if (words <= memoryWords) return words;
  throw new QuorateError({
    code: "state-beyond-memory",
    kind: "file",
    problem: "the signal table declares more state than the module has memory",
    expected: `at most ${memoryWords * 4} bytes`,
    found: `${table.stateSize} bytes`,
    hint: "Build the control law again with quorate build.",
  });
}

function wordIndices(addresses: readonly number[]): number[] {
  for (const address of addresses) if (address % 4 !== 0) throw new RangeError(`signal at odd address ${address}`);
  return addresses.map((address) => address >>> 2);
}

function asFunction(exported: WebAssembly.Exports, name: string): () => void {
  const found = exported[name];
  if (typeof found !== "function") throw missing(name, "function");
  return found as () => void;
}

function asGlobal(exported: WebAssembly.Exports, name: string): WebAssembly.Global {
  const found = exported[name];
  if (!(found instanceof WebAssembly.Global)) throw missing(name, "global");
  return found;
}

function missing(name: string, kind: string): QuorateError {
  return new QuorateError({
    code: "not-a-module",
    kind: "file",
    problem: "this WebAssembly file is not a built control law",
    expected: `an exported ${kind} named ${name}`,
    found: "none",
    hint: "Build the control law with quorate build.",
  });
}
