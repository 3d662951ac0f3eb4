/** What V8 says, in the words of the engine behind lines (target/script.c). */
import { v8Trap } from "./traps.ts";

/** Bits of a value in hexadecimal; "-" for no value. */
export function bitsOf(value: unknown, type: string | undefined): string {
  if (type === undefined) return "-";
  const view = new DataView(new ArrayBuffer(8));
  if (type === "i64") view.setBigInt64(0, value as bigint);
  else if (type === "f64") view.setFloat64(0, value as number);
  else if (type === "f32") view.setFloat32(4, value as number);
  else view.setInt32(4, value as number);
  return view.getBigUint64(0).toString(16);
}

/** Is an answer what V8 said: bits, or the words of its trap? */
export function agree(said: string, answer: string): boolean {
  const trap = v8Trap(said);
  if (trap === undefined) return answer === `ok ${said}`;
  return trap.some((status) => answer === `status ${status}`);
}
