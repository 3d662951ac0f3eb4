import { WasmError } from "./wasm-error.ts";

/** Reads WebAssembly's integers from bytes. Every error says the offset. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined)
      throw new WasmError("truncated", this.at, "one more byte", "the end of the file or section");
    this.at += 1;
    return byte;
  }

  take(count: number): Uint8Array {
    if (count > this.end - this.at) {
      throw new WasmError(
        "truncated",
        this.at,
        `${count} bytes`,
        `${this.end - this.at} until the end of the file or section`,
      );
    }
    const part = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    return part;
  }

  u32le(): number {
    const part = this.take(4);
    return new DataView(part.buffer, part.byteOffset, 4).getUint32(0, true);
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) break;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WasmError("number", start, "an unsigned number of 32 bits", "a longer one");
  }

  /** A signed LEB128 number of at most 64 bits. */
  s64(): bigint {
    const start = this.at;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (byte & 0x40) !== 0 ? value | (-1n << (shift + 7n)) : value);
    }
    throw new WasmError("number", start, "a signed number of 64 bits", "a longer one");
  }

  s32(): number {
    return Number(BigInt.asIntN(32, this.s64()));
  }

  name(): string {
    // A name may begin with a byte order mark, and is another one without it.
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.take(this.u32()));
  }
}

/** Collects bytes. `length` is the offset of the next one. */
export class ByteWriter {
  #buffer = new Uint8Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(byte: number): void {
    if (this.#length === this.#buffer.length) this.#grow(1);
    this.#buffer[this.#length] = byte;
    this.#length += 1;
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#buffer.length) this.#grow(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  u32(value: number): void {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.u8((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.u8(rest);
  }

  s64(value: bigint): void {
    let rest = value;
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40)) {
        this.u8(low);
        return;
      }
      this.u8(low | 0x80);
    }
  }

  s32(value: number): void {
    this.s64(BigInt(value | 0));
  }

  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.append(bytes);
  }

  /** A vector's or section's content behind its size in bytes. */
  sized(content: ByteWriter): void {
    this.u32(content.length);
    this.append(content.bytes());
  }

  bytes(): Uint8Array {
    return this.#buffer.slice(0, this.#length);
  }

  #grow(least: number): void {
    const next = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + least));
    next.set(this.#buffer);
    this.#buffer = next;
  }
}
