import { activeIn, type ResolvedFault, type SensorFault } from "../../host/faults/resolved-fault.ts";
import { numberOf, wordOf } from "../../host/model/numbers.ts";
import { Random } from "../../host/model/random.ts";
import type { Samples } from "../../host/model/samples.ts";

/** The sensor faults of a run, applied to each frame's samples before any channel sees them. Call with rising frames. */
export class SensorFaults {
  /** True when any sample of the run may differ from the clean run's. */
  readonly touchesSamples: boolean;
  readonly #faults: readonly SensorFault[];
  readonly #memories: readonly Memory[];
  readonly #random: readonly Random[];
  readonly #inputs: number;
  readonly #first: number;
  readonly #end: number;

  constructor(faults: readonly ResolvedFault[], { inputs }: { readonly inputs: number }) {
    this.#faults = faults.filter((fault) => fault.place === "sensor");
    this.#memories = this.#faults.map((fault) => new Memory(fault.mode.name === "old" ? fault.amount : 1));
    this.#random = this.#faults.map(({ seed }) => new Random(seed));
    this.#inputs = inputs;
    this.#first = Math.min(...this.#faults.map((fault) => fault.frame - memoryFrames(fault)));
    this.#end = Math.max(0, ...this.#faults.map((fault) => fault.end));
    this.touchesSamples = faults.some((fault) => fault.touchesSamples);
  }

  /** Forgets what frozen and old sensors kept: the next call may be frame 0 of another run. */
  reset(): void {
    for (const memory of this.#memories) memory.clear();
  }

  /** Changes the samples of one frame in place. */
  apply(frame: number, samples: Samples): void {
    if (frame < this.#first || frame >= this.#end) return;
    // All memories look first: an old sensor remembers the world, not the faults of others.
    for (let i = 0; i < this.#faults.length; i += 1) this.#remember(i, samples);
    for (let i = 0; i < this.#faults.length; i += 1) {
      const fault = this.#faults[i] as SensorFault;
      if (activeIn(fault, frame)) this.#hurt(i, frame, samples);
    }
  }

  /** Inputs of a channel whose sensors have no fault in this frame, as bits. */
  faultFree(frame: number, channel: number): number {
    let bits = (1 << this.#inputs) - 1;
    if (frame >= this.#end) return bits;
    for (let i = 0; i < this.#faults.length; i += 1) {
      const fault = this.#faults[i] as SensorFault;
      if (fault.channel !== channel || !activeIn(fault, frame)) continue;
      bits &= ~(1 << fault.input);
      if (fault.other >= 0) bits &= ~(1 << fault.other);
    }
    return bits;
  }

  #remember(index: number, samples: Samples): void {
    const fault = this.#faults[index] as SensorFault;
    const memory = this.#memories[index] as Memory;
    if (fault.mode.name !== "old" && fault.mode.name !== "freeze") return;
    const at = fault.channel * this.#inputs + fault.input;
    const fresh = ((samples.fresh[fault.channel] as number) >>> fault.input) & 1;
    memory.look(samples.words[at] as number, fresh);
  }

  #hurt(index: number, frame: number, samples: Samples): void {
    const fault = this.#faults[index] as SensorFault;
    const memory = this.#memories[index] as Memory;
    const random = this.#random[index] as Random;
    switch (fault.mode.name) {
      case "stuck":
        put(samples, fault, { word: wordOf(fault.signal.type, fault.amount), fresh: 1 });
        break;
      case "freeze":
        if (frame === fault.frame) memory.hold();
        put(samples, fault, memory.held);
        break;
      case "old":
        put(samples, fault, memory.old);
        break;
      case "drop":
        if (random.uniform(fault.stream, frame) < fault.amount) put(samples, fault, ABSENT);
        break;
      case "swap":
        swap(samples, fault, fault.channel * this.#inputs);
        break;
      default:
        this.#disturb(index, frame, samples);
    }
  }

  /** Faults that keep the reading and spoil it; a sensor that gives nothing has nothing to spoil. */
  #disturb(index: number, frame: number, samples: Samples): void {
    const fault = this.#faults[index] as SensorFault;
    if ((((samples.fresh[fault.channel] as number) >>> fault.input) & 1) === 0) return;
    const at = fault.channel * this.#inputs + fault.input;
    const value = this.#disturbed(index, frame, numberOf(fault.signal.type, samples.words[at] as number));
    samples.words[at] = wordOf(fault.signal.type, value);
  }

  #disturbed(index: number, frame: number, value: number): number {
    const fault = this.#faults[index] as SensorFault;
    switch (fault.mode.name) {
      case "offset":
        return value + fault.amount;
      case "drift":
        return value + fault.amount * (frame - fault.frame);
      case "scale":
        return value * fault.amount;
      case "noise":
        return value + fault.amount * (this.#random[index] as Random).gaussian(fault.stream, frame);
      default:
        throw new Error(`no sensor fault ${fault.mode.name}`);
    }
  }
}

function memoryFrames(fault: SensorFault): number {
  return fault.mode.name === "old" ? fault.amount : fault.mode.name === "freeze" ? 1 : 0;
}

interface Reading {
  word: number;
  fresh: number;
}

const ABSENT: Readonly<Reading> = { word: 0, fresh: 0 };

function put(samples: Samples, fault: SensorFault, reading: Readonly<Reading>): void {
  const { channel, input } = fault;
  const bit = 1 << input;
  const bits = samples.fresh[channel] as number;
  samples.words[channel * (samples.words.length / 3) + input] = reading.fresh === 1 ? reading.word : 0;
  samples.fresh[channel] = reading.fresh === 1 ? bits | bit : bits & ~bit;
}

function swap(samples: Samples, fault: SensorFault, base: number): void {
  const { words, fresh } = samples;
  const one = words[base + fault.input] as number;
  words[base + fault.input] = words[base + fault.other] as number;
  words[base + fault.other] = one;
  const bits = fresh[fault.channel] as number;
  const differ = ((bits >>> fault.input) ^ (bits >>> fault.other)) & 1;
  fresh[fault.channel] = bits ^ ((differ << fault.input) | (differ << fault.other));
}

/** What one sensor read in the last frames, for faults that show the past. */
class Memory {
  readonly #words: Uint32Array;
  readonly #fresh: Uint8Array;
  #looks = 0;
  /** What the frozen sensor shows. */
  readonly held: Reading = { word: 0, fresh: 0 };
  /** The reading of `age` frames ago. */
  readonly old: Reading = { word: 0, fresh: 0 };

  constructor(age: number) {
    this.#words = new Uint32Array(age);
    this.#fresh = new Uint8Array(age);
  }

  clear(): void {
    this.#fresh.fill(0);
    this.#looks = 0;
    this.held.fresh = 0;
    this.old.fresh = 0;
  }

  /** Takes this frame's reading in. */
  look(word: number, fresh: number): void {
    const slot = this.#looks % this.#words.length;
    this.old.word = this.#words[slot] as number;
    this.old.fresh = this.#fresh[slot] as number;
    this.#words[slot] = word;
    this.#fresh[slot] = fresh;
    this.#looks += 1;
  }

  /** Keeps the reading before this frame's, or this frame's when there was none. */
  hold(): void {
    const slot = (this.#looks - 1) % this.#words.length;
    const seen = this.old.fresh === 1;
    this.held.word = seen ? this.old.word : (this.#words[slot] as number);
    this.held.fresh = seen ? 1 : (this.#fresh[slot] as number);
  }
}
