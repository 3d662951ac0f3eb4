import { CHANNELS } from "../model/enums.ts";
import { nearWords } from "../model/near.ts";
import { isWord, numberIn } from "./fault-cursor.ts";
import type { FaultArgument } from "./fault-modes.ts";

/** A number, a word of a choice or an input's name; a channel from 0 (A); messages as bits: 1 X1, 2 X2, 4 X3. */
export type ArgumentValue = number | string;

const MESSAGES: readonly string[] = ["X1", "X2", "X3"];

/**
 * The value that something written means for an argument, or what is expected there instead. Text of a fault, fields of a
 * scenario and lists in a log are all judged here.
 */
export function argumentValue(
  { type, unit }: FaultArgument,
  written: number | string,
): { readonly value: ArgumentValue } | { readonly expected: string } {
  const word = typeof written === "string" && isWord(written) ? written : "";
  switch (type.kind) {
    case "number":
    case "integer": {
      const value = typeof written === "string" ? numberIn(written) : written;
      const fits = value >= type.least && value <= type.greatest;
      // JSON has one zero; nothing measured has two.
      if (fits && (type.kind === "number" || Number.isInteger(value))) return { value: value === 0 ? 0 : value };
      const what = type.kind === "integer" ? "a whole number" : "a number";
      return { expected: `${what} from ${type.least} to ${type.greatest}${unit === "" ? "" : ` (${unit})`}` };
    }
    case "choice": {
      if (type.words.includes(word)) return { value: word };
      const near = word === "" ? [] : nearWords(word, type.words);
      const meant = near.length === 0 ? "" : ` (did you mean ${near.join(" or ")}?)`;
      return { expected: `one of ${type.words.join(", ")}${meant}` };
    }
    case "input":
      return word === "" ? { expected: "the name of an input" } : { value: word };
    case "channel": {
      const channel = channelNamed(word);
      return channel < 0 ? { expected: "A, B or C" } : { value: channel };
    }
    case "messages": {
      const value = messageBits(word);
      return value === undefined ? { expected: "X1, X2, X3 or some of them as X1|X3" } : { value };
    }
    default:
      return type satisfies never;
  }
}

/** An argument's value as it is written: the inverse of `argumentValue`. */
export function writtenValue({ type }: FaultArgument, value: ArgumentValue): number | string {
  if (type.kind === "channel") return CHANNELS[Number(value)] ?? value;
  if (type.kind !== "messages") return value;
  return MESSAGES.filter((_, i) => ((Number(value) >> i) & 1) === 1).join("|");
}

/** 0 to 2, or -1. */
export function channelNamed(name: string): number {
  const names: readonly string[] = CHANNELS;
  return names.indexOf(name);
}

/** The channels other than this one, as one may be asked for: `B or C`. */
export function otherChannels(channel: number): string {
  return CHANNELS.filter((_, i) => i !== channel).join(" or ");
}

/** `X1|X3` as bits 1 X1, 2 X2, 4 X3. */
function messageBits(text: string): number | undefined {
  let bits = 0;
  for (const word of text.split("|")) {
    const kind = MESSAGES.indexOf(word);
    if (kind < 0) return undefined;
    bits |= 1 << kind;
  }
  return bits;
}
