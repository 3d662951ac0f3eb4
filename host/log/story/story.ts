import { MODES, STAGE_OUTCOMES } from "../../model/enums.ts";
import { EVENT, eventKind, type Level } from "../../model/events.ts";
import { ENCAPSULATION_SIZE, type RecordLayout, readField, STAGE_WORD } from "../../model/record.ts";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";
import type { FrameSet } from "../file/frame-set.ts";
import type { FrameRange, MissingSpan } from "../file/frame-span.ts";
import { framesTold } from "../file/run-metadata.ts";
import { type Chapter, type Entry, entryText, isLevel } from "./chapter.ts";
import { Chapters } from "./chapters.ts";
import { type Claim, claimOf } from "./claim.ts";
import { type Before, type Outcome, Outcomes } from "./outcome.ts";
import type { ToldFault } from "./told-fault.ts";
import type { ToldState } from "./told-state.ts";

/**
 * The story of a run: chapters of sentences, each chapter with what came of it. Events are reports of the channels
 * about themselves and each other, so what matters most is looked up in the frame records as well; where a record
 * says something else, the story says so.
 */

export interface StoryLine {
  readonly entry: Entry;
  /** Frames since the chapter's cause; of several faults, since the newest. */
  readonly after: number;
  readonly text: string;
  /** What the frame record says instead, when it contradicts the event. */
  readonly contradiction: string | undefined;
}

export interface StoryChapter {
  readonly frame: number;
  readonly cause: string | undefined;
  /** The faults that everything in it fits, as `--fault` takes them. */
  readonly faults: readonly string[];
  readonly lines: readonly StoryLine[];
  readonly outcome: Outcome;
}

export interface Story {
  readonly chapters: readonly StoryChapter[];
  /** Who is out in the last frame that is told, and whose gate is off, by the records. */
  readonly out: readonly string[];
  readonly gatesOff: readonly string[];
  readonly events: number;
  /** Events that are in no chapter because there are too many. */
  readonly skipped: number;
  /** Sentences that were compared with a frame record, and how many of them it contradicts. */
  readonly checked: number;
  readonly contradicted: number;
  /** What the last record says instead of the result's output hash. */
  readonly contradiction: string | undefined;
}

/** What a story is told from; a `VoterLog` is one. */
export interface StorySource {
  readonly table: SignalList;
  readonly channelLayout: RecordLayout;
  readonly stageLayout: RecordLayout;
  metadata(name: "quorate.result"): ReadonlyMap<string, string>;
  events(range: FrameRange): AsyncIterable<EventRecord>;
  frame(frame: number): Promise<FrameSet | undefined>;
}

/** Frame records that a story looks up at most: each costs reading a chunk. */
const LOOKUPS_MAX = 400;

export interface StoryOptions extends FrameRange {
  /** The injected faults, by their index. */
  readonly faults: readonly ToldFault[];
  /** What the records of the run say, up to the last frame that is told. */
  readonly state: ToldState;
  readonly level?: Level | undefined;
  /** Frames that the log has not: faults that began in them are taken from the list. */
  readonly missing?: readonly MissingSpan[] | undefined;
}

/** Reads the events of a range and tells them. `level`: entries below it are left out, outcomes stay. */
export async function tellStory(log: StorySource, options: StoryOptions): Promise<Story> {
  const { from = 0, faults, state, level = "info" } = options;
  const collected = new Chapters({ signals: log.table, faults, from, masked: state.masked });
  const lost = lostBeginnings(options);
  let events = 0;
  for await (const event of log.events(options)) {
    for (; lost[0] !== undefined && lost[0].frame < event.frame; lost.shift()) collected.add(lost[0]);
    collected.add(event);
    events += 1;
  }
  for (const event of lost) collected.add(event);
  const found = collected.finish();
  const teller = new Teller(log, found, options);
  const contradiction = await teller.checkResult();
  const chapters: StoryChapter[] = [];
  for (const chapter of found) chapters.push(await teller.tell(chapter, level));
  const { checked, contradicted } = teller;
  const [out, gatesOff] = [[...state.out], [...state.gatesOff]];
  return { chapters, out, gatesOff, events, skipped: collected.skipped, checked, contradicted, contradiction };
}

/** The events of faults that began in frames that are lost: the list of faults alone knows them. */
function lostBeginnings({ from = 0, to = 0xffffffff, faults, missing = [] }: StoryOptions): EventRecord[] {
  const isLost = ({ frame }: ToldFault) =>
    missing.some(({ of, from: first, to: last }) => of === "all" && frame >= first && frame <= last);
  const lost = faults.filter((fault) => fault.frame >= from && fault.frame <= to && isLost(fault));
  return lost.toSorted((a, b) => a.frame - b.frame).map(beginning);
}

/** The event that a lost frame had. */
function beginning({ frame, index, title }: ToldFault): EventRecord {
  const { code, name, level } = eventKind(EVENT.FAULT_BEGINS);
  return { frame, by: "host", code, name, level, subject: index, argument: 0, text: title };
}

class Teller {
  readonly #log: StorySource;
  readonly #outcomes: Outcomes;
  /** First frame that is told. */
  readonly #from: number;
  #lookups = 0;
  checked = 0;
  contradicted = 0;

  constructor(log: StorySource, chapters: readonly Chapter[], { from = 0, to, missing = [], state }: StoryOptions) {
    this.#log = log;
    this.#from = from;
    this.#outcomes = new Outcomes(chapters, { signals: log.table, from, to, missing, state });
  }

  async tell(chapter: Chapter, level: Level): Promise<StoryChapter> {
    const lines: StoryLine[] = [];
    for (const entry of chapter.entries) {
      const contradiction = await this.#contradiction(entry);
      if (!isLevel(entry.level, level)) continue;
      const text = entryText(entry, this.#log.table);
      lines.push({ entry, after: entry.frame - chapter.frame, text, contradiction });
    }
    return {
      frame: chapter.frame,
      cause: chapter.cause,
      faults: chapter.suspects.map(({ fault }) => fault.text),
      lines,
      outcome: this.#outcomes.of(chapter, await this.#before(chapter)),
    };
  }

  /** What the record of the entry's first frame says, if that is not what was reported. */
  async #contradiction(entry: Entry): Promise<string | undefined> {
    const claim = claimOf(entry, this.#log.table);
    const set = claim === undefined ? undefined : await this.#frame(entry.frame);
    const value = claim === undefined || set === undefined ? undefined : this.#claimed(claim, set);
    if (claim === undefined || value === undefined) return undefined;
    this.checked += 1;
    if (claim.values.includes(value)) return undefined;
    this.contradicted += 1;
    return `the record of frame ${entry.frame} says ${claim.field} ${claim.names[value] ?? value}`;
  }

  /** What the record has where an event claims something; `undefined` when there is no such record. */
  #claimed({ by, field, shift, mask }: Claim, { channels, stage }: FrameSet): number | undefined {
    const [view, layout] = by === "stage" ? [stage, this.#log.stageLayout] : [channels[by], this.#log.channelLayout];
    return view === undefined ? undefined : (readField(view, layout, field) >>> shift) & mask;
  }

  /** What the records say of the state in which the told part of a chapter begins. */
  async #before({ frame }: Chapter): Promise<Before> {
    const set = await this.#frame(Math.max(0, frame - 1, this.#from - 1));
    const stage = (set ?? (await this.#frame(Math.max(frame, this.#from))))?.stage;
    const outcome = stage === undefined ? undefined : readField(stage, this.#log.stageLayout, "outcome");
    return { mode: this.#mode(set), outcome: STAGE_OUTCOMES[outcome ?? -1] };
  }

  /** Whether the result's output hash is that of the last record; `undefined` when either is missing. */
  async checkResult(): Promise<string | undefined> {
    const result = this.#log.metadata("quorate.result");
    const told = result.get("output_hash");
    const frame = framesTold(result) - 1;
    const stage = frame < 0 || told === undefined ? undefined : (await this.#frame(frame))?.stage;
    if (stage === undefined) return undefined;
    this.checked += 1;
    const found = outputHash(stage);
    if (found === told) return undefined;
    this.contradicted += 1;
    return `the record of frame ${frame} says ${found}`;
  }

  /** The mode that most channels of a frame logged; empty when there is no record. */
  #mode(set: FrameSet | undefined): string {
    const modes = (set?.channels ?? []).flatMap((view) =>
      view === undefined ? [] : [readField(view, this.#log.channelLayout, "mode")],
    );
    const most = modes.find((mode) => modes.filter((other) => other === mode).length >= 2) ?? modes[0];
    return most === undefined ? "" : (MODES[most] ?? String(most));
  }

  async #frame(frame: number): Promise<FrameSet | undefined> {
    if (this.#lookups >= LOOKUPS_MAX) return undefined;
    this.#lookups += 1;
    return await this.#log.frame(frame);
  }
}

/** The output hash so far, as a stage record has it. */
function outputHash(stage: DataView): string {
  const digits = (word: number) =>
    stage
      .getUint32(ENCAPSULATION_SIZE + 4 * word, true)
      .toString(16)
      .padStart(8, "0");
  return digits(STAGE_WORD.hash_high) + digits(STAGE_WORD.hash_low);
}
