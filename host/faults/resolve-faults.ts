import { CHANNELS } from "../model/enums.ts";
import { nearWords } from "../model/near.ts";
import type { Signal } from "../model/signals.ts";
import { counted } from "../model/words.ts";
import { allSpots, drawFlip, faultStream, lastingSpots, type Spots, type WrittenWords } from "./fault-draws.ts";
import { FaultError, type FaultErrorCode, quoted } from "./fault-error.ts";
import type { FaultArgument, FaultMode } from "./fault-modes.ts";
import { type FaultSpec, type FaultWhere, messageBits } from "./parse-fault.ts";

/** What a run can be hurt in. */
export interface FaultTarget {
  readonly inputs: readonly Signal[];
  /** Frames of the run. */
  readonly frames: number;
  /** Bytes that bitflip(core) and bitflip(module) reach. */
  readonly coreStateSize: number;
  readonly moduleStateSize: number;
  readonly periodUs: number;
  readonly seed: number;
  /** The law's table: a drawn flip of its memory spares the words that every step overwrites. */
  readonly table?: WrittenWords;
}

interface Resolved {
  /** Where it draws its random numbers (draw.ts). */
  readonly stream: number;
  readonly text: string;
  readonly mode: FaultMode;
  /** First frame and the first frame after it. */
  readonly frame: number;
  readonly end: number;
  /** Whether consolidated samples, and with them the output hash, may differ from the clean run's. */
  readonly touchesSamples: boolean;
  /** One sentence for the log. */
  readonly sentence: string;
  /** One sentence when the run ends before the fault does; empty otherwise. */
  readonly cut: string;
}

export interface SensorFault extends Resolved {
  readonly place: "sensor";
  readonly channel: number;
  readonly input: number;
  /** The numeric argument of the mode: value, by, rate (per frame), sigma, factor, age, probability. */
  readonly amount: number;
  /** The other input of a swap; -1 otherwise. */
  readonly other: number;
  readonly signal: Signal;
}

export interface LinkFault extends Resolved {
  readonly place: "link";
  readonly from: number;
  readonly to: number;
  /** Bit 0 X1, bit 1 X2, bit 2 X3. */
  readonly messages: number;
  readonly probability: number;
  /** Bits to invert, or us of delay or until the copy. */
  readonly amount: number;
}

export interface ChannelFault extends Resolved {
  readonly place: "channel";
  readonly channel: number;
  /** The word of a choice, "" when the mode has none. */
  readonly choice: string;
  /** The peer that sees the other face; the channel itself when the mode has none. */
  readonly to: number;
  /** bitflip: -1 = drawn from the seed for each frame, from these spots. */
  readonly address: number;
  readonly bit: number;
  readonly spots: Spots;
}

/** A fault bound to a run: every name is an index, every argument has its value. */
export type ResolvedFault = SensorFault | LinkFault | ChannelFault;

/** More are no scenario but a mistake; a campaign takes its faults one run at a time. */
export const FAULTS_MAX = 64;
const NO_SPOTS: Spots = new Uint32Array(0);

/**
 * Binds faults to a run and refuses what the run cannot have.
 *
 * ```ts
 * const faults = resolveFaults([parseFault("B.gyro_x:stuck@500+200")], target);
 * ```
 *
 * Throws `FaultError`.
 */
export function resolveFaults(specs: readonly FaultSpec[], target: FaultTarget): readonly ResolvedFault[] {
  const beyond = specs[FAULTS_MAX];
  if (beyond !== undefined) {
    throw refuse(beyond, {
      code: "too-many",
      problem: "these are too many faults for one run",
      expected: `at most ${FAULTS_MAX}`,
      found: `${specs.length}`,
    });
  }
  const seen = new Map<string, number>();
  return specs.map((spec) => {
    const n = seen.get(spec.text) ?? 0;
    seen.set(spec.text, n + 1);
    return resolveFault(spec, faultStream(spec.text, n), target);
  });
}

function resolveFault(spec: FaultSpec, stream: number, target: FaultTarget): ResolvedFault {
  const { where, mode, frame, text } = spec;
  if (frame >= target.frames) {
    throw refuse(spec, {
      code: "bad-frame",
      at: text.lastIndexOf("@") + 1,
      problem: "the fault would begin after the run",
      expected: `a frame below ${target.frames}`,
      found: `${frame}`,
      hint: "Choose an earlier frame or a longer run.",
    });
  }
  const lasting = spec.frames ?? (mode.lasts === "once" ? 1 : target.frames - frame);
  const end = Math.min(frame + lasting, target.frames);
  const common = {
    stream,
    text,
    mode,
    frame,
    end,
    touchesSamples: mode.touchesSamples,
    sentence: sentence(spec, end === target.frames ? undefined : lasting),
    cut: cutText(spec, end),
  };
  switch (where.place) {
    case "sensor":
      return { ...common, ...sensorPart(spec, where, target) };
    case "link":
      return { ...common, ...linkPart(spec, where) };
    case "channel":
      return { ...common, ...channelPart(spec, where, { stream, target }) };
    default:
      return unreachable(where);
  }
}

function sensorPart(spec: FaultSpec, where: FaultWhere & { place: "sensor" }, target: FaultTarget) {
  const input = inputIndex(spec, where.input, spec.text.indexOf(".") + 1, target);
  const signal = target.inputs[input] as Signal;
  const name = spec.mode.name;
  if (signal.type === "bool" && ["offset", "drift", "noise", "scale"].includes(name)) {
    throw refuse(spec, {
      code: "cannot-do",
      at: spec.text.indexOf(":") + 1,
      problem: `${signal.name} is a bool and has no ${name}`,
      expected: "stuck, freeze, old, swap or drop",
      found: name,
    });
  }
  const first = spec.mode.arguments.find((argument) => argument.type.kind !== "input");
  const given = first === undefined ? 0 : number(spec, first, signal);
  const perFrame = name === "drift" ? target.periodUs / 1e6 : 1;
  const other = name === "swap" ? swapped(spec, signal, target) : -1;
  return { place: "sensor" as const, channel: where.channel, input, signal, amount: given * perFrame, other };
}

function inputIndex(spec: FaultSpec, name: string, at: number, target: FaultTarget): number {
  const index = target.inputs.findIndex((signal) => signal.name === name);
  if (index >= 0) return index;
  const names = target.inputs.map((signal) => signal.name);
  const near = nearWords(name, names);
  throw refuse(spec, {
    code: "unknown-input",
    at,
    problem: "the control law has no such input",
    expected: `one of ${names.join(", ")}`,
    found: name,
    hint: near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`,
  });
}

function swapped(spec: FaultSpec, signal: Signal, target: FaultTarget): number {
  const given = spec.given.get("with");
  if (given === undefined) throw new Error("the parser lets no swap pass without its input");
  const other = inputIndex(spec, String(given.value), given.at, target);
  const found = target.inputs[other] as Signal;
  if (found.name === signal.name || found.type !== signal.type) {
    throw refuse(spec, {
      code: "cannot-do",
      at: given.at,
      problem: "these two cannot be exchanged",
      expected: `another input of type ${signal.type}`,
      found: `${found.name} of type ${found.type}`,
    });
  }
  return other;
}

function linkPart(spec: FaultSpec, where: FaultWhere & { place: "link" }) {
  const by = (name: string, otherwise: number): number => {
    const argument = spec.mode.arguments.find((candidate) => candidate.name === name);
    return argument === undefined ? otherwise : number(spec, argument);
  };
  return {
    place: "link" as const,
    from: where.from,
    to: where.to,
    messages: by("messages", 7),
    probability: by("probability", 1),
    amount: by("bits", by("by", by("after", 0))),
  };
}

interface ChannelContext {
  readonly stream: number;
  readonly target: FaultTarget;
}

function channelPart(spec: FaultSpec, where: FaultWhere & { place: "channel" }, { stream, target }: ChannelContext) {
  const { channel } = where;
  const choiceArgument = spec.mode.arguments.find((argument) => argument.type.kind === "choice");
  const choice = choiceArgument === undefined ? "" : String(value(spec, choiceArgument));
  const flip =
    spec.mode.name === "bitflip"
      ? flipped(spec, choice, { stream, target })
      : { address: -1, bit: -1, spots: NO_SPOTS };
  // A law's memory holds no samples that others see; a core's does.
  const touchesSamples = spec.mode.name === "bitflip" ? choice === "core" : spec.mode.touchesSamples;
  return { place: "channel" as const, channel, choice, touchesSamples, to: facedPeer(spec, channel), ...flip };
}

/** The peer named by `to`; the higher one when none is named. */
function facedPeer(spec: FaultSpec, channel: number): number {
  if (!spec.mode.arguments.some((argument) => argument.type.kind === "channel")) return channel;
  const given = spec.given.get("to");
  if (given === undefined) return channel === 2 ? 1 : 2;
  if (given.value === channel) {
    throw refuse(spec, {
      code: "cannot-do",
      at: given.at,
      problem: "a channel has no second face for itself",
      expected: CHANNELS.filter((_, i) => i !== channel).join(" or "),
      found: CHANNELS[channel] ?? "",
    });
  }
  return Number(given.value);
}

/** Address and bit of a flip of one frame; over several frames each draws its own, which -1 says. */
function flipped(spec: FaultSpec, choice: string, { stream, target }: ChannelContext) {
  const size = choice === "core" ? target.coreStateSize : target.moduleStateSize;
  if (size === 0) {
    throw refuse(spec, {
      code: "cannot-do",
      at: spec.text.indexOf(":") + 1,
      problem: `the ${choice} keeps no state`,
      expected: "a target with state",
      found: "0 bytes",
    });
  }
  const address = spec.given.get("address");
  if (address !== undefined && Number(address.value) >= size) {
    throw refuse(spec, {
      code: "cannot-do",
      at: address.at,
      problem: `the ${choice}'s state has no such address`,
      expected: `0 to ${size - 1}`,
      found: `${address.value}`,
    });
  }
  const { table } = target;
  const spots = choice === "core" || table === undefined ? allSpots(size) : lastingSpots(size, table);
  const drawn = (spec.frames ?? 1) > 1 ? undefined : drawFlip(target.seed, { stream, frame: spec.frame, spots });
  return {
    spots,
    address: Number(address?.value ?? drawn?.address ?? -1),
    bit: Number(spec.given.get("bit")?.value ?? drawn?.bit ?? -1),
  };
}

function value(spec: FaultSpec, argument: FaultArgument, signal?: Signal): number | string {
  const given = spec.given.get(argument.name);
  if (given !== undefined) return given.value;
  const { standard } = argument;
  if (standard.kind === "signal" && signal !== undefined) return standard.of(signal);
  if (standard.kind === "value") return standard.value;
  throw new Error(`${spec.mode.name} has no ${argument.name} to fall back on`);
}

function number(spec: FaultSpec, argument: FaultArgument, signal?: Signal): number {
  const found = value(spec, argument, signal);
  const bits = argument.type.kind === "messages" && typeof found === "string" ? messageBits(found) : found;
  return Number(bits);
}

/** `B.gyro_x: stuck (value 2.5), frames 500 to 699`. */
/** Of a fault without `+<frames>` nobody said how long it lasts. */
function cutText({ text, frame, frames }: FaultSpec, end: number): string {
  const flown = end - frame;
  if (frames === undefined || flown >= frames) return "";
  return `${text} is cut at the end of the run: ${flown} of its ${counted(frames, "frame")} ${flown === 1 ? "is" : "are"} flown`;
}

function sentence({ where, mode, given, frame }: FaultSpec, frames: number | undefined): string {
  const named = [...given].map(([name, argument]) => `${name} ${argumentText(mode, name, argument.value)}`);
  const what = named.length === 0 ? mode.name : `${mode.name} (${named.join(", ")})`;
  const last = frames === undefined ? undefined : frame + frames - 1;
  const when =
    last === undefined ? `from frame ${frame}` : last === frame ? `frame ${frame}` : `frames ${frame} to ${last}`;
  return `${whereText(where)}: ${what}, ${when}`;
}

function argumentText(mode: FaultMode, name: string, given: number | string): string {
  const type = mode.arguments.find((argument) => argument.name === name)?.type.kind;
  if (type === "channel") return CHANNELS[Number(given)] ?? `${given}`;
  if (type !== "messages") return `${given}`;
  return ["X1", "X2", "X3"].filter((_, i) => ((Number(given) >> i) & 1) === 1).join("|");
}

/** `B`, `A>B` or `B.gyro_x`. */
export function whereText(where: FaultWhere): string {
  switch (where.place) {
    case "channel":
      return CHANNELS[where.channel] ?? "";
    case "link":
      return `${CHANNELS[where.from]}>${CHANNELS[where.to]}`;
    case "sensor":
      return `${CHANNELS[where.channel]}.${where.input}`;
    default:
      return unreachable(where);
  }
}

interface Refusal {
  readonly code: FaultErrorCode;
  readonly at?: number;
  readonly problem: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string | undefined;
}

function refuse(spec: FaultSpec, { at = 0, found, ...rest }: Refusal): FaultError {
  return new FaultError({ text: spec.text, at, found: quoted(found), ...rest });
}

function unreachable(value: never): never {
  throw new Error(`no such place: ${JSON.stringify(value)}`);
}
