/** What wast2json writes about one file of the official test suite. */
export interface Value {
  readonly type: string;
  /** Decimal bits, or `nan:canonical`, `nan:arithmetic`. */
  readonly value?: string;
}

export interface Action {
  readonly type: "invoke" | "get";
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly Value[];
}

export interface Command {
  readonly type: string;
  readonly line: number;
  readonly name?: string;
  readonly filename?: string;
  readonly module_type?: "binary" | "text";
  readonly text?: string;
  readonly action?: Action;
  readonly expected?: readonly Value[];
  readonly as?: string;
}

/** What is no sign in a NaN, its quiet bit, and the only bit of the payload that a canonical one has. */
const NAN = {
  f32: { unsigned: 0x7fffffffn, one: 0x7fc00000n },
  f64: { unsigned: 0x7fffffffffffffffn, one: 0x7ff8000000000000n },
} as const;

/**
 * Does a result have the bits expected? A filling with one NaN must give that one for both kinds of pattern; any other is
 * held to the suite's rule: canonical is that NaN with either sign, arithmetic any quiet one.
 */
export function matches(expected: Value, bits: bigint, nan: "one" | "any"): boolean {
  if (expected.value !== "nan:canonical" && expected.value !== "nan:arithmetic") {
    return BigInt(expected.value ?? "0") === bits;
  }
  const { unsigned, one } = NAN[expected.type === "f32" ? "f32" : "f64"];
  if (nan === "one") return bits === one;
  if (expected.value === "nan:canonical") return (bits & unsigned) === one;
  return (bits & one) === one;
}

const STATUS_OF_TEXT: readonly (readonly [RegExp, number])[] = [
  [/^unreachable/, -32],
  [/^out of bounds memory access/, -33],
  [/^integer divide by zero/, -34],
  [/^integer overflow/, -35],
  [/^invalid conversion to integer/, -36],
  [/^undefined element|^out of bounds table access/, -37],
  [/^uninitialized element/, -38],
  [/^indirect call type mismatch/, -39],
  [/^call stack exhausted/, -40],
];

/** The engine's status for a trap in the suite's words; undefined when the words are new. */
export function trapStatus(text: string): number | undefined {
  return STATUS_OF_TEXT.find(([pattern]) => pattern.test(text))?.[1];
}

/** Value types outside the engine's features, by which an assertion is set aside. */
export function foreignType(values: readonly Value[]): string | undefined {
  return values.find(({ type }) => !["i32", "i64", "f32", "f64"].includes(type))?.type;
}
