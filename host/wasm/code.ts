import { BULK, Op, opcodeOf, Prefix } from "./opcodes.ts";
import { BLOCK_EMPTY, numberTypeOf } from "./value-types.ts";
import { type ByteReader, ByteWriter } from "./wasm-bytes.ts";
import { WasmError } from "./wasm-error.ts";

/**
 * One instruction. `value` is its index, depth, block type, i32 constant or memory offset; `align` and `targets` belong
 * to memory accesses and branch tables; `raw` holds the bytes of wider constants, so that no float changes on the way.
 */
export interface Instruction {
  readonly op: number;
  readonly value: number;
  readonly align?: number;
  readonly targets?: readonly number[];
  readonly raw?: Uint8Array;
  /** The greatest address a memory access can have before its offset is added, where a pass has found it. */
  readonly greatest?: number;
  /** Where code was moved: whether the float this makes visible had fixed bits where it stood (nan.ts). */
  readonly isRaw?: boolean;
  /** Offset in the file it was read from; inserted instructions carry that of the one they serve. */
  readonly at: number;
}

/** Reads instructions up to the end of the function body, its last `end` included. */
export function readCode(reader: ByteReader): Instruction[] {
  const code: Instruction[] = [];
  while (!reader.done) code.push(readInstruction(reader));
  return code;
}

function readInstruction(reader: ByteReader): Instruction {
  const at = reader.at;
  let op = reader.u8();
  if (op === Prefix.bulk) op = BULK + reader.u32();
  const opcode = opcodeOf(op);
  if (opcode === undefined) {
    throw new WasmError(
      "opcode",
      at,
      "an instruction of the MVP, sign extension, saturating conversion or bulk copy",
      `${hex(op)}${op === Prefix.simd ? " (SIMD)" : ""}`,
    );
  }
  switch (opcode.immediate) {
    case "none":
      return { op, value: 0, at };
    case "block":
      return { op, value: readBlockType(reader), at };
    case "label":
    case "index":
      return { op, value: reader.u32(), at };
    case "labels": {
      const targets = Array.from({ length: reader.u32() }, () => reader.u32());
      return { op, value: reader.u32(), targets, at };
    }
    case "indirect": {
      const value = reader.u32();
      requireFirst(reader, "tables");
      return { op, value, at };
    }
    case "memory": {
      const align = reader.u32();
      return { op, value: reader.u32(), align, at };
    }
    case "reserved":
      requireFirst(reader, "memories");
      return { op, value: 0, at };
    case "reserved2":
      requireFirst(reader, "memories");
      requireFirst(reader, "memories");
      return { op, value: 0, at };
    case "i32":
      return { op, value: reader.s32(), at };
    case "i64":
      return { op, value: 0, raw: rawNumber(reader), at };
    case "f32":
      return { op, value: 0, raw: reader.take(4), at };
    case "f64":
      return { op, value: 0, raw: reader.take(8), at };
  }
}

/** The number of the only memory or table. */
function requireFirst(reader: ByteReader, what: "memories" | "tables"): void {
  const { at } = reader;
  const byte = reader.u8();
  if (byte !== 0) throw new WasmError(what, at, "the byte 0: there is one at most", hex(byte));
}

const CONSTANTS: readonly number[] = [Op.i32Const, Op.i64Const, Op.f32Const, Op.f64Const, Op.globalGet];

/** A constant expression: one constant or the value of a global, then `end`. */
export function readConstant(reader: ByteReader): Instruction {
  const start = reader.at;
  const op = reader.u8();
  if (!CONSTANTS.includes(op)) throw new WasmError("constant", start, "a constant", hex(op));
  reader.at = start;
  const constant = readInstruction(reader);
  const end = reader.u8();
  if (end !== Op.end) throw new WasmError("constant-end", reader.at - 1, "the end of the constant", hex(end));
  return constant;
}

export function writeConstant(writer: ByteWriter, constant: Instruction): void {
  writeInstruction(writer, constant);
  writer.u8(Op.end);
}

function readBlockType(reader: ByteReader): number {
  const at = reader.at;
  const type = reader.u8();
  if (type === BLOCK_EMPTY || numberTypeOf(type) !== undefined) return type;
  throw new WasmError("feature", at, "a block with no result or one number", `block type ${hex(type)} (multi-value)`);
}

function rawNumber(reader: ByteReader): Uint8Array {
  const start = reader.at;
  reader.s64();
  return reader.bytes.subarray(start, reader.at);
}

export function writeInstruction(writer: ByteWriter, instruction: Instruction): void {
  const { op, value } = instruction;
  if (op >= BULK) {
    writer.u8(Prefix.bulk);
    writer.u32(op - BULK);
  } else {
    writer.u8(op);
  }
  switch (opcodeOf(op)?.immediate) {
    case "block":
    case "reserved":
      writer.u8(value);
      return;
    case "reserved2":
      writer.u8(0);
      writer.u8(0);
      return;
    case "label":
    case "index":
      writer.u32(value);
      return;
    case "labels":
      writer.u32(instruction.targets?.length ?? 0);
      for (const target of instruction.targets ?? []) writer.u32(target);
      writer.u32(value);
      return;
    case "indirect":
      writer.u32(value);
      writer.u8(0);
      return;
    case "memory":
      writer.u32(instruction.align ?? 0);
      writer.u32(value);
      return;
    case "i32":
      writer.s32(value);
      return;
    case "i64":
    case "f32":
    case "f64":
      writer.append(instruction.raw ?? new Uint8Array());
      return;
    default:
      return;
  }
}

/** Makes instructions that serve the one read at `at`. */
export function emit(at: number, op: number, value = 0): Instruction {
  return { op, value, at };
}

/** The same for a constant of 64 bits, which no `value` holds. */
export function emitI64(at: number, value: bigint): Instruction {
  const raw = new ByteWriter();
  raw.s64(value);
  return { op: Op.i64Const, value: 0, raw: raw.bytes(), at };
}

/** An instruction that starts a label. */
export function opensLabel(op: number): boolean {
  return op === Op.block || op === Op.loop || op === Op.if;
}

/** An instruction behind which nothing of the same block runs. */
export function neverFallsThrough(op: number): boolean {
  return op === Op.br || op === Op.brTable || op === Op.return || op === Op.unreachable;
}

function hex(byte: number): string {
  return `0x${byte.toString(16)}`;
}
