import { CHANNELS } from "../../model/enums.ts";
import { EVENT, eventKind, REPORTERS } from "../../model/events.ts";
import type { EventRecord } from "../file/event-record.ts";
import type { Chapter, Entry } from "./chapter.ts";
import { type OpenChapter, Plot, type PlotOptions } from "./plot.ts";
import { NEAR_FRAMES } from "./suspects.ts";
import type { MaskedSpan } from "./told-state.ts";

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

export interface ChaptersOptions extends PlotOptions {
  /** The stage reports that it begins to outvote a line; how long it goes on its records say. */
  readonly masked: readonly MaskedSpan[];
}

/** Collects events, in the order of the file, into chapters. */
export class Chapters {
  readonly #plot: Plot;
  /** By first frame. */
  readonly #masked: ReadonlyMap<number, MaskedSpan>;
  /** The newest entry of each kind, by chapter. */
  readonly #newest = new Map<OpenChapter, Map<string, OpenEntry>>();
  /** Events of the frame that is being read. */
  #pending: EventRecord[] = [];
  /** Channels that no longer vote or have switched themselves off, and those that do not run. */
  readonly #out = new Set<string>();
  readonly #stopped = new Set<string>();
  #entries = 0;
  #skipped = 0;

  constructor({ masked, ...options }: ChaptersOptions) {
    this.#plot = new Plot(options);
    this.#masked = new Map(masked.map((span) => [span.from, span]));
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
    if (event.code === EVENT.FAULT_BEGINS) return; // It is the chapter's title.
    const newest = this.#newest.get(chapter) ?? new Map<string, OpenEntry>();
    this.#newest.set(chapter, newest);
    const key = keyOf(event);
    const { frame, by, code, name, level, subject, argument, text } = event;
    const { last, count } = this.#lasting(event);
    const same = newest.get(key);
    if (same !== undefined && frame - same.last <= NEAR_FRAMES) {
      if (frame > same.last) same.count += count;
      same.last = Math.max(same.last, last);
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
    const open: OpenEntry = {
      ...{ frame, last, count, code, name, level, by: [by], subject, argument, text, excused },
      lastArgument: argument,
    };
    newest.set(key, open);
    chapter.entries.push(open);
  }

  /** Last frame of what an event tells, and its frames. */
  #lasting({ frame, code }: EventRecord): { last: number; count: number } {
    const span = code === EVENT.OUTPUT_MASKED ? this.#masked.get(frame) : undefined;
    return span === undefined ? { last: frame, count: 1 } : { last: span.to, count: span.to - span.from + 1 };
  }

  #countOut({ code, by, subject }: EventRecord): void {
    const channel = CHANNELS[subject] ?? "";
    if (code === EVENT.GATE_OFF) this.#out.add(by);
    if (code === EVENT.CHANNEL_OPEN || code === EVENT.CHANNEL_FAILED) this.#out.add(channel);
    if (code === EVENT.CHANNEL_HEALTHY) this.#out.delete(channel);
    if (code === EVENT.CHANNEL_STOPPED) this.#stopped.add(channel);
    if (code === EVENT.CHANNEL_RUNS) this.#stopped.delete(channel);
  }

  #excused(chapter: OpenChapter, frame: number): string[] {
    const faulty = this.#plot.faulty(chapter, frame);
    const isSilent = (channel: string) => this.#out.has(channel) || this.#stopped.has(channel);
    return CHANNELS.filter((channel) => isSilent(channel) || faulty.includes(channel));
  }
}

/** What two reports must have in common to be one entry. What channels report of themselves has them as its subject. */
function keyOf({ code, by, subject, argument, level }: EventRecord): string {
  const isOfItself = eventKind(code).subject === "channel" && CHANNELS[subject] === by && code >= EVENT.FRAME_PENDING;
  return `${code}:${isOfItself ? "own" : subject}:${level === "info" ? argument : ""}`;
}

const RANK: readonly string[] = REPORTERS;

function byRank(a: string, b: string): number {
  return RANK.indexOf(a) - RANK.indexOf(b);
}
