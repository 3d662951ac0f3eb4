import { crc32 } from "node:zlib";
import { Chunk, chunkIndexOf, type Moment, type SealedChunk } from "./chunk.ts";
import { crc32Joined } from "./crc32-joined.ts";
import { Summary } from "./file-summary.ts";
import { ByteWriter } from "./growing-bytes.ts";
import {
  type Attachment,
  type ChannelRecord,
  putAttachment,
  putChannel,
  putDataEnd,
  putHeader,
  putMetadata,
  putSchema,
  type SchemaRecord,
} from "./mcap-writer.ts";

/** Where the file goes: `@mcap/core`'s `IWritable`, so its `FileHandleWritable` and ours both fit. */
export interface LogWritable {
  /** The bytes stay as they are until the promise is settled. */
  write(bytes: Uint8Array): Promise<unknown>;
}

/** A message to come; the caller keeps one and changes it, so that a message costs no object. */
export interface MessageHead {
  channel: number;
  sequence: number;
  size: number;
  logTime: Moment;
  publishTime: Moment;
}

export const CHUNK_SIZE_SIMULATED: number = 1024 * 1024;
export const CHUNK_SIZE_LIVE: number = 64 * 1024;
/** Sealed chunks that may wait for `flush`. More means that nobody awaits it. */
const SEALED_MAX = 256;
const SPARE_CHUNKS_MAX = 8;

/**
 * Writes an MCAP file of uncompressed chunks with message indexes and a full summary. Messages are taken in at
 * once; `flush` and `end` are awaited. The writer knows nothing of what the messages mean.
 */
export class LogFileWriter {
  readonly #writable: LogWritable;
  readonly #chunkSize: number;
  readonly #summary: Summary;
  readonly #spare: Chunk[] = [];
  readonly #sealed: { readonly from: Chunk; readonly sealed: SealedChunk }[] = [];
  readonly #outside = new ByteWriter();
  #chunk: Chunk;
  #position = 0;
  #dataCrc = 0;
  #queue: Promise<void> = Promise.resolve();
  #ended = false;

  /** `library` goes into the header; schemas and channels are declared at the start of the first chunk. */
  constructor(
    writable: LogWritable,
    options: {
      readonly library: string;
      readonly schemas: readonly SchemaRecord[];
      readonly channels: readonly ChannelRecord[];
      /** Bytes of records in a chunk, at least 64 KiB. Default 1 MiB. */
      readonly chunkSize?: number | undefined;
    },
  ) {
    this.#writable = writable;
    this.#chunkSize = Math.max(options.chunkSize ?? CHUNK_SIZE_SIMULATED, CHUNK_SIZE_LIVE);
    this.#summary = new Summary(options.schemas, options.channels);
    putHeader(this.#outside, options.library);
    const declarations = new ByteWriter();
    for (const schema of options.schemas) putSchema(declarations, schema);
    for (const channel of options.channels) putChannel(declarations, channel);
    this.#chunk = new Chunk(Math.max(this.#chunkSize, declarations.size));
    this.#chunk.addRecord(declarations.bytes);
  }

  /** Bytes of sealed chunks that wait for `flush`. */
  get waitingBytes(): number {
    return this.#sealed.reduce((sum, { sealed }) => sum + sealed.chunk.length + sealed.indexes.length, 0);
  }

  /** Puts a message's head down; its `size` bytes go into `bytes` at the returned offset before the next call. */
  begin(head: MessageHead): number {
    if (this.#ended) throw new Error("the log file is ended");
    if (!this.#chunk.fits(head.size)) this.#seal(head.size);
    return this.#chunk.begin(head);
  }

  /** The buffer that `begin` points into. */
  get bytes(): Uint8Array {
    return this.#chunk.bytes;
  }

  /** Writes a metadata record behind the chunks sealed so far. */
  metadata(name: string, entries: ReadonlyMap<string, string>): void {
    this.#between(
      (out) => putMetadata(out, name, entries),
      (at) => this.#summary.metadata.push({ name, at }),
    );
  }

  attachment(attachment: Attachment): void {
    this.#between(
      (out) => putAttachment(out, attachment),
      (at) => this.#summary.attachments.push({ attachment, at }),
    );
  }

  /** Writes what is sealed. `all`: the running chunk too, so that a live log loses nothing when the power goes. */
  flush(options: { readonly all?: boolean } = {}): Promise<void> {
    if (options.all === true && !this.#chunk.isEmpty) this.#seal(0);
    this.#queue = this.#queue.then(() => this.#writeSealed());
    return this.#queue;
  }

  /** Writes the rest, the summary and the footer. */
  async end(): Promise<void> {
    if (this.#ended) throw new Error("the log file is ended already");
    await this.flush({ all: true });
    this.#ended = true;
    const out = new ByteWriter();
    putDataEnd(out, this.#dataCrc);
    await this.#write(out.bytes);
    await this.#write(this.#summary.encode(this.#position));
  }

  /** Records outside chunks wait in one buffer; sealed chunks wait behind it, so the running chunk is sealed first. */
  #between(put: (out: ByteWriter) => void, note: (at: { offset: number; size: number }) => void): void {
    if (this.#sealed.length > 0) throw new Error("await flush() before a record outside the chunks");
    const start = this.#outside.size;
    put(this.#outside);
    note({ offset: this.#position + start, size: this.#outside.size - start });
  }

  #seal(needed: number): void {
    if (this.#sealed.length >= SEALED_MAX) throw new Error(`${SEALED_MAX} chunks wait: await flush() now and then`);
    const sealed = this.#chunk.seal();
    this.#summary.count(sealed);
    this.#sealed.push({ from: this.#chunk, sealed });
    const spare = this.#spare.pop();
    this.#chunk = spare?.fits(needed) === true ? spare : new Chunk(Math.max(this.#chunkSize, needed + 64));
  }

  async #writeSealed(): Promise<void> {
    if (this.#outside.size > 0) {
      const bytes = this.#outside.bytes.slice();
      this.#outside.clear();
      await this.#write(bytes);
    }
    for (let next = this.#sealed.shift(); next !== undefined; next = this.#sealed.shift()) {
      const { from, sealed } = next;
      this.#summary.chunks.push(chunkIndexOf(sealed, this.#position));
      await this.#writeChunk(sealed);
      await this.#write(sealed.indexes);
      from.clear();
      if (this.#spare.length < SPARE_CHUNKS_MAX) this.#spare.push(from);
    }
  }

  /** The records are in the chunk's own checksum already: the file's takes that in instead of reading them again. */
  #writeChunk({ chunk, recordsSize, recordsCrc }: SealedChunk): Promise<void> {
    const headCrc = crc32(chunk.subarray(0, chunk.length - recordsSize), this.#dataCrc);
    return this.#append(chunk, crc32Joined(headCrc, recordsCrc, recordsSize));
  }

  #write(bytes: Uint8Array): Promise<void> {
    return this.#append(bytes, crc32(bytes, this.#dataCrc));
  }

  async #append(bytes: Uint8Array, dataCrc: number): Promise<void> {
    this.#dataCrc = dataCrc;
    this.#position += bytes.length;
    await this.#writable.write(bytes);
  }
}
