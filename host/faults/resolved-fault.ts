import { CHANNELS } from "../model/enums.ts";
import type { Signal } from "../model/signals.ts";
import type { ArgumentValue } from "./fault-arguments.ts";
import type { FaultMode } from "./fault-modes.ts";
import type { Flips } from "./flips.ts";

/**
 * Faults bound to a run: every name is an index, every argument has its value, what can be drawn is drawn. They are data: `faultsToJson`
 * writes them, `readFaults` gives the same back.
 */

/** What a fault is but for its place. */
export interface FaultFacts {
  /** As it was written; with the seed it names what is drawn. */
  readonly text: string;
  readonly mode: FaultMode;
  /** By name, in the mode's order. A bitflip that draws in each frame has no `address` or `bit` here (`flips`). */
  readonly arguments: Readonly<Record<string, ArgumentValue>>;
  /** First frame and the first frame after it. */
  readonly frame: number;
  readonly end: number;
  /** How many frames were asked for; undefined: nobody said. */
  readonly asked: number | undefined;
  /** The run's seed and the stream in which this fault draws (model/random.ts). */
  readonly seed: number;
  readonly stream: number;
}

interface Resolved extends FaultFacts {
  /** Whether consolidated samples, and with them the output hash, may differ from the clean run's. */
  readonly touchesSamples: boolean;
}

export interface SensorFault extends Resolved {
  readonly place: "sensor";
  readonly channel: number;
  readonly input: number;
  /** The numeric argument of the mode: value, by, rate (per frame), sigma, factor, age, probability. */
  readonly amount: number;
  /** The other input of a swap; -1 otherwise. */
  readonly other: number;
  readonly signal: Signal;
}

export interface LinkFault extends Resolved {
  readonly place: "link";
  readonly from: number;
  readonly to: number;
  /** Bit 0 X1, bit 1 X2, bit 2 X3. */
  readonly messages: number;
  readonly probability: number;
  /** Bits to invert, or us of delay or until the copy. */
  readonly amount: number;
}

export interface ChannelFault extends Resolved {
  readonly place: "channel";
  readonly channel: number;
  /** The word of a choice, "" when the mode has none. */
  readonly choice: string;
  /** The peer that sees the other face; the channel itself when the mode has none. */
  readonly to: number;
  /** Of a bitflip, undefined otherwise. */
  readonly flips: Flips | undefined;
}

export type ResolvedFault = SensorFault | LinkFault | ChannelFault;

/** Whether the fault acts in this frame. */
export function activeIn({ frame, end }: Pick<FaultFacts, "frame" | "end">, at: number): boolean {
  return at >= frame && at < end;
}

/** Where it is, by name: `B`, `A>B` or `B.gyro_x`. */
export function placeText(fault: ResolvedFault): string {
  switch (fault.place) {
    case "channel":
      return CHANNELS[fault.channel] ?? "";
    case "link":
      return `${CHANNELS[fault.from]}>${CHANNELS[fault.to]}`;
    case "sensor":
      return `${CHANNELS[fault.channel]}.${fault.signal.name}`;
    default:
      return fault satisfies never;
  }
}

/**
 * The one thing that is broken, by name: a channel with all that is on it, one direction of a link, or one sensor (REDUNDANCY
 * section 2). Faults of one name are faults of one component; a channel's sensors are components of their own.
 */
export function component(fault: ResolvedFault): string {
  return placeText(fault);
}

/** Whether two faults spoil sensors of the same input, on whatever channels. A swap spoils two. */
export function sharesInput(one: ResolvedFault, other: ResolvedFault): boolean {
  if (one.place !== "sensor" || other.place !== "sensor") return false;
  return [one.input, one.other].some((input) => input >= 0 && (input === other.input || input === other.other));
}
