import type { Instruction } from "../../wasm/code.ts";
import { Op } from "../../wasm/opcodes.ts";
import type { WasmFunction, WasmModule } from "../../wasm/wasm-module.ts";
import type { Counted } from "./counted.ts";
import type { FixedWords } from "./fixed-words.ts";
import { lift } from "./lift.ts";
import { removeDeadWrites } from "./liveness.ts";
import { lower } from "./lower.ts";
import { type Budget, Propagation } from "./propagate.ts";
import { scaleCounters } from "./scale.ts";
import { shareValues } from "./share.ts";
import { shareSlots } from "./slots.ts";
import { putOnStack } from "./stack.ts";
import { type Expression, type Label, mapStatement, type Statement } from "./tree.ts";
import { separateLocals } from "./webs.ts";

export interface OptimiseOptions {
  /** Instructions that unrolling may add to the module. */
  readonly growthMax?: number;
  /** Words of memory that no step changes. Left out: none. */
  readonly fixed?: FixedWords;
}

/** Loops nest no deeper than this in code that unrolling helps. */
const LEVELS_MAX = 6;
const GROWTH_MAX = 2048;

/**
 * `quorate build -O`: makes the module's functions shorter to run. Results, memory at every trap and the order of stores stay as
 * they are to the bit; floats are not touched at all. Run it before NaN bits, bounds tests and fuel are put in.
 */
export function optimise(module: WasmModule, { growthMax = GROWTH_MAX, fixed }: OptimiseOptions = {}): void {
  const budget: Budget = { left: growthMax };
  for (const [index, f] of module.functions.entries()) {
    const words = fixed?.functions.has(index) === true ? fixed.values : undefined;
    optimiseFunction(module, f, { budget, words });
  }
}

interface Given {
  readonly budget: Budget;
  readonly words: FixedWords["values"] | undefined;
}

function optimiseFunction(module: WasmModule, f: WasmFunction, { budget, words }: Given): void {
  const lifted = lift(module, f);
  if (lifted === undefined) return;
  const { parameters } = lifted;
  const joined = new WeakSet<Label>();
  let counted: ReadonlyMap<Label, Counted> = new Map();
  let { body, locals } = separateLocals(lifted.body, lifted.locals);
  const separate = (): void => {
    ({ body, locals } = separateLocals(body, locals));
  };
  let unrolled = 0;
  const walk = (allowed?: Budget): number => {
    const propagation = new Propagation(locals, { joined, budget: allowed, words });
    body = removeDeadWrites(propagation.run(body, parameters));
    counted = propagation.counted;
    unrolled += propagation.unrolled;
    return propagation.unrolled;
  };
  walk();
  for (let level = 0; level < LEVELS_MAX && walk(budget) > 0; level += 1);
  walk();
  body = scaleCounters(body, counted, (type) => locals.push(type) - 1);
  walk();
  separate();
  walk();
  body = shareValues(body, (type) => locals.push(type) - 1);
  walk();
  body = putOnStack(body);
  const renumbered = withoutUnusedLocals(body, locals, parameters);
  const { code, types } = shareSlots(lower(renumbered.statements), renumbered.types, parameters);
  // What has no loops to unroll may come out as it went in, differently arranged; then the compiler's own text stays.
  if (unrolled === 0 && countedIn(code) >= countedIn(f.code)) return;
  f.locals.splice(0, f.locals.length, ...types);
  f.code = code;
}

/** Instructions that cost fuel when all of them run. */
function countedIn(code: readonly Instruction[]): number {
  return code.filter(({ op }) => op !== Op.block && op !== Op.loop && op !== Op.else && op !== Op.end).length;
}

/** Numbers the locals that are left anew, in order of their first mention. */
function withoutUnusedLocals(
  body: readonly Statement[],
  locals: readonly number[],
  parameters: number,
): { statements: readonly Statement[]; types: number[] } {
  const numbers = new Map<number, number>();
  const types: number[] = [];
  const numberOf = (local: number): number => {
    if (local < parameters) return local;
    const known = numbers.get(local);
    if (known !== undefined) return known;
    const next = parameters + types.push(locals[local] as number) - 1;
    numbers.set(local, next);
    return next;
  };
  const expression = (old: Expression): Expression => {
    const isLocal = old.op === Op.localGet || old.op === Op.localTee;
    const args = old.args.map(expression);
    const value = isLocal ? numberOf(old.value) : old.value;
    if (old.arms === undefined) return { ...old, args, value };
    const [yes, no] = old.arms;
    const arms = [
      { body: list(yes.body), value: expression(yes.value) },
      { body: list(no.body), value: expression(no.value) },
    ] as const;
    return { ...old, args, value, arms };
  };
  const list = (statements: readonly Statement[]): readonly Statement[] =>
    statements.map((each) => {
      const inner = mapStatement(each, list, expression);
      return inner.kind === "set" ? { ...inner, local: numberOf(inner.local) } : inner;
    });
  return { statements: list(body), types };
}
