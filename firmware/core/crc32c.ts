/**
 * CRC-32C, eight bytes a turn. Hamming distance at least 6 from 8 to 64 bytes (REDUNDANCY 4).
 *
 * What a bit does to the register by the end of a turn depends on its place alone, so a word may be cut into groups of any size, each
 * with a table of its own. Five groups of 7, 7, 6, 6 and 6 bits take 1.75 KiB where four bytes take 4 KiB, for five look-ups
 * instead of four. Three simulated channels then share the first cache of one processor, and a board keeps the memory. Longer
 * turns need more tables and gain nothing here: messages are short.
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
/** The two words of a turn. */
const LAST: usize = memory.data(2 * 1792, 16);
const FIRST: usize = LAST + WORD_TABLES;
/** What a codeword (a message and its own checksum) does to the register: a shift by its length. */
const SHIFT: usize = memory.data(1792, 16);

/** Call once at start-up. `codeword` is the size in bytes of the message that others carry: X1. */
export function crcPrepare(codeword: u32): void {
  prepareWord(LAST, 0);
  prepareWord(FIRST, 32);
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

/** A word that ends the turn. A table's address is the offset that a load has anyway. */
function lastWord(word: u32): u32 {
  return (
    load<u32>((word << 2) & WIDE, LAST) ^
    load<u32>((word >>> 5) & WIDE, LAST + 512) ^
    load<u32>((word >>> 12) & NARROW, LAST + 1024) ^
    load<u32>((word >>> 18) & NARROW, LAST + 1280) ^
    load<u32>((word >>> 24) & NARROW, LAST + 1536)
  );
}

/** A word that another one follows in the turn. */
function firstWord(word: u32): u32 {
  return (
    load<u32>((word << 2) & WIDE, FIRST) ^
    load<u32>((word >>> 5) & WIDE, FIRST + 512) ^
    load<u32>((word >>> 12) & NARROW, FIRST + 1024) ^
    load<u32>((word >>> 18) & NARROW, FIRST + 1280) ^
    load<u32>((word >>> 24) & NARROW, FIRST + 1536)
  );
}

/** The register moved on over a codeword: all that is left of what stands before one. */
function beforeCodeword(register: u32): u32 {
  return (
    load<u32>((register << 2) & WIDE, SHIFT) ^
    load<u32>((register >>> 5) & WIDE, SHIFT + 512) ^
    load<u32>((register >>> 12) & NARROW, SHIFT + 1024) ^
    load<u32>((register >>> 18) & NARROW, SHIFT + 1280) ^
    load<u32>((register >>> 24) & NARROW, SHIFT + 1536)
  );
}

/** Checksum of `size` bytes, a multiple of 4: every message is made of whole words. An odd one comes first. */
export function crc32c(at: usize, size: u32): u32 {
  let crc: u32 = 0xffffffff;
  let from: usize = at;
  const end: usize = at + size;
  if ((size & 4) != 0) {
    crc = lastWord(load<u32>(from) ^ crc);
    from += 4;
  }
  for (; from < end; from += 8) crc = firstWord(load<u32>(from) ^ crc) ^ lastWord(load<u32>(from, 4));
  return ~crc;
}

/**
 * Checksum of `front` bytes (a multiple of 4) followed by a codeword that is known to be whole: over any codeword the register
 * ends in the same residue, so only the front's share of it has to be shifted. The codeword itself is not read.
 */
export function crc32cBeforeCodeword(at: usize, front: u32): u32 {
  // Register of the front, inverted twice: by its end and as its start.
  return ~(beforeCodeword(crc32c(at, front)) ^ RESIDUE);
}
