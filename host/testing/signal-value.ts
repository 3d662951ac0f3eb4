import { numberOf, wordOf } from "../model/numbers.ts";
import type { Signal } from "../model/signals.ts";
import { LawError } from "./law-error.ts";

/** A signal's value: true or false for `bool`, a number for every other type. */
export type SignalValue = number | boolean;

/** The word of a value. Refuses what selection would never hand to a law: a wrong type, or a number outside the range. */
export function wordOfValue(signal: Signal, value: SignalValue): number {
  if (signal.type === "bool") {
    if (typeof value !== "boolean") refuse(signal, value, "true or false");
    return value ? 1 : 0;
  }
  if (typeof value !== "number" || !(value >= signal.min && value <= signal.max)) {
    refuse(signal, value, `a number from ${signal.min} to ${signal.max}${signal.unit === "" ? "" : ` ${signal.unit}`}`);
  }
  if (signal.type !== "f32" && !Number.isInteger(value)) refuse(signal, value, "a whole number");
  return wordOf(signal.type, value);
}

export function valueOfWord(signal: Signal, word: number): SignalValue {
  return signal.type === "bool" ? word !== 0 : numberOf(signal.type, word);
}

function refuse(signal: Signal, value: SignalValue, expected: string): never {
  throw new LawError({
    code: "bad-value",
    problem: `${signal.name} cannot have this value`,
    expected,
    found: String(value),
    hint: signal.role === "input" ? "A sensor that says so is invalid in flight: use invalidate." : undefined,
  });
}
