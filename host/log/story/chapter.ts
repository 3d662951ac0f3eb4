import { EVENT, eventKind, isKnownEvent, LEVELS, type Level, type Reporter } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import { eventSentence } from "../../model/words.ts";
import type { Suspect } from "./suspects.ts";

/** What a story is made of: chapters of entries, and an entry in words. */

/** One thing that happened: the same event from one or more reporters, over one or more frames. */
export interface Entry {
  readonly frame: number;
  /** Last frame of it. */
  readonly last: number;
  /** Frames of it. */
  readonly count: number;
  readonly code: number;
  readonly name: string;
  readonly level: string;
  /** Who reported it, in the order A, B, C, stage, host. */
  readonly by: readonly string[];
  readonly subject: number;
  /** Argument of the first report and of the last. */
  readonly argument: number;
  readonly lastArgument: number;
  /** The sentence of the first report, as it stands in the file. */
  readonly text: string;
  /** Channels that are faulty or out: that they do not report it is no news. */
  readonly excused: readonly string[];
}

export interface Chapter {
  /** First frame: the injection, of several the newest, or the first event. */
  readonly frame: number;
  /** What was injected; `undefined` when the log knows no cause. */
  readonly cause: string | undefined;
  /** The injected faults that everything in it fits; none when the log knows no cause. */
  readonly suspects: readonly Suspect[];
  readonly entries: readonly Entry[];
}

/** By these a sensor or a channel is taken out by the others. */
export const OPENED: readonly number[] = [
  EVENT.SENSOR_OPEN,
  EVENT.SENSOR_FAILED,
  EVENT.CHANNEL_OPEN,
  EVENT.CHANNEL_FAILED,
];

/** What the host says of the fault that a chapter is about: its title names it. */
const OF_THE_FAULT: ReadonlyMap<number, string> = new Map([
  [EVENT.FAULT_BEGINS, "the injection begins"],
  [EVENT.FAULT_ENDS, "the injection ends"],
  [EVENT.FAULT_GONE, "nothing of it is left"],
  [EVENT.FAULT_LATENT, "something of it is left, and nobody noticed"],
]);

/** The sentence of an entry with all its reporters. */
export function entryText(
  { code, by, text, subject, argument: first, lastArgument }: Entry,
  signals: SignalList,
): string {
  const told = OF_THE_FAULT.get(code);
  if (told !== undefined) return told;
  // What the host says, and what this version does not know, has words of its own in the file.
  if (by.includes("host") || !isKnownEvent(code)) return text;
  const argument = eventKind(code).argument === "count" ? lastArgument : first;
  return eventSentence({ by: by[0] as Reporter, code, subject, argument }, signals, by);
}

export function isLevel(level: string, least: Level): boolean {
  return (LEVELS as readonly string[]).indexOf(level) >= LEVELS.indexOf(least);
}
