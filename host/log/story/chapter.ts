import { eventKind, type Level } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import { eventSentence } from "../../model/words.ts";
import type { Suspect } from "./suspects.ts";

/** What a story is made of: chapters of entries, and an entry in words. */

/** One thing that happened: the same event from one or more reporters, over one or more frames. */
export interface Entry {
  readonly frame: number;
  /** Last frame of it. */
  readonly last: number;
  /** Frames in which it was reported. */
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
  /** What was injected, as the run named it; `undefined` when the log knows no cause. */
  readonly cause: string | undefined;
  /** The injected faults that everything in it fits; none when the log knows no cause. */
  readonly suspects: readonly Suspect[];
  readonly entries: readonly Entry[];
}

export const FAULT_BEGINS = 90;
export const FAULT_ENDS = 91;

/** The sentence of an entry with all its reporters. */
export function entryText(entry: Entry, signals: SignalList): string {
  const kind = eventKind(entry.code);
  if (entry.code === FAULT_ENDS) return "the injection ends";
  const own = entry.by.some((by) => by === "host") || kind.name.startsWith("EVENT_");
  if (own) return entry.text;
  const argument = kind.argument === "count" ? entry.lastArgument : entry.argument;
  const by = entry.by[0] as "A" | "B" | "C" | "stage";
  return eventSentence({ by, code: entry.code, subject: entry.subject, argument }, signals, entry.by);
}

export function isLevel(level: string, least: Level): boolean {
  const order = ["info", "warning", "error"];
  return order.indexOf(level) >= order.indexOf(least);
}
