import { CHANNELS } from "../model/enums.ts";
import {
  bindChannel,
  bindLink,
  bindSensor,
  type FaultTable,
  type Misfit,
  peerMisfit,
  sensorMisfit,
} from "./bind-fault.ts";
import { type ArgumentValue, argumentValue, channelNamed, otherChannels } from "./fault-arguments.ts";
import { FaultError } from "./fault-error.ts";
import { type FaultArgument, type FaultMode, type FaultPlace, faultMode, faultNames } from "./fault-modes.ts";
import { type FaultSpec, FRAME_MAX, whereText } from "./fault-spec.ts";
import { SEEDED } from "./faults-to-json.ts";
import { FLIPS_LISTED_MAX, type FlipPlace, type Flips, flipMemory } from "./flips.ts";
import type { ListField } from "./list-field.ts";
import { parseFault } from "./parse-fault.ts";
import {
  type ChannelFault,
  type FaultFacts,
  placeText,
  type ResolvedFault,
  type SensorFault,
} from "./resolved-fault.ts";

const WORD_MAX = 0xffffffff;
/** No memory of a channel is larger: a law has one page of 64 KiB and its globals, a core less. */
const MEMORY_BYTES_MAX = 0x100000;
const PLACES = ["sensor", "link", "channel"] as const;
const PLACE_FIELDS: Readonly<Record<FaultPlace, readonly string[]>> = {
  sensor: ["channel", "input"],
  link: ["from", "to"],
  channel: ["channel"],
};
const FIELDS = ["text", "place", "fault", "arguments", "frame", "end", "asked", "touches_samples", "seed", "stream"];

/** Reads one resolved fault. Throws `FaultListError`. */
export function readResolved(entry: ListField, table: FaultTable): ResolvedFault {
  const place = entry.get("place").oneOf(PLACES);
  const mode = modeOf(entry.get("fault"), place);
  entry.only([...FIELDS, ...PLACE_FIELDS[place], ...(mode.name === "bitflip" ? ["flips"] : [])]);
  const facts = {
    text: entry.get("text").text(),
    mode,
    arguments: argumentsOf(entry.get("arguments"), mode),
    ...timesOf(entry, mode),
    seed: entry.get("seed").integer(0, WORD_MAX),
    stream: entry.get("stream").integer(0, WORD_MAX),
  };
  const fault = bind(entry, { place, facts, table });
  entry.get("touches_samples").is(fault.touchesSamples);
  requireText(entry.get("text"), fault);
  return fault;
}

function modeOf(field: ListField, place: FaultPlace): FaultMode {
  return faultMode(place, field.text()) ?? field.fail(`one of ${faultNames(place).join(", ")}`);
}

/** Every argument of the mode, but that a flip which draws in each frame has none for what it draws. */
function argumentsOf(field: ListField, mode: FaultMode): Record<string, ArgumentValue> {
  field.only(mode.arguments.map(({ name }) => name));
  return Object.fromEntries(
    mode.arguments.flatMap((argument) => {
      const { name } = argument;
      const isDrawn = mode.name === "bitflip" && name !== "target" && !field.has(name);
      return isDrawn ? [] : [[name, argumentOf(field.get(name), argument)] as const];
    }),
  );
}

function argumentOf(field: ListField, argument: FaultArgument): ArgumentValue {
  const { value } = field;
  const isNumber = argument.type.kind === "number" || argument.type.kind === "integer";
  if (typeof value === "number" && !isNumber) field.fail("a text");
  if (typeof value === "string" && isNumber) field.fail("a number");
  if (typeof value !== "number" && typeof value !== "string") field.fail(isNumber ? "a number" : "a text");
  const finding = argumentValue(argument, value as number | string);
  return "value" in finding ? finding.value : field.fail(finding.expected);
}

function timesOf(entry: ListField, mode: FaultMode): Pick<FaultFacts, "frame" | "end" | "asked"> {
  const frame = entry.get("frame").integer(0, FRAME_MAX);
  const end = entry.get("end").integer(frame + 1, FRAME_MAX + 1);
  const field = entry.get("asked");
  if (field.value !== null) return { frame, end, asked: field.integer(end - frame, FRAME_MAX) };
  if (mode.lasts === "once") entry.get("end").is(frame + 1);
  return { frame, end, asked: undefined };
}

interface Parts {
  readonly place: FaultPlace;
  readonly facts: FaultFacts;
  readonly table: FaultTable;
}

function bind(entry: ListField, { place, facts, table }: Parts): ResolvedFault {
  switch (place) {
    case "sensor":
      return readSensor(entry, facts, table);
    case "link": {
      const from = channelOf(entry.get("from"));
      const to = channelOf(entry.get("to"));
      return from === to ? entry.get("to").fail(otherChannels(from)) : bindLink(facts, { from, to });
    }
    case "channel":
      return readChannel(entry, facts, table);
    default:
      return place satisfies never;
  }
}

function channelOf(field: ListField): number {
  return channelNamed(field.oneOf(CHANNELS));
}

function readSensor(entry: ListField, facts: FaultFacts, table: FaultTable): SensorFault {
  const names = table.inputs.map(({ name }) => name);
  const input = names.indexOf(entry.get("input").oneOf(names));
  const exchanged = facts.mode.name === "swap" ? entry.get("arguments").get("with").oneOf(names) : undefined;
  const other = exchanged === undefined ? -1 : names.indexOf(exchanged);
  const [signal, second] = [table.inputs[input], table.inputs[other]];
  if (signal !== undefined) requireFit(entry, sensorMisfit(facts.mode, signal, second));
  return bindSensor(facts, { channel: channelOf(entry.get("channel")), input, other }, table);
}

function requireFit(entry: ListField, misfit: Misfit | undefined): void {
  if (misfit === undefined) return;
  const { argument, problem, expected } = misfit;
  const field = argument === undefined ? entry.get("fault") : entry.get("arguments").get(argument);
  field.fail(expected, problem);
}

function readChannel(entry: ListField, facts: FaultFacts, table: FaultTable): ChannelFault {
  const channel = channelOf(entry.get("channel"));
  if (facts.arguments.to !== undefined) requireFit(entry, peerMisfit(channel, Number(facts.arguments.to)));
  return bindChannel(facts, channel, facts.mode.name === "bitflip" ? flipsOf(entry, facts, table) : undefined);
}

function flipsOf(entry: ListField, facts: FaultFacts, table: FaultTable): Flips {
  const { address, bit } = facts.arguments;
  const given = {
    ...(address === undefined ? {} : { address: Number(address) }),
    ...(bit === undefined ? {} : { bit: Number(bit) }),
  };
  const count = facts.end - facts.frame;
  if (given.address !== undefined && given.bit !== undefined) {
    if (entry.has("flips")) entry.get("flips").fail("nothing beside address and bit");
    return { kind: "same", place: { address: given.address, bit: given.bit } };
  }
  if (count === 1) entry.get("arguments").fail("address and bit of a flip of one frame");
  if (count <= FLIPS_LISTED_MAX) return { kind: "each", places: listedFlips(entry.get("flips"), { given, count }) };
  const field = entry.get("flips").only(["drawn_from", "memory_bytes"]);
  field.get("drawn_from").is(SEEDED);
  const bytes = field.get("memory_bytes").integer(Math.max(4, (given.address ?? 0) + 1), MEMORY_BYTES_MAX);
  return { kind: "seeded", given, memory: flipMemory(String(facts.arguments.target), bytes, table) };
}

/** `[[address, bit], ...]`, one for each frame. */
function listedFlips(
  field: ListField,
  { given, count }: { readonly given: Partial<FlipPlace>; readonly count: number },
): FlipPlace[] {
  const entries = field.list(count);
  if (entries.length < count) field.fail(`${count} entries, one for each frame`);
  return entries.map((entry) => {
    const [address, bit, ...more] = entry.list(2);
    if (address === undefined || bit === undefined || more.length > 0) return entry.fail("[address, bit]");
    if (given.address !== undefined) address.is(given.address);
    if (given.bit !== undefined) bit.is(given.bit);
    return { address: address.integer(0, WORD_MAX), bit: bit.integer(0, 7) };
  });
}

/** The text is what a person reads and what the draws are named after: it may not say anything else than the fields. */
function requireText(field: ListField, fault: ResolvedFault): void {
  const spec = specOf(field);
  const isSame =
    spec.mode === fault.mode &&
    whereText(spec.where) === placeText(fault) &&
    spec.frame === fault.frame &&
    spec.frames === fault.asked &&
    [...spec.given].every(([name, { value }]) => fault.arguments[name] === value);
  if (!isSame) field.fail("the fault that the fields say", "the text is of another fault");
}

function specOf(field: ListField): FaultSpec {
  try {
    return parseFault(field.text());
  } catch (error) {
    if (error instanceof FaultError) field.fail("a fault as --fault takes it", error.problem);
    throw error;
  }
}
