import { RECORD_FRAME } from "../../host/model/record.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import { Core, type CoreConfig, EFFECT, STEP_IN, STEP_OUT } from "./core.ts";
import { Law } from "./law.ts";

/** What a channel is made of; the three channels of a run share it. */
export interface ChannelParts {
  readonly coreModule: WebAssembly.Module;
  readonly lawModule: WebAssembly.Module;
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  /** Bytes of the signal table section. */
  readonly tableBytes: Uint8Array;
  readonly config: Omit<CoreConfig, "channel">;
  /** Raw word of each parameter, in table order. */
  readonly parameters: Uint32Array;
}

/** Told of every event a channel reports. */
export type EventSink = (frame: number, channel: number, code: number, subject: number, argument: number) => void;

/** Messages a channel wants sent in one part of a frame: at most one to each peer. */
const SENDS_MAX = 2;
const FRESH_WORD = 16;

/**
 * One channel: a core and a control law, and the carrying out of what the core asks for. It decides nothing.
 * Damage that stops the core itself (a trap after a bit flip) stops the channel: `crashed` says why.
 */
export class Channel {
  readonly index: number;
  readonly core: Core;
  law: Law;
  running = true;
  /** Sentence of the engine when the core trapped. */
  crashed: string | undefined;
  gate = 1;
  pulls = 0;
  /** Whether this frame's step was run, and the committed frame it was stepped from. */
  stepped = false;
  base = 0;
  /** The frame's record in the core's memory; size 0 when there is none yet. */
  recordAt = 0;
  recordSize = 0;
  /** Its details; size 0 when nothing is amiss. */
  detailAt = 0;
  detailSize = 0;
  sendCount = 0;
  readonly sendPeers = new Uint32Array(SENDS_MAX);
  /** In the core's memory: good until the core is called again. */
  readonly sends: Uint8Array[] = [];
  readonly #parts: ChannelParts;
  readonly #onEvent: EventSink;
  #frame = 0;

  constructor(index: number, parts: ChannelParts, onEvent: EventSink) {
    this.index = index;
    this.#parts = parts;
    this.#onEvent = onEvent;
    this.core = new Core(parts.coreModule);
    this.law = new Law(parts.lawModule, parts.wasm, parts.table);
    this.core.configure({ ...parts.config, channel: index }, parts.tableBytes);
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
    this.core.configure({ ...this.#parts.config, channel: this.index, frame, outside: true }, this.#parts.tableBytes);
    this.law = new Law(this.#parts.lawModule, this.#parts.wasm, this.#parts.table);
    this.#startLaw();
    this.crashed = undefined;
    this.running = true;
    this.gate = 0;
    this.pulls = 0;
  }

  /** No power, or a stopped processor: it sends nothing, and without power its gate falls off. */
  stop(hasPower: boolean): void {
    this.running = false;
    this.stepped = false;
    this.recordSize = 0;
    this.detailSize = 0;
    this.sendCount = 0;
    if (!hasPower) this.gate = 0;
  }

  /** Takes over the state of another channel of the same place, between two frames. */
  copyFrom(other: Channel): void {
    this.core.bytes.set(other.core.bytes);
    this.law.copyFrom(other.law);
    this.running = other.running;
    this.crashed = other.crashed;
    this.gate = other.gate;
    this.pulls = other.pulls;
    this.recordSize = 0;
    this.detailSize = 0;
    this.sendCount = 0;
  }

  /** Whether two channels go on alike from here. */
  equals(other: Channel): boolean {
    if (this.gate !== other.gate || this.running !== other.running || this.pulls !== other.pulls) return false;
    return areEqual(this.core.stateWords, other.core.stateWords) && this.law.equals(other.law);
  }

  begin(frame: number, samples: Uint32Array, first: number, inputs: number, fresh: number): void {
    const { words, samplesAt } = this.core;
    for (let i = 0; i < inputs; i += 1) words[samplesAt + i] = samples[first + i] as number;
    words[samplesAt + FRESH_WORD] = fresh;
    this.#frame = frame;
    this.stepped = false;
    this.recordSize = 0;
    this.detailSize = 0;
    this.sendCount = 0;
    try {
      this.#carryOut(this.core.begin(frame), 0);
    } catch (error) {
      this.#crash(error);
    }
  }

  /** Closes a window; a step that the core asks for is run at once and ends at `stepEndUs`. */
  advance(timeUs: number, stepEndUs: number): void {
    this.sendCount = 0;
    try {
      this.#carryOut(this.core.advance(timeUs), stepEndUs);
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

  #carryOut(count: number, stepEndUs: number): void {
    const { words, effectsAt } = this.core;
    for (let at = effectsAt; at < effectsAt + 4 * count; at += 4) {
      const first = words[at + 1] as number;
      const second = words[at + 2] as number;
      switch (words[at]) {
        case EFFECT.send:
          this.sendPeers[this.sendCount] = first;
          this.sends[this.sendCount] = this.core.built(second, words[at + 3] as number);
          this.sendCount += 1;
          break;
        case EFFECT.snapshot:
          this.law.snapshot(first);
          break;
        case EFFECT.restore:
          this.law.restore(first);
          break;
        case EFFECT.step:
          // The last effect of its call: `stepped` makes a new list.
          this.#carryOut(this.#step(stepEndUs), stepEndUs);
          return;
        case EFFECT.pull:
          this.pulls = first;
          break;
        case EFFECT.gate:
          this.gate = first;
          break;
        case EFFECT.record:
          this.#record(first, second, words[at + 3] as number);
          break;
        case EFFECT.event:
          this.#onEvent(this.#frame, this.index, first, second, words[at + 3] as number);
          break;
        default: // LINE: the stage reads the core's line where it lies.
          break;
      }
    }
  }

  #record(address: number, size: number, kind: number): void {
    if (kind === RECORD_FRAME) {
      this.recordAt = address;
      this.recordSize = size;
    } else {
      this.detailAt = address;
      this.detailSize = size;
    }
  }

  #step(stepEndUs: number): number {
    const { core, law } = this;
    const { words, stepInAt, stepOutAt } = core;
    law.setInputs(words, words, stepInAt + STEP_IN.selected, stepInAt + STEP_IN.valid);
    const status = law.step(words[stepInAt + STEP_IN.frame] as number, words[stepInAt + STEP_IN.dt] as number);
    law.getOutputs(words, stepOutAt + STEP_OUT.outputs);
    words[stepOutAt + STEP_OUT.hashLow] = law.hashLow;
    words[stepOutAt + STEP_OUT.hashHigh] = law.hashHigh;
    words[stepOutAt + STEP_OUT.status] = status;
    words[stepOutAt + STEP_OUT.fuel] = law.fuelUsed;
    this.stepped = true;
    this.base = words[stepInAt + STEP_IN.base] as number;
    return core.stepped(stepEndUs);
  }
}

function areEqual(one: Uint32Array, other: Uint32Array): boolean {
  for (let i = 0; i < one.length; i += 1) if (one[i] !== other[i]) return false;
  return true;
}
