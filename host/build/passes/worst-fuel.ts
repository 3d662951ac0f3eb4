import type { Instruction } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import { parameterCount, type WasmModule } from "../../wasm/wasm-module.ts";
import { chargesOf, isTrapGuard } from "./fuel.ts";
import { type Structure, structureOf } from "./structure.ts";
import { countedLoop } from "./trip-count.ts";

/**
 * The most fuel one call of a function can burn, 0 when the build finds no bound. Every path costs at most the sum of the
 * charges along the code, the dearer arm of each `if`, and loops as often as they can be shown to run. Run before metering.
 */
export function worstFuel(module: WasmModule, root: number): number {
  const known = new Map<number, number>();
  const costOf = (index: number): number => {
    const cached = known.get(index);
    if (cached !== undefined) return cached;
    const f = module.functions[index];
    if (f === undefined) return Number.POSITIVE_INFINITY;
    const charges = new Map(chargesOf(f.code).map(({ at, count }) => [at, count]));
    const walk = new Walk(f.code, charges, parameterCount(module, f), costOf);
    const cost = walk.sequence(0, f.code.length);
    known.set(index, cost);
    return cost;
  };
  const cost = costOf(root);
  return cost <= 0x7fffffff ? cost : 0;
}

class Walk {
  readonly #code: readonly Instruction[];
  readonly #charges: ReadonlyMap<number, number>;
  readonly #parameters: number;
  readonly #costOf: (index: number) => number;
  readonly #structure: Structure;

  constructor(
    code: readonly Instruction[],
    charges: ReadonlyMap<number, number>,
    parameters: number,
    costOf: (index: number) => number,
  ) {
    this.#code = code;
    this.#charges = charges;
    this.#parameters = parameters;
    this.#costOf = costOf;
    this.#structure = structureOf(code);
  }

  /** Cost of the code in [from, to), which starts and ends at the same depth. */
  sequence(from: number, to: number): number {
    let cost = 0;
    for (let at = from; at < to; at += 1) {
      const { op, value } = this.#code[at] as Instruction;
      cost += this.#charges.get(at) ?? 0;
      const end = this.#structure.endOf.get(at) ?? at;
      if (isTrapGuard(this.#code, at)) at = end;
      else if (op === Op.if) {
        cost += this.#arms(at, end);
        at = end;
        cost += this.#charges.get(end) ?? 0;
      } else if (op === Op.loop) {
        cost += this.#loop(at, end);
        at = end;
        cost += this.#charges.get(end) ?? 0;
      } else if (op === Op.call) cost += this.#costOf(value);
      else if (op === Op.memoryCopy || op === Op.memoryFill) cost += this.#bulk(at);
    }
    return cost;
  }

  #arms(at: number, end: number): number {
    const middle = this.#structure.elseOf.get(at);
    if (middle === undefined) return this.sequence(at + 1, end);
    // A charge that stands at the `else` belongs to the first arm's side of it and is counted with either.
    return Math.max(this.sequence(at + 1, middle), this.sequence(middle, end));
  }

  #loop(at: number, end: number): number {
    const counted = countedLoop(this.#code, this.#structure, at, this.#parameters);
    if (counted === undefined) return this.#repeats(at, end) ? Number.POSITIVE_INFINITY : this.sequence(at + 1, end);
    const { test, trips } = counted;
    const testEnd = this.#structure.endOf.get(test) ?? test;
    const before = this.sequence(at + 1, test) + (this.#charges.get(test) ?? 0);
    const after = this.sequence(testEnd, end);
    return (trips + 1) * before + trips * this.sequence(test + 1, testEnd) + after;
  }

  /** A loop that nothing jumps back to runs once. */
  #repeats(at: number, end: number): boolean {
    for (let i = at + 1; i < end; i += 1) {
      const { op, value, targets } = this.#code[i] as Instruction;
      if (op !== Op.br && op !== Op.brIf && op !== Op.brTable) continue;
      const labels = this.#structure.around[i] ?? [];
      if ([value, ...(targets ?? [])].some((depth) => labels[labels.length - 1 - depth] === at)) return true;
    }
    return false;
  }

  #bulk(at: number): number {
    const length = this.#code[at - 1];
    return length?.op === Op.i32Const ? Math.ceil((length.value >>> 0) / 8) : Number.POSITIVE_INFINITY;
  }
}
