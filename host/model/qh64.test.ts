import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Qh64, qh64, qh64Bytes, qh64Text } from "./qh64.ts";

interface Vectors {
  readonly words: readonly { readonly name: string; readonly words: readonly number[]; readonly hash: string }[];
  /** By parts: so many words of the generator. */
  readonly pieces: readonly { readonly words: number; readonly hash: string }[];
  readonly files: readonly { readonly name: string; readonly hex: string; readonly hash: string }[];
}
const vectors = JSON.parse(readFileSync(new URL("../../test/vectors/qh64.json", import.meta.url), "utf8")) as Vectors;

const MASK = 0xffffffffn;
const rotl = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (32n - n))) & MASK;

function fmix(word: bigint): bigint {
  let x = ((word ^ (word >> 16n)) * 0x85ebca6bn) & MASK;
  x = ((x ^ (x >> 13n)) * 0xc2b2ae35n) & MASK;
  return x ^ (x >> 16n);
}

/** The lanes after the words. */
function slowLanes(words: readonly number[]): [bigint, bigint] {
  let a = 0x243f6a88n;
  let b = 0x85a308d3n;
  for (let i = 0; i < words.length; i += 2) {
    const p = rotl(((a ^ BigInt(words[i] ?? 0)) * 0x9e3779b1n) & MASK, 13n);
    const q = rotl(((b ^ BigInt(words[i + 1] ?? 0)) * 0x85ebca77n) & MASK, 17n);
    a = q;
    b = (((p + q) & MASK) * 0xc2b2ae3dn) & MASK;
  }
  return [a, b];
}

/** docs/module.md, "State hash", word for word and slowly. */
function slow(words: readonly number[]): string {
  let [a, b] = slowLanes(words);
  a ^= BigInt(words.length);
  b = fmix((b + a) & MASK);
  a = fmix(a ^ b);
  b = (b + a) & MASK;
  return b.toString(16).padStart(8, "0") + a.toString(16).padStart(8, "0");
}

/** The words that a piece taken by parts stands for. */
function slowParts(words: readonly number[]): number[] {
  const size = 2 * Math.floor(words.length / 6);
  const lanes = [0, 1, 2].flatMap((part) => slowLanes(words.slice(part * size, (part + 1) * size)).map(Number));
  return [...lanes, ...words.slice(3 * size)];
}

function generated(count: number): Uint32Array {
  let x = 12345;
  return Uint32Array.from({ length: count }, () => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x;
  });
}

function byParts(words: Uint32Array, more: readonly number[] = []): string {
  const hash = new Qh64();
  const count = hash.parts(words) + more.length;
  hash.words(Uint32Array.from(more));
  hash.end(count);
  return qh64Text(hash.low, hash.high);
}

const word = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff),
);

describe("QH64", () => {
  for (const { name, words, hash } of vectors.words) {
    it(`gives the shared vector of ${name}`, () => {
      expect(slow(words)).toBe(hash);
      expect(qh64(Uint32Array.from(words))).toBe(hash);
    });
  }

  for (const { words, hash } of vectors.pieces) {
    it(`gives the shared vector of ${words} words by parts`, () => {
      expect(slow(slowParts([...generated(words)]))).toBe(hash);
      expect(byParts(generated(words))).toBe(hash);
    });
  }

  it("takes a piece by parts as the slow definition does, and goes on behind it", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.array(word, { maxLength: 5 }), (words, more) => {
        const piece = words.slice(0, words.length & ~1);
        expect(byParts(Uint32Array.from(piece), more)).toBe(slow([...slowParts(piece), ...more]));
      }),
      { seed: 2026, numRuns: 500 },
    );
  });

  it("notices by parts any two flipped bits", () => {
    const base = generated(14);
    const clean = byParts(base);
    let unnoticed = 0;
    const flips = 32 * base.length;
    const flip = (bit: number) => {
      base[bit >>> 5] = (base[bit >>> 5] as number) ^ (1 << (bit & 31));
    };
    for (let one = 0; one < flips; one += 1) {
      flip(one);
      for (let other = one + 1; other < flips; other += 1) {
        flip(other);
        if (byParts(base) === clean) unnoticed += 1;
        flip(other);
      }
      flip(one);
    }
    expect(unnoticed).toBe(0);
  });

  for (const { name, hex, hash } of vectors.files) {
    it(`gives the shared vector of a file of ${name}`, () => {
      expect(qh64Bytes(Uint8Array.from(Buffer.from(hex, "hex")))).toBe(hash);
    });
  }

  it("agrees with the slow definition", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        expect(qh64(Uint32Array.from(words))).toBe(slow(words));
      }),
      { seed: 2026, numRuns: 500 },
    );
  });

  it("tells apart what differs in two bits of neighbouring words", () => {
    // 2 of 4 words differ: the change of one pair must not be undone by the next.
    const base = [0x01234567, 0x89abcdef, 0xdeadbeef, 0x0badcafe];
    const flip = (bits: readonly number[]): string =>
      qh64(
        Uint32Array.from(base, (each, i) =>
          bits.reduce((x, bit) => (bit >> 5 === i ? x ^ (1 << (bit & 31)) : x), each),
        ),
      );
    const seen = new Set<string>([flip([])]);
    for (let one = 0; one < 128; one += 1) for (let other = one; other < 128; other += 1) seen.add(flip([one, other]));
    // Both bits the same is one flip undone: 128 times the base, which is in the set already.
    expect(seen.size).toBe(1 + (128 * 127) / 2);
  });

  it("may be fed in pieces of even length", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.nat(15), (words, cut) => {
        const hash = new Qh64();
        hash.pair(1, 2); // A used one starts anew.
        hash.start();
        hash.words(Uint32Array.from(words.slice(0, 2 * cut)));
        hash.words(Uint32Array.from(words.slice(2 * cut)));
        hash.end(words.length);
        expect(qh64Text(hash.low, hash.high)).toBe(slow(words));
      }),
      { seed: 2026, numRuns: 200 },
    );
  });

  it("never gives two inputs that differ in one pair the same hash", () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 12 }), fc.nat(11), word, (words, at, other) => {
        const place = at % words.length;
        const changed = words.with(place, other);
        if (other !== words[place]) expect(slow(changed)).not.toBe(slow(words));
        expect(qh64(Uint32Array.from(changed)) === qh64(Uint32Array.from(words))).toBe(other === words[place]);
      }),
      { seed: 2026, numRuns: 500 },
    );
  });

  it("reads a file from the middle of a buffer", () => {
    const bytes = Uint8Array.from([9, 9, 9, ...Buffer.from("abcde")]);
    expect(qh64Bytes(bytes.subarray(3))).toBe(qh64Bytes(Uint8Array.from(Buffer.from("abcde"))));
  });
});
