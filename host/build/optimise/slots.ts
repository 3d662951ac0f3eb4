import { type Instruction, opensLabel } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";

/**
 * Lets locals share a slot when one is no longer read before the other is first written: an engine on a board keeps every slot in
 * RAM. Works on finished code, where the order of instructions is the order of time but for loops.
 */
export function shareSlots(
  code: readonly Instruction[],
  types: readonly number[],
  parameters: number,
): { code: Instruction[]; types: number[] } {
  const spans = spansOf(code).filter(({ local }) => local >= parameters);
  const slots: { readonly type: number; end: number }[] = [];
  const slotOf = new Map<number, number>();
  for (const { local, start, end } of spans.toSorted((a, b) => a.start - b.start || a.local - b.local)) {
    const type = types[local - parameters] as number;
    let slot = slots.findIndex((each) => each.type === type && each.end < start);
    if (slot < 0) slot = slots.push({ type, end }) - 1;
    (slots[slot] as { end: number }).end = end;
    slotOf.set(local, slot);
  }
  // Slots of one type stand together: the file lists them as one group.
  const order = [...slots.keys()].sort((a, b) => (slots[b]?.type ?? 0) - (slots[a]?.type ?? 0) || a - b);
  const numbers = new Map(order.map((slot, i) => [slot, parameters + i]));
  const renamed = code.map((instruction): Instruction => {
    if (!namesLocal(instruction.op) || instruction.value < parameters) return instruction;
    return { ...instruction, value: numbers.get(slotOf.get(instruction.value) as number) as number };
  });
  return { code: renamed, types: order.map((slot) => slots[slot]?.type as number) };
}

interface Span {
  readonly local: number;
  readonly start: number;
  readonly end: number;
}

interface Mention {
  readonly at: number;
  readonly isWrite: boolean;
  /** Labels around it; the two arms of an `if` count as two. */
  readonly path: readonly Region[];
}

interface Region {
  readonly isLoop: boolean;
  end: number;
}

function namesLocal(op: number): boolean {
  return op === Op.localGet || op === Op.localSet || op === Op.localTee;
}

/** From where to where each local holds something that is still needed. */
function spansOf(code: readonly Instruction[]): Span[] {
  const mentions = new Map<number, Mention[]>();
  let path: Region[] = [];
  for (const [at, { op, value }] of code.entries()) {
    if (op === Op.end || op === Op.else) {
      const closed = path.at(-1);
      if (closed !== undefined) closed.end = at;
      path = path.slice(0, -1);
    }
    if (opensLabel(op) || op === Op.else) path = [...path, { isLoop: op === Op.loop, end: code.length }];
    if (!namesLocal(op)) continue;
    const known = mentions.get(value) ?? [];
    known.push({ at, isWrite: op !== Op.localGet, path });
    mentions.set(value, known);
  }
  return [...mentions].map(([local, all]) => ({ local, ...spanOf(all, code.length) }));
}

function spanOf(mentions: readonly Mention[], length: number): { start: number; end: number } {
  const [first] = mentions as [Mention];
  const leads = first.isWrite && mentions.every(({ path }) => first.path.every((region, i) => path[i] === region));
  // Read on a way on which nothing was written: it needs its zero, so nobody may have used the slot before.
  if (!leads) return { start: -1, end: length };
  let end = first.at;
  for (const { at, path } of mentions) {
    const loop = path.slice(first.path.length).find(({ isLoop }) => isLoop);
    end = Math.max(end, loop === undefined ? at : loop.end);
  }
  return { start: first.at, end };
}
