import type { ResolvedFault } from "../../host/faults/resolve-faults.ts";
import { wordOf } from "../../host/model/numbers.ts";
import type { Samples } from "../../host/model/samples.ts";
import type { Windows } from "../../host/model/windows.ts";
import type { SampleSource } from "../../host/trace/sampling/sample-source.ts";
import { Channel, type ChannelParts, type EventSink } from "../channel/channel.ts";
import { ChannelFaults } from "../injection/channel-faults.ts";
import { LinkFaults } from "../injection/link-faults.ts";
import { SensorFaults } from "../injection/sensor-faults.ts";
import { Links } from "../world/links.ts";
import { STAGE_SAFE, Stage } from "../world/stage.ts";

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
  readonly seed: number;
  readonly windows: Windows;
  /** Baud rate of the links. */
  readonly baud: number;
  readonly holdFrames: number;
  readonly parameterSet?: number;
  readonly onEvent: EventSink;
}

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
  /** One of the channels whose lines the stage took, undefined when it took none. */
  readonly voter: Channel | undefined;
}

/**
 * Three channels, their links and the output stage in virtual time, one frame a call.
 *
 * ```ts
 * const run = new Run(options);
 * for (let frame = 0; frame < frames; frame += 1) judge(run.step(frame));
 * ```
 *
 * The same options give the same bits. It draws nothing itself: every fault has its own seeded stream.
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
  readonly #badLine = new Uint32Array(10);

  constructor(options: RunOptions) {
    const { parts, faults, seed, windows, holdFrames, world } = options;
    const { table } = parts;
    const config = { windows, holdFrames, parameterSet: options.parameterSet ?? 0 };
    this.channels = [0, 1, 2].map((index) => new Channel(index, { ...parts, config }, options.onEvent));
    const safe = Uint32Array.from(table.outputs, (output) => wordOf(output.type, output.safe));
    this.stage = new Stage(parts.stageModule, safe, holdFrames);
    const target = faultSizes(this.channels);
    this.sensorFaults = new SensorFaults(faults, { inputs: table.inputs.length, seed });
    this.#channelFaults = new ChannelFaults(faults, { ...target, seed });
    const linkFaults = new LinkFaults(faults, { inputs: table.inputs, seed, periodUs: table.periodUs });
    this.links = new Links(this.channels, linkFaults, { periodUs: table.periodUs, baud: options.baud });
    this.#world = world;
    this.#windows = windows;
    this.#inputs = table.inputs.length;
    const samples = { words: new Uint32Array(3 * this.#inputs), fresh: new Uint16Array(3) };
    this.#view = { frame: 0, outcome: 0, channels: this.channels, stage: this.stage, samples, voter: undefined };
  }

  /** Flies one frame. Frames must rise one by one. */
  step(frame: number): FrameView {
    const { channels, links } = this;
    const windows = this.#windows;
    const view = this.#view;
    this.#world.sample(frame, view.samples);
    this.sensorFaults.apply(frame, view.samples);
    for (let i = 0; i < 3; i += 1) this.#start(frame, channels[i] as Channel, view.samples);
    links.exchange(frame, KIND_X1, windows.x1OpenUs, windows.x1CloseUs);
    this.#close(frame, windows.x1CloseUs);
    links.exchange(frame, KIND_X2, windows.x1CloseUs, windows.x2CloseUs);
    this.#close(frame, windows.x2CloseUs);
    links.exchange(frame, KIND_X3, windows.stepCloseUs, windows.x3CloseUs);
    this.#close(frame, windows.x3CloseUs);
    this.#vote(frame);
    this.#world.actuate?.(frame, this.stage.outputs);
    return view;
  }

  #start(frame: number, channel: Channel, samples: Samples): void {
    const state = this.#channelFaults.at(frame, channel.index);
    if (state.reset) channel.reset(frame);
    if (!state.running || channel.crashed !== undefined) {
      channel.stop(state.running || !state.isOff);
      return;
    }
    channel.running = true;
    for (let i = 0; i < state.flipCount; i += 1) flip(channel, state.flips[i] as (typeof state.flips)[number]);
    const fresh = samples.fresh[channel.index] as number;
    channel.begin(frame, samples.words, channel.index * this.#inputs, this.#inputs, fresh);
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
      stage.gates[i] = channel.gate;
      stage.pulls[i] = channel.pulls | state.pulls;
      stage.running[i] = channel.running ? 1 : 0;
    }
    view.frame = frame;
    view.outcome = stage.step(frame);
    view.voter =
      view.outcome >= STAGE_SAFE - 1 ? undefined : channels[31 - Math.clz32(stage.agreeing & -stage.agreeing)];
  }
}

/** How many bytes a bit flip can reach. */
export function faultSizes(channels: readonly Channel[]): { coreStateSize: number; moduleStateSize: number } {
  const channel = channels[0] as Channel;
  return { coreStateSize: channel.core.state.length, moduleStateSize: channel.law.stateBytes };
}

function flip(channel: Channel, { target, address, bit }: { target: string; address: number; bit: number }): void {
  if (target === "module") channel.law.flip(address, bit);
  else channel.core.state[address] = (channel.core.state[address] as number) ^ (1 << bit);
}
