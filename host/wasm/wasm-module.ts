import { type Instruction, readCode, TYPE_I32, writeInstruction } from "./code.ts";
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
  memory: { initial: number; maximum: number | undefined } | undefined;
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

export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
  readonly type: number;
}

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

export const EXPORT_FUNCTION = 0;
export const EXPORT_MEMORY = 2;
export const EXPORT_GLOBAL = 3;
const MAGIC = 0x6d736100;
const LOCALS_MAX = 10_000;

/** Reads a module. Throws WasmError, with the offset, on anything damaged or outside the allowed features. */
export function readModule(bytes: Uint8Array): WasmModule {
  const reader = new ByteReader(bytes);
  if (reader.u32le() !== MAGIC || reader.u32le() !== 1) {
    throw new WasmError("magic", 0, "a WebAssembly file of version 1", "another kind of file");
  }
  const draft = {
    types: [] as FunctionType[],
    imports: [] as WasmImport[],
    functions: [] as WasmFunction[],
    tables: 0,
    tableEntries: 0,
    memory: undefined as WasmModule["memory"],
    globals: [] as WasmGlobal[],
    exports: [] as WasmExport[],
    start: undefined as number | undefined,
    data: undefined as Uint8Array | undefined,
    dataCount: undefined as number | undefined,
    customs: [] as WasmModule["customs"],
  };
  let declared: number[] = [];
  while (!reader.done) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.at;
    reader.take(size);
    const part = new ByteReader(bytes, start, start + size);
    if (id === 0) draft.customs.push({ name: part.name(), body: bytes.slice(part.at, start + size), offset: part.at });
    else if (id === 1) draft.types = vector(part, readType);
    else if (id === 2) draft.imports = vector(part, readImport);
    else if (id === 3) declared = vector(part, () => part.u32());
    else if (id === 4) readTables(part, draft);
    else if (id === 5) draft.memory = readMemory(part);
    else if (id === 6) draft.globals = vector(part, readGlobal);
    else if (id === 7) draft.exports = vector(part, readExport);
    else if (id === 8) draft.start = part.u32();
    else if (id === 10) draft.functions = readBodies(part, declared);
    else if (id === 11) draft.data = bytes.slice(start, start + size);
    else if (id === 12) draft.dataCount = part.u32();
    else if (id !== 9) throw new WasmError("section", start, "a section of the MVP", `section ${id}`);
  }
  if (draft.functions.length !== declared.length) {
    throw new WasmError("shape", bytes.length, `${declared.length} function bodies`, `${draft.functions.length}`);
  }
  return draft;
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
  if (reader.u8() !== 0x60) throw new WasmError("feature", at, "a function type", "another kind of type");
  return { parameters: vector(reader, (r) => r.u8()), results: vector(reader, (r) => r.u8()) };
}

function readImport(reader: ByteReader): WasmImport {
  const module = reader.name();
  const name = reader.name();
  const kind = reader.u8();
  if (kind === 0) return { module, name, kind, type: reader.u32() };
  const type = kind === 2 ? 0 : reader.u8();
  if (kind === 3) reader.u8();
  else readLimits(reader);
  return { module, name, kind, type };
}

function readTables(reader: ByteReader, draft: { tables: number; tableEntries: number }): void {
  draft.tables = reader.u32();
  if (draft.tables === 0) return;
  reader.u8();
  draft.tableEntries = readLimits(reader).initial;
}

function readMemory(reader: ByteReader): { initial: number; maximum: number | undefined } | undefined {
  return vector(reader, readLimits)[0];
}

function readLimits(reader: ByteReader): { initial: number; maximum: number | undefined } {
  const flags = reader.u8();
  const initial = reader.u32();
  return { initial, maximum: (flags & 1) !== 0 ? reader.u32() : undefined };
}

function readGlobal(reader: ByteReader): WasmGlobal {
  const type = reader.u8();
  const mutable = reader.u8() === 1;
  const start = reader.at;
  // A constant expression is one constant or one global.get, then `end`.
  const op = reader.u8();
  if (op === 0x41 || op === 0x42) reader.s64();
  else if (op === 0x43) reader.take(4);
  else if (op === 0x44) reader.take(8);
  else if (op === 0x23) reader.u32();
  else throw new WasmError("feature", start, "a constant initialiser", `0x${op.toString(16)}`);
  const end = reader.u8();
  if (end !== 0x0b)
    throw new WasmError("feature", reader.at - 1, "the end of the initialiser", `0x${end.toString(16)}`);
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

/** Where an instruction of the written file came from: `to` is its new offset, `from` the old one. */
export interface Moved {
  readonly to: number;
  readonly from: number;
}

/** Writes the module. Tables, elements and names are left behind: a module calls directly and names nothing. */
export function writeModule(
  module: WasmModule,
  customs: readonly { name: string; body: Uint8Array }[],
): { bytes: Uint8Array; moved: Moved[] } {
  const out = new ByteWriter();
  const moved: Moved[] = [];
  for (const word of [MAGIC, 1]) for (let i = 0; i < 32; i += 8) out.u8((word >>> i) & 0xff);
  section(out, 1, module.types, (w, type) => {
    w.u8(0x60);
    for (const side of [type.parameters, type.results]) {
      w.u32(side.length);
      for (const value of side) w.u8(value);
    }
  });
  section(out, 3, module.functions, (w, f) => w.u32(f.type));
  const { memory } = module;
  if (memory !== undefined) {
    section(out, 5, [memory], (w) => {
      w.u8(memory.maximum === undefined ? 0 : 1);
      w.u32(memory.initial);
      if (memory.maximum !== undefined) w.u32(memory.maximum);
    });
  }
  section(out, 6, module.globals, (w, global) => {
    w.u8(global.type);
    w.u8(global.mutable ? 1 : 0);
    w.append(global.initial);
  });
  section(out, 7, module.exports, (w, item) => {
    w.name(item.name);
    w.u8(item.kind);
    w.u32(item.index);
  });
  if (module.dataCount !== undefined) {
    const content = new ByteWriter();
    content.u32(module.dataCount);
    out.u8(12);
    out.sized(content);
  }
  writeBodies(out, module.functions, moved);
  if (module.data !== undefined) {
    out.u8(11);
    out.u32(module.data.length);
    out.append(module.data);
  }
  for (const custom of customs) {
    const content = new ByteWriter();
    content.name(custom.name);
    content.append(custom.body);
    out.u8(0);
    out.sized(content);
  }
  return { bytes: out.bytes(), moved };
}

function section<T>(
  out: ByteWriter,
  id: number,
  items: readonly T[],
  item: (writer: ByteWriter, item: T) => void,
): void {
  if (items.length === 0) return;
  const content = new ByteWriter();
  content.u32(items.length);
  for (const each of items) item(content, each);
  out.u8(id);
  out.sized(content);
}

function writeBodies(out: ByteWriter, functions: readonly WasmFunction[], moved: Moved[]): void {
  const content = new ByteWriter();
  const places: Moved[] = [];
  content.u32(functions.length);
  for (const f of functions) {
    const body = new ByteWriter();
    const groups = localGroups(f.locals);
    body.u32(groups.length);
    for (const group of groups) {
      body.u32(group.count);
      body.u8(group.type);
    }
    const inner: Moved[] = [];
    for (const instruction of f.code) {
      inner.push({ to: body.length, from: instruction.at });
      writeInstruction(body, instruction);
    }
    content.u32(body.length);
    for (const place of inner) places.push({ to: content.length + place.to, from: place.from });
    content.append(body.bytes());
  }
  out.u8(10);
  out.u32(content.length);
  for (const place of places) moved.push({ to: out.length + place.to, from: place.from });
  out.append(content.bytes());
}

function localGroups(locals: readonly number[]): { count: number; type: number }[] {
  const groups: { count: number; type: number }[] = [];
  for (const type of locals) {
    const last = groups.at(-1);
    if (last !== undefined && last.type === type) last.count += 1;
    else groups.push({ count: 1, type });
  }
  return groups;
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
  const writer = new ByteWriter();
  writer.u8(0x41);
  writer.s32(initial);
  writer.u8(0x0b);
  module.globals.push({ type: TYPE_I32, mutable: true, initial: writer.bytes() });
  return module.globals.length - 1;
}
