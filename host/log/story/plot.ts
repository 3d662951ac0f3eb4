import { listText } from "../../model/enums.ts";
import { EVENT, eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";
import type { Chapter, Entry } from "./chapter.ts";
import { NEAR_FRAMES, QUIET_FRAMES, type Suspect, Suspects } from "./suspects.ts";
import { type Subject, subjectOf, type ToldFault, unknownFault } from "./told-fault.ts";
import { Troubles } from "./troubles.ts";

/**
 * Which chapter an event is told in. No event names its cause, but most are about a channel, a sensor or a link: what
 * points at the place of a fault is told under that fault, whichever began first. The rest is told under the faults
 * that had just stirred; if there are several, in a chapter of theirs, because the log cannot say more.
 */

export interface OpenChapter extends Chapter {
  readonly entries: Entry[];
  /** Newest frame with anything in it. */
  last: number;
}

/** Mode and outputs: what becomes of all the rest. */
const RESULTS: ReadonlySet<number> = new Set([
  EVENT.MODE,
  EVENT.OUTPUT_MASKED,
  EVENT.OUTPUT_HELD,
  EVENT.OUTPUT_SAFE,
  EVENT.OUTPUT_AGREED,
]);
/** What the mode changes with, in the same frame. */
const MODE_CAUSES: ReadonlySet<number> = new Set([
  EVENT.CHANNEL_OPEN,
  EVENT.CHANNEL_FAILED,
  EVENT.CHANNEL_HEALTHY,
  EVENT.SAFE,
]);

export interface PlotOptions {
  readonly signals: SignalList;
  /** All faults of the run, by their index. */
  readonly faults: readonly ToldFault[];
  /** First frame that is told: what began before is known from the list of faults alone. */
  readonly from: number;
}

export class Plot {
  readonly #signals: SignalList;
  readonly #faults: readonly ToldFault[];
  readonly #from: number;
  readonly #suspects = new Suspects();
  readonly #troubles = new Troubles<OpenChapter>();
  readonly #chapters: OpenChapter[] = [];
  /** By the numbers of their faults. */
  readonly #byFaults = new Map<string, OpenChapter>();
  /** The newest chapter without a known cause. */
  #unknown: OpenChapter | undefined;
  /** Where a report that points at nothing was told last. */
  readonly #vague = new Map<string, { frame: number; chapter: OpenChapter }>();
  /** Chapters of what the mode changes with, in the newest frame that had such a thing. */
  #modeCauses = { frame: Number.NEGATIVE_INFINITY, chapters: new Set<OpenChapter>() };

  constructor({ signals, faults, from }: PlotOptions) {
    this.#signals = signals;
    this.#faults = faults;
    this.#from = from;
    for (const fault of faults.filter(({ frame }) => frame < from).toSorted((a, b) => a.frame - b.frame)) {
      this.#begin(fault, fault.end < from ? fault.end : fault.frame);
    }
  }

  /** In the order of their frames; what fits several faults comes behind what fits one. */
  chapters(): readonly OpenChapter[] {
    const told = this.#chapters.filter(({ frame, entries }) => frame >= this.#from || entries.length > 0);
    return told.toSorted((a, b) => a.frame - b.frame || a.suspects.length - b.suspects.length);
  }

  /**
   * Places the events of one frame. What points at a fault is told first, then what else the channels did, then what
   * became of mode and outputs: what does not say where it belongs follows those that did.
   */
  place(frame: readonly EventRecord[], tell: (event: EventRecord, chapter: OpenChapter) => void): void {
    const put = (event: EventRecord, chapter: OpenChapter) => {
      this.#note(event, chapter);
      tell(event, chapter);
    };
    const vague: [EventRecord, Subject][] = [];
    const results: [EventRecord, Subject][] = [];
    for (const event of frame) if (isFault(event)) put(event, this.#ofFault(event));
    for (const event of frame) {
      if (isFault(event)) continue;
      const subject = subjectOf(event, this.#signals, frame);
      const isResult = RESULTS.has(event.code);
      const chapter = isResult ? undefined : this.#pointedAt(event, subject);
      if (chapter !== undefined) put(event, chapter);
      else (isResult ? results : vague).push([event, subject]);
    }
    for (const [event, subject] of vague) put(event, this.#ofVague(event, subject));
    for (const [event, subject] of results) put(event, this.#ofResult(event, subject));
  }

  /** Channels that are faulty in this frame, or that the chapter is about. */
  faulty(chapter: OpenChapter, frame: number): string[] {
    const own = chapter.suspects.flatMap(({ fault: { place } }) => (place?.kind === "sensor" ? [place.channel] : []));
    return [...this.#suspects.impaired(frame), ...own];
  }

  /** A window may show the end of a fault that the log's list does not have, and that began before it. */
  #ofFault(event: EventRecord): OpenChapter {
    const known = this.#faults[event.subject];
    const fault = known ?? unknownFault(event);
    const isBeginning = event.code === EVENT.FAULT_BEGINS;
    const suspect = isBeginning ? undefined : this.#suspects.of(fault);
    if (event.code === EVENT.FAULT_ENDS && suspect !== undefined) suspect.isOver = true;
    if (suspect !== undefined) return this.#chapterOf([suspect]);
    return this.#begin(isBeginning || known !== undefined ? fault : { ...fault, end: event.frame });
  }

  #begin(fault: ToldFault, last?: number): OpenChapter {
    return this.#open([this.#suspects.begin(fault, last)], { frame: fault.frame, text: fault.title });
  }

  /** Where the event itself points: to the beginning of what it ends, or to a fault's place. */
  #pointedAt(event: EventRecord, subject: Subject): OpenChapter | undefined {
    const begun = this.#troubles.begunIn(event);
    if (begun !== undefined) return begun;
    const suspects = this.#suspects.pointedAt(subject, event.frame);
    return suspects.length === 0 ? undefined : this.#chapterOf(suspects);
  }

  /** What goes on is told where it began, whatever began since. */
  #ofVague(event: EventRecord, subject: Subject): OpenChapter {
    const { frame, code, by } = event;
    const key = `${code} ${by} ${event.subject}`;
    const before = this.#vague.get(key);
    const goesOn = before !== undefined && frame - before.frame <= NEAR_FRAMES;
    const chapter = goesOn ? before.chapter : this.#possible(event, subject);
    this.#vague.set(key, { frame, chapter });
    return chapter;
  }

  /** The chapter of what may lie behind an event that points at nothing. */
  #possible({ frame }: EventRecord, subject: Subject): OpenChapter {
    const possible = this.#suspects.possible(subject, frame, { unlikely: false });
    if (possible.length > 0) return this.#chapterOf(possible);
    if (this.#unknown !== undefined && frame - this.#unknown.last <= QUIET_FRAMES) return this.#unknown;
    const unlikely = this.#suspects.possible(subject, frame, { unlikely: true });
    if (unlikely.length > 0) return this.#chapterOf(unlikely);
    this.#unknown = this.#open([], { frame });
    return this.#unknown;
  }

  /** Mode and outputs follow from what was told of this frame. */
  #ofResult(event: EventRecord, subject: Subject): OpenChapter {
    const { frame } = event;
    const causes = this.#modeCauses;
    if (event.code === EVENT.MODE && frame - causes.frame <= NEAR_FRAMES) return this.#joined([...causes.chapters]);
    const pointed = this.#pointedAt(event, subject);
    if (pointed !== undefined) return pointed;
    const possible = this.#suspects.possible(subject, frame, { unlikely: false });
    const troubled = possible.filter((one) => one.troubled === frame);
    return troubled.length > 0 ? this.#chapterOf(troubled) : this.#possible(event, subject);
  }

  /** The chapter that fits all faults of these. */
  #joined(chapters: readonly OpenChapter[]): OpenChapter {
    const suspects = new Set(chapters.flatMap((chapter) => chapter.suspects));
    const [first] = chapters;
    if (first !== undefined && (chapters.length === 1 || suspects.size === 0)) return first;
    return this.#chapterOf([...suspects].sort((a, b) => a.id - b.id));
  }

  /** `suspects`: in the order of their numbers. */
  #chapterOf(suspects: readonly Suspect[]): OpenChapter {
    const found = this.#byFaults.get(keyOf(suspects));
    if (found !== undefined) return found;
    const texts = suspects.map(({ fault }) => fault.text);
    const frame = Math.max(...suspects.map(({ fault }) => fault.frame));
    const text = `After ${listText(texts)}: what fits ${texts.length === 2 ? "both" : "all of them"}`;
    return this.#open(suspects, { frame, text });
  }

  #open(
    suspects: readonly Suspect[],
    { frame, text }: { readonly frame: number; readonly text?: string },
  ): OpenChapter {
    const chapter: OpenChapter = { frame, cause: text, suspects, entries: [], last: frame };
    this.#chapters.push(chapter);
    if (suspects.length > 0) this.#byFaults.set(keyOf(suspects), chapter);
    return chapter;
  }

  /** Remembers what decides where later events are told. */
  #note(event: EventRecord, chapter: OpenChapter): void {
    const { frame, code, level } = event;
    chapter.last = Math.max(chapter.last, frame);
    for (const suspect of chapter.suspects) {
      suspect.last = Math.max(suspect.last, frame);
      if (level !== "info") suspect.troubled = frame;
    }
    this.#troubles.told(event, chapter);
    if (!MODE_CAUSES.has(code)) return;
    if (this.#modeCauses.frame !== frame) this.#modeCauses = { frame, chapters: new Set() };
    this.#modeCauses.chapters.add(chapter);
  }
}

function isFault({ code }: EventRecord): boolean {
  return eventKind(code).subject === "fault";
}

function keyOf(suspects: readonly Suspect[]): string {
  return suspects.map(({ id }) => id).join(" ");
}
