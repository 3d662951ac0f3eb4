import { HEALTHS, MODES, STAGE_OUTCOMES } from "../../model/enums.ts";
import { eventKind, type Level } from "../../model/events.ts";
import { hashText } from "../decode.ts";
import type { EventRecord } from "../file/event-record.ts";
import { framesTold, type MissingSpan } from "../gaps.ts";
import { type FrameRange, type FrameSet, readField, type VoterLog } from "../reader.ts";
import { type Chapter, type Entry, entryText, FAULT_BEGINS, isLevel } from "./chapter.ts";
import { Chapters } from "./chapters.ts";
import { type Before, type Outcome, Outcomes } from "./outcome.ts";
import { type Fault, faultOf } from "./told-fault.ts";

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
  readonly events: number;
  /** Events that are in no chapter because there are too many. */
  readonly skipped: number;
  /** Sentences that were compared with a frame record, and how many of them it contradicts. */
  readonly checked: number;
  readonly contradicted: number;
  /** What the last record says instead of the result's output hash. */
  readonly contradiction: string | undefined;
}

/** Frame records that a story looks up at most: each costs reading a chunk. */
const LOOKUPS_MAX = 400;

export interface StoryOptions extends FrameRange {
  readonly level?: Level;
  /** Frames that the log has not: faults that began in them are taken from its scenario. */
  readonly missing?: readonly MissingSpan[];
}

/** Reads the events of a range and tells them. `level`: entries below it are left out, outcomes stay. */
export async function tellStory(log: VoterLog, options: StoryOptions = {}): Promise<Story> {
  const from = options.from ?? 0;
  const faults = await faultsOf(log);
  const collected = new Chapters(log.table, { from, before: faults.filter(({ frame }) => frame < from) });
  // What began in frames that are lost is known from the scenario alone.
  const isLost = ({ frame }: Fault) =>
    (options.missing ?? []).some(({ of, from: first, to }) => of === "all" && frame >= first && frame <= to);
  const lost = faults.filter((fault) => fault.frame >= from && isLost(fault));
  let events = 0;
  for await (const event of log.events(options)) {
    for (; lost[0] !== undefined && lost[0].frame < event.frame; lost.shift()) collected.add(beginning(lost[0]));
    collected.add(event);
    events += 1;
  }
  for (const fault of lost) collected.add(beginning(fault));
  const found = collected.finish();
  const teller = new Teller(log, found, options);
  const contradiction = await teller.checkResult();
  const chapters: StoryChapter[] = [];
  for (const chapter of found) chapters.push(await teller.tell(chapter, options.level ?? "info"));
  const { checked, contradicted } = teller;
  return { chapters, events, skipped: collected.skipped, checked, contradicted, contradiction };
}

/** The faults of the run, by the scenario in the log: the events that tell of them are lost, or are not read. */
async function faultsOf(log: VoterLog): Promise<Fault[]> {
  const faults = faultTexts(await log.attachment("scenario.json")).map((text) => faultOf(text));
  return faults.sort((a, b) => a.frame - b.frame);
}

/** The event that a lost frame had. */
function beginning({ frame, text }: Fault): EventRecord {
  const told = `Injected: ${text}. Its frame is lost; the scenario says so`;
  return {
    frame,
    by: "host",
    code: FAULT_BEGINS,
    name: "FAULT_BEGINS",
    level: "info",
    subject: 0,
    argument: 0,
    text: told,
  };
}

/** `faults` of a scenario; none when it has none in the form of `--fault`. */
function faultTexts(scenario: Uint8Array | undefined): string[] {
  if (scenario === undefined) return [];
  try {
    const { faults }: { faults?: unknown } = JSON.parse(new TextDecoder().decode(scenario));
    return Array.isArray(faults) ? faults.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}

class Teller {
  readonly #log: VoterLog;
  readonly #outcomes: Outcomes;
  /** First frame that is told. */
  readonly #from: number;
  #lookups = 0;
  checked = 0;
  contradicted = 0;

  constructor(log: VoterLog, chapters: readonly Chapter[], { from = 0, to, missing = [] }: StoryOptions) {
    this.#log = log;
    this.#from = from;
    this.#outcomes = new Outcomes(chapters, { signals: log.table, from, to, missing });
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
    const found = hashText(stage, this.#log.stageLayout, "hash");
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
