/**
 * CRC-32C, sixteen bytes a turn: sixteen tables, each one byte further from the end of the message. Hamming distance at
 * least 6 from 8 to 64 bytes (REDUNDANCY 4).
 */
const POLYNOMIAL: u32 = 0x82f63b78; // Castagnoli's, reflected.
const TABLES_COUNT: u32 = 16;
const TABLES: usize = memory.data(16 * 1024, 16);

/** Call once at start-up. */
export function crcPrepare(): void {
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
