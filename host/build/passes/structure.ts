import { type Instruction, opensLabel } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";

/** How the labels of a function nest. Positions are those of the code array. */
export interface Structure {
  /** For each block, loop and if: the position of its `end`. */
  readonly endOf: ReadonlyMap<number, number>;
  /** For each if with an else: the position of the `else`. */
  readonly elseOf: ReadonlyMap<number, number>;
  /** For each instruction: the positions of the labels around it, outermost first. */
  readonly around: readonly (readonly number[])[];
}

export function structureOf(code: readonly Instruction[]): Structure {
  const endOf = new Map<number, number>();
  const elseOf = new Map<number, number>();
  const around: (readonly number[])[] = [];
  let open: readonly number[] = [];
  for (const [i, { op }] of code.entries()) {
    const label = open.at(-1);
    if (op === Op.end && label !== undefined) {
      endOf.set(label, i);
      open = open.slice(0, -1);
    }
    if (op === Op.else && label !== undefined) elseOf.set(label, i);
    around.push(open);
    if (opensLabel(op)) open = [...open, i];
  }
  return { endOf, elseOf, around };
}

/** The label that a branch at `at` leaves or repeats; undefined when it leaves the function. */
export function labelOf(structure: Structure, at: number, depth: number): number | undefined {
  const labels = structure.around[at] ?? [];
  return labels[labels.length - 1 - depth];
}
