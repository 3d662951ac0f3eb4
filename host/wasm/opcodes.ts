/**
 * The instructions a module may hold: WebAssembly MVP, sign extension, saturating conversions, bulk copy and fill.
 *
 * One row says all the build needs: name, kind of immediate, operands taken and given. Operand letters are
 * i (i32), I (i64), f (f32), F (f64); `?` marks instructions whose effect depends on their immediate.
 */
export type ImmediateKind =
  | "none" // nothing follows
  | "block" // a block type
  | "label" // a branch depth
  | "labels" // a branch table
  | "index" // a local, global or function index
  | "indirect" // a type index and a table index
  | "memory" // alignment and offset
  | "reserved" // one zero byte (memory index)
  | "reserved2" // two zero bytes
  | "i32"
  | "i64"
  | "f32"
  | "f64";

export interface Opcode {
  readonly name: string;
  readonly immediate: ImmediateKind;
  readonly takes: string;
  readonly gives: string;
}

/** Bytes that announce a number of more instructions. Only those behind `bulk` may stand in a module. */
export const Prefix = { gc: 0xfb, bulk: 0xfc, simd: 0xfd, threads: 0xfe } as const;
/** Instructions behind `bulk` are numbered from here on. */
export const BULK = Prefix.bulk << 8;

export const Op = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  f32Load: 0x2a,
  f64Load: 0x2b,
  i32Load8U: 0x2d,
  i32Load16U: 0x2f,
  i64Load32U: 0x35,
  i32Store: 0x36,
  i64Store: 0x37,
  f32Store: 0x38,
  f64Store: 0x39,
  i64Store32: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtS: 0x4a,
  i32GtU: 0x4b,
  i32LeS: 0x4c,
  i32LeU: 0x4d,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  f64Ge: 0x66,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32DivU: 0x6e,
  i32RemU: 0x70,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i32Rotl: 0x77,
  i64And: 0x83,
  i64Or: 0x84,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  f32Copysign: 0x98,
  f64Copysign: 0xa6,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  f32ConvertI32S: 0xb2,
  f32ConvertI32U: 0xb3,
  f64ConvertI32S: 0xb7,
  f64ConvertI32U: 0xb8,
  i32ReinterpretF32: 0xbc,
  i64ReinterpretF64: 0xbd,
  f32ReinterpretI32: 0xbe,
  f64ReinterpretI64: 0xbf,
  memoryCopy: 0xfc0a,
  memoryFill: 0xfc0b,
} as const;

/** Instructions of later editions, which no module may hold. For refusals that name what was found. */
export const Later = {
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  callRef: 0x14,
  returnCallRef: 0x15,
  delegate: 0x18,
  catchAll: 0x19,
  selectTyped: 0x1c,
  tryTable: 0x1f,
  tableGet: 0x25,
  tableSet: 0x26,
  refNull: 0xd0,
  refIsNull: 0xd1,
  refFunc: 0xd2,
  refEq: 0xd3,
  refAsNonNull: 0xd4,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
  memoryInit: 0xfc08,
  dataDrop: 0xfc09,
  tableInit: 0xfc0c,
  elemDrop: 0xfc0d,
  tableCopy: 0xfc0e,
  tableGrow: 0xfc0f,
  tableSize: 0xfc10,
  tableFill: 0xfc11,
} as const;

const table = new Map<number, Opcode>();

function add(code: number, immediate: ImmediateKind, takes: string, gives: string, names: string): void {
  for (const [step, name] of names.split(" ").entries()) table.set(code + step, { name, immediate, takes, gives });
}

add(0x00, "none", "", "", "unreachable nop");
add(0x02, "block", "?", "?", "block loop if");
add(0x05, "none", "?", "?", "else");
add(0x0b, "none", "?", "?", "end");
add(0x0c, "label", "?", "?", "br br_if");
add(0x0e, "labels", "?", "?", "br_table");
add(0x0f, "none", "?", "?", "return");
add(0x10, "index", "?", "?", "call");
add(0x11, "indirect", "?", "?", "call_indirect");
add(0x1a, "none", "?", "", "drop");
add(0x1b, "none", "?", "?", "select");
add(0x20, "index", "?", "?", "local.get local.set local.tee global.get global.set");
add(0x28, "memory", "i", "i", "i32.load");
add(0x29, "memory", "i", "I", "i64.load");
add(0x2a, "memory", "i", "f", "f32.load");
add(0x2b, "memory", "i", "F", "f64.load");
add(0x2c, "memory", "i", "i", "i32.load8_s i32.load8_u i32.load16_s i32.load16_u");
add(0x30, "memory", "i", "I", "i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u");
add(0x36, "memory", "ii", "", "i32.store");
add(0x37, "memory", "iI", "", "i64.store");
add(0x38, "memory", "if", "", "f32.store");
add(0x39, "memory", "iF", "", "f64.store");
add(0x3a, "memory", "ii", "", "i32.store8 i32.store16");
add(0x3c, "memory", "iI", "", "i64.store8 i64.store16 i64.store32");
add(0x3f, "reserved", "", "i", "memory.size");
add(0x40, "reserved", "i", "i", "memory.grow");
add(0x41, "i32", "", "i", "i32.const");
add(0x42, "i64", "", "I", "i64.const");
add(0x43, "f32", "", "f", "f32.const");
add(0x44, "f64", "", "F", "f64.const");
const compareInt = (t: string): string =>
  "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".replace(/\S+/g, (name) => `${t}.${name}`);
const compareFloat = (t: string): string => "eq ne lt gt le ge".replace(/\S+/g, (name) => `${t}.${name}`);
const binaryInt = (t: string): string =>
  "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr".replace(/\S+/g, (name) => `${t}.${name}`);
const unaryFloat = (t: string): string =>
  "abs neg ceil floor trunc nearest sqrt".replace(/\S+/g, (name) => `${t}.${name}`);
const binaryFloat = (t: string): string => "add sub mul div min max copysign".replace(/\S+/g, (name) => `${t}.${name}`);
add(0x45, "none", "i", "i", "i32.eqz");
add(0x46, "none", "ii", "i", compareInt("i32"));
add(0x50, "none", "I", "i", "i64.eqz");
add(0x51, "none", "II", "i", compareInt("i64"));
add(0x5b, "none", "ff", "i", compareFloat("f32"));
add(0x61, "none", "FF", "i", compareFloat("f64"));
add(0x67, "none", "i", "i", "i32.clz i32.ctz i32.popcnt");
add(0x6a, "none", "ii", "i", binaryInt("i32"));
add(0x79, "none", "I", "I", "i64.clz i64.ctz i64.popcnt");
add(0x7c, "none", "II", "I", binaryInt("i64"));
add(0x8b, "none", "f", "f", unaryFloat("f32"));
add(0x92, "none", "ff", "f", binaryFloat("f32"));
add(0x99, "none", "F", "F", unaryFloat("f64"));
add(0xa0, "none", "FF", "F", binaryFloat("f64"));
add(0xa7, "none", "I", "i", "i32.wrap_i64");
add(0xa8, "none", "f", "i", "i32.trunc_f32_s i32.trunc_f32_u");
add(0xaa, "none", "F", "i", "i32.trunc_f64_s i32.trunc_f64_u");
add(0xac, "none", "i", "I", "i64.extend_i32_s i64.extend_i32_u");
add(0xae, "none", "f", "I", "i64.trunc_f32_s i64.trunc_f32_u");
add(0xb0, "none", "F", "I", "i64.trunc_f64_s i64.trunc_f64_u");
add(0xb2, "none", "i", "f", "f32.convert_i32_s f32.convert_i32_u");
add(0xb4, "none", "I", "f", "f32.convert_i64_s f32.convert_i64_u");
add(0xb6, "none", "F", "f", "f32.demote_f64");
add(0xb7, "none", "i", "F", "f64.convert_i32_s f64.convert_i32_u");
add(0xb9, "none", "I", "F", "f64.convert_i64_s f64.convert_i64_u");
add(0xbb, "none", "f", "F", "f64.promote_f32");
add(0xbc, "none", "f", "i", "i32.reinterpret_f32");
add(0xbd, "none", "F", "I", "i64.reinterpret_f64");
add(0xbe, "none", "i", "f", "f32.reinterpret_i32");
add(0xbf, "none", "I", "F", "f64.reinterpret_i64");
add(0xc0, "none", "i", "i", "i32.extend8_s i32.extend16_s");
add(0xc2, "none", "I", "I", "i64.extend8_s i64.extend16_s i64.extend32_s");
add(0xfc00, "none", "f", "i", "i32.trunc_sat_f32_s i32.trunc_sat_f32_u");
add(0xfc02, "none", "F", "i", "i32.trunc_sat_f64_s i32.trunc_sat_f64_u");
add(0xfc04, "none", "f", "I", "i64.trunc_sat_f32_s i64.trunc_sat_f32_u");
add(0xfc06, "none", "F", "I", "i64.trunc_sat_f64_s i64.trunc_sat_f64_u");
add(0xfc0a, "reserved2", "iii", "", "memory.copy");
add(0xfc0b, "reserved", "iii", "", "memory.fill");

/** The row of an instruction, or undefined when a module must not hold it. */
export function opcodeOf(code: number): Opcode | undefined {
  return table.get(code);
}

/** Bytes touched by a load or store, 0 for every other instruction. */
export function accessWidth(code: number): number {
  if (code < Op.i32Load || code > Op.i64Store32) return 0;
  const name = table.get(code)?.name ?? "";
  const narrow = /(?:load|store)(8|16|32)/.exec(name)?.[1];
  if (narrow !== undefined) return Number(narrow) / 8;
  return name.startsWith("i64") || name.startsWith("f64") ? 8 : 4;
}

/** An instruction that gives 0 or 1. */
export function isComparison(code: number): boolean {
  return code >= Op.i32Eqz && code <= Op.f64Ge;
}

export function isLoad(code: number): boolean {
  return code >= Op.i32Load && code <= Op.i64Load32U;
}
