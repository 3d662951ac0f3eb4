import { type Instruction, neverFallsThrough } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import type { WasmModule } from "../../wasm/wasm-module.ts";
import { chargesOf, isTrapGuard } from "./fuel.ts";
import { type Structure, structureOf } from "./structure.ts";

/** Fuel that is burnt in any case, and whether the code may have been left by then. */
interface Least {
  readonly cost: number;
  readonly leaves: boolean;
}

/**
 * Fuel that each call of a function burns at least, unless it traps: what is charged before the first branch, the cheaper arm of
 * each `if`. It may be far below the cheapest path, never above. Run before metering; the graph of calls must have no cycle.
 */
export function leastFuel(module: WasmModule, root: number): number {
  const known = new Map<number, number>();
  const costOf = (index: number): number => {
    const cached = known.get(index);
    if (cached !== undefined) return cached;
    const code = module.functions[index]?.code ?? [];
    const { cost } = new Walk(code, costOf).sequence(0, code.length);
    known.set(index, cost);
    return cost;
  };
  return costOf(root);
}

class Walk {
  readonly #code: readonly Instruction[];
  readonly #charges: ReadonlyMap<number, number>;
  readonly #structure: Structure;
  readonly #costOf: (index: number) => number;

  constructor(code: readonly Instruction[], costOf: (index: number) => number) {
    this.#code = code;
    this.#charges = new Map(chargesOf(code).map(({ at, count }) => [at, count]));
    this.#structure = structureOf(code);
    this.#costOf = costOf;
  }

  /** The code in [from, to), which starts and ends at the same depth. */
  sequence(from: number, to: number): Least {
    let cost = 0;
    for (let at = from; at < to; at += 1) {
      const { op, value } = this.#code[at] as Instruction;
      cost += this.#charges.get(at) ?? 0;
      const end = this.#structure.endOf.get(at) ?? at;
      if (isTrapGuard(this.#code, at)) at = end;
      else if (op === Op.if || op === Op.loop) {
        const inner = op === Op.if ? this.#arms(at, end) : this.sequence(at + 1, end);
        cost += inner.cost;
        if (inner.leaves) return { cost, leaves: true };
        at = end;
        cost += this.#charges.get(end) ?? 0;
      } else if (op === Op.brIf || neverFallsThrough(op)) return { cost, leaves: true };
      else if (op === Op.call) cost += this.#costOf(value);
    }
    return { cost, leaves: false };
  }

  #arms(at: number, end: number): Least {
    const middle = this.#structure.elseOf.get(at);
    const first = this.sequence(at + 1, middle ?? end);
    const second = middle === undefined ? { cost: 0, leaves: false } : this.sequence(middle + 1, end);
    return { cost: Math.min(first.cost, second.cost), leaves: first.leaves || second.leaves };
  }
}
