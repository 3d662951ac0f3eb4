/**
 * CRC-32C, sixteen bytes a turn. Hamming distance at least 6 from 8 to 64 bytes (REDUNDANCY 4).
 *
 * What a bit does to the register by the end of a turn depends on its place alone, so a word may be cut into groups of any size, each
 * with a table of its own. Five groups of 7, 7, 6, 6 and 6 bits take 1.75 KiB where four bytes take 4 KiB, for five look-ups
 * instead of four. Three simulated channels then share the first cache of one processor, and a board keeps the memory.
 *
 *   a word's tables: bits 0..6 | 7..13 | 14..19 | 20..25 | 26..31, at byte 0, 512, 1024, 1280, 1536
 */
const POLYNOMIAL: u32 = 0x82f63b78; // Castagnoli's, reflected.
/** Register after a whole codeword, before the final inversion: that of four zero bytes, the codeword of no message. */
const RESIDUE: u32 = 0xb798b438;
const WORD_TABLES: u32 = 1792;
/** Offset of an entry in a table of seven bits, and of six. */
const WIDE: u32 = 0x1fc;
const NARROW: u32 = 0xfc;
/** The four words of a turn, the last one first. */
const LAST: usize = memory.data(4 * 1792, 16);
const THIRD: usize = LAST + WORD_TABLES;
const SECOND: usize = THIRD + WORD_TABLES;
const FIRST: usize = SECOND + WORD_TABLES;
/** What a codeword (a message and its own checksum) does to the register: a shift by its length. */
const SHIFT: usize = memory.data(1792, 16);

/** Call once at start-up. `codeword` is the size in bytes of the message that others carry: X1. */
export function crcPrepare(codeword: u32): void {
  for (let behind: u32 = 0; behind < 4; behind++) prepareWord(LAST + behind * WORD_TABLES, 32 * behind);
  prepareWord(SHIFT, 8 * codeword - 32);
}

/** Tables of a word that `behind` bits follow. */
function prepareWord(tables: usize, behind: u32): void {
  prepareGroup(tables, 7, behind + 25);
  prepareGroup(tables + 512, 7, behind + 18);
  prepareGroup(tables + 1024, 6, behind + 12);
  prepareGroup(tables + 1280, 6, behind + 6);
  prepareGroup(tables + 1536, 6, behind);
}

/** The register is linear: an entry of several bits is the sum of theirs. */
function prepareGroup(table: usize, bits: u32, behind: u32): void {
  for (let bit: u32 = 0; bit < bits; bit++) {
    const own: u32 = 1 << bit;
    const alone: u32 = registerAfter(behind + bits - bit);
    for (let entry: u32 = own; entry < 2 * own; entry++) {
      store<u32>(table + (entry << 2), alone ^ load<u32>(table + ((entry ^ own) << 2)));
    }
  }
}

/** The register when a single bit was shifted in `bits` bits ago, itself counted. */
function registerAfter(bits: u32): u32 {
  let register: u32 = 1;
  for (let i: u32 = 0; i < bits; i++) {
    register = (register & 1) != 0 ? (register >>> 1) ^ POLYNOMIAL : register >>> 1;
  }
  return register;
}

/** Two words that end the turn. A table's address is the offset that a load has anyway. */
function lastWords(third: u32, last: u32): u32 {
  return (
    load<u32>((third << 2) & WIDE, THIRD) ^
    load<u32>((third >>> 5) & WIDE, THIRD + 512) ^
    load<u32>((third >>> 12) & NARROW, THIRD + 1024) ^
    load<u32>((third >>> 18) & NARROW, THIRD + 1280) ^
    load<u32>((third >>> 24) & NARROW, THIRD + 1536) ^
    load<u32>((last << 2) & WIDE, LAST) ^
    load<u32>((last >>> 5) & WIDE, LAST + 512) ^
    load<u32>((last >>> 12) & NARROW, LAST + 1024) ^
    load<u32>((last >>> 18) & NARROW, LAST + 1280) ^
    load<u32>((last >>> 24) & NARROW, LAST + 1536)
  );
}

/** Two words that two others follow in the turn. */
function firstWords(first: u32, second: u32): u32 {
  return (
    load<u32>((first << 2) & WIDE, FIRST) ^
    load<u32>((first >>> 5) & WIDE, FIRST + 512) ^
    load<u32>((first >>> 12) & NARROW, FIRST + 1024) ^
    load<u32>((first >>> 18) & NARROW, FIRST + 1280) ^
    load<u32>((first >>> 24) & NARROW, FIRST + 1536) ^
    load<u32>((second << 2) & WIDE, SECOND) ^
    load<u32>((second >>> 5) & WIDE, SECOND + 512) ^
    load<u32>((second >>> 12) & NARROW, SECOND + 1024) ^
    load<u32>((second >>> 18) & NARROW, SECOND + 1280) ^
    load<u32>((second >>> 24) & NARROW, SECOND + 1536)
  );
}

/** Checksum of `size` bytes, a multiple of 4: every message is made of whole words. */
export function crc32c(at: usize, size: u32): u32 {
  let crc: u32 = 0xffffffff;
  let from: usize = at;
  const end: usize = at + size;
  while (from + 16 <= end) {
    crc = firstWords(load<u32>(from) ^ crc, load<u32>(from, 4)) ^ lastWords(load<u32>(from, 8), load<u32>(from, 12));
    from += 16;
  }
  if (from + 8 <= end) {
    crc = lastWords(load<u32>(from) ^ crc, load<u32>(from, 4));
    from += 8;
  }
  // A word behind a word of nothing: zeros add nothing.
  if (from < end) crc = lastWords(0, load<u32>(from) ^ crc);
  return ~crc;
}

/**
 * Checksum of `front` bytes (a multiple of 4) followed by a codeword that is known to be whole: over any codeword the register
 * ends in the same residue, so only the front's share of it has to be shifted. The codeword itself is not read.
 */
export function crc32cBeforeCodeword(at: usize, front: u32): u32 {
  const shared: u32 = crc32c(at, front); // Register of the front, inverted twice: by its end and as its start.
  const shifted: u32 =
    load<u32>((shared << 2) & WIDE, SHIFT) ^
    load<u32>((shared >>> 5) & WIDE, SHIFT + 512) ^
    load<u32>((shared >>> 12) & NARROW, SHIFT + 1024) ^
    load<u32>((shared >>> 18) & NARROW, SHIFT + 1280) ^
    load<u32>((shared >>> 24) & NARROW, SHIFT + 1536);
  return ~(shifted ^ RESIDUE);
}
