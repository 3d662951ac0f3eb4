import { CHANNELS } from "../model/enums.ts";
import { nearWords } from "../model/near.ts";
import { channelNamed, otherChannels } from "./fault-arguments.ts";
import type { FaultCursor } from "./fault-cursor.ts";
import type { Refuse } from "./fault-error.ts";
import {
  FAULT_MODES,
  type FaultArgument,
  type FaultMode,
  type FaultPlace,
  faultMode,
  faultNames,
} from "./fault-modes.ts";
import type { FaultWhere } from "./fault-spec.ts";

/** The parts of a fault that a text and a fault spelled out have in common. */

const EXAMPLE = "Write for example B.gyro_x:stuck@500+200, C:bitflip(module)@900 or A>B:drop(X1)@40.";

/** Reads `B`, `A>B` or `B.gyro_x`. */
export function readWhere(cursor: FaultCursor): FaultWhere {
  const channel = readChannel(cursor);
  if (cursor.take(">")) {
    const at = cursor.at;
    const to = readChannel(cursor);
    if (to !== channel) return { place: "link", from: channel, to };
    throw cursor.refuse(linkToItself(channel), at);
  }
  if (!cursor.take(".")) return { place: "channel", channel };
  const input = cursor.word();
  if (input === "") throw cursor.error("bad-place", "the sensor is missing", "the name of an input");
  return { place: "sensor", channel, input };
}

function linkToItself(channel: number) {
  return {
    code: "bad-place" as const,
    problem: "a channel has no link to itself",
    expected: otherChannels(channel),
    found: CHANNELS[channel] ?? "",
  };
}

function readChannel(cursor: FaultCursor): number {
  const at = cursor.at;
  const word = cursor.word();
  const channel = channelNamed(word);
  if (channel >= 0) return channel;
  const upper = CHANNELS.find((name) => name === word.toUpperCase());
  const flaw = {
    code: "bad-place" as const,
    problem: "this is no channel",
    expected: "A, B or C, a link as A>B, or a sensor as B.gyro_x",
    found: word === "" ? cursor.rest() : word,
    hint: upper === undefined ? EXAMPLE : `Did you mean ${upper}?`,
  };
  throw cursor.refuse(flaw, at);
}

/** The fault of that name at that place. `found`: what stands there when it is no name. */
export function modeNamed(
  { place, name, found }: { readonly place: FaultPlace; readonly name: string; readonly found: string },
  refuse: Refuse,
): FaultMode {
  const mode = faultMode(place, name);
  if (mode !== undefined) return mode;
  const elsewhere = FAULT_MODES.find((candidate) => candidate.name === name);
  throw refuse({
    code: elsewhere === undefined ? "unknown-fault" : "cannot-do",
    problem: elsewhere === undefined ? "this fault is not known" : `a ${place} cannot have this fault`,
    expected: `one of ${faultNames(place).join(", ")}`,
    found: name === "" ? found : name,
    hint: elsewhere === undefined ? meant(name, faultNames(place)) : `${name} happens to ${FORMS[elsewhere.place]}.`,
  });
}

const FORMS: Readonly<Record<FaultPlace, string>> = {
  channel: "a channel (B)",
  link: "a link direction (A>B)",
  sensor: "a sensor (B.gyro_x)",
};

/** The argument of that name. */
export function argumentNamed(mode: FaultMode, name: string, refuse: Refuse): FaultArgument {
  const argument = mode.arguments.find((candidate) => candidate.name === name);
  if (argument !== undefined) return argument;
  const names = mode.arguments.map((candidate) => candidate.name);
  throw refuse({
    code: "bad-argument",
    problem: `${mode.name} has no such argument`,
    expected: names.length === 0 ? "no arguments" : `one of ${names.join(", ")}`,
    found: name,
    hint: meant(name, names),
  });
}

/** What may have been meant, as a hint; undefined when nothing is near. */
export function meant(name: string, names: readonly string[]): string | undefined {
  const near = nearWords(name, names);
  return near.length === 0 ? undefined : `Did you mean ${near.join(" or ")}?`;
}

/** Refuses a fault without an argument that has no standard. `found`: what stands there instead. */
export function requireArguments(
  mode: FaultMode,
  { given, found }: { readonly given: ReadonlyMap<string, unknown>; readonly found: string },
  refuse: Refuse,
): void {
  for (const { name, standard } of mode.arguments) {
    if (standard.kind !== "required" || given.has(name)) continue;
    const problem = `${mode.name} needs its argument`;
    throw refuse({ code: "bad-argument", problem, expected: `${mode.name}(${name})`, found });
  }
}
