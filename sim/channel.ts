import type { SignalTable } from "../host/protocol/signals.ts";
import { Core, type CoreConfig, EFFECT } from "./core.ts";
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
const STEP_OUT_HASH = 8;

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
    this.sendCount = 0;
    if (!hasPower) this.gate = 0;
  }

  begin(frame: number, words: Uint32Array, first: number, inputs: number, fresh: number): void {
    const samples = this.core.samples;
    for (let i = 0; i < inputs; i += 1) samples[i] = words[first + i] as number;
    samples[16] = fresh;
    this.#frame = frame;
    this.stepped = false;
    this.recordSize = 0;
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
    this.stop(true);
  }

  #carryOut(count: number, stepEndUs: number): void {
    const effects = this.core.effects;
    for (let i = 0; i < count; i += 1) {
      const at = i * 4;
      const first = effects[at + 1] as number;
      const second = effects[at + 2] as number;
      switch (effects[at]) {
        case EFFECT.send:
          this.sendPeers[this.sendCount] = first;
          this.sends[this.sendCount] = this.core.built(second, effects[at + 3] as number);
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
          this.recordAt = first;
          this.recordSize = second;
          break;
        case EFFECT.event:
          this.#onEvent(this.#frame, this.index, first, second, effects[at + 3] as number);
          break;
        default: // LINE: the stage reads the core's line where it lies.
          break;
      }
    }
  }

  #step(stepEndUs: number): number {
    const { core, law } = this;
    law.setInputs(core.selected, core.valid);
    const status = law.step(core.stepping[0] as number, core.stepping[1] as number);
    const out = core.stepOut;
    for (let i = 0; i < law.outputs.length; i += 1) out[i] = law.outputs[i] as number;
    out[STEP_OUT_HASH] = law.hashLow;
    out[STEP_OUT_HASH + 1] = law.hashHigh;
    out[STEP_OUT_HASH + 2] = status;
    out[STEP_OUT_HASH + 3] = law.fuelUsed;
    this.stepped = true;
    this.base = core.stepping[2] as number;
    return core.stepped(stepEndUs);
  }
}
