import { readCode } from "./code.ts";
import { ByteReader } from "./wasm-bytes.ts";
import { WasmError } from "./wasm-error.ts";

/**
 * What the on-board engine declines by name, found in a module's bytes (docs/engine.md, "Modules"). The interpreter looks
 * while it loads; a module compiled ahead of time is looked at here, before there is any C of it, because wasm2c takes
 * later WebAssembly gladly. The words are those of the engine (firmware/runtime/texts.c).
 */
export interface Declined {
  readonly feature: string;
  /** Byte in the module. */
  readonly offset: number;
}

const MULTI_VALUE = "multi-value";
const REFERENCES = "reference types";
const SIMD = "SIMD";
const THREADS = "threads";
const PASSIVE = "passive segments";
const MEMORY64 = "64-bit memory";
const MULTI_MEMORY = "multiple memories";
const MULTI_TABLE = "multiple tables";
const TYPED = "garbage collection and typed references";
/** No feature, but refused as one: a control law is self-contained, and its segments lie inside. */
export const IMPORTS = "imports";
export const SEGMENT = "a segment outside its memory or table";

const HEADER_BYTES = 8;
const PAGE_BYTES = 65_536;

class Found extends Error {
  readonly declined: Declined;

  constructor(feature: string, offset: number) {
    super(feature);
    this.declined = { feature, offset };
  }
}

/**
 * The first thing in a module that the engine declines, or the error of bytes that are no module; undefined where there
 * is neither. Types are not checked: that is the translator's work.
 *
 * @param memoryBytes linear memory where the signal table declares less than whole pages
 */
export function declinedIn(bytes: Uint8Array, memoryBytes?: number): Declined | WasmError | undefined {
  const walk = new Walk(memoryBytes);
  try {
    const reader = new ByteReader(bytes, HEADER_BYTES);
    while (!reader.done) {
      const id = reader.u8();
      const size = reader.u32();
      const start = reader.at;
      reader.take(size);
      walk.section(id, new ByteReader(bytes, start, start + size));
    }
  } catch (error) {
    if (error instanceof Found) return error.declined;
    if (error instanceof WasmError) return ofError(error, bytes) ?? error;
    throw error;
  }
  return undefined;
}

/** The reader of code stops at what it does not know: which feature that is stands at the place. */
function ofError({ code, offset }: WasmError, bytes: Uint8Array): Declined | undefined {
  if (code === "opcode") {
    const feature = featureOfOpcode(bytes[offset] ?? 0, bytes[offset + 1] ?? 0);
    return feature === undefined ? undefined : { feature, offset };
  }
  if (code === "memories") return { feature: MULTI_MEMORY, offset };
  if (code === "tables") return { feature: MULTI_TABLE, offset };
  if (code !== "feature") return undefined;
  // A block type: an index of a function type, or a type of value that is not a number.
  return { feature: featureOfType(bytes[offset] ?? 0) ?? MULTI_VALUE, offset };
}

function featureOfOpcode(op: number, next: number): string | undefined {
  if ((op >= 0x06 && op <= 0x0a) || op === 0x18 || op === 0x19 || op === 0x1f) return "exceptions";
  if (op === 0x12 || op === 0x13 || op === 0x15) return "tail calls";
  if ([0x1c, 0x25, 0x26, 0xd0, 0xd1, 0xd2].includes(op)) return REFERENCES;
  if ([0x14, 0xd3, 0xd4, 0xd5, 0xd6, 0xfb].includes(op)) return TYPED;
  if (op === 0xfd) return SIMD;
  if (op === 0xfe) return THREADS;
  if (op !== 0xfc) return undefined;
  if (next === 8 || next === 9 || (next >= 12 && next <= 14)) return PASSIVE;
  return next >= 15 && next <= 17 ? REFERENCES : undefined;
}

function featureOfType(type: number): string | undefined {
  if (type === 0x7b) return SIMD;
  if (type === 0x70 || type === 0x6f) return REFERENCES;
  return type >= 0x60 && type < 0x70 ? TYPED : undefined;
}

/** Section by section; what is behind a refusal is not read. */
class Walk {
  #tableEntries = 0;
  #memoryBytes = 0;
  readonly #declaredBytes: number | undefined;

  constructor(declaredBytes: number | undefined) {
    this.#declaredBytes = declaredBytes;
  }

  section(id: number, part: ByteReader): void {
    if (id === 1) each(part, () => functionType(part));
    else if (id === 2) atMost(part, 0, IMPORTS);
    else if (id === 4) this.#table(part);
    else if (id === 5) this.#memory(part);
    else if (id === 6) each(part, () => globalType(part));
    else if (id === 9) each(part, () => this.#element(part));
    else if (id === 10) each(part, () => body(part));
    else if (id === 11) each(part, () => this.#data(part));
    else if (id === 13) throw new Found("exceptions", part.at);
  }

  #table(part: ByteReader): void {
    const { at } = part;
    if (atMost(part, 1, MULTI_TABLE) === 0) return;
    const type = part.u8();
    if (type !== 0x70) throw new Found(type === 0x6f || type === 0x40 ? REFERENCES : TYPED, at);
    this.#tableEntries = limits(part);
  }

  #memory(part: ByteReader): void {
    if (atMost(part, 1, MULTI_MEMORY) === 0) return;
    const whole = limits(part) * PAGE_BYTES;
    this.#memoryBytes = this.#declaredBytes ?? whole;
  }

  #element(part: ByteReader): void {
    const { at } = part;
    const flags = part.u32();
    if (flags === 1 || flags === 3) throw new Found(PASSIVE, at);
    if (flags === 2) throw new Found(MULTI_TABLE, at);
    if (flags > 3 && flags < 8) throw new Found(REFERENCES, at);
    const offset = constant(part);
    const count = part.u32();
    if (offset !== undefined && offset + count > this.#tableEntries) throw new Found(SEGMENT, at);
    for (let i = 0; i < count; i += 1) part.u32();
  }

  #data(part: ByteReader): void {
    const { at } = part;
    const flags = part.u32();
    if (flags === 1) throw new Found(PASSIVE, at);
    if (flags === 2) throw new Found(MULTI_MEMORY, at);
    const offset = constant(part);
    const count = part.u32();
    if (offset !== undefined && offset + count > this.#memoryBytes) throw new Found(SEGMENT, at);
    part.take(count);
  }
}

function each(part: ByteReader, item: () => void): void {
  for (let left = part.u32(); left > 0; left -= 1) item();
}

function atMost(part: ByteReader, most: number, feature: string): number {
  const { at } = part;
  const count = part.u32();
  if (count > most) throw new Found(feature, at);
  return count;
}

function functionType(part: ByteReader): void {
  const { at } = part;
  const form = part.u8();
  if ([0x4e, 0x4f, 0x50, 0x5e, 0x5f].includes(form)) throw new Found(TYPED, at);
  each(part, () => valueType(part));
  const results = part.u32();
  if (results > 1) throw new Found(MULTI_VALUE, at);
  if (results === 1) valueType(part);
}

function valueType(part: ByteReader): void {
  const { at } = part;
  const feature = featureOfType(part.u8());
  if (feature !== undefined) throw new Found(feature, at);
}

/** The least size. Bit 1 is shared, bit 2 is 64 bits wide. */
function limits(part: ByteReader): number {
  const { at } = part;
  const flags = part.u8();
  if (flags >= 4 && flags <= 7) throw new Found(MEMORY64, at);
  if (flags === 2 || flags === 3) throw new Found(THREADS, at);
  const least = part.u32();
  if (flags === 1) part.u32();
  return least;
}

function globalType(part: ByteReader): void {
  valueType(part);
  part.u8();
  constant(part);
}

/** A constant expression; its value where that is an i32. */
function constant(part: ByteReader): number | undefined {
  const { at } = part;
  const op = part.u8();
  let value: number | undefined;
  if (op === 0x41) value = part.s32() >>> 0;
  else if (op === 0x42) part.s64();
  else if (op === 0x43) part.take(4);
  else if (op === 0x44) part.take(8);
  else if (op === 0x23) part.u32();
  else if (op === 0xd0 || op === 0xd2) throw new Found(REFERENCES, at);
  else throw notConstant(at, op);
  const end = part.u8();
  if (end === 0x41 || end === 0x42 || end === 0x23) throw new Found("extended constant expressions", part.at - 1);
  if (end !== 0x0b) throw notConstant(part.at - 1, end);
  return value;
}

/** wasm2c 1.0.32 takes an empty expression, and writes C that does not compile. */
function notConstant(at: number, op: number): WasmError {
  return new WasmError("shape", at, "a constant", `0x${op.toString(16)}`);
}

function body(part: ByteReader): void {
  const size = part.u32();
  const start = part.at;
  part.take(size);
  const inner = new ByteReader(part.bytes, start, start + size);
  each(inner, () => {
    inner.u32();
    valueType(inner);
  });
  readCode(inner);
}
