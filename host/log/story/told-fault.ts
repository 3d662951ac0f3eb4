import { CHANNELS, LINKS } from "../../model/enums.ts";
import { eventKind } from "../../model/events.ts";
import type { SignalList } from "../../model/signals.ts";
import type { EventRecord } from "../file/event-record.ts";

/**
 * What a log knows of an injected fault, and how near an event is to it. A fault has one place, an event is about one
 * thing: the nearer the two, the more likely they belong together. Nobody wrote down what caused what, so this is all
 * there is to go by.
 */

/** Where a fault was put: into a channel, one direction of a link, or a sensor of one channel. */
export type FaultPlace =
  | { readonly kind: "channel"; readonly channel: string }
  | { readonly kind: "link"; readonly from: string; readonly to: string }
  /** Exchanged wires are a fault of two inputs. */
  | { readonly kind: "sensor"; readonly channel: string; readonly inputs: readonly string[] };

export interface Fault {
  /** As `--fault` takes it: `B.gyro_x:stuck@500+200`. */
  readonly text: string;
  /** `undefined` when the text is in a form that this version does not know. */
  readonly place: FaultPlace | undefined;
  /** First frame. */
  readonly frame: number;
  /** First frame without it; infinite when it lasts to the end of the run. */
  readonly end: number;
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

const FAULT =
  /^(?:[A-Za-z]+: )?(([ABC])(?:>([ABC])|\.([a-z][a-z0-9_]*))?:(?:(\w+)(?:\(([^)]*)\))?@(\d+)(?:\+(\d+))?)?)/;
/** Faults that last one frame when nothing else is said (docs/faults.md). */
export const ONE_FRAME: readonly string[] = ["bitflip", "reset"];

/** Reads `Injected: B.gyro_x:stuck@500+200. ...`, `Ended: ...` or the fault alone. `frame`: left out, its own. */
export function faultOf(text: string, frame?: number): Fault {
  const [, fault, channel, to, input, mode = "", argument = "", first, frames] = FAULT.exec(text) ?? [];
  const begin = frame ?? Number(first ?? 0);
  if (fault === undefined || channel === undefined) {
    const rest = text.replace(/^[A-Za-z]+: /, "");
    return { text: rest, place: undefined, frame: begin, end: Number.POSITIVE_INFINITY };
  }
  const lasting = frames === undefined ? (ONE_FRAME.includes(mode) ? 1 : Number.POSITIVE_INFINITY) : Number(frames);
  return { text: fault, place: placeOf({ channel, to, input, mode, argument }), frame: begin, end: begin + lasting };
}

interface Parts {
  readonly channel: string;
  readonly to: string | undefined;
  readonly input: string | undefined;
  readonly mode: string;
  readonly argument: string;
}

function placeOf({ channel, to, input, mode, argument }: Parts): FaultPlace {
  if (to !== undefined) return { kind: "link", from: channel, to };
  if (input === undefined) return { kind: "channel", channel };
  const other = mode === "swap" ? /(\w+)\s*$/.exec(argument)?.[1] : undefined;
  return { kind: "sensor", channel, inputs: other === undefined ? [input] : [input, other] };
}

/** `B`, `A>B` or `B.gyro_x`: the same for all faults of one place. */
export function placeText(place: FaultPlace): string {
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
export function impairedBy(place: FaultPlace): readonly string[] {
  return place.kind === "link" ? [place.from, place.to] : [place.channel];
}

/** Codes by which a channel reports what it received of another, or did not. */
const PEER_CODES: readonly number[] = [10, 11, 12, 50, 51];
const STEP_FAILED = 68;

/** What an event is about. `frame`: all events of its frame. */
export function subjectOf(event: EventRecord, signals: SignalList, frame: readonly EventRecord[]): Subject {
  const { code, by, subject } = event;
  if (code === STEP_FAILED) return { kind: "channels", channels: [by] };
  switch (eventKind(code).subject) {
    case "sensor":
      return { kind: "sensor", channel: channelName(subject & 3), input: inputName(subject >>> 2, signals) };
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
  if (!PEER_CODES.includes(code)) return { kind: "channels", channels: [channel] };
  const isSaid = (one: EventRecord) =>
    one.code === code && one.subject === subject && one.by !== by && one.by !== channel;
  return { kind: "peer", by, channel, isAlone: !frame.some(isSaid) };
}

/** How near an event about `subject` is to a fault in `place`. */
export function nearness(place: FaultPlace | undefined, subject: Subject): number {
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

function nearnessOfSensor({ channel, inputs }: FaultPlace & { kind: "sensor" }, subject: Subject): number {
  if (subject.kind === "sensor" && inputs.includes(subject.input)) return subject.channel === channel ? EXACT : TOUCHED;
  return subject.kind === "input" && inputs.includes(subject.input) ? NEAR : UNLIKELY;
}

/** A link shows at its receiver alone; when a third channel misses the same, the sender is nearer. */
function nearnessOfLink({ from, to }: FaultPlace & { kind: "link" }, subject: Subject): number {
  if (subject.kind === "link") return subject.ends.includes(from) && subject.ends.includes(to) ? EXACT : POSSIBLE;
  if (subject.kind === "peer" && subject.by === to) {
    return subject.channel === from && subject.isAlone ? EXACT : TOUCHED;
  }
  const channels = subject.kind === "peer" ? [subject.channel] : subject.kind === "channels" ? subject.channels : [];
  return channels.includes(from) || channels.includes(to) ? INVOLVED : POSSIBLE;
}

function nearnessOfChannel({ channel }: FaultPlace & { kind: "channel" }, subject: Subject): number {
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
