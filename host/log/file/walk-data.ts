import { crc32 } from "node:zlib";
import { type ChunkPlace, DATA_END_SIZE } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";
import { MAGIC, OPCODES, RECORD_HEAD_SIZE } from "./mcap-writer.ts";

/** Goes once over a data section: its checksum, and what its own record heads say is in it. */

export interface Walk {
  /** Whether the checksum in the record behind the section is that of its bytes. */
  readonly intact: boolean;
  /** As chunk heads and message indexes have it; only right if the section is intact. */
  readonly chunks: readonly ChunkPlace[];
  readonly counts: ReadonlyMap<number, number>;
  /** Whether the records end where the section does. */
  readonly isWhole: boolean;
}

const BLOCK_SIZE: number = 1024 * 1024;
/** Of a record, what is looked at: its head, and two times or a channel and a size behind it. */
const LOOK_SIZE: number = RECORD_HEAD_SIZE + 16;

interface OpenChunk extends ChunkPlace {
  readonly channels: Set<number>;
}

/** Reads the whole section, `dataEnd` bytes. */
export async function walkData(source: LogSource, dataEnd: number): Promise<Walk> {
  const chunks: OpenChunk[] = [];
  const counts = new Map<number, number>();
  let crc = 0;
  let next = MAGIC.length;
  for (let at = 0; at < dataEnd; at += BLOCK_SIZE) {
    const block = await source.read(at, BLOCK_SIZE + LOOK_SIZE);
    const size = Math.min(BLOCK_SIZE, dataEnd - at, block.length);
    crc = crc32(block.subarray(0, size), crc);
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    while (next < at + size && next - at + LOOK_SIZE <= block.length) {
      const here = next - at;
      const length = Number(view.getBigUint64(here + 1, true));
      const body = here + RECORD_HEAD_SIZE;
      if (block[here] === OPCODES.chunk) {
        const times = { startTime: view.getBigUint64(body, true), endTime: view.getBigUint64(body + 8, true) };
        chunks.push({ offset: next, size: RECORD_HEAD_SIZE + length, ...times, channels: new Set() });
      }
      if (block[here] === OPCODES.messageIndex) {
        const channel = view.getUint16(body, true);
        chunks.at(-1)?.channels.add(channel);
        counts.set(channel, (counts.get(channel) ?? 0) + view.getUint32(body + 2, true) / 16);
      }
      next += RECORD_HEAD_SIZE + length;
    }
  }
  const end = await source.read(dataEnd, DATA_END_SIZE);
  const view = new DataView(end.buffer, end.byteOffset, end.byteLength);
  const isEnd = end.length === DATA_END_SIZE && end[0] === OPCODES.dataEnd && view.getBigUint64(1, true) === 4n;
  return { intact: isEnd && view.getUint32(9, true) === crc, chunks, counts, isWhole: next === dataEnd };
}
