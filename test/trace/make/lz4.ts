/** LZ4 frames (lz4 "Frame Format Description" and "Block Format Description"). */
import { concat, u8, u16, u32 } from "./bytes.ts";

/** Magic, version 1 with independent blocks, blocks of at most 64 KiB, and the checksum of these two bytes. */
export const LZ4_HEAD = u8(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const BLOCK_SIZE = 1 << 16;
/** A block's last bytes stand as they are, and its last match begins so far before its end. */
const END_LITERALS = 5;
const END_NO_MATCH = 12;

export function lz4Frame(content: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < content.length; at += BLOCK_SIZE)
    blocks.push(lz4Sized(lz4Block(content.subarray(at, at + BLOCK_SIZE))));
  return concat(LZ4_HEAD, ...blocks, u32(0));
}

export function lz4Sized(block: Uint8Array): Uint8Array {
  return concat(u32(block.length), block);
}

/** Literals, then `length` bytes from `offset` bytes before; the last sequence of a block has no match. */
export function lz4Sequence(literals: Uint8Array, match?: { offset: number; length: number }): Uint8Array {
  const more = (count: number): Uint8Array =>
    count < 15 ? u8() : concat(new Uint8Array(Math.floor((count - 15) / 255)).fill(255), u8((count - 15) % 255));
  const length = match === undefined ? 0 : match.length - 4;
  const token = u8((Math.min(literals.length, 15) << 4) | Math.min(length, 15));
  const start = concat(token, more(literals.length), literals);
  return match === undefined ? start : concat(start, u16(match.offset), more(length));
}

/** Takes the latest place with the same four bytes. */
function lz4Block(bytes: Uint8Array): Uint8Array {
  const sequences: Uint8Array[] = [];
  const seen = new Map<string, number>();
  let from = 0;
  for (let at = 0; at + END_NO_MATCH <= bytes.length; ) {
    const key = bytes.subarray(at, at + 4).join();
    const place = seen.get(key);
    seen.set(key, at);
    if (place === undefined) {
      at++;
      continue;
    }
    let length = 4;
    while (at + length < bytes.length - END_LITERALS && bytes[place + length] === bytes[at + length]) length++;
    sequences.push(lz4Sequence(bytes.subarray(from, at), { offset: at - place, length }));
    at += length;
    from = at;
  }
  return concat(...sequences, lz4Sequence(bytes.subarray(from)));
}
