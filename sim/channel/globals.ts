import { QuorateError } from "../../host/errors.ts";

/** The type of a mutable global as the binary format writes it. */
export type GlobalType = "i32" | "i64" | "f32" | "f64";

const GLOBAL_SECTION = 6;
const EXPORT_SECTION = 7;
const GLOBAL_KIND = 3;
const TYPES: ReadonlyMap<number, GlobalType> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
]);

/**
 * Types of the exported globals of a module, by export name.
 *
 * JavaScript sees a global's value and not its type: a float and an integer look alike, and the state hash needs
 * their bits. So the two sections that say it are read here. Modules import nothing (docs/module.md), which makes
 * the index in an export the index in the global section.
 */
export function exportedGlobals(wasm: Uint8Array): ReadonlyMap<string, GlobalType> {
  const reader = new Reader(wasm, 8);
  let types: readonly GlobalType[] = [];
  let exported: readonly (readonly [string, number])[] = [];
  while (reader.at < wasm.length) {
    const id = reader.byte();
    const size = reader.number();
    const end = reader.at + size;
    if (id === GLOBAL_SECTION) types = readGlobals(reader);
    if (id === EXPORT_SECTION) exported = readExports(reader);
    reader.at = end;
  }
  const found = new Map<string, GlobalType>();
  for (const [name, index] of exported) {
    const type = types[index];
    if (type === undefined) throw damaged(wasm.length, `global ${index}`, `${types.length} globals`);
    found.set(name, type);
  }
  return found;
}

function readGlobals(reader: Reader): GlobalType[] {
  const types: GlobalType[] = [];
  for (let count = reader.number(); count > 0; count -= 1) {
    const at = reader.at;
    const code = reader.byte();
    const type = TYPES.get(code);
    if (type === undefined) throw damaged(at, "a number type", `0x${code.toString(16)}`);
    types.push(type);
    reader.byte(); // Mutability: the exports named state.<n> are the mutable ones.
    skipConstant(reader);
  }
  return types;
}

/** One constant instruction and `end`: without imports an initial value can be nothing else. */
function skipConstant(reader: Reader): void {
  const at = reader.at;
  const code = reader.byte();
  if (code === 0x41 || code === 0x42) reader.leb();
  else if (code === 0x43) reader.at += 4;
  else if (code === 0x44) reader.at += 8;
  else if (code === 0x23) reader.leb();
  else throw damaged(at, "a constant", `opcode 0x${code.toString(16)}`);
  const end = reader.byte();
  if (end !== 0x0b) throw damaged(reader.at - 1, "end", `opcode 0x${end.toString(16)}`);
}

function readExports(reader: Reader): (readonly [string, number])[] {
  const found: (readonly [string, number])[] = [];
  for (let count = reader.number(); count > 0; count -= 1) {
    const name = reader.text();
    const kind = reader.byte();
    const index = reader.number();
    if (kind === GLOBAL_KIND) found.push([name, index]);
  }
  return found;
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw damaged(this.at, "more bytes", "the end of the module");
    this.at += 1;
    return byte;
  }

  /** Unsigned LEB128 of at most five bytes. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw damaged(this.at, "a number of at most five bytes", "a longer one");
  }

  leb(): void {
    for (let count = 0; count < 10; count += 1) if (this.byte() < 0x80) return;
    throw damaged(this.at, "a number of at most ten bytes", "a longer one");
  }

  text(): string {
    const size = this.number();
    const bytes = this.#bytes.subarray(this.at, this.at + size);
    if (bytes.length < size) throw damaged(this.at, `a name of ${size} bytes`, `${bytes.length} bytes`);
    this.at += size;
    return new TextDecoder().decode(bytes);
  }
}

function damaged(offset: number, expected: string, found: string): QuorateError {
  return new QuorateError({
    code: "damaged-module",
    kind: "file",
    problem: "the module's globals cannot be read",
    place: { offset },
    expected,
    found,
    hint: "Build the control law again with quorate build.",
  });
}
