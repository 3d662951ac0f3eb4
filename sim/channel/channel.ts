import { type CoreChoices, coreConfiguration } from "../../host/model/configuration.ts";
import { RECORD_DETAIL, RECORD_FRAME } from "../../host/model/record.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import { carryOut, type Hands } from "./carry-out.ts";
import { Core, STEP_IN, STEP_OUT } from "./core.ts";
import { Law } from "./law.ts";

/** What a channel is made of; the three channels of a run share it. */
export interface ChannelParts {
  readonly coreModule: WebAssembly.Module;
  readonly lawModule: WebAssembly.Module;
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  /** Bytes of the signal table section. */
  readonly tableBytes: Uint8Array;
  readonly config: CoreChoices;
  /** Raw word of each parameter, in table order. */
  readonly parameters: Uint32Array;
}

/** Told of every event a channel reports. */
export type EventSink = (frame: number, channel: number, code: number, subject: number, argument: number) => void;

/** Messages a channel wants sent in one part of a frame: at most one to each peer. */
const SENDS_MAX = 2;
const FRESH_WORD = 16;

/**
 * One channel: a core, a control law, and the hands that carry out what the core asks for. It decides nothing.
 * Damage that stops the core itself (a trap after a bit flip) stops the channel and turns its gate off: `crashed` says why.
 */
export class Channel implements Hands {
  readonly index: number;
  readonly core: Core;
  law: Law;
  running = true;
  /** Sentence of the engine when the core trapped. */
  crashed: string | undefined;
  gateOn = 1;
  pulls = 0;
  /** The frame's record in the core's memory; size 0 when there is none yet. */
  recordAt = 0;
  recordSize = 0;
  /** Its details; size 0 when nothing is amiss. */
  detailAt = 0;
  detailSize = 0;
  sendCount = 0;
  readonly sendPeers = new Uint32Array(SENDS_MAX);
  /** Copies: before all of them are delivered, the core is called again. */
  readonly sends: Uint8Array[] = [];
  readonly #parts: ChannelParts;
  readonly #onEvent: EventSink;
  #frame = 0;
  /** When a step that is run now ends, us since the frame's start. */
  #stepEndUs = 0;

  constructor(index: number, parts: ChannelParts, onEvent: EventSink) {
    this.index = index;
    this.#parts = parts;
    this.#onEvent = onEvent;
    this.core = new Core(parts.coreModule);
    this.law = new Law(parts.lawModule, parts.wasm, parts.table);
    this.core.configure(coreConfiguration({ ...parts.config, channel: index }), parts.tableBytes);
    this.#startLaw();
  }

  #startLaw(): void {
    this.law.init();
    for (let i = 0; i < this.#parts.parameters.length; i += 1) {
      this.law.setParameter(i, this.#parts.parameters[i] as number);
    }
  }

  /** What power-on makes of it: until re-integration exists, a channel that starts during a run stays outside. */
  reset(frame: number): void {
    const { config, tableBytes } = this.#parts;
    const chosen = { ...config, channel: this.index, first_frame: frame, isOutside: true };
    this.core.configure(coreConfiguration(chosen), tableBytes);
    this.law = new Law(this.#parts.lawModule, this.#parts.wasm, this.#parts.table);
    this.#startLaw();
    this.crashed = undefined;
    this.running = true;
    this.gateOn = 0;
    this.pulls = 0;
  }

  /** No power, or a stopped processor: it sends nothing, and without power its gate falls off. */
  stop(hasPower: boolean): void {
    this.running = false;
    this.recordSize = 0;
    this.detailSize = 0;
    this.sendCount = 0;
    if (!hasPower) this.gateOn = 0;
  }

  /** Takes over the state of another channel of the same place, between two frames. */
  copyFrom(other: Channel): void {
    this.core.bytes.set(other.core.bytes);
    this.law.copyFrom(other.law);
    this.running = other.running;
    this.crashed = other.crashed;
    this.gateOn = other.gateOn;
    this.pulls = other.pulls;
    this.recordSize = 0;
    this.detailSize = 0;
    this.sendCount = 0;
  }

  /** Whether two channels go on alike from here. */
  equals(other: Channel): boolean {
    if (this.gateOn !== other.gateOn || this.running !== other.running || this.pulls !== other.pulls) return false;
    return areEqual(this.core.stateWords, other.core.stateWords) && this.law.equals(other.law);
  }

  begin(frame: number, samples: Uint32Array, first: number, inputs: number, fresh: number): void {
    const { words, samplesAt } = this.core;
    for (let i = 0; i < inputs; i += 1) words[samplesAt + i] = samples[first + i] as number;
    words[samplesAt + FRESH_WORD] = fresh;
    this.#frame = frame;
    this.recordSize = 0;
    this.detailSize = 0;
    this.sendCount = 0;
    try {
      carryOut(this.core, this.core.begin(frame), this);
    } catch (error) {
      this.#crash(error);
    }
  }

  /** Closes a window; a step that the core asks for is run at once and ends at `stepEndUs`. */
  advance(timeUs: number, stepEndUs: number): void {
    this.sendCount = 0;
    try {
      this.#stepEndUs = stepEndUs;
      carryOut(this.core, this.core.advance(timeUs), this);
    } catch (error) {
      this.#crash(error);
    }
  }

  receive(from: number, message: Uint8Array, flags: number, timeUs: number): void {
    try {
      this.core.receive(from, message, flags, timeUs);
    } catch (error) {
      this.#crash(error);
    }
  }

  #crash(error: unknown): void {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    this.crashed = error.message;
    this.stop(false);
  }

  send(peers: number, address: number, size: number): void {
    this.sendPeers[this.sendCount] = peers;
    this.sends[this.sendCount] = this.core.copyOf(address, size);
    this.sendCount += 1;
  }

  snapshot(slot: number): void {
    this.law.snapshot(slot);
  }

  restore(slot: number): void {
    this.law.restore(slot);
  }

  /** The stage reads the core's line where it lies. */
  line(): void {}

  pull(channels: number): void {
    this.pulls = channels;
  }

  gate(on: number): void {
    this.gateOn = on;
  }

  record(kind: number, address: number, size: number): void {
    if (kind === RECORD_FRAME) {
      this.recordAt = address;
      this.recordSize = size;
    } else if (kind === RECORD_DETAIL) {
      this.detailAt = address;
      this.detailSize = size;
    }
  }

  event(code: number, subject: number, argument: number): void {
    this.#onEvent(this.#frame, this.index, code, subject, argument);
  }

  step(): number {
    const { core, law } = this;
    const { words, stepInAt, stepOutAt } = core;
    law.setInputs(words, words, stepInAt + STEP_IN.selected, stepInAt + STEP_IN.valid);
    const status = law.step(words[stepInAt + STEP_IN.frame] as number, words[stepInAt + STEP_IN.dt] as number);
    law.getOutputs(words, stepOutAt + STEP_OUT.outputs);
    words[stepOutAt + STEP_OUT.hashLow] = law.hashLow;
    words[stepOutAt + STEP_OUT.hashHigh] = law.hashHigh;
    words[stepOutAt + STEP_OUT.status] = status;
    words[stepOutAt + STEP_OUT.fuel] = law.fuelUsed;
    return core.stepped(this.#stepEndUs);
  }
}

function areEqual(one: Uint32Array, other: Uint32Array): boolean {
  for (let i = 0; i < one.length; i += 1) if (one[i] !== other[i]) return false;
  return true;
}
