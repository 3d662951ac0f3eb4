/** CRC-32 (the checksum of MCAP) of two pieces from those of each: what zlib calls combining. */

const POLYNOMIAL = 0xedb88320;
/** x^0 in the reflected order of bits. */
const ONE = 0x80000000;
/** x^(8 * 2^n) modulo the polynomial: what 2^n bytes behind a piece do to its checksum. */
const BYTES_BEHIND: readonly number[] = powers();

/**
 * Checksum of a first piece followed by `size` bytes whose own checksum is `second`.
 *
 * ```ts
 * crc32Joined(crc32(a), crc32(b), b.length) === crc32(Buffer.concat([a, b]))
 * ```
 *
 * A CRC is linear: the first piece's share is its checksum times x^(8 size), and the second's is its checksum as it stands.
 * `size` is a whole number below 2^53.
 */
export function crc32Joined(first: number, second: number, size: number): number {
  let factor = ONE;
  for (let n = 0, rest = size; rest > 0; n += 1, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) factor = product(BYTES_BEHIND[n] as number, factor);
  }
  return (product(factor, first) ^ second) >>> 0;
}

function powers(): number[] {
  const found: number[] = [];
  let power = ONE >>> 8;
  for (let n = 0; n < 53; n += 1) {
    found.push(power);
    power = product(power, power);
  }
  return found;
}

/** Product of two polynomials modulo the CRC's, both in the reflected order: bit 31 is the constant term. */
function product(a: number, b: number): number {
  let sum = 0;
  let shifted = b;
  for (let bit = 31; bit >= 0; bit -= 1) {
    if (((a >>> bit) & 1) !== 0) sum ^= shifted;
    shifted = (shifted & 1) !== 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
  }
  return sum >>> 0;
}
