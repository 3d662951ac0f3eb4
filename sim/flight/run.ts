import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import { STOPPED } from "../../host/judge/gates.ts";
import { type CoreConfiguration, coreConfiguration, stageWords } from "../../host/model/configuration.ts";
import { EVENT } from "../../host/model/events.ts";
import { LINE_WORDS } from "../../host/model/line.ts";
import { wordOf } from "../../host/model/numbers.ts";
import type { Samples } from "../../host/model/samples.ts";
import type { Windows } from "../../host/model/windows.ts";
import type { SampleSource } from "../../host/trace/sampling/sample-source.ts";
import { Channel, type ChannelParts, type EventSink } from "../channel/channel.ts";
import { ChannelFaults, type ChannelState } from "../injection/channel-faults.ts";
import { LinkFaults } from "../injection/link-faults.ts";
import { SensorFaults } from "../injection/sensor-faults.ts";
import { Links } from "../world/links.ts";
import { Stage } from "../world/stage.ts";

/** A source whose world reacts: a plant takes the actuator command of each frame. */
export interface World extends SampleSource {
  actuate?(frame: number, outputs: Uint32Array): void;
}

export interface RunParts extends Omit<ChannelParts, "config"> {
  readonly stageModule: WebAssembly.Module;
}

export interface RunOptions {
  readonly parts: RunParts;
  readonly world: World;
  readonly faults: readonly ResolvedFault[];
  readonly windows: Windows;
  /** Baud rate of the links. */
  readonly baud: number;
  readonly holdFrames: number;
  /** More of the cores' configuration, where it is not the defaults of docs/core.md. */
  readonly core?: Partial<CoreConfiguration>;
  readonly onEvent: EventSink;
  /** What a channel cannot report itself: that it is reset, stops or goes on. */
  readonly onHost: HostSink;
}

/** Told of what the host knows of a channel. `text`: only where there is more to say than the code does. */
export type HostSink = (frame: number, code: number, subject: number, argument: number, text?: string) => void;

const KIND_X1 = 1;
const KIND_X2 = 2;
const KIND_X3 = 3;

/** What the run looks like after a frame. The views are reused by the next frame. */
export interface FrameView {
  readonly frame: number;
  /** Output stage's decision (sim/world/stage.ts). */
  readonly outcome: number;
  readonly channels: readonly Channel[];
  readonly stage: Stage;
  /** Samples as the channels saw them, faults included. */
  readonly samples: Samples;
}

/**
 * Three channels, their links and the output stage in virtual time, one frame a call.
 *
 * ```ts
 * const run = new Run(options);
 * for (let frame = 0; frame < frames; frame += 1) judge(run.step(frame));
 * ```
 *
 * The same options give the same bits. It draws nothing itself: every fault has its own seed and stream.
 */
export class Run {
  readonly channels: readonly Channel[];
  readonly stage: Stage;
  readonly links: Links;
  readonly sensorFaults: SensorFaults;
  readonly #channelFaults: ChannelFaults;
  readonly #world: World;
  readonly #windows: Windows;
  readonly #inputs: number;
  readonly #view: { -readonly [K in keyof FrameView]: FrameView[K] };
  /** A faulty line as the stage sees it. */
  readonly #badLine = new Uint32Array(LINE_WORDS);
  readonly #onHost: HostSink;
  /** Per channel why it does not run, 0 when it does. */
  readonly #stopped: number[] = [0, 0, 0];

  constructor(options: RunOptions) {
    const { parts, faults, windows, holdFrames, world } = options;
    const { table } = parts;
    const config = { ...options.core, windows, hold_frames: holdFrames };
    this.channels = [0, 1, 2].map((index) => new Channel(index, { ...parts, config }, options.onEvent));
    const safe = Uint32Array.from(table.outputs, (output) => wordOf(output.type, output.safe));
    this.stage = new Stage(parts.stageModule, stageWords(safe, coreConfiguration(config)));
    this.sensorFaults = new SensorFaults(faults, { inputs: table.inputs.length });
    this.#channelFaults = new ChannelFaults(faults);
    const linkFaults = new LinkFaults(faults, table);
    this.links = new Links(this.channels, linkFaults, { periodUs: table.periodUs, baud: options.baud });
    this.#onHost = options.onHost;
    this.#world = world;
    this.#windows = windows;
    this.#inputs = table.inputs.length;
    const samples = { words: new Uint32Array(3 * this.#inputs), fresh: new Uint16Array(3) };
    this.#view = { frame: 0, outcome: 0, channels: this.channels, stage: this.stage, samples };
  }

  /** Flies one frame. Frames must rise one by one. */
  step(frame: number): FrameView {
    const { samples } = this.#view;
    this.#world.sample(frame, samples);
    this.sensorFaults.apply(frame, samples);
    const view = this.stepOn(frame, samples);
    this.#world.actuate?.(frame, this.stage.outputs);
    return view;
  }

  /** Flies one frame on samples that the channels see as they are; the world is not asked. */
  stepOn(frame: number, samples: Samples): FrameView {
    const { channels, links } = this;
    const windows = this.#windows;
    for (let i = 0; i < 3; i += 1) this.#start(frame, channels[i] as Channel, samples);
    links.exchange(frame, KIND_X1, windows.x1OpenUs, windows.x1CloseUs);
    this.#close(frame, windows.x1CloseUs);
    links.exchange(frame, KIND_X2, windows.x1CloseUs, windows.x2CloseUs);
    this.#close(frame, windows.x2CloseUs);
    links.exchange(frame, KIND_X3, windows.stepCloseUs, windows.x3CloseUs);
    this.#close(frame, windows.x3CloseUs);
    this.#vote(frame);
    for (let i = 0; i < 3; i += 1) {
      const channel = channels[i] as Channel;
      if (channel.recordSize === 0 && this.#stopped[i] === 0) this.#unrecorded(frame, channel, samples);
    }
    return this.#view;
  }

  /** Takes over the whole state of another run of the same law and bench, which has flown to the same frame. */
  copyFrom(other: Run): void {
    for (let i = 0; i < 3; i += 1) {
      (this.channels[i] as Channel).copyFrom(other.channels[i] as Channel);
      this.#stopped[i] = other.#stopped[i] as number;
    }
    this.links.copyFrom(other.links);
    this.stage.copyFrom(other.stage);
  }

  /** Whether two runs are in the same state, so that they go on alike for ever. */
  equals(other: Run): boolean {
    return this.channels.every((channel, i) => channel.equals(other.channels[i] as Channel));
  }

  #start(frame: number, channel: Channel, samples: Samples): void {
    const { index } = channel;
    const state = this.#channelFaults.at(frame, index);
    if (state.reset) {
      channel.reset(frame);
      this.#stopped[index] = 0;
      this.#onHost(frame, EVENT.CHANNEL_RESET, index, 0);
    }
    const why = stopOf(state, channel);
    if (why !== this.#stopped[index]) this.#told(frame, index, why);
    if (why !== 0) {
      channel.stop(why === STOPPED.hung);
      return;
    }
    channel.running = true;
    for (let i = 0; i < state.flipCount; i += 1) flip(channel, state.flips[i] as (typeof state.flips)[number]);
    const fresh = samples.fresh[index] as number;
    channel.begin(frame, samples.words, index * this.#inputs, this.#inputs, fresh);
  }

  #told(frame: number, channel: number, why: number): void {
    this.#stopped[channel] = why;
    if (why === 0) this.#onHost(frame, EVENT.CHANNEL_RUNS, channel, 0);
    else this.#onHost(frame, EVENT.CHANNEL_STOPPED, channel, why);
  }

  /** A damaged core that has sent its samples, and trapped or went on without a record of them. */
  #unrecorded(frame: number, { index, crashed }: Channel, { words, fresh }: Samples): void {
    if (crashed === undefined) this.#onHost(frame, EVENT.RECORD_MISSING, index, 0);
    else {
      this.#stopped[index] = STOPPED.trapped;
      this.#onHost(frame, EVENT.CHANNEL_STOPPED, index, STOPPED.trapped, crashed);
    }
    for (let input = 0; input < this.#inputs; input += 1) {
      if ((((fresh[index] as number) >>> input) & 1) === 0) continue;
      this.#onHost(frame, EVENT.SAMPLE_SENT, index + 4 * input, words[index * this.#inputs + input] as number);
    }
  }

  /** A window closes: messages still on the wire that made it are handed over first. */
  #close(frame: number, timeUs: number): void {
    this.links.arrive(frame, timeUs);
    for (let i = 0; i < 3; i += 1) {
      const channel = this.channels[i] as Channel;
      if (channel.running) channel.advance(timeUs, this.#windows.stepCloseUs);
    }
  }

  #vote(frame: number): void {
    const { stage, channels } = this;
    const view = this.#view;
    for (let i = 0; i < 3; i += 1) {
      const channel = channels[i] as Channel;
      const state = this.#channelFaults.at(frame, i);
      stage.setLine(i, channel.core.line);
      if (state.badLine) {
        this.#badLine.set(channel.core.line);
        this.#channelFaults.line(frame, i, this.#badLine);
        stage.setLine(i, this.#badLine);
      }
      stage.gates[i] = channel.gateOn;
      stage.pulls[i] = channel.pulls | state.pulls;
      stage.running[i] = channel.running ? 1 : 0;
    }
    view.frame = frame;
    view.outcome = stage.step(frame);
  }
}

/** Why a channel does not run in this frame, 0 when it does. */
function stopOf(state: ChannelState, channel: Channel): number {
  if (channel.crashed !== undefined) return state.isOff ? STOPPED.noPower : STOPPED.trapped;
  if (state.running) return 0;
  return state.isOff ? STOPPED.noPower : STOPPED.hung;
}

function flip(channel: Channel, { target, address, bit }: { target: string; address: number; bit: number }): void {
  if (target === "module") channel.law.flip(address, bit);
  else channel.core.state[address] = (channel.core.state[address] as number) ^ (1 << bit);
}
