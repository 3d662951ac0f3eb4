/** What V8 says, in the words of the engine behind lines (target/script.c). */

const TRAPS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/unreachable/, [-32]],
  [/out of bounds memory|memory access out of bounds/, [-33]],
  [/divide by zero|remainder by zero/, [-34]],
  [/divide result unrepresentable/, [-35]],
  [/unrepresentable in integer range/, [-35, -36]],
  [/table index is out of bounds/, [-37]],
  [/null function or function signature|signature mismatch/, [-38, -39]],
  [/call stack size/, [-40]],
];

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
  const trap = TRAPS.find(([pattern]) => pattern.test(said));
  if (trap === undefined) return answer === `ok ${said}`;
  return trap[1].some((status) => answer === `status ${status}`);
}
