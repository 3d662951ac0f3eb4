import { CHANNELS, LINKS } from "../../model/enums.ts";
import { EVENT, eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";

/**
 * An injected fault as a story needs it, and how near an event is to it. A fault has one place, an event is about one
 * thing: the nearer the two, the more likely they belong together. Nobody wrote down what caused what, so this is all
 * there is to go by.
 */

/** Where a fault was put: into a channel, one direction of a link, or a sensor of one channel. */
export type ToldPlace =
  | { readonly kind: "channel"; readonly channel: string }
  | { readonly kind: "link"; readonly from: string; readonly to: string }
  /** Exchanged wires are a fault of two inputs. */
  | { readonly kind: "sensor"; readonly channel: string; readonly inputs: readonly string[] };

export interface ToldFault {
  /** Its place in the log's list of faults: events name it by that. */
  readonly index: number;
  /** As `--fault` takes it: `B.gyro_x:stuck@500+200`. */
  readonly text: string;
  /** The chapter's title. */
  readonly title: string;
  /** `undefined` when the log has no list, or this fault is not in it. */
  readonly place: ToldPlace | undefined;
  /** First frame. */
  readonly frame: number;
  /** First frame without it; infinite when nobody knows. */
  readonly end: number;
}

/** The fault of an event that the log's list does not have: only the event's own words are known. */
export function unknownFault({ subject, frame, text }: EventRecord): ToldFault {
  return {
    index: subject,
    text: `fault ${subject}`,
    title: text,
    place: undefined,
    frame,
    end: Number.POSITIVE_INFINITY,
  };
}

/** What an event is about. */
export type Subject =
  | { readonly kind: "sensor"; readonly channel: string; readonly input: string }
  | { readonly kind: "input"; readonly input: string }
  | { readonly kind: "channels"; readonly channels: readonly string[] }
  /** What one channel received of another; `isAlone`: no third channel says the same. */
  | { readonly kind: "peer"; readonly by: string; readonly channel: string; readonly isAlone: boolean }
  | { readonly kind: "link"; readonly ends: string }
  | { readonly kind: "run" };

/** How near an event is to a fault. */
export const EXACT = 5;
export const NEAR = 4;
export const TOUCHED = 3;
/** About a channel at one end of a faulty link: alone the link would do it no harm (docs/safety.md, S3). */
export const INVOLVED = 2;
/** Nothing points at the fault, but a faulty channel or link can upset the vote anywhere. */
export const POSSIBLE = 1;
/** A bad sensor costs its channel no vote (docs/safety.md, S19). */
export const UNLIKELY = 0;

/** `B`, `A>B` or `B.gyro_x`: the same for all faults of one place. */
export function toldPlaceText(place: ToldPlace): string {
  switch (place.kind) {
    case "channel":
      return place.channel;
    case "link":
      return `${place.from}>${place.to}`;
    case "sensor":
      return `${place.channel}.${place.inputs[0] ?? ""}`;
    default:
      return unreachable(place);
  }
}

/** Channels that a fault leaves unable to report what the others do. */
export function impairedBy(place: ToldPlace): readonly string[] {
  return place.kind === "link" ? [place.from, place.to] : [place.channel];
}

/** By these a channel reports what it received of another, or did not. */
const OF_PEERS: ReadonlySet<number> = new Set([
  EVENT.SOURCE_LOST,
  EVENT.SOURCE_BACK,
  EVENT.SOURCE_TWO_FACED,
  EVENT.ACCUSE_VALUE,
  EVENT.ACCUSE_SILENCE,
]);

/** What an event is about. `frame`: all events of its frame. */
export function subjectOf(event: EventRecord, signals: SignalList, frame: readonly EventRecord[]): Subject {
  const { code, by, subject } = event;
  const sensor = { channel: channelName(subject & 3), input: inputName(subject >>> 2, signals) };
  if (code === EVENT.STEP_FAILED) return { kind: "channels", channels: [by] };
  // Its sensor is as good as any: its channel stopped.
  if (code === EVENT.SAMPLE_SENT) return { kind: "channels", channels: [sensor.channel] };
  switch (eventKind(code).subject) {
    case "sensor":
      return { kind: "sensor", ...sensor };
    case "input":
      return { kind: "input", input: inputName(subject, signals) };
    case "link":
      return { kind: "link", ends: LINKS[subject] ?? "" };
    case "lines":
      return { kind: "channels", channels: CHANNELS.filter((_, i) => ((subject >>> i) & 1) === 1) };
    case "channel":
      break;
    default:
      return { kind: "run" };
  }
  const channel = channelName(subject);
  if (!OF_PEERS.has(code)) return { kind: "channels", channels: [channel] };
  const isSaid = (one: EventRecord) =>
    one.code === code && one.subject === subject && one.by !== by && one.by !== channel;
  return { kind: "peer", by, channel, isAlone: !frame.some(isSaid) };
}

/** How near an event about `subject` is to a fault in `place`. */
export function nearness(place: ToldPlace | undefined, subject: Subject): number {
  switch (place?.kind) {
    case "sensor":
      return nearnessOfSensor(place, subject);
    case "link":
      return nearnessOfLink(place, subject);
    case "channel":
      return nearnessOfChannel(place, subject);
    case undefined:
      return POSSIBLE;
    default:
      return unreachable(place);
  }
}

function nearnessOfSensor({ channel, inputs }: ToldPlace & { kind: "sensor" }, subject: Subject): number {
  if (subject.kind === "sensor" && inputs.includes(subject.input)) return subject.channel === channel ? EXACT : TOUCHED;
  return subject.kind === "input" && inputs.includes(subject.input) ? NEAR : UNLIKELY;
}

/** A link shows at its receiver alone; when a third channel misses the same, the sender is nearer. */
function nearnessOfLink({ from, to }: ToldPlace & { kind: "link" }, subject: Subject): number {
  if (subject.kind === "link") return subject.ends.includes(from) && subject.ends.includes(to) ? EXACT : POSSIBLE;
  if (subject.kind === "peer" && subject.by === to) {
    return subject.channel === from && subject.isAlone ? EXACT : TOUCHED;
  }
  const channels = subject.kind === "peer" ? [subject.channel] : subject.kind === "channels" ? subject.channels : [];
  return channels.includes(from) || channels.includes(to) ? INVOLVED : POSSIBLE;
}

function nearnessOfChannel({ channel }: ToldPlace & { kind: "channel" }, subject: Subject): number {
  switch (subject.kind) {
    case "channels":
      return subject.channels.includes(channel) ? EXACT : POSSIBLE;
    case "peer":
      if (subject.channel === channel) return subject.isAlone ? NEAR : EXACT;
      return subject.by === channel ? TOUCHED : POSSIBLE;
    case "sensor":
      return subject.channel === channel ? NEAR : POSSIBLE;
    case "link":
      return subject.ends.includes(channel) ? TOUCHED : POSSIBLE;
    default:
      return POSSIBLE;
  }
}

function channelName(channel: number): string {
  return CHANNELS[channel] ?? `channel ${channel}`;
}

function inputName(input: number, signals: SignalList): string {
  return signals.inputs[input]?.name ?? `input ${input}`;
}

function unreachable(value: never): never {
  throw new Error(`a case is missing for ${JSON.stringify(value)}`);
}
