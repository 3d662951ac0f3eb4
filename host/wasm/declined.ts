import { readCode, readConstant } from "./code.ts";
import { BULK, Later, Op, Prefix } from "./opcodes.ts";
import { HEAD_BYTES, Section, sectionsOf } from "./sections.ts";
import { LATER_FORMS, LaterType, TABLE_INITIALISED, TYPE_FUNCREF } from "./value-types.ts";
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
const EXTENDED = "extended constant expressions";
const TYPED = "garbage collection and typed references";
/** No feature, but refused as one: a control law is self-contained, and its segments lie inside. */
export const IMPORTS = "imports";
export const SEGMENT = "a segment outside its memory or table";

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
    for (const { id, part } of sectionsOf(new ByteReader(bytes, HEAD_BYTES))) walk.section(id, part);
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
  if (code === "constant" && isReference(bytes[offset] ?? 0)) return { feature: REFERENCES, offset };
  if (code === "constant-end" && isExtended(bytes[offset] ?? 0)) return { feature: EXTENDED, offset };
  if (code === "memories") return { feature: MULTI_MEMORY, offset };
  if (code === "tables") return { feature: MULTI_TABLE, offset };
  if (code !== "feature") return undefined;
  // A block type: an index of a function type, or a type of value that is not a number.
  return { feature: featureOfType(bytes[offset] ?? 0) ?? MULTI_VALUE, offset };
}

/** Which proposal brought each of the later instructions. */
const FEATURES: ReadonlyMap<string, readonly number[]> = new Map([
  [
    "exceptions",
    [
      Later.try,
      Later.catch,
      Later.throw,
      Later.rethrow,
      Later.throwRef,
      Later.delegate,
      Later.catchAll,
      Later.tryTable,
    ],
  ],
  ["tail calls", [Later.returnCall, Later.returnCallIndirect, Later.returnCallRef]],
  [
    REFERENCES,
    [
      Later.selectTyped,
      Later.tableGet,
      Later.tableSet,
      Later.refNull,
      Later.refIsNull,
      Later.refFunc,
      Later.tableGrow,
      Later.tableSize,
      Later.tableFill,
    ],
  ],
  [TYPED, [Later.callRef, Later.refEq, Later.refAsNonNull, Later.brOnNull, Later.brOnNonNull, Prefix.gc]],
  [SIMD, [Prefix.simd]],
  [THREADS, [Prefix.threads]],
  [PASSIVE, [Later.memoryInit, Later.dataDrop, Later.tableInit, Later.elemDrop, Later.tableCopy]],
]);

function featureOfOpcode(op: number, next: number): string | undefined {
  const code = op === Prefix.bulk ? BULK + next : op;
  return [...FEATURES].find(([, codes]) => codes.includes(code))?.[0];
}

function isReference(op: number): boolean {
  return op === Later.refNull || op === Later.refFunc;
}

/** Arithmetic of constants begins with a second one. */
function isExtended(op: number): boolean {
  return op === Op.i32Const || op === Op.i64Const || op === Op.globalGet;
}

function featureOfType(type: number): string | undefined {
  if (type === LaterType.v128) return SIMD;
  if (type === TYPE_FUNCREF || type === LaterType.externref) return REFERENCES;
  return type >= LaterType.firstReference && type <= LaterType.lastReference ? TYPED : undefined;
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
    if (id === Section.type) each(part, () => functionType(part));
    else if (id === Section.import) atMost(part, 0, IMPORTS);
    else if (id === Section.table) this.#table(part);
    else if (id === Section.memory) this.#memory(part);
    else if (id === Section.global) each(part, () => globalType(part));
    else if (id === Section.element) each(part, () => this.#element(part));
    else if (id === Section.code) each(part, () => body(part));
    else if (id === Section.data) each(part, () => this.#data(part));
    else if (id === Section.tag) throw new Found("exceptions", part.at);
  }

  #table(part: ByteReader): void {
    const { at } = part;
    if (atMost(part, 1, MULTI_TABLE) === 0) return;
    const type = part.u8();
    const isReferences = type === LaterType.externref || type === TABLE_INITIALISED;
    if (type !== TYPE_FUNCREF) throw new Found(isReferences ? REFERENCES : TYPED, at);
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
    const offset = offsetOf(part);
    const count = part.u32();
    if (offset !== undefined && offset + count > this.#tableEntries) throw new Found(SEGMENT, at);
    for (let i = 0; i < count; i += 1) part.u32();
  }

  #data(part: ByteReader): void {
    const { at } = part;
    const flags = part.u32();
    if (flags === 1) throw new Found(PASSIVE, at);
    if (flags === 2) throw new Found(MULTI_MEMORY, at);
    const offset = offsetOf(part);
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
  if (LATER_FORMS.includes(form)) throw new Found(TYPED, at);
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
  readConstant(part);
}

/** Where a segment begins, as far as the module says it itself. */
function offsetOf(part: ByteReader): number | undefined {
  const { op, value } = readConstant(part);
  return op === Op.i32Const ? value >>> 0 : undefined;
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
