/** A growing little-endian buffer for the rare records of a file; the hot path has its own (chunk.ts). */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #view: DataView = new DataView(this.#bytes.buffer);
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** What was written so far; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  clear(): void {
    this.#used = 0;
  }

  u8(value: number): void {
    const at = this.#room(1);
    this.#view.setUint8(at, value);
  }

  u16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: number | bigint): void {
    const at = this.#room(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** UTF-8 behind its size in bytes, as MCAP writes strings. */
  text(value: string): void {
    const bytes = utf8.encode(value);
    this.u32(bytes.length);
    this.raw(bytes);
  }

  /** Calls `body` and puts the number of bytes it wrote in front of them, 4 or 8 bytes wide. */
  sized(width: 4 | 8, body: () => void): void {
    const at = this.#room(width);
    body();
    const size = this.#used - at - width;
    if (width === 4) this.#view.setUint32(at, size, true);
    else this.#view.setBigUint64(at, BigInt(size), true);
  }

  #room(size: number): number {
    const at = this.#used;
    this.#used += size;
    if (this.#used > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#used);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

const utf8 = new TextEncoder();
