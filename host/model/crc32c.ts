/**
 * CRC-32C (Castagnoli, reflected 0x82F63B78, start and final xor all ones), eight bytes a step: table k maps a byte
 * to its effect k bytes further on, so eight look-ups stand for eight rounds of one.
 */

const POLYNOMIAL = 0x82f63b78;
const STRIDE = 8;
const TABLES: Uint32Array = makeTables();

/** Checksum of `bytes` from `start` up to, not including, `end`. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const t = TABLES;
  let crc = 0xffffffff;
  let at = start;
  for (const last = end - STRIDE; at <= last; at += STRIDE) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    crc =
      look(t, 7, crc & 0xff) ^
      look(t, 6, (crc >>> 8) & 0xff) ^
      look(t, 5, (crc >>> 16) & 0xff) ^
      look(t, 4, crc >>> 24) ^
      look(t, 3, byte(bytes, at + 4)) ^
      look(t, 2, byte(bytes, at + 5)) ^
      look(t, 1, byte(bytes, at + 6)) ^
      look(t, 0, byte(bytes, at + 7));
  }
  for (; at < end; at++) crc = look(t, 0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function look(tables: Uint32Array, table: number, index: number): number {
  return tables[(table << 8) | index] as number;
}

function makeTables(): Uint32Array {
  const tables = new Uint32Array(STRIDE * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    tables[i] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256] as number;
    tables[i] = (tables[before & 0xff] as number) ^ (before >>> 8);
  }
  return tables;
}
