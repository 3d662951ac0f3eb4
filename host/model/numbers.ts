import type { SignalType } from "./signals.ts";

/**
 * Signals travel as raw 32-bit words (docs/module.md, "Values"); people, physics and faults think in numbers. This is the
 * one place where a number becomes a word, so one value is one word wherever it comes from. No allocation per value.
 */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754: (2 - 2^-23) * 2^127. */
export const F32_MAX = 3.4028234663852886e38;

/** Least and greatest number that a type can hold. */
export const TYPE_RANGE: Readonly<Record<SignalType, readonly [least: number, greatest: number]>> = {
  f32: [-F32_MAX, F32_MAX],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
  bool: [0, 1],
};

/** The number that a word means. */
export function numberOf(type: SignalType, word: number): number {
  if (type === "i32") return word | 0;
  if (type === "u32") return word >>> 0;
  if (type === "bool") return word === 0 ? 0 : 1;
  bits[0] = word;
  return float[0] as number;
}

/**
 * The word nearest to a number. Integers round half away from zero and stop at their ends, NaN becomes 0 for them; a
 * `bool` is 1 for everything that is not 0.
 */
export function wordOf(type: SignalType, value: number): number {
  if (type === "f32") {
    float[0] = value;
    return bits[0] as number;
  }
  if (type === "bool") return value === 0 || Number.isNaN(value) ? 0 : 1;
  if (Number.isNaN(value)) return 0;
  const [least, greatest] = TYPE_RANGE[type];
  return Math.min(Math.max(nearestWhole(value), least), greatest) >>> 0;
}

/** The word nearest to a number, or undefined where the type cannot hold it: NaN, and what lies beyond its ends. */
export function heldWordOf(type: SignalType, value: number): number | undefined {
  if (Number.isNaN(value)) return undefined;
  if (type === "bool") return wordOf(type, value);
  const [least, greatest] = TYPE_RANGE[type];
  const held = type === "f32" ? Math.fround(value) : nearestWhole(value);
  return held >= least && held <= greatest ? wordOf(type, value) : undefined;
}

/** Rounds half away from zero, so that a value and its negative stay each other's negatives. */
export function nearestWhole(value: number): number {
  return value < 0 ? -Math.round(-value) : Math.round(value);
}
