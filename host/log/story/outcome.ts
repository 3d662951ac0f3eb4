import { CHANNELS, listText, MODES } from "../../model/enums.ts";
import { eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import { counted } from "../../model/words.ts";
import type { MissingSpan } from "../gaps.ts";
import type { Chapter, Entry } from "./chapter.ts";
import type { Suspect } from "./suspects.ts";

/**
 * What came of each cause. A chapter judges itself alone, so it says where more is told that may belong to it, and
 * leaves out what would be wrong together with that.
 */

/** What came of a cause. Frames count from it; of several faults, from the newest. */
export interface Outcome {
  /** First report of trouble. */
  readonly noticedAfter: number | undefined;
  /** First sensor or channel taken out by the others; else the first channel that switched itself off. */
  readonly actedAfter: number | undefined;
  /** Everything taken out is back. */
  readonly backAfter: number | undefined;
  /** Empty when neither a record nor an event tells it; then so is `modeAfter`. */
  readonly modeBefore: string;
  readonly modeAfter: string;
  /** Channels and sensors that are out at the end of the chapter. */
  readonly out: readonly string[];
  /** Channels of which only a sensor was taken out. */
  readonly stillVoting: readonly string[];
  readonly heldFrames: number;
  readonly safeFrame: number | undefined;
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

interface Parts {
  /** What was taken out here and came back elsewhere. */
  readonly moved: readonly string[];
  readonly outcome: string | undefined;
}

interface Window {
  readonly signals: SignalList;
  readonly from: number;
  /** Last frame that is told; `undefined` when all are. */
  readonly to: number | undefined;
  /** Frames that the log has not. */
  readonly missing: readonly MissingSpan[];
}

const OPENED = ["SENSOR_OPEN", "SENSOR_FAILED", "CHANNEL_OPEN", "CHANNEL_FAILED"];
const BACK = ["SENSOR_HEALTHY", "CHANNEL_HEALTHY"];
const TAKEN_OUT = [...OPENED, "GATE_OFF"];

export class Outcomes {
  readonly #byFault = new Map<Suspect, Chapter[]>();
  readonly #window: Window;
  /** Where the newest word about the health of a sensor or channel is told. */
  readonly #newest = new Map<string, { readonly frame: number; readonly chapter: Chapter }>();
  /** Frames in which the mode changed. */
  readonly #modeFrames: number[] = [];
  /** First frame in which a channel no longer voted. */
  readonly #voteless = new Map<string, number>();

  constructor(chapters: readonly Chapter[], window: Window) {
    this.#window = window;
    for (const chapter of chapters) {
      for (const suspect of chapter.suspects) this.#byFault.set(suspect, [...this.#of(suspect), chapter]);
      for (const entry of chapter.entries) {
        if (entry.name === "MODE") this.#modeFrames.push(entry.frame);
        for (const channel of losesVote(entry)) {
          this.#voteless.set(channel, Math.min(entry.frame, this.#voteless.get(channel) ?? entry.frame));
        }
        if (![...OPENED, ...BACK].includes(entry.name)) continue;
        const place = placeOf(entry, window.signals);
        if (entry.frame >= (this.#newest.get(place)?.frame ?? 0))
          this.#newest.set(place, { frame: entry.frame, chapter });
      }
    }
  }

  of(chapter: Chapter, { mode: recorded, outcome }: Before): Outcome {
    const { frame, entries } = chapter;
    const changes = entries.filter(({ name }) => name === "MODE");
    const modeBefore = recorded === "" ? modeName(changes[0]?.argument) : recorded;
    const out = stillOut(entries, this.#window.signals);
    const first = (names: readonly string[]) => entries.find(({ name }) => names.includes(name))?.frame;
    const isWhole = this.#isWhole(chapter);
    const facts = {
      noticedAfter: isWhole ? since(frame, entries.find(({ level }) => level !== "info")?.frame) : undefined,
      actedAfter: isWhole ? since(frame, first(OPENED) ?? first(["GATE_OFF"])) : undefined,
      backAfter:
        out.length === 0 ? since(frame, entries.findLast(({ name }) => BACK.includes(name))?.frame) : undefined,
      modeBefore,
      modeAfter: changes.length === 0 ? modeBefore : modeName(changes.at(-1)?.subject),
      out: out.filter((place) => (this.#newest.get(place)?.chapter ?? chapter) === chapter),
      stillVoting: this.#stillVoting(chapter),
      heldFrames: entries.reduce((sum, { name, count }) => sum + (name === "OUTPUT_HELD" ? count : 0), 0),
      safeFrame: first(["OUTPUT_SAFE"]),
    };
    const moved = out.filter((place) => !facts.out.includes(place));
    return { ...facts, text: this.#text(chapter, facts, { moved, outcome }) };
  }

  /** Channels that lost a sensor and, as long as the chapter goes on, not their vote. */
  #stillVoting(chapter: Chapter): string[] {
    const last = lastFrame(chapter);
    const lost = chapter.entries.filter(({ name }) => name === "SENSOR_OPEN" || name === "SENSOR_FAILED");
    const channels = lost.map(({ subject }) => CHANNELS[subject & 3] ?? "?");
    return [...new Set(channels)].filter((channel) => (this.#voteless.get(channel) ?? Infinity) > last).sort();
  }

  #text(chapter: Chapter, facts: Facts, { moved, outcome }: Parts): string {
    const [fault] = chapter.suspects;
    const wider = this.#of(fault).filter((other) => isWider(other, chapter));
    const { next, before } = (chapter.suspects.length === 1 ? fault : undefined) ?? {};
    const elsewhere = new Set([...wider, ...this.#of(next)].flatMap(({ entries }) => entries.map(({ name }) => name)));
    const sentences = this.#isWhole(chapter)
      ? noticedTexts(facts, elsewhere)
      : [`It began before frame ${this.#window.from}.`];
    const last = lastFrame(chapter);
    const isKnown = !this.#window.missing.some(
      ({ of, from, to }) => (of === "all" || of === "stage") && from <= last && to >= chapter.frame - 1,
    );
    const isSteady = !this.#modeFrames.some((frame) => frame >= chapter.frame && frame <= last);
    sentences.push(
      ...this.#healthTexts(chapter, facts),
      ...resultTexts(facts, { elsewhere, isSteady, outcome, isKnown }),
    );
    if (before !== undefined) sentences.push(`${before.fault.text} came before in the same place and fits as well.`);
    if (wider.length > 0) sentences.push(`What fits ${othersText(wider, chapter)} as well has its own chapter.`);
    if (next !== undefined) {
      sentences.push(`From frame ${next.fault.frame} on, new trouble there is told under ${next.fault.text}.`);
    } else if (moved.length > 0) {
      const frames = [...new Set(moved.map((place) => this.#newest.get(place)?.chapter.frame ?? 0))];
      sentences.push(`What became of ${listText(moved)} is told under frame ${listText(frames.map(String))}.`);
    }
    return sentences.join(" ");
  }

  #healthTexts(chapter: Chapter, { out, actedAfter, backAfter, stillVoting: voters }: Facts): string[] {
    const { to } = this.#window;
    const isBack = backAfter !== undefined && (actedAfter !== undefined || !this.#isWhole(chapter));
    const texts: string[] = [];
    if (out.length > 0) texts.push(`Still out${to === undefined ? "" : ` by frame ${to}`}: ${out.join(", ")}.`);
    else if (isBack) texts.push(`Back ${afterText(backAfter)}.`);
    if (voters.length > 0) texts.push(`${listText(voters)} ${voters.length === 1 ? "stays a voter" : "stay voters"}.`);
    return texts;
  }

  /** What comes first in a window came first at all only if the cause is in the window too. */
  #isWhole({ frame }: Chapter): boolean {
    return frame >= this.#window.from;
  }

  /** The chapters that fit a fault, alone or with others. */
  #of(suspect: Suspect | undefined): readonly Chapter[] {
    return (suspect === undefined ? undefined : this.#byFault.get(suspect)) ?? [];
  }
}

type Facts = Omit<Outcome, "text">;

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

/** `elsewhere`: names of events that are told elsewhere and may belong to it. */
function noticedTexts({ noticedAfter, actedAfter }: Facts, elsewhere: ReadonlySet<string>): string[] {
  if (noticedAfter === undefined) {
    const isTold = [...elsewhere].some((name) => name !== "FAULT_ENDS");
    return [isTold ? "Nobody reported trouble that fits this fault alone." : "Nobody reported trouble."];
  }
  const noticed = `Noticed ${afterText(noticedAfter)}`;
  if (actedAfter !== undefined) return [`${noticed}, taken out ${afterText(actedAfter)}.`];
  return [TAKEN_OUT.some((name) => elsewhere.has(name)) ? `${noticed}.` : `${noticed}; nothing was taken out.`];
}

interface Surroundings {
  /** Names of events that are told elsewhere and may belong to it. */
  readonly elsewhere: ReadonlySet<string>;
  /** Whether nothing changed the mode as long as the chapter goes on. */
  readonly isSteady: boolean;
  /** Of the output stage when the chapter begins. */
  readonly outcome: string | undefined;
  /** Whether no record of the stage is missing as long as the chapter goes on. */
  readonly isKnown: boolean;
}

function resultTexts(facts: Facts, { elsewhere, isSteady, outcome, isKnown }: Surroundings): string[] {
  const { modeBefore, modeAfter, heldFrames, safeFrame } = facts;
  const isHeld = elsewhere.has("OUTPUT_HELD") || elsewhere.has("OUTPUT_SAFE");
  const isSafe = safeFrame !== undefined || elsewhere.has("OUTPUT_SAFE");
  const texts: string[] = [];
  // Nobody commits in SAFE: the mode in the records is an older one.
  if (outcome === "SAFE") return ["The safe values were driven already when what is told here begins."];
  if (modeBefore !== modeAfter) texts.push(`Mode ${modeBefore}, then ${modeAfter}.`);
  else if (modeAfter !== "" && isKnown && !isSafe && !elsewhere.has("MODE")) {
    texts.push(isSteady ? `It did not change the mode (${modeAfter}).` : "It did not change the mode.");
  }
  if (heldFrames > 0) texts.push(`Outputs were held for ${counted(heldFrames, "frame")}.`);
  else if (outcome === "HELD") texts.push("Outputs were held already when what is told here begins.");
  else if (!isHeld && isKnown) texts.push("No output was held.");
  else if (!isHeld) texts.push("Frames are missing: nobody knows of all outputs.");
  if (safeFrame !== undefined) texts.push(`The safe values are driven from frame ${safeFrame}.`);
  return texts;
}

function modeName(mode: number | undefined): string {
  return mode === undefined ? "" : (MODES[mode] ?? String(mode));
}

/** The sensor or channel that an entry is about. */
function placeOf({ code, subject }: Entry, signals: SignalList): string {
  if (eventKind(code).subject !== "sensor") return CHANNELS[subject] ?? "?";
  return `${CHANNELS[subject & 3] ?? "?"}.${signals.inputs[subject >>> 2]?.name ?? "?"}`;
}

/** Names of what was taken out and has not come back. No event tells that a gate is on again, so it is not. */
function stillOut(entries: readonly Entry[], signals: SignalList): string[] {
  const out = new Set<string>();
  const gatesOff = new Set<string>();
  for (const entry of entries) {
    if (entry.name === "GATE_OFF") for (const own of entry.by) gatesOff.add(own);
    if (OPENED.includes(entry.name)) out.add(placeOf(entry, signals));
    if (BACK.includes(entry.name)) out.delete(placeOf(entry, signals));
  }
  return [...new Set([...out, ...gatesOff])];
}

/** Channels that no longer vote from this entry on. */
function losesVote({ name, subject, by }: Entry): readonly string[] {
  if (name === "GATE_OFF") return by;
  return name === "CHANNEL_OPEN" || name === "CHANNEL_FAILED" ? [CHANNELS[subject] ?? "?"] : [];
}

function lastFrame({ frame, entries }: Chapter): number {
  return entries.reduce((newest, { last }) => Math.max(newest, last), frame);
}

function since(start: number, frame: number | undefined): number | undefined {
  return frame === undefined ? undefined : frame - start;
}

function afterText(frames: number): string {
  return frames === 0 ? "in the same frame" : `after ${counted(frames, "frame")}`;
}
