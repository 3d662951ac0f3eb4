import type { SealedChunk } from "./chunk.ts";
import { ByteWriter } from "./growing-bytes.ts";
import {
  type Attachment,
  type ChannelRecord,
  type ChunkIndexRecord,
  type Located,
  OPCODES,
  putAttachmentIndex,
  putChannel,
  putChunkIndex,
  putFooter,
  putMetadataIndex,
  putSchema,
  putStatistics,
  putSummaryOffset,
  type SchemaRecord,
} from "./mcap-writer.ts";

/** What stands at the end of a file so that a reader need not read all of it. Filled while writing. */
export class Summary {
  readonly schemas: readonly SchemaRecord[];
  readonly channels: readonly ChannelRecord[];
  readonly chunks: ChunkIndexRecord[] = [];
  readonly metadata: { readonly name: string; readonly at: Located }[] = [];
  readonly attachments: { readonly attachment: Attachment; readonly at: Located }[] = [];
  readonly #counts: number[];
  #startTime: bigint | undefined;
  #endTime = 0n;

  constructor(schemas: readonly SchemaRecord[], channels: readonly ChannelRecord[]) {
    this.schemas = schemas;
    this.channels = channels;
    this.#counts = Array(Math.max(...channels.map(({ id }) => id)) + 1).fill(0);
  }

  /** Counts a chunk's messages: so many of each channel. Times never decrease. */
  count({ counts, startTime, endTime }: Pick<SealedChunk, "counts" | "startTime" | "endTime">): void {
    if (counts.every((count) => count === 0)) return;
    this.#startTime ??= startTime;
    this.#endTime = endTime;
    for (const [channel, count] of counts.entries()) this.#counts[channel] = (this.#counts[channel] ?? 0) + count;
  }

  /** Summary, summary offsets, footer and magic of a file whose data section is `summaryStart` bytes long. */
  encode(summaryStart: number): Uint8Array {
    const out = new ByteWriter();
    const groups: { readonly opcode: number; readonly at: Located }[] = [];
    const group = (opcode: number, body: () => void) => {
      const offset = out.size;
      body();
      if (out.size > offset) groups.push({ opcode, at: { offset: summaryStart + offset, size: out.size - offset } });
    };
    group(OPCODES.schema, () => this.schemas.forEach((schema) => void putSchema(out, schema)));
    group(OPCODES.channel, () => this.channels.forEach((channel) => void putChannel(out, channel)));
    group(OPCODES.statistics, () => putStatistics(out, this.#statistics()));
    group(OPCODES.metadataIndex, () => this.metadata.forEach(({ name, at }) => void putMetadataIndex(out, name, at)));
    group(OPCODES.attachmentIndex, () =>
      this.attachments.forEach(({ attachment, at }) => void putAttachmentIndex(out, attachment, at)),
    );
    group(OPCODES.chunkIndex, () => this.chunks.forEach((index) => void putChunkIndex(out, index)));
    const summaryOffsetStart = summaryStart + out.size;
    for (const { opcode, at } of groups) putSummaryOffset(out, opcode, at);
    putFooter(out, { summaryStart, summaryOffsetStart });
    return out.bytes;
  }

  #statistics() {
    const perChannel = new Map(this.channels.map(({ id }) => [id, this.#counts[id] ?? 0]));
    return {
      schemas: this.schemas.length,
      attachments: this.attachments.length,
      metadata: this.metadata.length,
      chunks: this.chunks.length,
      startTime: this.#startTime ?? 0n,
      endTime: this.#endTime,
      perChannel,
    };
  }
}
