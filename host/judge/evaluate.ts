import { CHANNELS, type ChannelName, LINKS, MODES } from "../model/enums.ts";
import { type EventFacts, eventKind, LEVELS, type Level } from "../model/events.ts";
import { nearWords } from "../model/near.ts";
import type { SignalList } from "../model/signals.ts";
import { type EventExpectation, type Expectation, FRAME_MAX } from "./expectation.ts";

/** What expectations are judged over: a run's summary and its events, whoever flew it. */
export interface RunFacts {
  readonly frames: number;
  readonly vote: { readonly held: number; readonly safe: number };
  readonly mode: { readonly final: string };
  /** Agreed health at the end. */
  readonly channels: Readonly<Record<ChannelName, { readonly state: string }>>;
  readonly sensors: readonly { readonly sensor: string; readonly state: string }[];
  readonly events: readonly (EventFacts & { readonly frame: number })[];
  /** Events that were counted and not kept. */
  readonly eventsDropped: number;
  readonly signals: SignalList;
  /** Undefined where nobody judged outputs, as on real boards without a replay. */
  readonly oracle: OracleFacts | undefined;
  readonly verdict: "pass" | "fail" | "not judged";
  readonly outputHash: string;
}

export interface OracleFacts {
  readonly value_ok: boolean;
  readonly range_ok: boolean;
  readonly wrong_frames: number;
}

/** One expectation, judged. */
export interface Finding {
  /** JSON path in the scenario. */
  readonly path: string;
  readonly isMet: boolean;
  /** What was expected and what was found, one sentence without a full stop. */
  readonly text: string;
}

/** Judges every expectation of a scenario, in order. */
export function evaluate(expect: readonly Expectation[], facts: RunFacts): Finding[] {
  return expect.map((expectation) => {
    const { expected, found, isMet } = judged(expectation, facts);
    const text = isMet ? `${expected}: met` : `expected ${expected}, found ${found}`;
    return { path: expectation.path, isMet, text };
  });
}

/** Questions that a scenario answers itself: the general verdict of a run must not answer them a second time. */
export function settledBy(expect: readonly Expectation[]): { mode: boolean; held: boolean; oracle: boolean } {
  const has = (...kinds: readonly Expectation["that"][]) => expect.some(({ that }) => kinds.includes(that));
  return { mode: has("mode"), held: has("held"), oracle: has("oracle", "wrong") };
}

interface Judged {
  readonly expected: string;
  readonly found: string;
  readonly isMet: boolean;
}

function judged(expectation: Expectation, facts: RunFacts): Judged {
  switch (expectation.that) {
    case "mode":
      return same(`mode ${expectation.is} at the end`, expectation.is, facts.mode.final);
    case "channel": {
      const { channel, is } = expectation;
      return same(`channel ${channel} ${is} at the end`, is, facts.channels[channel].state);
    }
    case "sensor": {
      const { sensor, is } = expectation;
      return same(`sensor ${sensor} ${is} at the end`, is, sensorState(sensor, facts));
    }
    case "voter":
      return voter(expectation.channel, facts);
    case "opens":
      return opens(expectation, facts);
    case "returns":
      return returns(expectation, facts);
    case "held":
    case "safe":
      return atMost(`${expectation.that} frames`, expectation.most, facts.vote[expectation.that]);
    case "wrong":
      return atMost("frames with a wrong output", expectation.most, facts.oracle?.wrong_frames);
    case "event":
      return event(expectation, facts);
    case "quiet":
      return quiet(expectation, facts);
    case "oracle":
      return same(`the oracle's finding to be ${expectation.is}`, expectation.is, oracleWord(facts.oracle));
    case "verdict":
      return same(`verdict ${expectation.is}`, expectation.is, facts.verdict);
    case "output-hash":
      return same(`output hash ${expectation.is}`, expectation.is, facts.outputHash);
    default:
      return expectation satisfies never;
  }
}

function same(expected: string, wanted: string, found: string): Judged {
  return { expected, found, isMet: wanted === found };
}

function atMost(what: string, most: number, found: number | undefined): Judged {
  const isMet = found !== undefined && found <= most;
  return { expected: `at most ${most} ${what}`, found: found === undefined ? "nobody who counted" : `${found}`, isMet };
}

function oracleWord(oracle: OracleFacts | undefined): string {
  if (oracle === undefined) return "no oracle";
  return oracle.value_ok && oracle.range_ok ? "good" : "bad";
}

/** Health at the end, or what is wrong with the question. */
function sensorState(sensor: string, { sensors }: RunFacts): string {
  const found = sensors.find((candidate) => candidate.sensor === sensor);
  if (found !== undefined) return found.state;
  const near = nearWords(
    sensor,
    sensors.map((candidate) => candidate.sensor),
  );
  return `no such sensor${near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`}`;
}

/** Frames in which an event was reported, rising, each once. */
function framesOf(facts: RunFacts, name: string, subject: string | undefined): number[] {
  const frames = new Set<number>();
  for (const event of facts.events) {
    if (eventKind(event.code).name !== name) continue;
    if (subject === undefined || subjectName(event, facts.signals) === subject) frames.add(event.frame);
  }
  return [...frames].sort((a, b) => a - b);
}

/** What an event is about, as a scenario names it. */
export function subjectName(event: EventFacts, { inputs }: SignalList): string {
  const { subject } = event;
  const inputName = (index: number): string => inputs[index]?.name ?? `input ${index}`;
  switch (eventKind(event.code).subject) {
    case "channel":
      return CHANNELS[subject] ?? `${subject}`;
    case "sensor":
      return `${CHANNELS[subject & 3] ?? subject & 3}.${inputName(subject >>> 2)}`;
    case "input":
      return inputName(subject);
    case "link":
      return LINKS[subject] ?? `${subject}`;
    case "mode":
      return MODES[subject] ?? `${subject}`;
    default:
      return `${subject}`;
  }
}

function voter(channel: ChannelName, facts: RunFacts): Judged {
  const opened = [...framesOf(facts, "CHANNEL_OPEN", channel), ...framesOf(facts, "CHANNEL_FAILED", channel)];
  const { state } = facts.channels[channel];
  const isMet = opened.length === 0 && complete(facts) && (state === "HEALTHY" || state === "SUSPECT");
  const at = opened.length === 0 ? "" : `, out in frame ${Math.min(...opened)}`;
  return { expected: `channel ${channel} a voter throughout`, found: `${state} at the end${at}${lost(facts)}`, isMet };
}

function opens({ what, after, within }: Expectation & { that: "opens" }, facts: RunFacts): Judged {
  const name = what.includes(".") ? "SENSOR_OPEN" : "CHANNEL_OPEN";
  const frames = framesOf(facts, name, what);
  const isMet = frames.some((frame) => frame >= after && frame <= after + within);
  const expected = `${what} OPEN within ${within} frames of frame ${after}`;
  return { expected, found: frames.length === 0 ? "never OPEN" : `OPEN in frame ${frames.join(", ")}`, isMet };
}

/** Out of selection and back for good: the last thing said of it by `by` is that it is healthy. */
function returns({ sensor, by }: Expectation & { that: "returns" }, facts: RunFacts): Judged {
  const out = framesOf(facts, "SENSOR_OPEN", sensor);
  const back = framesOf(facts, "SENSOR_HEALTHY", sensor).filter((frame) => frame <= by);
  const lastOut = out.at(-1);
  const lastBack = back.at(-1);
  const isMet = lastOut !== undefined && lastBack !== undefined && lastBack > lastOut;
  const story = `out in frame ${out.join(", ") || "none"}, back in frame ${back.join(", ") || "none"}`;
  return { expected: `sensor ${sensor} out of selection and back by frame ${by}`, found: story, isMet };
}

function event({ name, subject, from, to, least, most }: EventExpectation, facts: RunFacts): Judged {
  const frames = framesOf(facts, name, subject).filter((frame) => frame >= from && frame <= to);
  const count = frames.length;
  const isMet = count >= least && count <= most && (most === FRAME_MAX || complete(facts));
  const about = subject === undefined ? name : `${name} of ${subject}`;
  const much = most === FRAME_MAX ? `at least ${least}` : least === 0 ? `at most ${most}` : `${least} to ${most}`;
  const expected = `${about} in ${much} frames from ${from} to ${Math.min(to, facts.frames - 1)}`;
  const where = count === 0 ? "" : `, first ${frames[0]}`;
  return { expected, found: `it in ${count} frames${where}${lost(facts)}`, isMet };
}

function quiet({ level, from, to }: { level: Level; from: number; to: number }, facts: RunFacts): Judged {
  const least = LEVELS.indexOf(level);
  const heard = facts.events.find(
    // What the host says of its own knowledge, no channel reported.
    ({ frame, code, by }) =>
      by !== "host" && frame >= from && frame <= to && LEVELS.indexOf(eventKind(code).level) >= least,
  );
  const expected = `no ${level} or worse from frame ${from} to ${Math.min(to, facts.frames - 1)}`;
  const isMet = heard === undefined && complete(facts);
  if (heard === undefined) return { expected, found: `none${lost(facts)}`, isMet };
  const { name } = eventKind(heard.code);
  return { expected, found: `${name} of ${subjectName(heard, facts.signals)} in frame ${heard.frame}`, isMet };
}

/** An event that was not kept may be the one that must not be there. */
function complete({ eventsDropped }: RunFacts): boolean {
  return eventsDropped === 0;
}

function lost({ eventsDropped }: RunFacts): string {
  return eventsDropped === 0 ? "" : ` (${eventsDropped} events were not kept)`;
}
