import { CHANNELS } from "../../model/enums.ts";
import { eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";
import { type Beginning, type OpenChapter, Plot } from "../plot.ts";
import type { Chapter, Entry } from "./chapter.ts";
import { NEAR_FRAMES } from "./suspects.ts";

/**
 * Puts the events of a run together as a person would tell them. Three channels report the same thing, some of it
 * frame after frame: that is one entry. What belongs to one cause is one chapter; a cause is an injected fault, or
 * without one the first event after a quiet time. What fits several faults alike is a chapter of its own.
 */

interface OpenEntry extends Entry {
  last: number;
  count: number;
  by: string[];
  lastArgument: number;
}

/** More would be no story; the rest is counted. */
export const ENTRIES_MAX = 20_000;
/** Events from here on are about the reporter's own frame. */
const FIRST_OWN_CODE = 60;

/** Collects events, in the order of the file, into chapters. */
export class Chapters {
  readonly #plot: Plot;
  /** The newest entry of each kind, by chapter. */
  readonly #newest = new Map<OpenChapter, Map<string, OpenEntry>>();
  /** Events of the frame that is being read. */
  #pending: EventRecord[] = [];
  /** Channels that no longer vote or have switched themselves off. */
  readonly #out = new Set<string>();
  #entries = 0;
  #skipped = 0;

  constructor(signals: SignalList, beginning: Beginning = { from: 0, before: [] }) {
    this.#plot = new Plot(signals, beginning);
  }

  /** All chapters; nothing may be added afterwards. */
  finish(): readonly Chapter[] {
    this.#tellFrame();
    return this.#plot.chapters();
  }

  /** Events beyond `ENTRIES_MAX` that are in no chapter. */
  get skipped(): number {
    return this.#skipped;
  }

  add(event: EventRecord): void {
    if (event.frame !== this.#pending[0]?.frame) this.#tellFrame();
    this.#pending.push(event);
  }

  #tellFrame(): void {
    const frame = this.#pending;
    this.#pending = [];
    this.#plot.place(frame, (event, chapter) => this.#tell(event, chapter));
  }

  #tell(event: EventRecord, chapter: OpenChapter): void {
    this.#countOut(event);
    if (event.text === chapter.cause) return; // It is the chapter's title.
    const newest = this.#newest.get(chapter) ?? new Map<string, OpenEntry>();
    this.#newest.set(chapter, newest);
    const key = keyOf(event);
    const { frame, by, code, name, level, subject, argument, text } = event;
    const same = newest.get(key);
    if (same !== undefined && frame - same.last <= NEAR_FRAMES) {
      if (frame > same.last) same.count += 1;
      same.last = Math.max(same.last, frame);
      same.lastArgument = argument;
      if (!same.by.includes(by)) same.by = [...same.by, by].sort(byRank);
      return;
    }
    if (this.#entries >= ENTRIES_MAX) {
      this.#skipped += 1;
      return;
    }
    this.#entries += 1;
    const excused = this.#excused(chapter, frame);
    const entry = { frame, last: frame, count: 1, code, name, level, by: [by], subject, argument, text, excused };
    const open: OpenEntry = { ...entry, lastArgument: argument };
    newest.set(key, open);
    chapter.entries.push(open);
  }

  #countOut({ name, by, subject }: EventRecord): void {
    const channel = CHANNELS[subject] ?? "";
    if (name === "GATE_OFF") this.#out.add(by);
    if (name === "CHANNEL_OPEN" || name === "CHANNEL_FAILED") this.#out.add(channel);
    if (name === "CHANNEL_HEALTHY") this.#out.delete(channel);
  }

  #excused(chapter: OpenChapter, frame: number): string[] {
    const faulty = this.#plot.faulty(chapter, frame);
    return CHANNELS.filter((channel) => this.#out.has(channel) || faulty.includes(channel));
  }
}

/** What two reports must have in common to be one entry. What channels report of themselves has them as its subject. */
function keyOf({ code, by, subject, argument, level }: EventRecord): string {
  const isOfItself = eventKind(code).subject === "channel" && CHANNELS[subject] === by && code >= FIRST_OWN_CODE;
  return `${code}:${isOfItself ? "own" : subject}:${level === "info" ? argument : ""}`;
}

const RANK = ["A", "B", "C", "stage", "host"];

function byRank(a: string, b: string): number {
  return RANK.indexOf(a) - RANK.indexOf(b);
}
