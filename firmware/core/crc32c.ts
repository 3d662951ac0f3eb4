/**
 * CRC-32C, sixteen bytes a turn: sixteen tables, each one byte further from the end of the message. Hamming distance at
 * least 6 from 8 to 64 bytes (REDUNDANCY 4).
 */
const POLYNOMIAL: u32 = 0x82f63b78; // Castagnoli's, reflected.
const TABLES_COUNT: u32 = 16;
/** Register after a whole codeword, before the final inversion: that of four zero bytes, the codeword of no message. */
const RESIDUE: u32 = 0xb798b438;
const TABLES: usize = memory.data(16 * 1024, 16);

/** What a codeword (a message and its own checksum) does to the register: shift by its length, four tables by byte. */
const SHIFTS: usize = memory.data(4 * 1024, 16);

/** Call once at start-up. `codeword` is the size in bytes of the message that others carry: X1. */
export function crcPrepare(codeword: u32): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc: u32 = byte;
    for (let bit: i32 = 0; bit < 8; bit++) {
      crc = (crc & 1) != 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    }
    store<u32>(TABLES + (byte << 2), crc);
  }
  for (let byte: u32 = 0; byte < 256; byte++) {
    let crc: u32 = load<u32>(TABLES + (byte << 2));
    for (let table: u32 = 1; table < TABLES_COUNT; table++) {
      crc = (crc >>> 8) ^ load<u32>(TABLES + ((crc & 255) << 2));
      store<u32>(TABLES + (table << 10) + (byte << 2), crc);
    }
  }
  prepareShifts(codeword);
}

/** The register after `count` zero bytes, multiple of 4. */
function shiftSlowly(register: u32, count: u32): u32 {
  let crc: u32 = register;
  for (let i: u32 = 0; i < count; i += 4) crc = wordEntries(crc, 0);
  return crc;
}

/** Shifting is linear: a byte's entry is the sum of its bits' entries. */
function prepareShifts(codeword: u32): void {
  for (let bit: u32 = 0; bit < 32; bit++) {
    const table: usize = SHIFTS + ((bit >>> 3) << 10);
    const own: u32 = 1 << (bit & 7);
    const shifted: u32 = shiftSlowly(1 << bit, codeword);
    for (let byte: u32 = own; byte < 2 * own; byte++) {
      store<u32>(table + (byte << 2), shifted ^ load<u32>(table + ((byte ^ own) << 2)));
    }
  }
}

function entry(table: u32, byte: u32): u32 {
  return load<u32>(TABLES + (table << 10) + ((byte & 255) << 2));
}

/** Four bytes that `behind` words follow in the turn. */
function wordEntries(word: u32, behind: u32): u32 {
  const table: u32 = behind << 2;
  return (
    entry(table + 3, word) ^ entry(table + 2, word >>> 8) ^ entry(table + 1, word >>> 16) ^ entry(table, word >>> 24)
  );
}

/** Checksum of `size` bytes, a multiple of 4: every message is made of whole words. */
export function crc32c(at: usize, size: u32): u32 {
  let crc: u32 = 0xffffffff;
  let from: usize = at;
  const end: usize = at + size;
  while (from + 16 <= end) {
    crc =
      wordEntries(load<u32>(from) ^ crc, 3) ^
      wordEntries(load<u32>(from, 4), 2) ^
      wordEntries(load<u32>(from, 8), 1) ^
      wordEntries(load<u32>(from, 12), 0);
    from += 16;
  }
  while (from < end) {
    crc = wordEntries(load<u32>(from) ^ crc, 0);
    from += 4;
  }
  return ~crc;
}

/**
 * Checksum of `front` bytes (a multiple of 4) followed by a codeword that is known to be whole: over any codeword the register
 * ends in the same residue, so only the front's share of it has to be shifted. The codeword itself is not read.
 */
export function crc32cBeforeCodeword(at: usize, front: u32): u32 {
  const shared: u32 = crc32c(at, front); // Register of the front, inverted twice: by its end and as its start.
  const shifted: u32 =
    load<u32>(SHIFTS + ((shared & 255) << 2)) ^
    load<u32>(SHIFTS + 1024 + (((shared >>> 8) & 255) << 2)) ^
    load<u32>(SHIFTS + 2048 + (((shared >>> 16) & 255) << 2)) ^
    load<u32>(SHIFTS + 3072 + ((shared >>> 24) << 2));
  return ~(shifted ^ RESIDUE);
}
