/**
 * What is known to be lost with a foreign engine, each loss with its reason and the commands it shows in, so that a new
 * failure of the same file is seen. Found with wasm3 0.9.0 (c9b579d, 2026) and the suite at 3a04b2c.
 */
import type { FillingName } from "./filling.ts";
import type { Verdict } from "./judge.ts";

type Failure = Verdict & { readonly file: string };

interface Loss {
  readonly reason: string;
  /** File of the suite and the lines of its commands. */
  readonly where: Readonly<Record<string, readonly number[]>>;
  /** What the failure says. */
  readonly says: RegExp;
}

const WASM3_LOSSES: readonly Loss[] = [
  {
    // wasm3 keeps f32 in a register for f64: the core makes a signalling NaN quiet when it widens it.
    reason: "a signalling NaN of 32 bits becomes quiet when it is only moved",
    where: {
      "conversions.wast": [628, 629],
      "float_exprs.wast": [1020, 1024, 1028, 1032, 1099, 1103, 1107, 1111, 2337, 2338],
      "float_memory.wast": [16, 22, 28, 68, 74, 80],
      "float_misc.wast": [592, 593, 597, 598, 602, 603, 604, 605],
    },
    says: /^expected (f32|i32) \d+, found ok (7f|ff)[c-f]/,
  },
  {
    reason: "floor, ceil, trunc and nearest of 64 bits give a signalling NaN back as it is",
    where: { "f64.wast": [2456, 2458, 2476, 2478, 2496, 2498, 2516, 2518] },
    says: /^expected f64 nan:arithmetic, found ok (7f|ff)f4/,
  },
  {
    reason: "the number behind the prefix fc may not have more bytes than it needs",
    where: { "binary-leb128.wast": [967] },
    says: /^the module was refused: refused -3/,
  },
  {
    reason: "a table may not be declared with the greatest possible size",
    where: { "table.wast": [9] },
    says: /^the module was refused: refused -2/,
  },
];

/** The reason of a failure that is known, or undefined. */
export function lossOf(filling: FillingName, failure: Failure): string | undefined {
  if (filling !== "wasm3") return undefined;
  const { file, line, reason } = failure;
  return WASM3_LOSSES.find(({ where, says }) => where[file]?.includes(line) === true && says.test(reason))?.reason;
}
