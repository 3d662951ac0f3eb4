import { crc32 } from "node:zlib";
import { ByteWriter } from "./growing-bytes.ts";

/**
 * The records of an MCAP file (specification: mcap.dev/spec) as far as a voter log has them, writing side.
 * A record is opcode u8, size u64, content. Why not the library: decisions/0003-voter-log-codec.md.
 */

export const MAGIC: Uint8Array = Uint8Array.of(0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a);
/** Opcode and size in front of every record. */
export const RECORD_HEAD_SIZE = 9;

export const OPCODES = {
  header: 0x01,
  footer: 0x02,
  schema: 0x03,
  channel: 0x04,
  message: 0x05,
  chunk: 0x06,
  messageIndex: 0x07,
  chunkIndex: 0x08,
  attachment: 0x09,
  attachmentIndex: 0x0a,
  statistics: 0x0b,
  metadata: 0x0c,
  metadataIndex: 0x0d,
  summaryOffset: 0x0e,
  dataEnd: 0x0f,
} as const;

/** Channel u16, sequence u32, two times u64. */
export const MESSAGE_HEAD_SIZE = 22;
/** Two times u64, size u64, crc u32, empty compression string u32, size of the records u64. */
export const CHUNK_HEAD_SIZE = 40;
/** One entry of a message index: time u64, offset in the chunk u64. */
export const INDEX_ENTRY_SIZE = 16;

export interface SchemaRecord {
  readonly id: number;
  readonly name: string;
  readonly encoding: string;
  readonly data: Uint8Array;
}

export interface ChannelRecord {
  readonly id: number;
  readonly schemaId: number;
  readonly topic: string;
  readonly messageEncoding: string;
}

export interface ChunkIndexRecord {
  readonly startTime: bigint;
  readonly endTime: bigint;
  /** Offset of the chunk's opcode in the file. */
  readonly offset: number;
  /** Size of the whole chunk record. */
  readonly size: number;
  /** Channel id to the offset of its message index record. */
  readonly messageIndexes: ReadonlyMap<number, number>;
  readonly messageIndexSize: number;
  readonly recordsSize: number;
}

export interface Attachment {
  readonly name: string;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

export interface Located {
  readonly offset: number;
  readonly size: number;
}

export interface StatisticsRecord {
  readonly schemas: number;
  readonly attachments: number;
  readonly metadata: number;
  readonly chunks: number;
  readonly startTime: bigint;
  readonly endTime: bigint;
  readonly perChannel: ReadonlyMap<number, number>;
}

/** Puts one record around what `body` writes. */
export function putRecord(out: ByteWriter, opcode: number, body: () => void): void {
  out.u8(opcode);
  out.sized(8, body);
}

export function putHeader(out: ByteWriter, library: string): void {
  out.raw(MAGIC);
  putRecord(out, OPCODES.header, () => {
    out.text("");
    out.text(library);
  });
}

export function putSchema(out: ByteWriter, schema: SchemaRecord): void {
  putRecord(out, OPCODES.schema, () => {
    out.u16(schema.id);
    out.text(schema.name);
    out.text(schema.encoding);
    out.sized(4, () => out.raw(schema.data));
  });
}

export function putChannel(out: ByteWriter, channel: ChannelRecord): void {
  putRecord(out, OPCODES.channel, () => {
    out.u16(channel.id);
    out.u16(channel.schemaId);
    out.text(channel.topic);
    out.text(channel.messageEncoding);
    out.u32(0);
  });
}

export function putMetadata(out: ByteWriter, name: string, entries: ReadonlyMap<string, string>): void {
  putRecord(out, OPCODES.metadata, () => {
    out.text(name);
    out.sized(4, () => {
      for (const [key, value] of entries) {
        out.text(key);
        out.text(value);
      }
    });
  });
}

/** An attachment is dated at the run's epoch: a wall clock would make two equal runs differ. */
export function putAttachment(out: ByteWriter, attachment: Attachment): void {
  const content = new ByteWriter();
  content.u64(0);
  content.u64(0);
  content.text(attachment.name);
  content.text(attachment.mediaType);
  content.sized(8, () => content.raw(attachment.data));
  putRecord(out, OPCODES.attachment, () => {
    out.raw(content.bytes);
    out.u32(crc32(content.bytes));
  });
}

export function putAttachmentIndex(out: ByteWriter, attachment: Attachment, at: Located): void {
  putRecord(out, OPCODES.attachmentIndex, () => {
    out.u64(at.offset);
    out.u64(at.size);
    out.u64(0);
    out.u64(0);
    out.u64(attachment.data.length);
    out.text(attachment.name);
    out.text(attachment.mediaType);
  });
}

export function putMetadataIndex(out: ByteWriter, name: string, at: Located): void {
  putRecord(out, OPCODES.metadataIndex, () => {
    out.u64(at.offset);
    out.u64(at.size);
    out.text(name);
  });
}

export function putChunkIndex(out: ByteWriter, index: ChunkIndexRecord): void {
  putRecord(out, OPCODES.chunkIndex, () => {
    out.u64(index.startTime);
    out.u64(index.endTime);
    out.u64(index.offset);
    out.u64(index.size);
    out.sized(4, () => {
      for (const [channel, offset] of index.messageIndexes) {
        out.u16(channel);
        out.u64(offset);
      }
    });
    out.u64(index.messageIndexSize);
    out.text("");
    out.u64(index.recordsSize);
    out.u64(index.recordsSize);
  });
}

export function putStatistics(out: ByteWriter, statistics: StatisticsRecord): void {
  const { perChannel } = statistics;
  putRecord(out, OPCODES.statistics, () => {
    out.u64([...perChannel.values()].reduce((sum, count) => sum + count, 0));
    out.u16(statistics.schemas);
    out.u32(perChannel.size);
    out.u32(statistics.attachments);
    out.u32(statistics.metadata);
    out.u32(statistics.chunks);
    out.u64(statistics.startTime);
    out.u64(statistics.endTime);
    out.sized(4, () => {
      for (const [channel, count] of perChannel) {
        out.u16(channel);
        out.u64(count);
      }
    });
  });
}

export function putSummaryOffset(out: ByteWriter, opcode: number, at: Located): void {
  putRecord(out, OPCODES.summaryOffset, () => {
    out.u8(opcode);
    out.u64(at.offset);
    out.u64(at.size);
  });
}

export function putDataEnd(out: ByteWriter, crc: number): void {
  putRecord(out, OPCODES.dataEnd, () => out.u32(crc));
}

/**
 * Footer and closing magic behind a summary whose bytes are already in `out` from its start. The footer's
 * checksum covers the summary and the footer up to the checksum itself.
 */
export function putFooter(out: ByteWriter, at: { summaryStart: number; summaryOffsetStart: number }): void {
  out.u8(OPCODES.footer);
  out.u64(20);
  out.u64(at.summaryStart);
  out.u64(at.summaryOffsetStart);
  out.u32(crc32(out.bytes));
  out.raw(MAGIC);
}
