/**
 * Random modules in the shapes that the translator looks for. It joins neighbouring instructions and folds addresses into
 * accesses; a mistake there shows only where just those instructions meet with just those constants, which bytes of
 * `wasm-opt -ttf` rarely do. So most addresses here are sums, shifts and masks, most right operands are constants at an
 * edge, and one memory is read and written by all functions. NaNs are made one, for their bits are V8's own choice.
 */
import { writeFileSync } from "node:fs";
import { random } from "../../sim/explore/draws.ts";
import { run, type Workshop } from "./toolchain.ts";

const FUNCTIONS = 150;
const STATEMENTS_MAX = 5;
const RESULT_DEPTH = 4;
const STATEMENT_DEPTH_MAX = 3;

/** Four parameters, two small indices made from them, and one local of each longer or floating type. */
const INT_LOCALS = 6;
const SET_LOCALS = 4;
const INDEX_LOCALS = [4, 5];
const LONG = 6;
const FLOAT = 7;

/** What each function is called with. */
const ARGUMENTS = [
  [0, 0, 0, 0],
  [1, 2, 3, 4],
  [5, -1, 0x7fffffff, 7],
  [-8, 31, 65536, -32768],
  [14, 9, -0x80000000, 255],
] as const;

/** Where nearly all addresses of the shapes lie. */
const WATCHED_BYTES = 1024;

/** How `compareModule` tries such a module. */
export const SHAPES_TRIAL = { sets: ARGUMENTS, watchedBytes: WATCHED_BYTES };
/** Calls that are compared for each module. */
export const SHAPES_CALLS = FUNCTIONS * ARGUMENTS.length;

/** Edges: of shifts and masks, of 16-bit operands, of bytes, and of the type. */
const CONSTANTS = [
  ...[0, 1, 2, 3, 4, 8, 12, 16, 31, 32, 33, 64, 255, 256, 1000, -1, -2, -8],
  ...[32767, -32768, 32768, 65535, 65536, -65536, 0x7fffffff, -0x80000000],
];
const FLOATS = ["0", "-0", "1", "-1.5", "3.25", "1e-40", "1e38", "1e10", "0.1"];
/** Sizes that an access may shift by itself; 32 shifts by nothing, 33 to 35 as 1 to 3 do. */
const SHIFTS = [0, 1, 2, 3, 32, 33, 34, 35];

const BASIC = ["add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u"];
const COMPARISONS = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const FLOAT_COMPARISONS = ["eq", "ne", "lt", "gt", "le", "ge"];
const LOADS = ["load", "load8_u", "load8_s", "load16_u", "load16_s"];
const LONG_LOADS = [...LOADS, "load32_s", "load32_u"];

/** Texts of expressions by type. `depth` bounds how far they nest: at 0 there are only locals and constants. */
class Shapes {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = random(seed);
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  /** Writes one of some texts; each weighs as much as its number says. */
  #oneOf(...choices: readonly (readonly [weight: number, write: () => string])[]): string {
    let left = this.#below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, write] of choices) {
      if (left < weight) return write();
      left -= weight;
    }
    throw new RangeError("the weights are used up");
  }

  #constant(): string {
    return `(i32.const ${this.#pick(CONSTANTS)})`;
  }

  #index(): string {
    return `(local.get ${this.#pick(INDEX_LOCALS)})`;
  }

  #masked(depth: number, mask: number): string {
    return `(i32.and ${this.int(depth)} (i32.const ${mask}))`;
  }

  #offset(): string {
    return this.#oneOf([1, () => ""], [1, () => ` offset=${this.#pick([1, 3, 4, 8, 100])}`]);
  }

  /** In every form that may be folded, and in forms that only look like one. */
  address(depth: number): string {
    const shifted = (index: string) => {
      return `(i32.add (i32.shl ${index} (i32.const ${this.#pick(SHIFTS)})) (i32.const ${this.#below(100)}))`;
    };
    return this.#oneOf(
      [1, () => `(i32.const ${this.#below(200)})`],
      [1, () => shifted(this.#masked(depth - 1, 15))],
      [1, () => shifted(this.#index())],
      [1, () => `(i32.add ${this.#index()} (i32.const ${this.#below(100)}))`],
      [1, () => `(i32.sub (i32.const 300) ${this.#masked(depth - 1, 127)})`],
      [1, () => `(i32.add (i32.mul ${this.#index()} (i32.const ${this.#pick([0, 1, 3, 8, 12])})) ${this.#index()})`],
      [1, () => `(i32.add ${this.#masked(depth - 1, 63)} (i32.const ${this.#pick([0, 4, 8, -4, 16])}))`],
      [1, () => this.#masked(depth - 1, 255)],
    );
  }

  int(depth: number): string {
    if (depth <= 0)
      return this.#oneOf([2, () => `(local.get ${this.#below(INT_LOCALS)})`], [1, () => this.#constant()]);
    const inner = () => this.int(depth - 1);
    const right = () => this.#oneOf([1, () => this.#constant()], [1, inner]);
    return this.#oneOf(
      [6, () => `(i32.${this.#pick([...BASIC, "add", "shl", "rotl", "rotr"])} ${inner()} ${right()})`],
      [1, () => `(i32.${this.#pick(BASIC)} ${this.#constant()} ${inner()})`],
      [2, () => `(i32.${this.#pick(COMPARISONS)} ${inner()} ${right()})`],
      [1, () => `(i32.eqz ${inner()})`],
      [1, () => `(select ${inner()} ${inner()} ${inner()})`],
      [4, () => `(i32.${this.#pick(LOADS)}${this.#offset()} ${this.address(depth - 1)})`],
      [1, () => `(local.tee ${this.#below(SET_LOCALS)} ${inner()})`],
      [1, () => `(if (result i32) ${inner()} (then ${this.statement(depth - 1)} ${inner()}) (else ${inner()}))`],
      [1, () => `(block (result i32) ${this.statement(depth - 1)} (br_if 0 ${inner()} ${inner()}) (drop) ${inner()})`],
      [1, () => `(i32.${this.#pick(["extend8_s", "extend16_s", "clz", "ctz", "popcnt"])} ${inner()})`],
      [3, () => this.#intOfOther(depth - 1)],
    );
  }

  #intOfOther(depth: number): string {
    return this.#oneOf(
      [1, () => `(i32.wrap_i64 ${this.long(depth)})`],
      [1, () => `(i64.${this.#pick(COMPARISONS)} ${this.long(depth)} ${this.long(depth)})`],
      [1, () => `(f32.${this.#pick(FLOAT_COMPARISONS)} ${this.float(depth)} ${this.float(depth)})`],
      [1, () => `(i32.reinterpret_f32 (f32.abs ${this.float(depth)}))`],
    );
  }

  long(depth: number): string {
    if (depth <= 0) {
      const constant = () => `(i64.const ${this.#pick(CONSTANTS)}${this.#pick(["", "00001"])})`;
      return this.#oneOf([1, () => `(local.get ${LONG})`], [1, constant]);
    }
    const inner = () => this.long(depth - 1);
    return this.#oneOf(
      [2, () => `(i64.${this.#pick([...BASIC, "rotl"])} ${inner()} ${inner()})`],
      [1, () => `(i64.extend_i32_${this.#pick(["s", "u"])} ${this.int(depth - 1)})`],
      [1, () => `(i64.${this.#pick(LONG_LOADS)}${this.#offset()} ${this.address(depth - 1)})`],
      [1, () => `(select ${inner()} ${inner()} ${this.int(depth - 1)})`],
      [1, () => `(local.tee ${LONG} ${inner()})`],
      [1, () => `(i64.trunc_sat_f32_s ${this.float(depth - 1)})`],
    );
  }

  /** Every result that may be a NaN goes through $one, or its bits would be anybody's. */
  float(depth: number): string {
    if (depth <= 0)
      return this.#oneOf([1, () => `(local.get ${FLOAT})`], [1, () => `(f32.const ${this.#pick(FLOATS)})`]);
    const inner = () => this.float(depth - 1);
    const two = ["add", "sub", "mul", "div", "min", "max"];
    return this.#oneOf(
      [3, () => `(call $one (f32.${this.#pick(two)} ${inner()} ${inner()}))`],
      [1, () => `(f32.convert_i32_${this.#pick(["s", "u"])} ${this.int(depth - 1)})`],
      [1, () => `(local.tee ${FLOAT} ${inner()})`],
      [1, () => `(f32.neg ${inner()})`],
    );
  }

  statement(depth: number): string {
    const store = (op: string, value: string) => `(${op}${this.#offset()} ${this.address(depth)} ${value})`;
    const deeper = () => this.statement(Math.max(0, depth - 1));
    return this.#oneOf(
      [2, () => `(local.set ${this.#below(SET_LOCALS)} ${this.int(depth)})`],
      [2, () => store(`i32.${this.#pick(["store", "store8", "store16"])}`, this.int(depth))],
      [1, () => store(`i64.${this.#pick(["store", "store8", "store16", "store32"])}`, this.long(depth))],
      [1, () => `(local.set ${LONG} ${this.long(depth)})`],
      [1, () => store("f32.store", `(call $one ${this.float(depth)})`)],
      [1, () => `(if ${this.int(depth)} (then ${deeper()}) (else ${depth > 0 ? deeper() : ""}))`],
    );
  }

  body(): string {
    const count = 1 + this.#below(STATEMENTS_MAX);
    return Array.from({ length: count }, () => this.statement(1 + this.#below(STATEMENT_DEPTH_MAX))).join("\n  ");
  }
}

/** The text of one module; a line begins each function, as `compareModule` wants to read it. */
function shapesText(seed: number): string {
  const shapes = new Shapes(seed);
  const functions = Array.from({ length: FUNCTIONS }, (_, at) => {
    return `
 (func $f${at} (param i32) (param i32) (param i32) (param i32) (result i32)
  (local i32 i32 i64 f32)
  (local.set 4 (i32.and (local.get 0) (i32.const 15)))
  (local.set 5 (i32.and (local.get 1) (i32.const 31)))
  ${shapes.body()}
  ${shapes.int(RESULT_DEPTH)})
 (export "f${at}" (func $f${at}))`;
  });
  return `(module
 (memory (export "memory") 1 1)
 (func $one (param f32) (result f32)
  (select (local.get 0) (f32.const nan) (f32.eq (local.get 0) (local.get 0))))${functions.join("")})
`;
}

/** Writes the module of a seed and its text beside it. @returns the module's path */
export function shapesModule(workshop: Workshop, seed: number): string {
  const [text, output] = [workshop.path(`shapes-${seed}.wat`), workshop.path(`shapes-${seed}.wasm`)];
  writeFileSync(text, shapesText(seed));
  run("wat2wasm", [text, "-o", output]);
  return output;
}
