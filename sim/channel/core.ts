import { QuorateError } from "../../host/errors.ts";
import { type CoreConfiguration, configurationWords, tableForCore } from "../../host/model/configuration.ts";
import { copyInto } from "../../host/model/copy.ts";
import { RX_SIZE } from "../../host/model/link-layout.ts";

/** Words of STEP_IN and STEP_OUT. */
export const STEP_IN = { selected: 0, valid: 16, frame: 32, dt: 33, base: 34 } as const;
export const STEP_OUT = { outputs: 0, hashLow: 8, hashHigh: 9, status: 10, fuel: 11 } as const;

/** X1, X3, and an X2 to each peer, with and without a relay. */
const BUILT_MAX = 8;
/** What `configure` refuses, by its negative status. */
const REFUSALS: Readonly<Record<number, string>> = {
  [-1]: "a signal table that begins with QSIG",
  [-2]: "a signal table of version 1",
  [-3]: "a signal table as long as its counts say, at most 8192 bytes",
  [-4]: "at most 16 inputs and 1 to 8 outputs",
  [-5]: "channel 0, 1 or 2",
  [-6]: "limits within their fields",
  [-7]: "windows that follow each other within the period",
  [-8]: "inputs of a known type and selection, with least <= greatest and no negative tolerance or rate",
  [-9]: "HOLD_FRAMES periods shorter than the fault-tolerant time interval that the law declares (ftti_us)",
};

type Call = (...words: number[]) => number;

/**
 * One instance of `core.wasm`, seen through typed arrays. It decides; the caller carries out its effects.
 *
 * ```ts
 * core.configure(config, tableBytes);
 * core.samples.set(words); core.samples[16] = fresh;
 * carryOut(core, core.begin(frame), hands);
 * ```
 */
export class Core {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** 4 words per effect of the last call. */
  readonly effects: Uint32Array;
  /** 16 samples, then the freshness bits. */
  readonly samples: Uint32Array;
  /** Selected values, and whether each is valid. */
  readonly selected: Uint32Array;
  readonly valid: Uint32Array;
  /** Frame number, dt bits, committed frame that is stepped from. */
  readonly stepping: Uint32Array;
  /** 8 output words, hash low and high, status, fuel. */
  readonly stepOut: Uint32Array;
  /** frame, driven, 8 outputs. */
  readonly line: Uint32Array;
  /** Where in `words` effects, samples, STEP_IN and STEP_OUT begin: the hot paths read everything through one array. */
  readonly effectsAt: number;
  readonly samplesAt: number;
  readonly stepInAt: number;
  readonly stepOutAt: number;
  /** The whole mutable state, as bytes and as words. */
  readonly state: Uint8Array;
  readonly stateWords: Uint32Array;
  readonly begin: (frame: number) => number;
  readonly advance: (timeUs: number) => number;
  readonly stepped: (timeUs: number) => number;
  readonly #receive: Call;
  readonly #configure: Call;
  readonly #hashLow: Call;
  readonly #hashHigh: Call;
  readonly #rx: Uint8Array;
  readonly #builtAt: number[] = [];
  readonly #builtSize: number[] = [];
  readonly #built: Uint8Array[] = [];
  readonly #copies: Uint8Array[] = [];
  readonly #config: number;
  readonly #table: number;

  constructor(module: WebAssembly.Module) {
    const exported = new WebAssembly.Instance(module, {}).exports;
    const memory = exported.memory as WebAssembly.Memory;
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    const at = (name: string) => Number((exported[name] as WebAssembly.Global).value);
    const view = (name: string, count: number) => new Uint32Array(memory.buffer, at(name), count);
    this.effects = view("EFFECTS", 256);
    this.samples = view("SAMPLES", 17);
    this.selected = view("STEP_IN", 16);
    this.valid = new Uint32Array(memory.buffer, at("STEP_IN") + 4 * STEP_IN.valid, 16);
    this.stepping = new Uint32Array(memory.buffer, at("STEP_IN") + 4 * STEP_IN.frame, 3);
    this.stepOut = view("STEP_OUT", 12);
    this.line = view("LINE", 10);
    this.effectsAt = at("EFFECTS") >>> 2;
    this.samplesAt = at("SAMPLES") >>> 2;
    this.stepInAt = at("STEP_IN") >>> 2;
    this.stepOutAt = at("STEP_OUT") >>> 2;
    this.state = new Uint8Array(memory.buffer, at("STATE"), at("STATE_SIZE"));
    this.stateWords = view("STATE", at("STATE_SIZE") >>> 2);
    this.#rx = new Uint8Array(memory.buffer, at("RX"), RX_SIZE);
    this.#config = at("CONFIG") >>> 2;
    this.#table = at("TABLE");
    this.begin = exported.begin as Call;
    this.advance = exported.advance as Call;
    this.stepped = exported.stepped as Call;
    this.#receive = exported.receive as Call;
    this.#configure = exported.configure as Call;
    this.#hashLow = exported.state_hash_low as Call;
    this.#hashHigh = exported.state_hash_high as Call;
  }

  /** Starts the core afresh. Throws `QuorateError` when it refuses. */
  configure(configuration: CoreConfiguration, table: Uint8Array): void {
    this.words.set(configurationWords(configuration), this.#config);
    const needed = tableForCore(table);
    this.bytes.set(needed, this.#table);
    const status = this.#configure(needed.length);
    if (status !== 0) throw refused(status);
  }

  /** Hands over a message, in another core's memory or elsewhere. Returns 0 or why it was refused. */
  receive(from: number, message: Uint8Array, flags: number, timeUs: number): number {
    const size = message.length | 0; // Spares a conversion: V8 counts the bytes of an array in 64 bits.
    copyInto(this.#rx, size <= RX_SIZE ? message : message.subarray(0, RX_SIZE));
    return this.#receive(from, size, flags, timeUs);
  }

  /** A copy of the message that this core built at an address. It builds few and always in the same places: each has one copy. */
  copyOf(at: number, size: number): Uint8Array {
    for (let i = 0; i < this.#builtAt.length; i += 1) {
      if (this.#builtAt[i] !== at || this.#builtSize[i] !== size) continue;
      const copy = this.#copies[i] as Uint8Array;
      copyInto(copy, this.#built[i] as Uint8Array);
      return copy;
    }
    const view = this.bytes.subarray(at, at + size);
    const copy = view.slice();
    if (this.#built.length < BUILT_MAX) {
      this.#builtAt.push(at);
      this.#builtSize.push(size);
      this.#built.push(view);
      this.#copies.push(copy);
    }
    return copy;
  }

  /** QH64 of the whole state as 16 hexadecimal digits. */
  stateHash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#hashHigh()) + hex(this.#hashLow());
  }
}

function refused(status: number): QuorateError {
  return new QuorateError({
    code: "core-refused",
    kind: "file",
    problem: "the channel core refused its configuration",
    expected: REFUSALS[status] ?? "a valid configuration",
    found: `status ${status}`,
    hint: "Build the control law again with quorate build.",
  });
}
