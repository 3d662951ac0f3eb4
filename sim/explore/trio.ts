/**
 * Three bare cores, a law of a few words and the output stage, frame by frame, without simulator, links or clock. Every
 * message passes through hooks that may lose, change, delay or repeat it; one channel may be replaced by an adversary. Fast
 * enough to search tens of thousands of frames in a second.
 */
import { coreConfiguration } from "../../host/model/configuration.ts";
import { LINE_WORDS } from "../../host/model/line.ts";
import { carryOut, type Hands } from "../channel/carry-out.ts";
import { Core } from "../channel/core.ts";
import { BareStage } from "./bare-stage.ts";
import { fieldOf, localWord, SETTINGS } from "./core-layout.ts";
import { CORE, STAGE, WINDOWS } from "./tiny-table.ts";
import { type Delivery, type Hooks, type Impostor, lossBit, X1, X3 } from "./trio-hooks.ts";

export interface LawInputs {
  readonly selected: Uint32Array;
  readonly valid: Uint32Array;
  readonly frame: number;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** A control law whose whole state is two words. */
export type TinyLaw = (state: Uint32Array, inputs: LawInputs, out: Uint32Array) => void;

export type Sampler = (frame: number, channel: number, samples: Uint32Array) => void;

export interface TrioOptions {
  readonly core?: WebAssembly.Module;
  readonly stage?: WebAssembly.Module;
  readonly table: Uint8Array;
  readonly outputs?: number;
  readonly law: TinyLaw;
  readonly sample: Sampler;
  readonly first?: number;
  readonly holdFrames?: number;
  /** Settings to change after the cores were configured, by their field's name. */
  readonly settings?: Readonly<Record<string, number>>;
}

/** When each kind arrives, in us: in the middle of its window. */
const ARRIVAL = [0, 1000, 3000, 7000];
const CLOSE = [0, WINDOWS.x1CloseUs, WINDOWS.x2CloseUs, WINDOWS.x3CloseUs];
const HASH_AT = 8;
const MODULE_LOW = localWord("module_low");

interface Late {
  readonly to: number;
  readonly from: number;
  readonly delivery: Delivery;
}

export class Trio {
  readonly cores: readonly Core[];
  readonly stage: BareStage;
  /** State of each channel's law, and its snapshot. */
  readonly laws = [new Uint32Array(2), new Uint32Array(2), new Uint32Array(2)] as const;
  readonly snapshots = [new Uint32Array(2), new Uint32Array(2), new Uint32Array(2)] as const;
  readonly gates = [1, 1, 1];
  readonly pulls = [0, 0, 0];
  readonly running = [true, true, true];
  /** Engine's sentence where a core trapped. */
  readonly crashed: (string | undefined)[] = [undefined, undefined, undefined];
  /** Whether the channel stepped in the frame just flown. */
  readonly stepped = [false, false, false];
  /** A step that did not start from the state it committed: channel, or -1. */
  strayed = -1;
  /** Effects of the frame that were events: channel, code, subject, argument. */
  readonly events: number[] = [];
  /** Reason of each refusal in the frame: channel, peer, reason. */
  readonly refusals: number[] = [];
  /** Messages of the frame: kind - 1, then 3 * from + to. */
  readonly outbox: (Uint32Array | undefined)[][] = [[], [], []];
  frameNumber: number;
  readonly #first: number;
  readonly #law: TinyLaw;
  readonly #sample: Sampler;
  readonly #copies: Map<number, Uint32Array>[] = [new Map(), new Map(), new Map()];
  readonly #inputs: { selected: Uint32Array; valid: Uint32Array; frame: number }[];
  readonly #hands: readonly Hands[] = [0, 1, 2].map((channel) => this.#handsOf(channel));
  #hooks: Hooks = {};
  #late: Late[] = [];
  #kind = 0;

  constructor(options: TrioOptions) {
    this.#first = options.first ?? 0;
    this.frameNumber = this.#first;
    this.#law = options.law;
    this.#sample = options.sample;
    const holdFrames = options.holdFrames ?? 3;
    this.cores = [0, 1, 2].map((channel) => {
      const core = new Core(options.core ?? CORE);
      core.configure(
        coreConfiguration({ channel, windows: WINDOWS, first_frame: this.#first, hold_frames: holdFrames }),
        options.table,
      );
      for (const [name, value] of Object.entries(options.settings ?? {})) {
        core.words[(core.state.byteOffset + fieldOf(SETTINGS, name).at) >>> 2] = value;
      }
      return core;
    });
    this.#inputs = this.cores.map(({ selected, valid }) => ({ selected, valid, frame: 0 }));
    this.stage = new BareStage(options.stage ?? STAGE);
    this.stage.start(new Array<number>(options.outputs ?? 1).fill(0), holdFrames);
  }

  /** Flies one frame and returns the output stage's outcome. */
  frame(hooks: Hooks): number {
    const frame = this.frameNumber;
    this.events.length = 0;
    this.refusals.length = 0;
    this.strayed = -1;
    for (const box of this.outbox) box.length = 0;
    this.#kind = X1;
    for (let channel = 0; channel < 3; channel += 1) this.#begin(frame, channel, hooks);
    for (let kind = X1; kind <= X3; kind += 1) {
      if (hooks.impostor !== undefined) this.#impersonate(hooks.impostor, kind);
      this.#exchange(kind, hooks);
      this.#kind = kind + 1;
      for (let channel = 0; channel < 3; channel += 1) this.#advance(channel, CLOSE[kind] as number, hooks);
    }
    const outcome = this.#vote(frame, hooks);
    this.frameNumber = (frame + 1) >>> 0;
    return outcome;
  }

  /** Whether a core runs in this frame. */
  #runs(channel: number, hooks: Hooks): boolean {
    return this.running[channel] === true && hooks.impostor?.channel !== channel;
  }

  #begin(frame: number, channel: number, hooks: Hooks): void {
    this.stepped[channel] = false;
    if (!this.#runs(channel, hooks)) return;
    const core = this.cores[channel] as Core;
    this.#sample(frame, channel, core.samples);
    try {
      this.#carryOut(channel, core.begin(frame), hooks);
    } catch (error) {
      this.#crash(channel, error);
    }
  }

  #advance(channel: number, timeUs: number, hooks: Hooks): void {
    if (!this.#runs(channel, hooks)) return;
    const core = this.cores[channel] as Core;
    try {
      this.#carryOut(channel, core.advance(timeUs), hooks);
      if (timeUs === WINDOWS.x2CloseUs && hooks.overrun !== undefined) core.advance(WINDOWS.stepCloseUs);
    } catch (error) {
      this.#crash(channel, error);
    }
  }

  /** As docs/core.md has it ("Carrying out"): the gate is off, what was not yet delivered never is, pulls stay. */
  #crash(channel: number, error: unknown): void {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    this.crashed[channel] = error.message;
    this.running[channel] = false;
    this.gates[channel] = 0;
    for (const box of this.outbox) box.fill(undefined, 3 * channel, 3 * channel + 3);
  }

  #carryOut(channel: number, count: number, hooks: Hooks): void {
    this.#hooks = hooks;
    carryOut(this.cores[channel] as Core, count, this.#hands[channel] as Hands);
  }

  /** What one channel can do for its core. LINE is read where it lies, and nobody here wants a RECORD. */
  #handsOf(channel: number): Hands {
    return {
      send: (peers, at, size) => {
        for (let to = 0; to < 3; to += 1) {
          if (((peers >>> to) & 1) !== 0) this.post(this.#kind, channel, to, this.#copyOf(channel, at, size));
        }
      },
      snapshot: () => this.snapshots[channel]?.set(this.laws[channel] as Uint32Array),
      restore: () => this.laws[channel]?.set(this.snapshots[channel] as Uint32Array),
      step: () => this.#step(channel, this.#hooks),
      line: () => undefined,
      pull: (channels) => {
        this.pulls[channel] = channels;
      },
      gate: (on) => {
        this.gates[channel] = on;
      },
      record: () => undefined,
      event: (code, subject, argument) => this.events.push(channel, code, subject, argument),
    };
  }

  /** Copies: before all messages are delivered, their cores are called again. Each place in a core has one copy. */
  #copyOf(channel: number, at: number, size: number): Uint32Array {
    const { words } = this.cores[channel] as Core;
    const copies = this.#copies[channel] as Map<number, Uint32Array>;
    const key = at * 256 + size;
    const first = at >>> 2;
    let copy = copies.get(key);
    if (copy === undefined) {
      copy = words.slice(first, (at + size) >>> 2);
      copies.set(key, copy);
    }
    for (let i = 0; i < copy.length; i += 1) copy[i] = words[first + i] as number;
    return copy;
  }

  #step(channel: number, hooks: Hooks): number {
    const core = this.cores[channel] as Core;
    const law = this.laws[channel] as Uint32Array;
    const out = core.stepOut;
    this.#checkLineage(channel);
    const inputs = this.#inputs[channel] as { frame: number };
    inputs.frame = core.stepping[0] as number;
    this.#law(law, this.#inputs[channel] as LawInputs, out);
    if (((hooks.wrong ?? 0) >>> channel) & 1) {
      law[0] = (law[0] as number) + 1;
      out[0] = (out[0] as number) + 60;
    }
    out[HASH_AT] = law[0] as number;
    out[HASH_AT + 1] = law[1] as number;
    out[HASH_AT + 2] = hooks.stepStatus?.(channel) ?? 0;
    out[HASH_AT + 3] = 1;
    if (((hooks.overrun ?? 0) >>> channel) & 1) return 0;
    this.stepped[channel] = true;
    return core.stepped(hooks.stepEndUs?.(channel) ?? 5000);
  }

  /** The law must start from the state that was committed, or a dropped step was not taken back. */
  #checkLineage(channel: number): void {
    const { words, state } = this.cores[channel] as Core;
    const at = (state.byteOffset >>> 2) + MODULE_LOW;
    const law = this.laws[channel] as Uint32Array;
    if (words[at] === 0 && words[at + 1] === 0) return;
    if (words[at] !== law[0] || words[at + 1] !== law[1]) this.strayed = channel;
  }

  #impersonate(impostor: Impostor, kind: number): void {
    for (let to = 0; to < 3; to += 1) {
      if (to === impostor.channel) continue;
      const words = impostor.message(this, kind, to);
      if (words !== undefined) this.post(kind, impostor.channel, to, words);
    }
  }

  /** Puts a message on its link. A damaged core may send after the last window: nobody listens then. */
  post(kind: number, from: number, to: number, words: Uint32Array): void {
    const box = this.outbox[kind - 1];
    if (box !== undefined) box[3 * from + to] = words;
  }

  #exchange(kind: number, hooks: Hooks): void {
    const box = this.outbox[kind - 1] as (Uint32Array | undefined)[];
    for (let from = 0; from < 3; from += 1) {
      for (let to = 0; to < 3; to += 1) {
        const words = box[3 * from + to];
        if (words === undefined || !this.#runs(to, hooks)) continue;
        if (((hooks.lost ?? 0) & lossBit(kind, from, to)) !== 0) continue;
        const deliveries = hooks.deliver?.({ frame: this.frameNumber, kind, from, to, words });
        if (deliveries === undefined) this.#receiveWords(from, to, words, kind);
        else for (const delivery of deliveries) this.#deliver(kind, { from, to, delivery });
      }
    }
    this.#giveLate(kind);
  }

  #receiveWords(from: number, to: number, words: Uint32Array, kind: number): void {
    try {
      const core = this.cores[to] as Core;
      const reason = core.receive(from, bytesOf(words), 0, ARRIVAL[kind] as number);
      if (reason !== 0) this.refusals.push(to, from, reason);
    } catch (error) {
      this.#crash(to, error);
    }
  }

  #deliver(kind: number, late: Late): void {
    const { delivery } = late;
    const isNow = (delivery.frame ?? this.frameNumber) === this.frameNumber && (delivery.window ?? kind) === kind;
    if (!isNow) {
      this.#late.push({ ...late, delivery: { window: kind, frame: this.frameNumber, ...delivery } });
      return;
    }
    const { bytes } = delivery;
    const timeUs = delivery.timeUs ?? (ARRIVAL[kind] as number);
    try {
      const core = this.cores[late.to] as Core;
      const reason = core.receive(late.from, bytes, delivery.flags ?? 0, timeUs);
      if (reason !== 0) this.refusals.push(late.to, late.from, reason);
    } catch (error) {
      this.#crash(late.to, error);
    }
  }

  #giveLate(kind: number): void {
    if (this.#late.length === 0) return;
    const due = this.#late.filter(({ delivery }) => delivery.frame === this.frameNumber && delivery.window === kind);
    this.#late = this.#late.filter((late) => !due.includes(late) && (late.delivery.frame ?? 0) >= this.frameNumber);
    for (const late of due) if (this.running[late.to] === true) this.#deliver(kind, late);
  }

  #vote(frame: number, hooks: Hooks): number {
    const { stage } = this;
    for (let channel = 0; channel < 3; channel += 1) {
      const isImpostor = hooks.impostor?.channel === channel;
      const line = isImpostor ? hooks.impostor.line(this) : (this.cores[channel] as Core).line;
      for (let i = 0; i < LINE_WORDS; i += 1) stage.lines[channel * LINE_WORDS + i] = line[i] as number;
      stage.gates[channel] = isImpostor ? 1 : (this.gates[channel] as number);
      stage.pulls[channel] = isImpostor ? hooks.impostor.pulls : (this.pulls[channel] as number);
      stage.running[channel] = isImpostor || this.running[channel] === true ? 1 : 0;
    }
    return stage.step(frame);
  }
}
