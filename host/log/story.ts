import { HEALTHS, listText, MODES, STAGE_OUTCOMES } from "../protocol/enums.ts";
import { eventKind, type Level } from "../protocol/events.ts";
import { type Chapter, Chapters, type Entry, entryText, isLevel } from "./chapters.ts";
import { type FrameRange, type FrameSet, readField, type VoterLog } from "./reader.ts";

/**
 * The story of a run: chapters of sentences, each chapter with what came of it. Events are reports of the channels
 * about themselves and each other, so what matters most is looked up in the frame records as well; where a record
 * says something else, the story says so.
 */

export interface StoryLine {
  readonly entry: Entry;
  /** Frames since the chapter's cause. */
  readonly after: number;
  readonly text: string;
  /** What the frame record says instead, when it contradicts the event. */
  readonly contradiction: string | undefined;
}

export interface StoryChapter {
  readonly frame: number;
  readonly cause: string | undefined;
  readonly channel: string | undefined;
  readonly lines: readonly StoryLine[];
  readonly outcome: Outcome;
}

/** What came of a cause. Frames count from it. */
export interface Outcome {
  /** First report of trouble. */
  readonly noticedAfter: number | undefined;
  /** First sensor or channel taken out by the others; else the first channel that switched itself off. */
  readonly actedAfter: number | undefined;
  /** Everything taken out is back. */
  readonly backAfter: number | undefined;
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

export interface Story {
  readonly chapters: readonly StoryChapter[];
  readonly events: number;
  /** Events that are in no chapter because there are too many. */
  readonly skipped: number;
  /** Sentences that were compared with a frame record, and how many of them it contradicts. */
  readonly checked: number;
  readonly contradicted: number;
}

/** Frame records that a story looks up at most: each costs reading a chunk. */
const LOOKUPS_MAX = 400;

const OPENED = ["SENSOR_OPEN", "SENSOR_FAILED", "CHANNEL_OPEN", "CHANNEL_FAILED"];

/** Reads the events of a range and tells them. `level`: entries below it are left out, outcomes stay. */
export async function tellStory(log: VoterLog, options: FrameRange & { readonly level?: Level } = {}): Promise<Story> {
  const collected = new Chapters(log.table);
  let events = 0;
  for await (const event of log.events(options)) {
    collected.add(event);
    events += 1;
  }
  const teller = new Teller(log, options.to);
  const chapters: StoryChapter[] = [];
  for (const chapter of collected.finish()) chapters.push(await teller.tell(chapter, options.level ?? "info"));
  const { checked, contradicted } = teller;
  return { chapters, events, skipped: collected.skipped, checked, contradicted };
}

class Teller {
  readonly #log: VoterLog;
  /** Last frame of the window that is told. */
  readonly #to: number | undefined;
  #lookups = 0;
  checked = 0;
  contradicted = 0;

  constructor(log: VoterLog, to: number | undefined) {
    this.#log = log;
    this.#to = to;
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
      channel: chapter.channel,
      lines,
      outcome: await this.#outcome(chapter),
    };
  }

  /** What the record of the entry's first frame says, if that is not what was reported. */
  async #contradiction(entry: Entry): Promise<string | undefined> {
    const claim = claimOf(entry, this.#log);
    if (claim === undefined) return undefined;
    const set = await this.#frame(entry.frame);
    const view = claim.ofStage ? set?.stage : set?.channels[RANK.indexOf(entry.by[0] ?? "")];
    if (view === undefined) return undefined;
    const layout = claim.ofStage ? this.#log.stageLayout : this.#log.channelLayout;
    const value = (readField(view, layout, claim.field) >>> claim.shift) & claim.mask;
    this.checked += 1;
    if (claim.values.includes(value)) return undefined;
    this.contradicted += 1;
    return `the record of frame ${entry.frame} says ${claim.field} ${claim.names[value] ?? value}`;
  }

  async #outcome(chapter: Chapter): Promise<Outcome> {
    const { frame, entries } = chapter;
    const before = await this.#mode(Math.max(0, frame - 1));
    const modes = entries.filter(({ name }) => name === "MODE");
    const reported = modes.at(-1)?.subject;
    const modeAfter = reported === undefined ? before : (MODES[reported] ?? String(reported));
    const held = entries.filter(({ name }) => name === "OUTPUT_HELD");
    const out = stillOut(entries, this.#log);
    const back = entries.findLast(({ name }) => name === "SENSOR_HEALTHY" || name === "CHANNEL_HEALTHY");
    const opened = entries.find(({ name }) => OPENED.includes(name));
    const facts = {
      noticedAfter: since(frame, entries.find(({ name, level }) => level !== "info" && name !== "FAULT_ENDS")?.frame),
      actedAfter: since(frame, (opened ?? entries.find(({ name }) => name === "GATE_OFF"))?.frame),
      backAfter: out.length === 0 ? since(frame, back?.frame) : undefined,
      modeBefore: before === "" ? modeAfter : before,
      modeAfter,
      out,
      stillVoting: stillVoting(entries),
      heldFrames: held.reduce((sum, { count }) => sum + count, 0),
      safeFrame: entries.find(({ name }) => name === "OUTPUT_SAFE")?.frame,
    };
    return { ...facts, text: outcomeText(facts, this.#to) };
  }

  /** The mode that most channels of a frame logged; empty when there is no record. */
  async #mode(frame: number): Promise<string> {
    const set = await this.#frame(frame);
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

const RANK = ["A", "B", "C"];

interface Claim {
  readonly ofStage: boolean;
  readonly field: string;
  readonly shift: number;
  readonly mask: number;
  readonly values: readonly number[];
  readonly names: readonly string[];
}

/** What an event says about the record of its frame; `undefined` when it says nothing that can be looked up. */
function claimOf(entry: Entry, log: VoterLog): Claim | undefined {
  const health = HEALTH_OF.get(entry.name);
  const { subject } = eventKind(entry.code);
  const whole = { shift: 0, mask: 0xffffffff };
  if (entry.name === "MODE") return { ofStage: false, field: "mode", ...whole, values: [entry.subject], names: MODES };
  const stage = STAGE_OF.get(entry.name);
  if (stage !== undefined) {
    return { ofStage: true, field: "outcome", ...whole, values: [stage], names: STAGE_OUTCOMES };
  }
  if (health === undefined) return undefined;
  const values = [health];
  if (subject === "channel") {
    const field = `health_${"abc"[entry.subject] ?? ""}`;
    return log.channelLayout.byName.has(field)
      ? { ofStage: false, field, ...whole, values, names: HEALTHS }
      : undefined;
  }
  const input = log.table.inputs[entry.subject >>> 2];
  if (input === undefined) return undefined;
  const shift = 4 * (entry.subject & 3);
  return { ofStage: false, field: `${input.name}_sensors`, shift, mask: 15, values, names: HEALTHS };
}

const HEALTH_OF: ReadonlyMap<string, number> = new Map([
  ["SENSOR_OPEN", HEALTHS.indexOf("OPEN")],
  ["SENSOR_PROBATION", HEALTHS.indexOf("PROBATION")],
  ["SENSOR_HEALTHY", HEALTHS.indexOf("HEALTHY")],
  ["SENSOR_FAILED", HEALTHS.indexOf("FAILED")],
  ["CHANNEL_OPEN", HEALTHS.indexOf("OPEN")],
  ["CHANNEL_HEALTHY", HEALTHS.indexOf("HEALTHY")],
  ["CHANNEL_FAILED", HEALTHS.indexOf("FAILED")],
]);

const STAGE_OF: ReadonlyMap<string, number> = new Map([
  ["OUTPUT_AGREED", 0],
  ["OUTPUT_MASKED", 1],
  ["OUTPUT_HELD", 2],
  ["OUTPUT_SAFE", 3],
]);

/** Names of what was taken out and has not come back. */
function stillOut(entries: readonly Entry[], log: VoterLog): string[] {
  const out = new Set<string>();
  for (const { name, code, subject, by } of entries) {
    const kind = eventKind(code).subject;
    if (name === "GATE_OFF") for (const own of by) out.add(own);
    if (name === "GATE_OFF") continue;
    const channel = "ABC"[kind === "sensor" ? subject & 3 : subject] ?? "?";
    const place = kind === "sensor" ? `${channel}.${log.table.inputs[subject >>> 2]?.name ?? "?"}` : channel;
    if (OPENED.includes(name)) out.add(place);
    if (name === "SENSOR_HEALTHY" || name === "CHANNEL_HEALTHY") out.delete(place);
  }
  return [...out];
}

/** Channels that lost a sensor and not their vote. */
function stillVoting(entries: readonly Entry[]): string[] {
  const lost = (names: readonly string[]) => {
    const found = entries.filter(({ name }) => names.includes(name));
    return found.map(({ code, subject }) => "ABC"[eventKind(code).subject === "sensor" ? subject & 3 : subject] ?? "?");
  };
  const out = lost(["CHANNEL_OPEN", "CHANNEL_FAILED"]);
  return [...new Set(lost(["SENSOR_OPEN", "SENSOR_FAILED"]))].filter((channel) => !out.includes(channel)).sort();
}

function since(start: number, frame: number | undefined): number | undefined {
  return frame === undefined ? undefined : frame - start;
}

function outcomeText(facts: Omit<Outcome, "text">, to: number | undefined): string {
  const {
    noticedAfter,
    actedAfter,
    backAfter,
    modeBefore,
    modeAfter,
    out,
    stillVoting: voters,
    heldFrames,
    safeFrame,
  } = facts;
  const sentences: string[] = [];
  if (noticedAfter === undefined) sentences.push("Nobody reported trouble.");
  else {
    const noticed = `Noticed ${afterText(noticedAfter)}`;
    sentences.push(
      actedAfter === undefined
        ? `${noticed}; nothing was taken out.`
        : `${noticed}, taken out ${afterText(actedAfter)}.`,
    );
  }
  if (out.length > 0) sentences.push(`Still out${to === undefined ? "" : ` by frame ${to}`}: ${out.join(", ")}.`);
  else if (actedAfter !== undefined && backAfter !== undefined) sentences.push(`Back ${afterText(backAfter)}.`);
  if (voters.length > 0)
    sentences.push(`${listText(voters)} ${voters.length === 1 ? "stays a voter" : "stay voters"}.`);
  if (modeBefore !== modeAfter) sentences.push(`Mode ${modeBefore}, then ${modeAfter}.`);
  else if (modeAfter !== "" && safeFrame === undefined) sentences.push(`It did not change the mode (${modeAfter}).`);
  sentences.push(heldFrames === 0 ? "No output was held." : `Outputs were held for ${framesText(heldFrames)}.`);
  if (safeFrame !== undefined) sentences.push(`The safe values are driven from frame ${safeFrame}.`);
  return sentences.join(" ");
}

function afterText(frames: number): string {
  return frames === 0 ? "in the same frame" : `after ${framesText(frames)}`;
}

function framesText(frames: number): string {
  return frames === 1 ? "1 frame" : `${frames} frames`;
}
