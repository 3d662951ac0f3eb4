import type { Signal } from "../model/signals.ts";
import { LawError } from "./law-error.ts";

const view = new DataView(new ArrayBuffer(4));

/** The word of a value. Refuses what selection would never hand to a law: a wrong type, or a number outside the range. */
export function valueToBits(signal: Signal, value: number | boolean): number {
  if (signal.type === "bool") {
    if (typeof value !== "boolean") refuse(signal, value, "true or false");
    return value ? 1 : 0;
  }
  if (typeof value !== "number" || !(value >= signal.min && value <= signal.max)) {
    refuse(signal, value, `a number from ${signal.min} to ${signal.max}${signal.unit === "" ? "" : ` ${signal.unit}`}`);
  }
  if (signal.type === "f32") {
    view.setFloat32(0, value, true);
    return view.getUint32(0, true);
  }
  if (!Number.isInteger(value)) refuse(signal, value, "a whole number");
  return value >>> 0;
}

export function bitsToValue(signal: Signal, bits: number): number | boolean {
  if (signal.type === "bool") return bits !== 0;
  view.setUint32(0, bits, true);
  if (signal.type === "f32") return view.getFloat32(0, true);
  return signal.type === "i32" ? bits | 0 : bits;
}

function refuse(signal: Signal, value: number | boolean, expected: string): never {
  throw new LawError({
    code: "bad-value",
    problem: `${signal.name} cannot have this value`,
    expected,
    found: String(value),
    hint: signal.role === "input" ? "A sensor that says so is invalid in flight: use invalidate." : undefined,
  });
}
