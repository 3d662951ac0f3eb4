import { writeInstruction } from "./code.ts";
import { Section, writeHead } from "./sections.ts";
import { TYPE_FUNCTION } from "./value-types.ts";
import { ByteWriter } from "./wasm-bytes.ts";
import {
  EXPORT_FUNCTION,
  EXPORT_GLOBAL,
  EXPORT_MEMORY,
  EXPORT_TABLE,
  HAS_MAXIMUM,
  type Limits,
  MUTABLE,
  type WasmFunction,
  type WasmImport,
  type WasmModule,
} from "./wasm-module.ts";

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
  writeHead(out);
  section(out, Section.type, module.types, (w, type) => {
    w.u8(TYPE_FUNCTION);
    for (const side of [type.parameters, type.results]) {
      w.u32(side.length);
      for (const value of side) w.u8(value);
    }
  });
  section(out, Section.import, module.imports, writeImport);
  section(out, Section.function, module.functions, (w, f) => w.u32(f.type));
  section(out, Section.memory, module.memory === undefined ? [] : [module.memory], writeLimits);
  section(out, Section.global, module.globals, (w, global) => {
    w.u8(global.type);
    w.u8(global.mutable ? MUTABLE : 0);
    w.append(global.initial);
  });
  section(out, Section.export, module.exports, (w, item) => {
    w.name(item.name);
    w.u8(item.kind);
    w.u32(item.index);
  });
  if (module.dataCount !== undefined) {
    const content = new ByteWriter();
    content.u32(module.dataCount);
    out.u8(Section.dataCount);
    out.sized(content);
  }
  writeBodies(out, module.functions, moved);
  if (module.data !== undefined) {
    out.u8(Section.data);
    out.u32(module.data.length);
    out.append(module.data);
  }
  for (const custom of customs) {
    const content = new ByteWriter();
    content.name(custom.name);
    content.append(custom.body);
    out.u8(Section.custom);
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

function writeImport(writer: ByteWriter, item: WasmImport): void {
  writer.name(item.module);
  writer.name(item.name);
  writer.u8(item.kind);
  switch (item.kind) {
    case EXPORT_FUNCTION:
      writer.u32(item.type);
      return;
    case EXPORT_TABLE:
      writer.u8(item.type);
      writeLimits(writer, item.limits);
      return;
    case EXPORT_MEMORY:
      writeLimits(writer, item.limits);
      return;
    case EXPORT_GLOBAL:
      writer.u8(item.type);
      writer.u8(item.mutable ? MUTABLE : 0);
      return;
    default:
      unreachable(item);
  }
}

function writeLimits(writer: ByteWriter, { initial, maximum }: Limits): void {
  writer.u8(maximum === undefined ? 0 : HAS_MAXIMUM);
  writer.u32(initial);
  if (maximum !== undefined) writer.u32(maximum);
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
  out.u8(Section.code);
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

function unreachable(item: never): never {
  throw new Error(`no such import: ${String(item)}`);
}
