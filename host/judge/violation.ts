import type { Signal } from "../model/signals.ts";
import { wordText } from "../model/words.ts";

/** Which rule an output or a selected value broke. */
export type Rule = "value" | "limits" | "range" | "held" | "safe" | "replay" | "base";

export interface Violation {
  readonly rule: Rule;
  readonly frame: number;
  readonly signal: string;
  readonly expected: string;
  readonly found: string;
}

/** Value and bits: two floats may look alike and differ. */
export function valueText(word: number, signal: Signal): string {
  return `${wordText(word, signal)} (0x${(word >>> 0).toString(16).padStart(8, "0")})`;
}

export function rangeText(least: number, greatest: number, { unit }: Signal): string {
  return `${least} to ${greatest}${unit === "" ? "" : ` ${unit}`}`;
}
