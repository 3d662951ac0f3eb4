import type { Signal } from "../model/signals.ts";
import {
  bindChannel,
  bindLink,
  bindSensor,
  type FaultTable,
  type Misfit,
  peerMisfit,
  sensorMisfit,
} from "./bind-fault.ts";
import { type ArgumentValue, argumentValue } from "./fault-arguments.ts";
import { FaultError, type FaultFlaw } from "./fault-error.ts";
import type { FaultArgument } from "./fault-modes.ts";
import { meant } from "./fault-parts.ts";
import { FAULTS_MAX, type FaultSpec, type FaultWhere } from "./fault-spec.ts";
import { FaultStreams } from "./fault-stream.ts";
import { type Draws, drawFlip, FLIPS_LISTED_MAX, type FlipPlace, flipMemory } from "./flips.ts";
import type { ChannelFault, FaultFacts, ResolvedFault, SensorFault } from "./resolved-fault.ts";

/** What a run can be hurt in. */
export interface FaultTarget {
  readonly table: FaultTable;
  /** Frames of the run. */
  readonly frames: number;
  /** Bytes that bitflip(core) and bitflip(module) reach. */
  readonly coreStateSize: number;
  readonly moduleStateSize: number;
  readonly seed: number;
}

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
    const flaw = { problem: "these are too many faults for one run", expected: `at most ${FAULTS_MAX}` };
    throw refuse(beyond, "all", { code: "too-many", ...flaw, found: `${specs.length}` });
  }
  const streams = new FaultStreams();
  return specs.map((spec) => resolveFault(spec, { seed: target.seed, stream: streams.next(spec.text) }, target));
}

/** What a spec says of its time and its draws; the arguments come with the place. */
type Timed = Omit<FaultFacts, "arguments">;

function resolveFault(spec: FaultSpec, draws: Draws, target: FaultTarget): ResolvedFault {
  const { where, mode, text, frame, frames: asked } = spec;
  if (frame >= target.frames) {
    throw refuse(spec, "frame", {
      code: "bad-frame",
      problem: "the fault would begin after the run",
      expected: `a frame below ${target.frames}`,
      found: `${frame}`,
      hint: "Choose an earlier frame or a longer run.",
    });
  }
  const lasting = asked ?? (mode.lasts === "once" ? 1 : target.frames);
  const facts = { text, mode, frame, end: Math.min(frame + lasting, target.frames), asked, ...draws };
  switch (where.place) {
    case "sensor":
      return resolveSensor(spec, where, { facts, target });
    case "link":
      return bindLink({ ...facts, arguments: argumentsOf(spec) }, where);
    case "channel":
      return resolveChannel(spec, where.channel, { facts, target });
    default:
      return where satisfies never;
  }
}

interface Context {
  readonly facts: Timed;
  readonly target: FaultTarget;
}

function resolveSensor(spec: FaultSpec, where: FaultWhere & { place: "sensor" }, context: Context): SensorFault {
  const { table } = context.target;
  const input = inputNamed(spec, "where", where.input, table);
  const signal = table.inputs[input] as Signal;
  const given = spec.given.get("with");
  const other = given === undefined ? -1 : inputNamed(spec, "with", String(given.value), table);
  const misfit = sensorMisfit(spec.mode, signal, table.inputs[other]);
  if (misfit !== undefined) throw cannotDo(spec, misfit);
  const facts = { ...context.facts, arguments: argumentsOf(spec, signal) };
  return bindSensor(facts, { channel: where.channel, input, other }, table);
}

function inputNamed(spec: FaultSpec, part: string, name: string, { inputs }: FaultTable): number {
  const index = inputs.findIndex((signal) => signal.name === name);
  if (index >= 0) return index;
  const names = inputs.map((signal) => signal.name);
  throw refuse(spec, part, {
    code: "unknown-input",
    problem: "the control law has no such input",
    expected: `one of ${names.join(", ")}`,
    found: name,
    hint: meant(name, names),
  });
}

function resolveChannel(spec: FaultSpec, channel: number, context: Context): ChannelFault {
  const { facts } = context;
  const given = argumentsOf(spec);
  if (spec.mode.name === "bitflip")
    return resolveFlip(spec, channel, { ...context, facts: { ...facts, arguments: given } });
  if (!spec.mode.arguments.some(({ name }) => name === "to")) {
    return bindChannel({ ...facts, arguments: given }, channel, undefined);
  }
  const to = Number(given.to ?? (channel === 2 ? 1 : 2));
  const misfit = peerMisfit(channel, to);
  if (misfit !== undefined) throw cannotDo(spec, misfit);
  return bindChannel({ ...facts, arguments: { ...given, to } }, channel, undefined);
}

/** A flip's bits, drawn where they are not given. */
function resolveFlip(
  spec: FaultSpec,
  channel: number,
  { facts, target }: { readonly facts: FaultFacts; readonly target: FaultTarget },
): ChannelFault {
  const name = String(facts.arguments.target);
  const bytes = name === "core" ? target.coreStateSize : target.moduleStateSize;
  const given = givenPlace(spec, name, bytes);
  if (isWhole(given)) return bindChannel(facts, channel, { kind: "same", place: given });
  const memory = flipMemory(name, bytes, target.table);
  const count = facts.end - facts.frame;
  if (count > FLIPS_LISTED_MAX) return bindChannel(facts, channel, { kind: "seeded", given, memory });
  const places = Array.from({ length: count }, (_, i) => ({ ...drawFlip(facts, facts.frame + i, memory), ...given }));
  const [place] = places;
  if (place === undefined || count > 1) return bindChannel(facts, channel, { kind: "each", places });
  return bindChannel({ ...facts, arguments: { ...facts.arguments, ...place } }, channel, { kind: "same", place });
}

function isWhole(place: Partial<FlipPlace>): place is FlipPlace {
  return place.address !== undefined && place.bit !== undefined;
}

/** What was said of a flip's place, and that the memory has it. */
function givenPlace(spec: FaultSpec, name: string, bytes: number): Partial<FlipPlace> {
  if (bytes === 0) {
    const flaw = { problem: `the ${name} keeps no state`, expected: "a target with state", found: "0 bytes" };
    throw refuse(spec, "fault", { code: "cannot-do", ...flaw });
  }
  const address = spec.given.get("address")?.value;
  const bit = spec.given.get("bit")?.value;
  if (address !== undefined && Number(address) >= bytes) {
    const flaw = { problem: `the ${name}'s state has no such address`, expected: `0 to ${bytes - 1}` };
    throw refuse(spec, "address", { code: "cannot-do", ...flaw, found: `${address}` });
  }
  return {
    ...(address === undefined ? {} : { address: Number(address) }),
    ...(bit === undefined ? {} : { bit: Number(bit) }),
  };
}

/** Every argument that has a value: given, or its standard. */
function argumentsOf(spec: FaultSpec, signal?: Signal): Record<string, ArgumentValue> {
  const values = spec.mode.arguments.map((argument) => [argument.name, argumentOf(spec, argument, signal)] as const);
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** Undefined: it is found later, or drawn. */
function argumentOf(spec: FaultSpec, argument: FaultArgument, signal?: Signal): ArgumentValue | undefined {
  const { name, standard } = argument;
  const given = spec.given.get(name);
  if (given !== undefined) return given.value;
  if (standard.kind === "derived") return undefined;
  if (standard.kind === "signal" && signal !== undefined) return standard.of(signal);
  if (standard.kind === "value") {
    const finding = argumentValue(argument, standard.value);
    if ("value" in finding) return finding.value;
  }
  throw new Error(`${spec.mode.name} has no ${name} to fall back on`);
}

function cannotDo(spec: FaultSpec, { argument, ...flaw }: Misfit): FaultError {
  return refuse(spec, argument ?? "fault", { code: "cannot-do", ...flaw });
}

/** `part`: "all", "where" (the input of a sensor), "fault", "frame", or an argument's name. */
function refuse(spec: FaultSpec, part: string, flaw: FaultFlaw): FaultError {
  const { text, origin } = spec;
  const field = part === "all" ? "" : spec.given.has(part) ? `.arguments.${part}` : `.${part}`;
  const path = origin?.form === "fields" ? `${origin.path}${field}` : origin?.path;
  const spot = origin === undefined || path === undefined ? undefined : { ...origin, path };
  return new FaultError(flaw, { text, at: characterOf(spec, part), origin: spot });
}

function characterOf({ text, given }: FaultSpec, part: string): number {
  const argument = given.get(part);
  if (argument !== undefined) return argument.at;
  if (part === "where") return text.indexOf(".") + 1;
  if (part === "fault") return text.indexOf(":") + 1;
  return part === "frame" ? text.lastIndexOf("@") + 1 : 0;
}
