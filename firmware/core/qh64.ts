/**
 * QH64, the state hash (docs/module.md, "State hash"; REDUNDANCY 13): two 32-bit lanes over pairs of words. Every step is a
 * bijection, so two inputs that differ in one pair never collide.
 */
const START_A: u32 = 0x243f6a88;
const START_B: u32 = 0x85a308d3;
const MULTIPLY_A: u32 = 0x9e3779b1;
const MULTIPLY_B: u32 = 0x85ebca77;
/** Spreads what both lanes share: without it two flipped bits in neighbouring pairs could cancel. */
const MULTIPLY_SUM: u32 = 0xc2b2ae3d;

/** The running hash. One static object: hashing never allocates. */
export class Hash {
  a: u32 = 0;
  b: u32 = 0;
  words: u32 = 0;
}

export const hash: Hash = new Hash();

function fmix(value: u32): u32 {
  let x: u32 = value;
  x ^= x >>> 16;
  x *= 0x85ebca6b;
  x ^= x >>> 13;
  x *= 0xc2b2ae35;
  return x ^ (x >>> 16);
}

export function hashStart(): void {
  hash.a = START_A;
  hash.b = START_B;
  hash.words = 0;
}

export function hashPair(first: u32, second: u32): void {
  const p: u32 = rotl<u32>((hash.a ^ first) * MULTIPLY_A, 13);
  const q: u32 = rotl<u32>((hash.b ^ second) * MULTIPLY_B, 17);
  hash.a = q;
  hash.b = (p + q) * MULTIPLY_SUM;
  hash.words += 2;
}

/** Adds `size` bytes, a multiple of 4. An odd last word is paired with 0. */
export function hashBytes(at: usize, size: u32): void {
  let a: u32 = hash.a;
  let b: u32 = hash.b;
  const pairs_end: usize = at + (size & ~7);
  let from: usize = at;
  while (from < pairs_end) {
    const p: u32 = rotl<u32>((a ^ load<u32>(from)) * MULTIPLY_A, 13);
    const q: u32 = rotl<u32>((b ^ load<u32>(from, 4)) * MULTIPLY_B, 17);
    a = q;
    b = (p + q) * MULTIPLY_SUM;
    from += 8;
  }
  hash.a = a;
  hash.b = b;
  hash.words += (size & ~7) >> 2;
  if ((size & 4) != 0) {
    hashPair(load<u32>(from), 0);
    hash.words -= 1;
  }
}

/** Lanes of three hashes that were begun and filled side by side. */
class Sides {
  a0: u32 = 0;
  b0: u32 = 0;
  a1: u32 = 0;
  b1: u32 = 0;
  a2: u32 = 0;
  b2: u32 = 0;
}

const sides: Sides = new Sides();

/**
 * Fills three hashes with a piece of `size` bytes each, a multiple of 4, for `hashSide`. A hash is one chain of multiplications,
 * each of which waits for the one before; three chains side by side take a fast processor little longer than one.
 */
export function hashSides(first: usize, second: usize, third: usize, size: u32): void {
  let a0: u32 = START_A;
  let b0: u32 = START_B;
  let a1: u32 = START_A;
  let b1: u32 = START_B;
  let a2: u32 = START_A;
  let b2: u32 = START_B;
  for (let at: u32 = 0; at < size; at += 8) {
    const odd: bool = at + 4 == size; // The last word alone is paired with 0.
    const p0: u32 = rotl<u32>((a0 ^ load<u32>(first + at)) * MULTIPLY_A, 13);
    const p1: u32 = rotl<u32>((a1 ^ load<u32>(second + at)) * MULTIPLY_A, 13);
    const p2: u32 = rotl<u32>((a2 ^ load<u32>(third + at)) * MULTIPLY_A, 13);
    a0 = rotl<u32>((b0 ^ (odd ? 0 : load<u32>(first + at, 4))) * MULTIPLY_B, 17);
    a1 = rotl<u32>((b1 ^ (odd ? 0 : load<u32>(second + at, 4))) * MULTIPLY_B, 17);
    a2 = rotl<u32>((b2 ^ (odd ? 0 : load<u32>(third + at, 4))) * MULTIPLY_B, 17);
    b0 = (p0 + a0) * MULTIPLY_SUM;
    b1 = (p1 + a1) * MULTIPLY_SUM;
    b2 = (p2 + a2) * MULTIPLY_SUM;
  }
  sides.a0 = a0;
  sides.b0 = b0;
  sides.a1 = a1;
  sides.b1 = b1;
  sides.a2 = a2;
  sides.b2 = b2;
}

/** Takes the lanes of one of the three (0, 1 or 2) into the running hash, as a pair. */
export function hashSide(side: u32): void {
  const at: usize = changetype<usize>(sides) + (side << 3);
  hashPair(load<u32>(at), load<u32>(at, 4));
}

/**
 * Hash of a long piece, a multiple of 8 bytes: over the lanes of its three equal parts, as long as they can be in whole pairs, and
 * the pairs that are left over. Result in `hash`.
 */
export function hashParts(at: usize, size: u32): void {
  const part: u32 = (size / 24) << 3;
  hashSides(at, at + part, at + 2 * part, part);
  hashStart();
  for (let side: u32 = 0; side < 3; side++) hashSide(side);
  hashBytes(at + 3 * part, size - 3 * part);
  hashEnd();
}

/** Ends the hash. The low word is left in `hash.a`, the high word in `hash.b`. */
export function hashEnd(): void {
  const a: u32 = hash.a ^ hash.words;
  const b: u32 = fmix(hash.b + a);
  hash.a = fmix(a ^ b);
  hash.b = b + hash.a;
}

/** Hash of a state: the module's and the agreed one, as X1 reports it (docs/protocol.md). Result in `hash`. */
export function hashOfState(module_low: u32, module_high: u32, agreed_low: u32, agreed_high: u32): void {
  hashStart();
  hashPair(module_low, module_high);
  hashPair(agreed_low, agreed_high);
  hashEnd();
}
