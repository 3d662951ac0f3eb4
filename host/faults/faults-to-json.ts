import { CHANNELS } from "../model/enums.ts";
import { writtenValue } from "./fault-arguments.ts";
import type { Flips } from "./flips.ts";
import type { ResolvedFault } from "./resolved-fault.ts";

/** The list of resolved faults that a log keeps (docs/faults.md, "Resolved faults"). */
export const FAULTS_SCHEMA = "quorate/faults/1";
/** What `flips` says where the bits are too many to list. */
export const SEEDED = "seed and stream";

/** Resolved faults as JSON: names for people, everything that was drawn. `faultsFromJson` gives the same list back. */
export function faultsToJson(faults: readonly ResolvedFault[]): string {
  return JSON.stringify({ schema: FAULTS_SCHEMA, faults: faults.map(jsonOf) });
}

function jsonOf(fault: ResolvedFault): Record<string, unknown> {
  const { text, mode, frame, end, asked, touchesSamples, seed, stream } = fault;
  return {
    text,
    place: fault.place,
    ...placeOf(fault),
    fault: mode.name,
    arguments: argumentsOf(fault),
    ...flipsOf(fault),
    frame,
    end,
    asked: asked ?? null,
    touches_samples: touchesSamples,
    seed,
    stream,
  };
}

function placeOf(fault: ResolvedFault): Record<string, unknown> {
  switch (fault.place) {
    case "sensor":
      return { channel: CHANNELS[fault.channel], input: fault.signal.name };
    case "link":
      return { from: CHANNELS[fault.from], to: CHANNELS[fault.to] };
    case "channel":
      return { channel: CHANNELS[fault.channel] };
    default:
      return fault satisfies never;
  }
}

function argumentsOf({ mode, arguments: values }: ResolvedFault): Record<string, number | string> {
  return Object.fromEntries(
    mode.arguments.flatMap((argument) => {
      const value = values[argument.name];
      return value === undefined ? [] : [[argument.name, writtenValue(argument, value)] as const];
    }),
  );
}

/** The one bit of a flip is in its arguments. */
function flipsOf(fault: ResolvedFault): { flips?: unknown } {
  if (fault.place !== "channel" || fault.flips === undefined || fault.flips.kind === "same") return {};
  return { flips: listed(fault.flips) };
}

function listed(flips: Exclude<Flips, { kind: "same" }>): unknown {
  if (flips.kind === "each") return flips.places.map(({ address, bit }) => [address, bit]);
  return { drawn_from: SEEDED, memory_bytes: flips.memory.bytes };
}
