/**
 * Seeded randomness without a history: each draw is a function of (seed, stream, index), so a frame's noise does not
 * depend on which frames were asked for before it.
 *
 * The mixer is Philox-4x32-10 (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11). Gaussian values
 * come from its uniform ones through the inverse normal distribution, algorithm AS 241 (M. Wichura, Applied Statistics
 * 37, 1988, routine PPND16). Only + - * / and sqrt are used, which IEEE 754 fixes to the bit: Math.log and Math.cos may
 * differ between engines, and two runs of one seed must not.
 */
const MULTIPLY_0 = 0xd2511f53;
const MULTIPLY_1 = 0xcd9e8d57;
/** Key steps: golden ratio and sqrt(3) - 1, as in the paper. */
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** Philox-4x32-10: turns the four counter words in `block` into four random words, in place. */
export function philox(block: Uint32Array, key0: number, key1: number): void {
  let c0 = block[0] ?? 0;
  let c1 = block[1] ?? 0;
  let c2 = block[2] ?? 0;
  let c3 = block[3] ?? 0;
  let k0 = key0 >>> 0;
  let k1 = key1 >>> 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(MULTIPLY_0, c0);
    const low0 = Math.imul(MULTIPLY_0, c0);
    const high1 = highProduct(MULTIPLY_1, c2);
    const low1 = Math.imul(MULTIPLY_1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
}

/** Upper 32 bits of a product of two u32, in 16-bit halves so that every step is exact in f64. */
function highProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + (((aLow * bLow) / 0x10000) >>> 0);
  const cross = aLow * bHigh + (middle % 0x10000);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** Random numbers of one seed. Streams keep users apart: two streams of a seed share nothing. */
export class Random {
  readonly #seed: number;
  readonly #block = new Uint32Array(4);

  /** `seed`: an integer from 0 to 2^32 - 1. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new RangeError(`a seed is an integer from 0 to 4294967295; found ${seed}`);
    }
    this.#seed = seed;
  }

  /** Uniform u32. */
  word(stream: number, index: number): number {
    const block = this.#block;
    block[0] = index >>> 0;
    block[1] = Math.floor(index / 0x100000000);
    block[2] = 0;
    block[3] = 0;
    philox(block, this.#seed, stream);
    return block[0];
  }

  /** Uniform in (0, 1), never 0 and never 1, 52 bits. */
  uniform(stream: number, index: number): number {
    const high = this.word(stream, index) >>> 6;
    const low = (this.#block[1] ?? 0) >>> 6;
    return (high * 0x4000000 + low + 0.5) / 0x10000000000000;
  }

  /** Normal with mean 0 and standard deviation 1; at most some 8 in size. */
  gaussian(stream: number, index: number): number {
    return inverseNormal(this.uniform(stream, index));
  }
}

const CENTRE_TOP = [
  2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
  133.14166789178438, 3.3871328727963665,
];
const CENTRE_BOTTOM = [
  5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
  42.31333070160091, 1,
];
const NEAR_TOP = [
  0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
  5.769497221460691, 4.630337846156546, 1.4234371107496835,
];
const NEAR_BOTTOM = [
  1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
  1.6763848301838038, 2.053191626637759, 1,
];
const FAR_TOP = [
  2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
  1.7848265399172913, 5.463784911164114, 6.657904643501103,
];
const FAR_BOTTOM = [
  2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
  0.1369298809227358, 0.599832206555888, 1,
];

/** The value below which a standard normal variable lies with probability `p`, 0 < p < 1. */
export function inverseNormal(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(CENTRE_TOP, r)) / horner(CENTRE_BOTTOM, r);
  }
  const tail = Math.sqrt(-naturalLog(q < 0 ? p : 1 - p));
  const far = tail > 5;
  const r = far ? tail - 5 : tail - 1.6;
  const size = far ? horner(FAR_TOP, r) / horner(FAR_BOTTOM, r) : horner(NEAR_TOP, r) / horner(NEAR_BOTTOM, r);
  return q < 0 ? -size : size;
}

function horner(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

/** ln x for 0 < x <= 1: powers of two taken off exactly, then ln m = 2 atanh((m-1)/(m+1)) as a series. */
export function naturalLog(x: number): number {
  let m = x;
  let halvings = 0;
  while (m < Math.SQRT1_2) {
    m *= 2;
    halvings++;
  }
  const z = (m - 1) / (m + 1);
  const square = z * z;
  let sum = 0;
  // |z| < 0.172: twelve terms leave less than 1e-18.
  for (let n = 23; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return 2 * z * sum - halvings * Math.LN2;
}
