import { CHANNELS, type ChannelName, channelsText, LINKS, listText, MODES, SOURCES } from "./enums.ts";
import { type EventFacts, type EventKind, eventKind } from "./events.ts";
import { numberOf } from "./numbers.ts";
import type { Signal, SignalList } from "./signals.ts";

/** Events, samples and causes in words: the one place that turns a record's numbers into phrases. */

/**
 * One event in words: `A accuses C of a wrong result`. Without a full stop. `reporters`: all who said the same,
 * the event's own if left out.
 */
export function eventSentence(
  facts: EventFacts,
  signals: SignalList,
  reporters: readonly string[] = [facts.by],
): string {
  const kind = eventKind(facts.code);
  return kind.sentence({
    by: listText(reporters.map((by) => (by === "stage" ? "the output stage" : by))),
    many: reporters.length > 1,
    subject: subjectText(kind, facts, signals),
    argument: argumentText(kind, facts, signals),
  });
}

/** A sample value as a person reads it: `3.25 rad/s`, `true`. `word` holds its 32 bits. */
export function wordText(word: number, signal: Signal | undefined): string {
  if (signal === undefined) return `word ${word >>> 0}`;
  if (signal.type === "bool") return word === 0 ? "false" : "true";
  const unit = signal.unit === "" ? "" : ` ${signal.unit}`;
  if (signal.type === "f32") return `${numberText(numberOf("f32", word))}${unit}`;
  return `${numberOf(signal.type, word)}${unit}`;
}

/** Significant digits that are printed: the sensor behind a value has no more. Exact bits are in the record. */
export const DIGITS = 6;
/** With these any two values of an f32 look different. */
export const DIGITS_MAX = 9;

export function numberText(value: number, digits: number = DIGITS): string {
  return Number.isInteger(value) || !Number.isFinite(value) ? String(value) : String(Number(value.toPrecision(digits)));
}

/** A time in seconds for messages: `12.5 s`. */
export function secondsText(value: number): string {
  return `${numberText(value)} s`;
}

/** The input an event with a sensor or input as subject is about. */
export function eventInput(facts: EventFacts, signals: SignalList): Signal | undefined {
  const { subject } = eventKind(facts.code);
  if (subject === "input") return signals.inputs[facts.subject];
  return subject === "sensor" ? signals.inputs[facts.subject >>> 2] : undefined;
}

/** `1 frame`, `2 frames`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** What one channel logged of a frame's vote. Bits: A lowest. */
export interface VoteFacts {
  readonly by: ChannelName;
  /** Channels whose result equals the one that it committed, its own included; 0 when it committed none. */
  readonly matching: number;
  /** Channels whose result it had, its own included. */
  readonly received: number;
  /** It found its own result against two that are equal. */
  readonly isLost: boolean;
}

/** Who says whose results are equal: one sentence for all that say the same. */
export function voteSentences(facts: readonly VoteFacts[]): string[] {
  const sayers = new Map<string, string[]>();
  for (const one of facts) {
    const said = voteText(one);
    sayers.set(said, [...(sayers.get(said) ?? []), one.by]);
  }
  return [...sayers].map(([said, by]) => {
    const [say, own] = by.length === 1 ? ["says", "its own"] : ["say", "their own"];
    return `${listText(by)} ${say}: ${said.replace("{own}", own)}.`;
  });
}

function voteText({ by, matching, received, isLost }: VoteFacts): string {
  const own = 1 << CHANNELS.indexOf(by);
  if (matching !== 0 && matching !== own) return `${channelsText(matching)} hold the same result`;
  if ((received & own) === 0) return "no result in this frame";
  if (isLost) return "both others hold the same result, and {own} is another";
  return received === own ? "no result of another channel arrived" : "no result that arrived equals {own}";
}

const SAMPLE_WORDS = [
  "no trouble",
  "absent or stale",
  "reserved",
  "out of range",
  "not a number",
  "changing faster than its rate limit",
  "left out of selection",
  "its channel's data did not arrive",
];

/** Why a sample was not used, in words. */
export function sampleText(reason: number): string {
  return SAMPLE_WORDS[reason] ?? `reason ${reason}`;
}

const CAUSES = [
  "both others accuse it of a wrong value",
  "both others accuse it of silence",
  "it declared itself",
  "its committed hash differs from both others'",
];

/** What `err_*` and CHANNEL_ERROR say, in words. */
export function causesText(bits: number): string {
  return bitsText(bits, CAUSES) || "no cause given";
}

function bitsText(bits: number, names: readonly string[]): string {
  const texts = names.filter((_, i) => ((bits >>> i) & 1) === 1);
  if (bits >>> names.length !== 0) texts.push(`bits ${bits}`);
  return texts.join(", ");
}

const DROPS = ["", "the digests differ", "the results differ", "no voter committed it"];
const GATES = ["", "no majority", "SAFE"];
const SAFES = ["", "results miscompare", "too few voters"];
const STOPS = ["", "its processor hangs", "it has no power", "its core trapped"];
const STEP_WORDS = ["it returned", "it trapped", "it ran out of fuel", "it did not run"];

function subjectText(kind: EventKind, { subject, argument }: EventFacts, signals: SignalList): string {
  switch (kind.subject) {
    case "none":
      return "";
    case "channel":
      return CHANNELS[subject] ?? String(subject);
    case "sensor":
      return `${CHANNELS[subject & 3] ?? subject & 3}.${inputName(subject >>> 2, signals)}`;
    case "input":
      return inputName(subject, signals);
    case "link":
      return LINKS[subject] ?? String(subject);
    case "mode":
      return MODES[subject] ?? String(subject);
    case "step":
      return STEP_WORDS[subject] ?? `status ${subject}`;
    case "lines":
      return linesText(subject & ~argument);
    case "fault":
      return `fault ${subject}`;
    default:
      return unreachable(kind.subject);
  }
}

/** Nothing for none. */
function linesText(bits: number): string {
  return bits === 0 ? "" : channelsText(bits >>> 0);
}

function argumentText(kind: EventKind, facts: EventFacts, signals: SignalList): string {
  const { argument } = facts;
  switch (kind.argument) {
    case "none":
      return "";
    case "source":
      return SOURCES[argument] ?? String(argument);
    case "word":
      return wordText(argument, eventInput(facts, signals));
    case "sample":
      return sampleText(argument);
    case "trips":
      return `${ordinal(argument)} trip`;
    case "causes":
      return causesText(argument);
    case "alpha":
      return `alpha ${numberText(argument / 256)}`;
    case "score":
      return `score ${argument}`;
    case "mode":
      return MODES[argument] ?? String(argument);
    case "missing":
      return `${bitsText(argument, ["X1", "X2", "X3"]) || "nothing"} missing`;
    case "frame":
      return `frame ${argument}`;
    case "count":
      return argument === 1 ? "1 frame" : `${argument} frames in a row`;
    case "fuel":
      return `${argument} fuel used`;
    case "drop":
      return DROPS[argument] || `cause ${argument}`;
    case "gate":
      return GATES[argument] || `cause ${argument}`;
    case "safe":
      return SAFES[argument] || `cause ${argument}`;
    case "stop":
      return STOPS[argument] || `cause ${argument}`;
    case "lines":
      return linesText(argument);
    default:
      return unreachable(kind.argument);
  }
}

/** `1st`, `2nd`, `11th`. */
function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${teen ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th")}`;
}

function inputName(index: number, signals: SignalList): string {
  return signals.inputs[index]?.name ?? `input ${index}`;
}

function unreachable(value: never): never {
  throw new Error(`a case is missing for ${String(value)}`);
}
