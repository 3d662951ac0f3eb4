/** Zstandard frames (RFC 8878, 3.1.1) of blocks that need no compressor. */
import { concat, u8 } from "./bytes.ts";

export const ZSTD_MAGIC = u8(0x28, 0xb5, 0x2f, 0xfd);
const ZSTD_BLOCK_MAX = 1 << 17;

export interface ZstdBlock {
  readonly kind: "plain" | "repeated";
  readonly bytes: Uint8Array;
  /** How often the one byte of a repeated block is meant. */
  readonly count?: number;
  readonly isLast?: boolean;
}

export function zstdBlock({ kind, bytes, count = bytes.length, isLast = false }: ZstdBlock): Uint8Array {
  const head = (count << 3) | (kind === "plain" ? 0 : 2) | Number(isLast);
  return concat(u8(head & 0xff, (head >> 8) & 0xff, head >> 16), bytes);
}

/** A frame of `start` and then zeros, `size` bytes in all. */
export function zstdZeros(start: Uint8Array, size: number): Uint8Array {
  const window = u8(0, 7 << 3);
  const blocks = [zstdBlock({ kind: "plain", bytes: start })];
  for (let left = size - start.length; left > 0; left -= ZSTD_BLOCK_MAX) {
    const count = Math.min(left, ZSTD_BLOCK_MAX);
    blocks.push(zstdBlock({ kind: "repeated", bytes: u8(0), count, isLast: left <= ZSTD_BLOCK_MAX }));
  }
  return concat(ZSTD_MAGIC, window, ...blocks);
}
