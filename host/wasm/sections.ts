import { ByteReader, type ByteWriter } from "./wasm-bytes.ts";
import { WasmError } from "./wasm-error.ts";

/** A module is its head and then sections: u8 number, u32 size, content (core specification, "Modules"). */
export const Section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  /** Of a later edition: exceptions. */
  tag: 13,
} as const;

/** `\0asm`, read as u32. */
const MAGIC = 0x6d736100;
const VERSION = 1;
export const HEAD_BYTES = 8;

/** Starts to read a module: behind its head. */
export function openModule(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  if (reader.u32le() !== MAGIC || reader.u32le() !== VERSION) {
    throw new WasmError("magic", 0, "a WebAssembly file of version 1", "another kind of file");
  }
  return reader;
}

export function writeHead(out: ByteWriter): void {
  for (const word of [MAGIC, VERSION]) for (let shift = 0; shift < 32; shift += 8) out.u8((word >>> shift) & 0xff);
}

export interface SectionPart {
  readonly id: number;
  /** Reads the content and no more. */
  readonly part: ByteReader;
}

/** The sections of a module whose head has been read, in the order of the file. */
export function* sectionsOf(reader: ByteReader): Generator<SectionPart, undefined> {
  while (!reader.done) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.at;
    reader.take(size);
    yield { id, part: new ByteReader(reader.bytes, start, start + size) };
  }
}
