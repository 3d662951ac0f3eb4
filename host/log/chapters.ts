import { eventKind, type Level } from "../protocol/events.ts";
import type { SignalList } from "../protocol/signals.ts";
import { eventSentence } from "../protocol/words.ts";
import type { EventRecord } from "./event-record.ts";

/**
 * Puts the events of a run together as a person would tell them. Three channels report the same thing, some of it
 * frame after frame: that is one entry. What belongs to one cause is one chapter; a cause is an injected fault, or
 * without one the first event after a quiet time.
 */

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
}

export interface Chapter {
  /** First frame: the injection, or the first event. */
  readonly frame: number;
  /** What was injected, as the run named it; `undefined` when the log knows no cause. */
  readonly cause: string | undefined;
  /** Channel that it was put into. */
  readonly channel: string | undefined;
  readonly entries: Entry[];
}

/** Channel, link or sensor that a fault was put into. */
interface Where {
  readonly channel: string;
  readonly peer: string | undefined;
  readonly input: string | undefined;
}

interface OpenEntry extends Entry {
  last: number;
  count: number;
  by: string[];
  lastArgument: number;
}

interface OpenChapter extends Chapter {
  readonly where: Where | undefined;
  readonly newest: Map<string, OpenEntry>;
  last: number;
}

/** Frames without any event after which a new event starts a chapter of its own. */
const QUIET_FRAMES = 250;
/** The same report this many frames later is still the same entry. */
const SAME_FRAMES = 8;
/** More would be no story; the rest is counted. */
export const ENTRIES_MAX = 20_000;
/** Events from here on are about the reporter's own frame. */
const FIRST_OWN_CODE = 60;
const FAULT_BEGINS = 90;
const FAULT_ENDS = 91;
/** What changes the mode and the outputs. */
const GUILTY: ReadonlySet<string> = new Set([
  "CHANNEL_OPEN",
  "CHANNEL_FAILED",
  "TUPLE_LOST",
  "ACCUSE_VALUE",
  "SAFE",
  "GATE_OFF",
]);
const WHERE = /^(?:[A-Za-z]+: )?([ABC])(?:>([ABC]))?(?:\.([a-z][a-z0-9_]*))?:/;

/** Collects events, in the order of the file, into chapters. */
export class Chapters {
  readonly #signals: SignalList;
  readonly #chapters: OpenChapter[] = [];
  /** Events of the frame that is being read. */
  #pending: EventRecord[] = [];
  /** Where the last event went: what follows without a name belongs to it. */
  #current: OpenChapter | undefined;
  #entries = 0;
  #skipped = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(signals: SignalList) {
    this.#signals = signals;
  }

  /** All chapters; nothing may be added afterwards. */
  finish(): readonly Chapter[] {
    this.#tellFrame();
    return this.#chapters;
  }

  /** Events beyond `ENTRIES_MAX` that are in no chapter. */
  get skipped(): number {
    return this.#skipped;
  }

  add(event: EventRecord): void {
    if (event.frame !== this.#pending[0]?.frame) this.#tellFrame();
    this.#pending.push(event);
  }

  /** Within a frame, what a channel did is told before what became of mode and outputs: it is their cause. */
  #tellFrame(): void {
    const isResult = ({ name }: EventRecord) => name === "MODE" || name.startsWith("OUTPUT_");
    const causes = this.#pending.filter((event) => !isResult(event));
    const results = this.#pending.filter(isResult);
    this.#pending = [];
    let guilty: OpenChapter | undefined;
    for (const event of causes) {
      this.#tell(event);
      if (GUILTY.has(event.name)) guilty = this.#current;
    }
    if (guilty !== undefined) this.#current = guilty;
    for (const event of results) this.#tell(event);
  }

  #tell(event: EventRecord): void {
    const chapter = this.#chapterOf(event);
    this.#current = chapter;
    this.#last = Math.max(this.#last, event.frame);
    chapter.last = Math.max(chapter.last, event.frame);
    if (event.code === FAULT_BEGINS) return;
    const key = keyOf(event);
    const same = chapter.newest.get(key);
    if (same !== undefined && event.frame - same.last <= SAME_FRAMES) {
      if (event.frame > same.last) same.count += 1;
      same.last = Math.max(same.last, event.frame);
      same.lastArgument = event.argument;
      if (!same.by.includes(event.by)) same.by = [...same.by, event.by].sort(byRank);
      return;
    }
    if (this.#entries >= ENTRIES_MAX) {
      this.#skipped += 1;
      return;
    }
    this.#entries += 1;
    const { frame, code, name, level, subject, argument, text } = event;
    const entry = { frame, last: frame, count: 1, code, name, level, by: [event.by], subject, argument, text };
    const open: OpenEntry = { ...entry, lastArgument: argument };
    chapter.newest.set(key, open);
    chapter.entries.push(open);
  }

  #chapterOf(event: EventRecord): OpenChapter {
    if (event.code === FAULT_BEGINS) return this.#begin(event, event.text);
    if (event.code === FAULT_ENDS) {
      const where = whereOf(event.text);
      const begun = this.#chapters.findLast((one) => one.where !== undefined && sameWhere(one.where, where));
      if (begun !== undefined) return begun;
    }
    const named = this.#placesOf(event);
    const cause = named.length === 0 ? undefined : this.#chapters.findLast((one) => concerns(one.where, named));
    // Health comes back long after its cause; other reports about the same place may have a newer one.
    const isHealth = /^(SENSOR|CHANNEL)_/.test(event.name);
    if (cause !== undefined && (isHealth || event.frame - cause.last <= QUIET_FRAMES)) return cause;
    const current = this.#current;
    if (current !== undefined && event.frame - this.#last <= QUIET_FRAMES) return current;
    return this.#begin(event, undefined);
  }

  #begin({ frame, text }: EventRecord, cause: string | undefined): OpenChapter {
    const where = cause === undefined ? undefined : whereOf(text);
    const chapter = { frame, cause, where, channel: where?.channel, entries: [], newest: new Map(), last: frame };
    this.#chapters.push(chapter);
    return chapter;
  }

  /** The places an event is about, most precise first: `B.gyro_x`, `B`. */
  #placesOf(event: EventRecord): string[] {
    const { subject } = eventKind(event.code);
    if (subject === "lines") return [0, 1, 2].filter((c) => event.subject === 1 << c).map(channelName);
    if (subject === "channel") return [channelName(event.subject)];
    if (subject !== "sensor") return [];
    const channel = channelName(event.subject & 3);
    return [`${channel}.${this.#signals.inputs[event.subject >>> 2]?.name ?? ""}`, channel];
  }
}

/** What two reports must have in common to be one entry. What channels report of themselves has them as its subject. */
function keyOf({ code, by, subject, argument, level }: EventRecord): string {
  const isOfItself = eventKind(code).subject === "channel" && channelName(subject) === by && code >= FIRST_OWN_CODE;
  return `${code}:${isOfItself ? "own" : subject}:${level === "info" ? argument : ""}`;
}

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

function concerns(where: Where | undefined, places: readonly string[]): boolean {
  if (where === undefined) return false;
  const { channel, input } = where;
  if (input !== undefined) return places.includes(`${channel}.${input}`);
  return places.includes(channel);
}

function sameWhere(a: Where, b: Where | undefined): boolean {
  return a.channel === b?.channel && a.peer === b.peer && a.input === b.input;
}

function whereOf(text: string): Where | undefined {
  const [, channel, peer, input] = WHERE.exec(text) ?? [];
  return channel === undefined ? undefined : { channel, peer, input };
}

function channelName(channel: number): string {
  return "ABC"[channel] ?? `channel ${channel}`;
}

const RANK = ["A", "B", "C", "stage", "host"];

function byRank(a: string, b: string): number {
  return RANK.indexOf(a) - RANK.indexOf(b);
}
