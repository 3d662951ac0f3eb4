/**
 * CRC-32C, eight bytes a turn: eight tables, each one byte further from the end of the message. Hamming distance at
 * least 6 from 8 to 64 bytes (REDUNDANCY 4).
 */
const POLYNOMIAL: u32 = 0x82f63b78; // Castagnoli's, reflected.
const TABLES: usize = memory.data(8 * 1024, 16);

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
    for (let table: u32 = 1; table < 8; table++) {
      crc = (crc >>> 8) ^ load<u32>(TABLES + ((crc & 255) << 2));
      store<u32>(TABLES + (table << 10) + (byte << 2), crc);
    }
  }
}

function entry(table: u32, byte: u32): u32 {
  return load<u32>(TABLES + (table << 10) + ((byte & 255) << 2));
}

/** Checksum of `size` bytes, a multiple of 4: every message is made of whole words. */
export function crc32c(at: usize, size: u32): u32 {
  let crc: u32 = 0xffffffff;
  let from: usize = at;
  const end: usize = at + size;
  while (from + 8 <= end) {
    const low: u32 = load<u32>(from) ^ crc;
    const high: u32 = load<u32>(from, 4);
    crc =
      entry(7, low) ^
      entry(6, low >>> 8) ^
      entry(5, low >>> 16) ^
      entry(4, low >>> 24) ^
      entry(3, high) ^
      entry(2, high >>> 8) ^
      entry(1, high >>> 16) ^
      entry(0, high >>> 24);
    from += 8;
  }
  if (from < end) {
    const last: u32 = load<u32>(from) ^ crc;
    crc = entry(3, last) ^ entry(2, last >>> 8) ^ entry(1, last >>> 16) ^ entry(0, last >>> 24);
  }
  return ~crc;
}
