import type { SignalType } from "./signals.ts";

/**
 * Signals travel as raw 32-bit words (docs/module.md, "Values"); physics and faults think in numbers. One converter per
 * caller, no allocation per value.
 */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

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
  const whole = value < 0 ? -Math.round(-value) : Math.round(value);
  if (type === "i32") return Math.min(Math.max(whole, -0x80000000), 0x7fffffff) >>> 0;
  return Math.min(Math.max(whole, 0), 0xffffffff) >>> 0;
}
