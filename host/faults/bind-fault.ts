import { CHANNELS } from "../model/enums.ts";
import type { Signal, SignalTable } from "../model/signals.ts";
import { otherChannels } from "./fault-arguments.ts";
import type { FaultMode } from "./fault-modes.ts";
import type { Flips, WrittenWords } from "./flips.ts";
import type { ChannelFault, FaultFacts, LinkFault, SensorFault } from "./resolved-fault.ts";

/** The part of a law's table that faults need. */
export type FaultTable = WrittenWords & Pick<SignalTable, "periodUs">;

/** Why a fault cannot be had where it is put, and which argument (or `undefined`, the mode) is the trouble. */
export interface Misfit {
  readonly argument: string | undefined;
  readonly problem: string;
  readonly expected: string;
  readonly found: string;
}

const NEEDS_NUMBERS = ["offset", "drift", "noise", "scale"];

export function sensorMisfit(mode: FaultMode, signal: Signal, other: Signal | undefined): Misfit | undefined {
  if (signal.type === "bool" && NEEDS_NUMBERS.includes(mode.name)) {
    return {
      argument: undefined,
      problem: `${signal.name} is a bool and has no ${mode.name}`,
      expected: "stuck, freeze, old, swap or drop",
      found: mode.name,
    };
  }
  if (other === undefined || (other.name !== signal.name && other.type === signal.type)) return undefined;
  return {
    argument: "with",
    problem: "these two cannot be exchanged",
    expected: `another input of type ${signal.type}`,
    found: `${other.name} of type ${other.type}`,
  };
}

export function peerMisfit(channel: number, to: number): Misfit | undefined {
  if (channel !== to) return undefined;
  return {
    argument: "to",
    problem: "a channel has no second face for itself",
    expected: otherChannels(channel),
    found: CHANNELS[channel] ?? "",
  };
}

export function bindSensor(
  facts: FaultFacts,
  { channel, input, other }: Pick<SensorFault, "channel" | "input" | "other">,
  { inputs, periodUs }: FaultTable,
): SensorFault {
  const { mode } = facts;
  const first = mode.arguments.find(({ type }) => type.kind !== "input");
  const given = first === undefined ? 0 : Number(facts.arguments[first.name]);
  // The list states a drift per second, for whatever period the law has.
  const perFrame = mode.name === "drift" ? periodUs / 1e6 : 1;
  const signal = inputs[input] as Signal;
  const { touchesSamples } = mode;
  return { ...facts, touchesSamples, place: "sensor", channel, input, other, signal, amount: given * perFrame };
}

export function bindLink(facts: FaultFacts, { from, to }: Pick<LinkFault, "from" | "to">): LinkFault {
  const by = (name: string, otherwise: number): number => Number(facts.arguments[name] ?? otherwise);
  return {
    ...facts,
    touchesSamples: facts.mode.touchesSamples,
    place: "link",
    from,
    to,
    messages: by("messages", 7),
    probability: by("probability", 1),
    amount: by("bits", by("by", by("after", 0))),
  };
}

export function bindChannel(facts: FaultFacts, channel: number, flips: Flips | undefined): ChannelFault {
  const { mode } = facts;
  const chosen = mode.arguments.find(({ type }) => type.kind === "choice");
  const choice = chosen === undefined ? "" : String(facts.arguments[chosen.name]);
  // A law's memory holds no samples that others see; a core's does.
  const touchesSamples = flips === undefined ? mode.touchesSamples : choice === "core";
  return {
    ...facts,
    touchesSamples,
    place: "channel",
    channel,
    choice,
    to: Number(facts.arguments.to ?? channel),
    flips,
  };
}
