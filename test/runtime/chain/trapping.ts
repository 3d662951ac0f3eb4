/** Modules whose steps trap, each kind of trap by its number in the argument or input, and go on in the next step. */
import { HEAD } from "../../build/helpers.ts";

/** Kinds of `trappingModule` that need a table, and the one whose depth each engine chooses for itself. */
export const TABLE_KINDS = [12, 13, 14];
export const STACK_KIND = 11;
const KINDS = 18;
/** Kinds that hand-written code without a table can do under every meter. */
export const PLAIN_KINDS = Array.from({ length: KINDS }, (_, kind) => kind).filter(
  (kind) => kind !== STACK_KIND && !TABLE_KINDS.includes(kind),
);
export const ALL_KINDS = Array.from({ length: KINDS }, (_, kind) => kind);

const TRAPS: Readonly<Record<number, string>> = {
  1: "(drop (i32.load (i32.const 65533)))",
  // The first bytes lie inside: they must not be written.
  2: "(i64.store (i32.const 65532) (i64.const -1))",
  3: "(global.set $sum (i32.div_u (global.get $sum) (i32.sub (local.get $kind) (i32.const 3))))",
  4: "(drop (i64.rem_s (i64.const 7) (i64.extend_i32_u (i32.sub (local.get $kind) (i32.const 4)))))",
  5: "(global.set $sum (i32.div_s (i32.const 0x80000000) (i32.sub (i32.const 4) (local.get $kind))))",
  6: "(drop (i64.div_s (i64.const 0x8000000000000000) (i64.extend_i32_s (i32.sub (i32.const 5) (local.get $kind)))))",
  7: "unreachable",
  8: "(global.set $sum (i32.trunc_f32_s (f32.load (i32.const 8))))",
  9: "(global.set $sum (i32.trunc_f64_s (f64.const 3e9)))",
  10: "(drop (i64.trunc_f32_u (f32.const -1)))",
  11: "(global.set $sum (call $deeper (local.get $kind)))",
  12: "(global.set $sum (call_indirect (type $call) (i32.const 1) (i32.const 9)))",
  13: "(global.set $sum (call_indirect (type $call) (i32.const 1) (i32.const 2)))",
  14: "(global.set $sum (call_indirect (type $call) (i32.const 1) (i32.const 1)))",
  15: "(memory.fill (i32.const 65000) (i32.const 7) (i32.const 600))",
  16: "(memory.copy (i32.const 65000) (i32.const 0) (i32.const 600))",
  // No trap: memory that cannot grow says so.
  17: "(global.set $sum (memory.grow (i32.const 1)))",
};

/** A module with `init` and `step(i32) -> i32`. It counts its steps, also those that trap, in memory and in a global. */
export function trappingModule({ hasTable }: { readonly hasTable: boolean }): string {
  const table = `(table 3 funcref) (elem (i32.const 0) $same $other) (func $other)
    (func $same (param i32) (result i32) (local.get 0))`;
  const kinds = hasTable ? ALL_KINDS : PLAIN_KINDS;
  const cases = kinds.flatMap((kind) => {
    const trap = TRAPS[kind];
    return trap === undefined ? [] : [`(if (i32.eq (local.get $kind) (i32.const ${kind})) (then ${trap}))`];
  });
  return `(module (type $call (func (param i32) (result i32)))
    (memory (export "memory") 1 1) (data (i32.const 8) "\\00\\00\\c0\\7f")
    (global $sum (export "state.0") (mut i32) (i32.const 1000))
    (global $wide (export "state.1") (mut i64) (i64.const -5))
    (global $real (export "state.2") (mut f64) (f64.const 0.1))
    (global $short (export "state.3") (mut f32) (f32.const 0.1))
    ${hasTable ? `${table} (func $deeper (param i32) (result i32) (i32.add (call $deeper (local.get 0)) (i32.const 1)))` : ""}
    (func (export "init") (i32.store (i32.const 16) (i32.const 1)))
    (func (export "step") (param $kind i32) (result i32)
      (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
      (global.set $sum (i32.add (i32.mul (global.get $sum) (i32.const 31)) (local.get $kind)))
      (global.set $wide (i64.mul (global.get $wide) (i64.const 6364136223846793005)))
      (global.set $real (f64.add (global.get $real) (f64.const 0.1)))
      (global.set $short (f32.mul (global.get $short) (f32.const 1.5)))
      ${cases.join("\n      ")}
      (i32.add (global.get $sum) (i32.load (i32.const 16)))))`;
}

/** How many kinds `TRAPPING_LAW` knows; the others of its inputs do not trap. */
export const LAW_KINDS = 8;

/**
 * A control law that traps in the ways that the build lets one trap. Its memory is less than a page, so what leaves it
 * is stopped by the tests that the build puts in.
 */
export const TRAPPING_LAW = `${HEAD}
class Inputs {
  @input({ unit: "1", min: -100, max: 100, tolerance: 1, selection: "median", single: "use" })
  kind: I32Input;
  @input({ unit: "V", min: -10, max: 10, tolerance: 0.1, selection: "median", single: "use" })
  a: F32Input;
}
class Outputs {
  @output({ unit: "V", min: -10, max: 10, safe: 0 })
  b: f32;
}
function mixed(values: StaticArray<i32>, from: i32, by: i32): i32 {
  let sum: i32 = by;
  for (let i: i32 = from; i < 8; i++) sum = sum * 31 + spread(values[i] ^ by, 5) - spread(i, 3);
  return sum;
}
function spread(word: i32, turns: i32): i32 {
  let sum: i32 = word;
  for (let i: i32 = 0; i < turns; i++) sum = rotl<i32>(sum, i + 7) + (word >> (i & 3));
  return sum;
}
@law({ name: "trapping", period_us: 10000, fuel: 20000, memory: 1024 })
export class Trapping {
  private past: StaticArray<i32> = new StaticArray<i32>(8);
  private count: i32 = 1;
  step(inputs: Inputs, outputs: Outputs): void {
    const kind: i32 = inputs.kind.value;
    this.count += 1;
    this.past[this.count & 7] = this.count;
    if (kind == 1) this.past[kind + 7] = 1;
    if (kind == 2) store<i32>(usize(kind) + 0xfffffff0, 1);
    if (kind == 3) this.count = this.count / (kind - 3);
    if (kind == 4) this.count = i32.MIN_VALUE / (3 - kind);
    if (kind == 5) assert(this.count < 0);
    if (kind == 6) unreachable();
    if (kind == 7) for (let i: i32 = 0; i < 40; i++) this.past[i & 7] += i;
    for (let i: i32 = 0; i < (this.count & 15); i++) this.past[i & 7] ^= i * kind;
    this.past[0] += mixed(this.past, 3, kind) - mixed(this.past, 6, this.count);
    outputs.b = inputs.a.value * f32(this.past[3]);
  }
}
`;
