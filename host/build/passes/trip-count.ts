import type { Instruction } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import { labelOf, type Structure } from "./structure.ts";

/** A loop that counts: `if` at `test` runs its body `trips` times, and the code before it once more. */
export interface CountedLoop {
  readonly test: number;
  readonly trips: number;
}

/** Loops that run longer are called unbounded: their fuel would not fit a control period anyway. */
const TRIPS_MAX = 1_000_000;

/**
 * Recognises a loop as compilers write it from `for` and `while`, or returns undefined:
 *
 *     local.set i (constant)   loop   ... i < constant   if   ...   i = i + constant   br loop   end   end
 *
 * The counter has one constant first value, is written only right before each jump back, always by the same constant, and the
 * test compares it with a constant (it may be the second half of an `and`).
 */
export function countedLoop(
  code: readonly Instruction[],
  structure: Structure,
  loop: number,
  parameters: number,
): CountedLoop | undefined {
  const end = structure.endOf.get(loop) ?? loop;
  const jumps = jumpsTo(code, structure, loop, end);
  const test = testOf(code, structure, loop, jumps);
  if (test === undefined) return undefined;
  const steps = jumps.map((jump) => stepBefore(code, jump, test.counter));
  const [step] = steps;
  if (step === undefined || steps.some((each) => each !== step)) return undefined;
  const writes = writesOf(code, test.counter);
  const inside = writes.filter((at) => at > loop && at < end);
  if (inside.length !== jumps.length) return undefined;
  const first = firstValue(code, structure, { loop, counter: test.counter, writes, parameters });
  if (first === undefined) return undefined;
  const trips = countTrips(first, step, test);
  return trips === undefined ? undefined : { test: test.at, trips };
}

/** Positions of the branches back to the loop; a conditional one among them makes the shape unknown. */
function jumpsTo(code: readonly Instruction[], structure: Structure, loop: number, end: number): number[] {
  const jumps: number[] = [];
  for (let at = loop + 1; at < end; at += 1) {
    const { op, value, targets } = code[at] as Instruction;
    if (op !== Op.br && op !== Op.brIf && op !== Op.brTable) continue;
    const hits = [value, ...(targets ?? [])].some((depth) => labelOf(structure, at, depth) === loop);
    if (hits) jumps.push(op === Op.br ? at : -1);
  }
  return jumps;
}

interface Test {
  /** The `if`. */
  readonly at: number;
  readonly counter: number;
  readonly compare: number;
  readonly limit: number;
}

/** The `if` directly in the loop that holds every jump back, when a comparison with a constant guards it. */
function testOf(
  code: readonly Instruction[],
  structure: Structure,
  loop: number,
  jumps: readonly number[],
): Test | undefined {
  const [first] = jumps;
  if (first === undefined || jumps.includes(-1)) return undefined;
  const labels = structure.around[first] ?? [];
  const at = labels[labels.indexOf(loop) + 1];
  if (at === undefined || code[at]?.op !== Op.if || structure.elseOf.has(at)) return undefined;
  const holdsAll = jumps.every((jump) => (structure.around[jump] ?? []).includes(at));
  const last = code[at - 1]?.op === Op.i32And ? at - 2 : at - 1;
  const [counter, limit, compare] = [code[last - 2], code[last - 1], code[last]];
  if (!holdsAll || counter?.op !== Op.localGet || limit?.op !== Op.i32Const || compare === undefined) return undefined;
  return { at, counter: counter.value, compare: compare.op, limit: limit.value };
}

/** What `counter` gains right before the jump at `at`. */
function stepBefore(code: readonly Instruction[], at: number, counter: number): number | undefined {
  const [get, constant, change, set] = code.slice(at - 4, at);
  if (get?.op !== Op.localGet || get.value !== counter || set?.op !== Op.localSet || set.value !== counter)
    return undefined;
  if (constant?.op !== Op.i32Const) return undefined;
  if (change?.op === Op.i32Add) return constant.value;
  return change?.op === Op.i32Sub ? -constant.value : undefined;
}

function writesOf(code: readonly Instruction[], local: number): number[] {
  return [...code.entries()]
    .filter(([, { op, value }]) => (op === Op.localSet || op === Op.localTee) && value === local)
    .map(([at]) => at);
}

interface Counter {
  readonly loop: number;
  readonly counter: number;
  readonly writes: readonly number[];
  readonly parameters: number;
}

/** The counter's value whenever the loop is entered from before. */
function firstValue(
  code: readonly Instruction[],
  structure: Structure,
  { loop, counter, writes, parameters }: Counter,
): number | undefined {
  const outer = structure.around[loop] ?? [];
  const outerLoop = outer.findLast((label) => code[label]?.op === Op.loop);
  const before = writes.findLast((at) => at < loop);
  if (before === undefined) return outerLoop === undefined && counter >= parameters ? 0 : undefined;
  const path = structure.around[before] ?? [];
  // The write runs before the loop on every way there: each label around it is around the loop too, and no loop lies between.
  const leads = path.every((label, i) => outer[i] === label);
  if (!leads || (outerLoop !== undefined && before < outerLoop)) return undefined;
  const constant = code[before - 1];
  return constant?.op === Op.i32Const ? constant.value : undefined;
}

/** Runs the counter; undefined when it never ends, within the limit, or the comparison is another one. */
function countTrips(first: number, step: number, { compare, limit }: Test): number | undefined {
  let value = first | 0;
  for (let trips = 0; trips <= TRIPS_MAX; trips += 1) {
    const goesOn = holds(compare, value, limit);
    if (goesOn === undefined) return undefined;
    if (!goesOn) return trips;
    value = (value + step) | 0;
  }
  return undefined;
}

function holds(compare: number, a: number, b: number): boolean | undefined {
  switch (compare) {
    case Op.i32Ne:
      return a !== b;
    case Op.i32LtS:
      return a < b;
    case Op.i32LtU:
      return a >>> 0 < b >>> 0;
    case Op.i32GtS:
      return a > b;
    case Op.i32GtU:
      return a >>> 0 > b >>> 0;
    case Op.i32LeS:
      return a <= b;
    case Op.i32LeU:
      return a >>> 0 <= b >>> 0;
    case Op.i32GeS:
      return a >= b;
    case Op.i32GeU:
      return a >>> 0 >= b >>> 0;
    default:
      return undefined;
  }
}
