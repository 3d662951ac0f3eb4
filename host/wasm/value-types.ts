/** Types as the binary format writes them (core specification, "Types"). */
export const TYPE_I32 = 0x7f;
export const TYPE_I64 = 0x7e;
export const TYPE_F32 = 0x7d;
export const TYPE_F64 = 0x7c;
/** What a function's type begins with. */
export const TYPE_FUNCTION = 0x60;
/** What a table holds in the first edition. */
export const TYPE_FUNCREF = 0x70;
/** The type of a block without a result; one with a result has its type's number. */
export const BLOCK_EMPTY = 0x40;

/** Types of later editions, which no module may hold. For refusals that name what was found. */
export const LaterType = { v128: 0x7b, externref: 0x6f, firstReference: 0x60, lastReference: 0x6f } as const;
/** What begins a type that is no plain function: rec, sub final, sub, array, struct. */
export const LATER_FORMS: readonly number[] = [0x4e, 0x4f, 0x50, 0x5e, 0x5f];
/** What begins a table whose entries have an initialiser. */
export const TABLE_INITIALISED = 0x40;

export type NumberType = "i32" | "i64" | "f32" | "f64";

export const NUMBER_TYPES: Readonly<Record<NumberType, number>> = {
  i32: TYPE_I32,
  i64: TYPE_I64,
  f32: TYPE_F32,
  f64: TYPE_F64,
};

const NAMES: ReadonlyMap<number, NumberType> = new Map([
  [TYPE_I32, "i32"],
  [TYPE_I64, "i64"],
  [TYPE_F32, "f32"],
  [TYPE_F64, "f64"],
]);

/** The name of a number type, or undefined for what is none. */
export function numberTypeOf(code: number): NumberType | undefined {
  return NAMES.get(code);
}
