import { listText } from "../model/enums.ts";
import { counted, numberText } from "../model/words.ts";
import { type ArgumentValue, writtenValue } from "./fault-arguments.ts";
import type { FaultArgument } from "./fault-modes.ts";
import type { FlipPlace, Flips } from "./flips.ts";
import { placeText, type ResolvedFault } from "./resolved-fault.ts";

/** Bits that a sentence names; the rest are counted. */
const FLIPS_TOLD_MAX = 3;

/**
 * What is done, in one sentence without a full stop: every argument, and what was drawn.
 *
 * ```ts
 * describe(fault); // C: bitflip of bit 3 of byte 0x1a4 of the module's memory, frame 900
 * ```
 */
export function describe(fault: ResolvedFault): string {
  return `${placeText(fault)}: ${whatText(fault)}, ${whenText(fault)}`;
}

/** One sentence when the run ends before the fault does; empty otherwise. Nobody said how long a fault without `+<frames>` lasts. */
export function cutText({ text, frame, end, asked }: ResolvedFault): string {
  const flown = end - frame;
  if (asked === undefined || flown >= asked) return "";
  return `${text} is cut at the end of the run: ${flown} of its ${counted(asked, "frame")} ${flown === 1 ? "is" : "are"} flown`;
}

function whatText(fault: ResolvedFault): string {
  const { mode } = fault;
  if (fault.place === "channel" && fault.flips !== undefined) {
    return `${mode.name} of ${flipsText(fault.flips, `the ${fault.choice}'s memory`)}`;
  }
  const told = mode.arguments.flatMap((argument) => {
    const value = fault.arguments[argument.name];
    return value === undefined ? [] : [argumentText(argument, value, fault)];
  });
  return told.length === 0 ? mode.name : `${mode.name} (${told.join(", ")})`;
}

function flipsText(flips: Flips, memory: string): string {
  switch (flips.kind) {
    case "same":
      return `${bitText(flips.place)} of ${memory}`;
    case "each":
      return `${eachText(flips.places)} of ${memory}`;
    case "seeded":
      return `${drawnText(flips.given)} of ${memory} in each frame`;
    default:
      return flips satisfies never;
  }
}

function drawnText({ address, bit }: Partial<FlipPlace>): string {
  if (address !== undefined) return `a drawn bit of ${byteText(address)}`;
  return bit === undefined ? "a drawn bit" : `bit ${bit} of a drawn byte`;
}

function eachText(places: readonly FlipPlace[]): string {
  const told = places.slice(0, FLIPS_TOLD_MAX).map(bitText);
  const more = places.length - told.length;
  return listText(more === 0 ? told : [...told, `${more} more`]);
}

function bitText({ address, bit }: FlipPlace): string {
  return `bit ${bit} of ${byteText(address)}`;
}

function byteText(address: number): string {
  return `byte 0x${address.toString(16)}`;
}

function argumentText(argument: FaultArgument, value: ArgumentValue, fault: ResolvedFault): string {
  const written = writtenValue(argument, value);
  const unit = unitText(argument.unit, fault);
  return `${argument.name} ${typeof written === "number" ? numberText(written) : written}${unit === "" ? "" : ` ${unit}`}`;
}

/** The list says `signal` for the unit of whatever sensor it will be. */
function unitText(unit: string, fault: ResolvedFault): string {
  if (!unit.startsWith("signal")) return unit;
  const of = fault.place === "sensor" ? fault.signal.unit : "";
  return of === "" ? "" : unit.replace("signal", of);
}

function whenText({ frame, end, asked, mode }: ResolvedFault): string {
  if (asked === undefined && mode.lasts === "end") return `from frame ${frame}`;
  return end - frame === 1 ? `frame ${frame}` : `frames ${frame} to ${end - 1}`;
}
