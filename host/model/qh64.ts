/**
 * QH64, the state hash of docs/module.md: two 32-bit lanes over pairs of 32-bit words. It finds accidents, not enemies.
 */

/** Lanes at the start: the first digits of pi. */
const START_A = 0x243f6a88;
const START_B = 0x85a308d3 | 0;
const GOLDEN = 0x9e3779b1 | 0;
const PRIME = 0x85ebca77 | 0;
/** Spreads what both lanes share: without it two flipped bits in neighbouring pairs could cancel. */
const SUM_PRIME = 0xc2b2ae3d | 0;

const PARTS = 3;

/**
 * The hash word by word, for data that comes in pieces.
 *
 * ```ts
 * const hash = new Qh64();
 * hash.pair(frame, value);
 * hash.end(2);
 * chain(hash.low, hash.high);
 * ```
 *
 * `end` takes the number of words and leaves the result in `low` and `high`; `start` begins anew. Nothing is allocated.
 */
export class Qh64 {
  low = 0;
  high = 0;
  #a = START_A;
  #b = START_B;

  /** Lanes of a hash over `words` alone, begun and not ended. */
  static lanes(words: Uint32Array): [number, number] {
    const hash = new Qh64();
    hash.words(words);
    return [hash.#a >>> 0, hash.#b >>> 0];
  }

  start(): void {
    this.#a = START_A;
    this.#b = START_B;
  }

  pair(w0: number, w1: number): void {
    const p = Math.imul(this.#a ^ w0, GOLDEN);
    const q = Math.imul(this.#b ^ w1, PRIME);
    this.#a = (q << 17) | (q >>> 15);
    this.#b = Math.imul(((p << 13) | (p >>> 19)) + this.#a, SUM_PRIME);
  }

  /** All words of an array; an odd last one is paired with 0, so only the last piece may be odd. */
  words(words: Uint32Array): void {
    let a = this.#a;
    let b = this.#b;
    const even = words.length & ~1;
    for (let i = 0; i < even; i += 2) {
      const p = Math.imul(a ^ (words[i] as number), GOLDEN);
      const q = Math.imul(b ^ (words[i + 1] as number), PRIME);
      a = (q << 17) | (q >>> 15);
      b = Math.imul(((p << 13) | (p >>> 19)) + a, SUM_PRIME);
    }
    this.#a = a;
    this.#b = b;
    if (even < words.length) this.pair(words[even] as number, 0);
  }

  /**
   * Starts anew with a long piece of an even number of words, taken by parts. Returns how many words that makes for `end`.
   *
   * ```ts
   * const count = hash.parts(memory) + globals.length;
   * hash.words(globals);
   * hash.end(count);
   * ```
   */
  parts(words: Uint32Array): number {
    if (words.length % 2 !== 0) throw new RangeError(`expected an even number of words, found ${words.length}`);
    const size = 2 * Math.floor(words.length / (2 * PARTS));
    const joined = new Uint32Array(2 * PARTS + words.length - PARTS * size);
    for (let part = 0; part < PARTS; part += 1) {
      joined.set(Qh64.lanes(words.subarray(part * size, (part + 1) * size)), 2 * part);
    }
    joined.set(words.subarray(PARTS * size), 2 * PARTS);
    this.start();
    this.words(joined);
    return joined.length;
  }

  /** Ends the hash over `count` words. */
  end(count: number): void {
    let a = this.#a ^ count;
    let b = mix((this.#b + a) | 0);
    a = mix(a ^ b);
    b = (b + a) | 0;
    this.low = a >>> 0;
    this.high = b >>> 0;
  }
}

/** MurmurHash3's published 32-bit finaliser. */
function mix(word: number): number {
  let x = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/** 16 hexadecimal digits, high word first. */
export function qh64Text(low: number, high: number): string {
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}

/** The hash of whole words as text. */
export function qh64(words: Uint32Array): string {
  const hash = new Qh64();
  hash.words(words);
  hash.end(words.length);
  return qh64Text(hash.low, hash.high);
}

/** The hash of a file, padded with zero bytes to a multiple of 4: a module's identity. Words are little-endian. */
export function qh64Bytes(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  for (let i = 0; i < bytes.length >>> 2; i += 1) words[i] = view.getUint32(4 * i, true);
  for (let i = bytes.length & ~3; i < bytes.length; i += 1) {
    const last = words.length - 1;
    words[last] = ((words[last] as number) | ((bytes[i] as number) << (8 * (i & 3)))) >>> 0;
  }
  return qh64(words);
}
