import { CHANNELS, listText, MODES } from "../../model/enums.ts";
import { EVENT, eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { MissingSpan } from "../file/frame-span.ts";
import { type Chapter, type Entry, OPENED } from "./chapter.ts";
import { type OutcomeFacts, unnoticedIn } from "./outcome-facts.ts";
import { type Elsewhere, healthTexts, noticedTexts, resultTexts } from "./outcome-text.ts";
import type { Suspect } from "./suspects.ts";
import type { ToldState } from "./told-state.ts";

/**
 * What came of each cause. A chapter judges itself alone, so it says where more is told that may belong to it, and
 * leaves out what would be wrong together with that. Who is out in the end the records say, not the events.
 */

export interface Outcome extends OutcomeFacts {
  /** The same in sentences. */
  readonly text: string;
}

/** What the records say of the frame in front of a chapter, or of its first one. */
export interface Before {
  /** Empty when there is no record. */
  readonly mode: string;
  /** Of the output stage. */
  readonly outcome: string | undefined;
}

export interface OutcomesOptions {
  readonly signals: SignalList;
  readonly from: number;
  /** Last frame that is told; `undefined` when all are. */
  readonly to: number | undefined;
  /** Frames that the log has not. */
  readonly missing: readonly MissingSpan[];
  readonly state: ToldState;
}

const BACK: readonly number[] = [EVENT.SENSOR_HEALTHY, EVENT.CHANNEL_HEALTHY];
const OUT_AND_BACK: readonly number[] = [...OPENED, ...BACK];
const SENSOR_OUT: readonly number[] = [EVENT.SENSOR_OPEN, EVENT.SENSOR_FAILED];
const CHANNEL_OUT: readonly number[] = [EVENT.CHANNEL_OPEN, EVENT.CHANNEL_FAILED];

export class Outcomes {
  readonly #byFault = new Map<Suspect, Chapter[]>();
  readonly #options: OutcomesOptions;
  /** Where the newest word about the health of a sensor or channel is told. */
  readonly #newest = new Map<string, { readonly frame: number; readonly chapter: Chapter }>();
  /** Frames in which the mode changed. */
  readonly #modeFrames: number[] = [];
  /** First frame in which a channel no longer voted. */
  readonly #voteless = new Map<string, number>();

  constructor(chapters: readonly Chapter[], options: OutcomesOptions) {
    this.#options = options;
    for (const chapter of chapters) {
      for (const suspect of chapter.suspects) this.#byFault.set(suspect, [...this.#of(suspect), chapter]);
      for (const entry of chapter.entries) this.#note(entry, chapter);
    }
  }

  #note(entry: Entry, chapter: Chapter): void {
    const { code, frame } = entry;
    if (code === EVENT.MODE) this.#modeFrames.push(frame);
    for (const channel of losesVote(entry)) {
      this.#voteless.set(channel, Math.min(frame, this.#voteless.get(channel) ?? frame));
    }
    if (!OUT_AND_BACK.includes(code)) return;
    const place = placeOf(entry, this.#options.signals);
    if (frame >= (this.#newest.get(place)?.frame ?? 0)) this.#newest.set(place, { frame, chapter });
  }

  of(chapter: Chapter, before: Before): Outcome {
    const facts = this.#facts(chapter, before.mode);
    return { ...facts, text: this.#text(chapter, facts, before.outcome) };
  }

  #facts(chapter: Chapter, recorded: string): OutcomeFacts {
    const { frame, entries } = chapter;
    const { state } = this.#options;
    const changes = entries.filter(({ code }) => code === EVENT.MODE);
    const modeBefore = recorded === "" ? modeName(changes[0]?.argument) : recorded;
    const first = (codes: readonly number[]) => entries.find(({ code }) => codes.includes(code))?.frame;
    const isWhole = this.#isWhole(chapter);
    const out = this.#opened(chapter).filter((place) => state.out.has(place) && this.#isNewest(place, chapter));
    const gatesOff = gatesTurnedOff(entries).filter((channel) => state.gatesOff.has(channel));
    const isBack = out.length + gatesOff.length + this.#open(chapter).length === 0;
    return {
      noticedAfter: isWhole ? since(frame, entries.find(isTrouble)?.frame) : undefined,
      actedAfter: isWhole ? since(frame, first(OPENED) ?? first([EVENT.GATE_OFF])) : undefined,
      backAfter: isBack ? since(frame, entries.findLast(({ code }) => BACK.includes(code))?.frame) : undefined,
      modeBefore,
      modeAfter: changes.length === 0 ? modeBefore : modeName(changes.at(-1)?.subject),
      out,
      gatesOff,
      stillVoting: this.#stillVoting(chapter),
      heldFrames: entries.reduce((sum, { code, count }) => sum + (code === EVENT.OUTPUT_HELD ? count : 0), 0),
      safeFrame: first([EVENT.OUTPUT_SAFE]),
      unnoticed: unnoticedIn(chapter, state.latent),
    };
  }

  /** Everything that was taken out here. */
  #opened({ entries }: Chapter): string[] {
    const opened = entries.filter(({ code }) => OPENED.includes(code));
    return [...new Set(opened.map((entry) => placeOf(entry, this.#options.signals)))];
  }

  /** What was taken out here and is not told to be back here. */
  #open(chapter: Chapter): string[] {
    const { signals } = this.#options;
    return this.#opened(chapter).filter((place) => {
      const last = chapter.entries.findLast(
        (entry) => OUT_AND_BACK.includes(entry.code) && placeOf(entry, signals) === place,
      );
      return last !== undefined && OPENED.includes(last.code);
    });
  }

  #isNewest(place: string, chapter: Chapter): boolean {
    return (this.#newest.get(place)?.chapter ?? chapter) === chapter;
  }

  /** Channels that lost a sensor and, as long as the chapter goes on, not their vote. */
  #stillVoting(chapter: Chapter): string[] {
    const last = lastFrame(chapter);
    const lost = chapter.entries.filter(({ code }) => SENSOR_OUT.includes(code));
    const channels = lost.map(({ subject }) => CHANNELS[subject & 3] ?? "?");
    return [...new Set(channels)].filter((channel) => (this.#voteless.get(channel) ?? Infinity) > last).sort();
  }

  #text(chapter: Chapter, facts: OutcomeFacts, outcome: string | undefined): string {
    const { from, to } = this.#options;
    const [fault] = chapter.suspects;
    const wider = this.#of(fault).filter((other) => isWider(other, chapter));
    const { next, before } = (chapter.suspects.length === 1 ? fault : undefined) ?? {};
    const others = [...wider, ...this.#of(next)];
    const elsewhere: Elsewhere = new Set(others.flatMap(({ entries }) => entries.map(({ code }) => code)));
    const isWhole = this.#isWhole(chapter);
    const sentences = [
      ...(isWhole ? noticedTexts(facts, elsewhere) : [`It began before frame ${from}.`]),
      ...healthTexts(facts, { to, isWhole }),
      ...resultTexts(facts, { elsewhere, outcome, ...this.#course(chapter) }),
    ];
    if (before !== undefined) sentences.push(`${before.fault.text} came before in the same place and fits as well.`);
    if (wider.length > 0) sentences.push(`What fits ${othersText(wider, chapter)} as well has its own chapter.`);
    if (next !== undefined) {
      sentences.push(`From frame ${next.fault.frame} on, new trouble there is told under ${next.fault.text}.`);
    } else sentences.push(...this.#movedTexts(chapter));
    return sentences.join(" ");
  }

  /** What is known of mode and outputs as long as the chapter goes on. */
  #course(chapter: Chapter): { readonly isSteady: boolean; readonly isKnown: boolean } {
    const last = lastFrame(chapter);
    const isLost = this.#options.missing.some(
      ({ of, from, to }) => (of === "all" || of === "stage") && from <= last && to >= chapter.frame - 1,
    );
    const isSteady = !this.#modeFrames.some((frame) => frame >= chapter.frame && frame <= last);
    return { isSteady, isKnown: !isLost };
  }

  /** What was taken out here and was told of later in other chapters. */
  #movedTexts(chapter: Chapter): string[] {
    const moved = this.#open(chapter).filter((place) => !this.#isNewest(place, chapter));
    if (moved.length === 0) return [];
    const frames = [...new Set(moved.map((place) => this.#newest.get(place)?.chapter.frame ?? 0))];
    return [`What became of ${listText(moved)} is told under frame ${listText(frames.map(String))}.`];
  }

  /** What comes first in a window came first at all only if the cause is in the window too. */
  #isWhole({ frame }: Chapter): boolean {
    return frame >= this.#options.from;
  }

  /** The chapters that fit a fault, alone or with others. */
  #of(suspect: Suspect | undefined): readonly Chapter[] {
    return (suspect === undefined ? undefined : this.#byFault.get(suspect)) ?? [];
  }
}

/** Whether a channel or the stage reports trouble; what the host says was not noticed by anybody. */
function isTrouble({ level, by }: Entry): boolean {
  return level !== "info" && by.some((name) => name !== "host");
}

/** Whether a chapter fits all the faults of another, and more. */
function isWider({ suspects }: Chapter, than: Chapter): boolean {
  const { length } = than.suspects;
  return length > 0 && suspects.length > length && than.suspects.every((one) => suspects.includes(one));
}

/** The faults that these chapters fit besides the one's own. */
function othersText(wider: readonly Chapter[], { suspects: own }: Chapter): string {
  const others = new Set(wider.flatMap(({ suspects }) => suspects.filter((one) => !own.includes(one))));
  return listText([...others].sort((a, b) => a.id - b.id).map(({ fault }) => fault.text));
}

function modeName(mode: number | undefined): string {
  return mode === undefined ? "" : (MODES[mode] ?? String(mode));
}

/** The sensor or channel that an entry is about. */
function placeOf({ code, subject }: Entry, signals: SignalList): string {
  if (eventKind(code).subject !== "sensor") return CHANNELS[subject] ?? "?";
  return `${CHANNELS[subject & 3] ?? "?"}.${signals.inputs[subject >>> 2]?.name ?? "?"}`;
}

function gatesTurnedOff(entries: readonly Entry[]): string[] {
  return [...new Set(entries.filter(({ code }) => code === EVENT.GATE_OFF).flatMap(({ by }) => by))];
}

/** Channels that no longer vote from this entry on. */
function losesVote({ code, subject, by }: Entry): readonly string[] {
  if (code === EVENT.GATE_OFF) return by;
  return CHANNEL_OUT.includes(code) ? [CHANNELS[subject] ?? "?"] : [];
}

function lastFrame({ frame, entries }: Chapter): number {
  return entries.reduce((newest, { last }) => Math.max(newest, last), frame);
}

function since(start: number, frame: number | undefined): number | undefined {
  return frame === undefined ? undefined : frame - start;
}
