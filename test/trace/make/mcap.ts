/** MCAP files record by record (mcap.dev, "MCAP Format Specification"). */
import { concat, text, u8, u16, u32, u64 } from "./bytes.ts";

export const MAGIC = u8(0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a);

function lengthAnd(bytes: Uint8Array): Uint8Array {
  return concat(u32(bytes.length), bytes);
}

export function record(opcode: number, content: Uint8Array): Uint8Array {
  return concat(u8(opcode), u64(content.length), content);
}

export function header(): Uint8Array {
  return record(1, concat(lengthAnd(text("")), lengthAnd(text("by hand"))));
}

export function schema(id: number, encoding: string, data: string): Uint8Array {
  return record(3, concat(u16(id), lengthAnd(text("test/Type")), lengthAnd(text(encoding)), lengthAnd(text(data))));
}

export function channel(id: number, schemaId: number, topic: string, encoding: string): Uint8Array {
  return record(4, concat(u16(id), u16(schemaId), lengthAnd(text(topic)), lengthAnd(text(encoding)), u32(0)));
}

export function message(id: number, timeNs: bigint | number, data: Uint8Array): Uint8Array {
  return record(5, concat(u16(id), u32(0), u64(timeNs), u64(timeNs), data));
}

export interface ChunkOptions {
  /** Of the records before they are compressed; 0, the default, means that none is given. */
  readonly crc?: number;
  readonly compression?: string;
  /** What stands in the file for the records, which are then only measured. */
  readonly packed?: Uint8Array;
  /** Size of the records before they are compressed, where it is not to be told rightly. */
  readonly declared?: bigint | number;
}

export function chunk(records: Uint8Array, options: ChunkOptions = {}): Uint8Array {
  const { crc = 0, compression = "", packed = records, declared = records.length } = options;
  const head = concat(u64(0), u64(0), u64(declared), u32(crc), lengthAnd(text(compression)));
  return record(6, concat(head, u64(packed.length), packed));
}

/** End of data, a summary that counts `messages` if given, footer, magic. */
export function tail(messages?: number): Uint8Array {
  const statistics = concat(u64(messages ?? 0), u16(0), u32(1), u32(0), u32(0), u32(1), u64(0), u64(0), u32(0));
  const summary = messages === undefined ? u8() : record(11, statistics);
  return concat(record(15, u32(0)), summary, record(2, concat(u64(0), u64(0), u32(0))), MAGIC);
}
