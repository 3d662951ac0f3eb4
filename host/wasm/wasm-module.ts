import { emit, type Instruction, readCode, readConstant, writeConstant } from "./code.ts";
import { Op } from "./opcodes.ts";
import { openModule, Section, sectionsOf } from "./sections.ts";
import { type NumberType, numberTypeOf, TYPE_FUNCTION, TYPE_I32 } from "./value-types.ts";
import { ByteReader, ByteWriter } from "./wasm-bytes.ts";
import { WasmError } from "./wasm-error.ts";

/** A WebAssembly file taken apart as far as the build needs it: code instruction by instruction, the rest as it was. */
export interface WasmModule {
  readonly types: FunctionType[];
  readonly imports: readonly WasmImport[];
  readonly functions: WasmFunction[];
  readonly tables: number;
  /** Least size of the first table. */
  readonly tableEntries: number;
  memory: Limits | undefined;
  readonly globals: WasmGlobal[];
  exports: readonly WasmExport[];
  /** Index of the start function. */
  start: number | undefined;
  /** Body of the data section, copied as it is. */
  readonly data: Uint8Array | undefined;
  readonly dataCount: number | undefined;
  readonly customs: { readonly name: string; readonly body: Uint8Array; readonly offset: number }[];
}

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

/** Pages of a memory, entries of a table. */
export interface Limits {
  readonly initial: number;
  readonly maximum: number | undefined;
}

/** `type`: an index for a function, what a table holds, what a global is. */
export type WasmImport = { readonly module: string; readonly name: string } & (
  | { readonly kind: typeof EXPORT_FUNCTION; readonly type: number }
  | { readonly kind: typeof EXPORT_TABLE; readonly type: number; readonly limits: Limits }
  | { readonly kind: typeof EXPORT_MEMORY; readonly limits: Limits }
  | { readonly kind: typeof EXPORT_GLOBAL; readonly type: number; readonly mutable: boolean }
);

export interface WasmFunction {
  readonly type: number;
  /** Types of the locals behind the parameters, one entry each. */
  readonly locals: number[];
  code: Instruction[];
}

export interface WasmGlobal {
  readonly type: number;
  readonly mutable: boolean;
  /** The initialiser's bytes, its `end` included. */
  readonly initial: Uint8Array;
}

export interface WasmExport {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

/** What an export, or an import, is. */
export const EXPORT_FUNCTION = 0;
export const EXPORT_TABLE = 1;
export const EXPORT_MEMORY = 2;
export const EXPORT_GLOBAL = 3;

export const MUTABLE = 1;
/** In the flags of limits. */
export const HAS_MAXIMUM = 1;

const LOCALS_MAX = 10_000;

interface Draft {
  types: FunctionType[];
  imports: WasmImport[];
  functions: WasmFunction[];
  tables: number;
  tableEntries: number;
  memory: Limits | undefined;
  globals: WasmGlobal[];
  exports: WasmExport[];
  start: number | undefined;
  data: Uint8Array | undefined;
  dataCount: number | undefined;
  customs: WasmModule["customs"];
}

/** Reads a module. Throws WasmError, with the offset, on anything damaged or outside the allowed features. */
export function readModule(bytes: Uint8Array): WasmModule {
  const draft: Draft = {
    types: [],
    imports: [],
    functions: [],
    tables: 0,
    tableEntries: 0,
    memory: undefined,
    globals: [],
    exports: [],
    start: undefined,
    data: undefined,
    dataCount: undefined,
    customs: [],
  };
  let declared: number[] = [];
  for (const { id, part } of sectionsOf(openModule(bytes))) {
    if (id === Section.function) declared = vector(part, () => part.u32());
    else if (id === Section.code) draft.functions = readBodies(part, declared);
    else readSection(draft, id, part);
  }
  if (draft.functions.length !== declared.length) {
    throw new WasmError("shape", bytes.length, `${declared.length} function bodies`, `${draft.functions.length}`);
  }
  return draft;
}

function readSection(draft: Draft, id: number, part: ByteReader): void {
  switch (id) {
    case Section.custom:
      draft.customs.push({ name: part.name(), body: part.bytes.slice(part.at, part.end), offset: part.at });
      return;
    case Section.type:
      draft.types = vector(part, readType);
      return;
    case Section.import:
      draft.imports = vector(part, readImport);
      return;
    case Section.table:
      readTables(part, draft);
      return;
    case Section.memory:
      draft.memory = vector(part, readLimits)[0];
      return;
    case Section.global:
      draft.globals = vector(part, readGlobal);
      return;
    case Section.export:
      draft.exports = vector(part, readExport);
      return;
    case Section.start:
      draft.start = part.u32();
      return;
    case Section.element:
      return; // A module of ours has none, and others' are not read.
    case Section.data:
      draft.data = part.bytes.slice(part.at, part.end);
      return;
    case Section.dataCount:
      draft.dataCount = part.u32();
      return;
    default:
      throw new WasmError("section", part.at, "a section of the MVP", `section ${id}`);
  }
}

/**
 * Types of the exported globals of a module, by export name. JavaScript sees a global's value and not its type: a float and an
 * integer look alike, and whoever hashes a state needs their bits. No code is read, so it costs nothing to speak of.
 */
export function exportedGlobals(bytes: Uint8Array): ReadonlyMap<string, NumberType> {
  const types: number[] = [];
  let exports: WasmExport[] = [];
  for (const { id, part } of sectionsOf(openModule(bytes))) {
    if (id === Section.import) {
      for (const each of vector(part, readImport)) if (each.kind === EXPORT_GLOBAL) types.push(each.type);
    } else if (id === Section.global) types.push(...vector(part, readGlobal).map(({ type }) => type));
    else if (id === Section.export) exports = vector(part, readExport);
  }
  const found = new Map<string, NumberType>();
  for (const { name, kind, index } of exports) {
    if (kind !== EXPORT_GLOBAL) continue;
    const type = numberTypeOf(types[index] ?? 0);
    if (type === undefined) throw new WasmError("shape", bytes.length, `a global ${index} of a number`, "none");
    found.set(name, type);
  }
  return found;
}

function vector<T>(reader: ByteReader, item: (reader: ByteReader) => T): T[] {
  const count = reader.u32();
  if (count > reader.end - reader.at) {
    throw new WasmError("truncated", reader.at, `${count} entries`, `${reader.end - reader.at} bytes`);
  }
  return Array.from({ length: count }, () => item(reader));
}

function readType(reader: ByteReader): FunctionType {
  const at = reader.at;
  if (reader.u8() !== TYPE_FUNCTION) throw new WasmError("feature", at, "a function type", "another kind of type");
  return { parameters: vector(reader, (r) => r.u8()), results: vector(reader, (r) => r.u8()) };
}

function readImport(reader: ByteReader): WasmImport {
  const module = reader.name();
  const name = reader.name();
  const at = reader.at;
  const kind = reader.u8();
  switch (kind) {
    case EXPORT_FUNCTION:
      return { module, name, kind, type: reader.u32() };
    case EXPORT_TABLE:
      return { module, name, kind, type: reader.u8(), limits: readLimits(reader) };
    case EXPORT_MEMORY:
      return { module, name, kind, limits: readLimits(reader) };
    case EXPORT_GLOBAL:
      return { module, name, kind, type: reader.u8(), mutable: reader.u8() === MUTABLE };
    default:
      throw new WasmError("feature", at, "a function, table, memory or global", `kind ${kind}`);
  }
}

function readTables(reader: ByteReader, draft: { tables: number; tableEntries: number }): void {
  draft.tables = reader.u32();
  if (draft.tables === 0) return;
  reader.u8();
  draft.tableEntries = readLimits(reader).initial;
}

function readLimits(reader: ByteReader): Limits {
  const flags = reader.u8();
  const initial = reader.u32();
  return { initial, maximum: (flags & HAS_MAXIMUM) !== 0 ? reader.u32() : undefined };
}

function readGlobal(reader: ByteReader): WasmGlobal {
  const type = reader.u8();
  const mutable = reader.u8() === MUTABLE;
  const start = reader.at;
  readConstant(reader);
  return { type, mutable, initial: reader.bytes.slice(start, reader.at) };
}

function readExport(reader: ByteReader): WasmExport {
  return { name: reader.name(), kind: reader.u8(), index: reader.u32() };
}

function readBodies(reader: ByteReader, declared: readonly number[]): WasmFunction[] {
  let next = 0;
  return vector(reader, (r) => {
    const size = r.u32();
    const start = r.at;
    r.take(size);
    const body = new ByteReader(r.bytes, start, start + size);
    const locals: number[] = [];
    for (let groups = body.u32(); groups > 0; groups -= 1) {
      const count = body.u32();
      const type = body.u8();
      if (locals.length + count > LOCALS_MAX)
        throw new WasmError("shape", body.at, `at most ${LOCALS_MAX} locals`, "more");
      for (let i = 0; i < count; i += 1) locals.push(type);
    }
    const type = declared[next] ?? 0;
    next += 1;
    return { type, locals, code: readCode(body) };
  });
}

/** Adds a local of the given type and returns its index. */
export function addLocal(module: WasmModule, f: WasmFunction, type: number): number {
  f.locals.push(type);
  return parameterCount(module, f) + f.locals.length - 1;
}

export function parameterCount(module: WasmModule, f: WasmFunction): number {
  return module.types[f.type]?.parameters.length ?? 0;
}

/** Adds the fuel counter: a mutable i32, exported, behind all other globals so that their numbers stay. */
export function addFuelGlobal(module: WasmModule, initial: number): number {
  module.globals.push({ type: TYPE_I32, mutable: true, initial: i32Bytes(initial) });
  return module.globals.length - 1;
}

/** The initialiser of an i32 global. */
export function i32Bytes(value: number): Uint8Array {
  const writer = new ByteWriter();
  writeConstant(writer, emit(0, Op.i32Const, value));
  return writer.bytes();
}
