import { crc32 } from "node:zlib";
import { type ChannelRecord, MAGIC, OPCODES, type SchemaRecord } from "./mcap.ts";
import { type Cursor, FormatDamage, hex, isMagic, type RawRecord, Cursor as Reading, recordsIn } from "./parse.ts";
import type { LogSource } from "./source.ts";

/** Where things are in a file: read from its summary, or found again by scan.ts when that is damaged. */
export interface LogIndex {
  readonly library: string;
  readonly schemas: Map<number, SchemaRecord>;
  readonly channels: Map<number, ChannelRecord>;
  readonly chunks: ChunkPlace[];
  readonly attachments: Map<string, AttachmentPlace>;
  readonly metadata: Map<string, ReadonlyMap<string, string>>;
  /** Where the data section ends, with its checksum in the record there; `undefined` when a scan found the rest. */
  readonly dataEnd: number | undefined;
  /** Messages per channel id, as far as the file says. */
  readonly counts: Map<number, number>;
}

export interface ChunkPlace {
  readonly offset: number;
  /** Bytes of the chunk record that are in the file. */
  readonly size: number;
  readonly startTime: bigint;
  readonly endTime: bigint;
  /** Channel ids that have messages in it; `undefined` when unknown. */
  readonly channels: ReadonlySet<number> | undefined;
  /** The chunk has no valid checksum, its messages are taken as they are: its end is missing, or it is damaged. */
  readonly unverified?: boolean;
}

export interface AttachmentPlace {
  readonly offset: number;
  readonly size: number;
  readonly dataSize: number;
  readonly mediaType: string;
}

/** Opcode, size, two offsets, checksum; then the magic. */
const FOOTER_SIZE = 29;
/** Opcode, size, checksum. */
const DATA_END_SIZE = 13;
const TAIL_SIZE: number = FOOTER_SIZE + MAGIC.length;
/** A summary of a hundred thousand chunks has some 20 MiB. */
const SUMMARY_SIZE_MAX: number = 64 * 1024 * 1024;
const BLOCK_SIZE: number = 1024 * 1024;
const METADATA_SIZE_MAX: number = 1024 * 1024;

/** An index with nothing in it. */
export function emptyIndex(library: string, dataEnd?: number): LogIndex {
  const maps = { schemas: new Map(), channels: new Map(), attachments: new Map(), metadata: new Map() };
  return { library, dataEnd, ...maps, chunks: [], counts: new Map() };
}

/**
 * Reads the summary at the end of a file.
 * @throws FormatDamage when there is none or it is damaged.
 */
export async function loadIndex(source: LogSource): Promise<LogIndex> {
  const tail = await source.read(Math.max(0, source.size - TAIL_SIZE), TAIL_SIZE);
  const tailAt = source.size - TAIL_SIZE;
  if (tail.length < TAIL_SIZE || !isMagic(tail.subarray(FOOTER_SIZE))) {
    const problem = "the file has no end";
    throw new FormatDamage({ problem, offset: source.size, expected: "footer and magic", found: "other bytes" });
  }
  const [footer] = recordsIn(new Reading(tail.subarray(0, FOOTER_SIZE), tailAt));
  if (footer?.opcode !== OPCODES.footer) {
    const problem = "the footer is damaged";
    throw new FormatDamage({
      problem,
      offset: tailAt,
      expected: `opcode ${OPCODES.footer}`,
      found: `${footer?.opcode}`,
    });
  }
  const start = footer.body.size();
  footer.body.size();
  const crc = footer.body.u32();
  const size = tailAt - start;
  if (start === 0 || size < 0 || size > SUMMARY_SIZE_MAX) {
    throw new FormatDamage({
      problem: "the summary is missing",
      offset: tailAt,
      expected: "its offset",
      found: `${start}`,
    });
  }
  const summary = await source.read(start, size);
  const found = crc32(tail.subarray(0, FOOTER_SIZE - 4), crc32(summary));
  if (crc !== 0 && crc !== found) {
    const problem = "the summary is damaged: its checksum is wrong";
    throw new FormatDamage({ problem, offset: start, expected: hex(crc), found: hex(found) });
  }
  return await indexFrom(source, new Reading(summary, start), start - DATA_END_SIZE);
}

async function indexFrom(source: LogSource, summary: Cursor, dataEnd: number): Promise<LogIndex> {
  const index = emptyIndex(await readLibrary(source), dataEnd);
  const metadata: { offset: number; size: number }[] = [];
  for (const record of recordsIn(summary)) {
    if (record.opcode === OPCODES.metadataIndex)
      metadata.push({ offset: record.body.size(), size: record.body.size() });
    else note(index, record);
  }
  for (const { offset, size } of metadata) {
    if (size > METADATA_SIZE_MAX) {
      const expected = `at most ${METADATA_SIZE_MAX} bytes`;
      throw new FormatDamage({ problem: "a metadata record is too long", offset, expected, found: `${size}` });
    }
    for (const record of recordsIn(new Reading(await source.read(offset, size), offset))) note(index, record);
  }
  // Places that overlap could make a reader go through the same bytes for ever.
  const places = [...index.chunks, ...index.attachments.values()].reduce((sum, { size }) => sum + size, 0);
  if (places > source.size) {
    const expected = `at most the ${source.size} bytes of the file`;
    throw new FormatDamage({ problem: "the index is impossible", offset: dataEnd, expected, found: `${places}` });
  }
  return index;
}

/**
 * Compares the checksum of the whole data section, metadata included, with its bytes: reads all of the file.
 * `undefined` when the file has none.
 */
export async function checkData(source: LogSource, { dataEnd }: LogIndex): Promise<boolean | undefined> {
  if (dataEnd === undefined) return undefined;
  const cursor = new Reading(await source.read(dataEnd, DATA_END_SIZE), dataEnd);
  if (cursor.left < DATA_END_SIZE || cursor.u8() !== OPCODES.dataEnd || cursor.u64() !== 4n) return false;
  const expected = cursor.u32();
  let crc = 0;
  for (let at = 0; at < dataEnd; at += BLOCK_SIZE) {
    crc = crc32(await source.read(at, Math.min(BLOCK_SIZE, dataEnd - at)), crc);
  }
  return expected === 0 ? undefined : expected === crc;
}

/** The library named in the header. @throws FormatDamage when the file is no MCAP file at all. */
export async function readLibrary(source: LogSource): Promise<string> {
  const bytes = await source.read(0, 4096);
  if (!isMagic(bytes.subarray(0, MAGIC.length))) {
    const found = bytes.length === 0 ? "an empty file" : [...bytes.subarray(0, 8)].map((b) => b.toString(16)).join(" ");
    throw new FormatDamage({ problem: "this is no MCAP file", offset: 0, expected: "89 4d 43 41 50 30 d a", found });
  }
  const cursor = new Reading(bytes.subarray(MAGIC.length), MAGIC.length);
  const opcode = cursor.u8();
  const body = cursor.part(cursor.size());
  if (opcode !== OPCODES.header) {
    throw new FormatDamage({ problem: "the header is damaged", offset: 8, expected: "opcode 1", found: `${opcode}` });
  }
  body.text();
  return body.text();
}

/** Enters what a record says into the index. Other kinds are left alone. */
export function note(index: LogIndex, { opcode, offset, body }: RawRecord): void {
  switch (opcode) {
    case OPCODES.schema: {
      const schema = { id: body.u16(), name: body.text(), encoding: body.text(), data: body.raw(body.u32()).slice() };
      index.schemas.set(schema.id, schema);
      return;
    }
    case OPCODES.channel: {
      const id = body.u16();
      const schemaId = body.u16();
      index.channels.set(id, { id, schemaId, topic: body.text(), messageEncoding: body.text() });
      return;
    }
    case OPCODES.chunkIndex:
      index.chunks.push(chunkPlace(body));
      return;
    case OPCODES.attachmentIndex:
      noteAttachment(index, body);
      return;
    case OPCODES.statistics:
      noteCounts(index, body);
      return;
    case OPCODES.metadata: {
      const name = body.text();
      index.metadata.set(name, textMap(body.part(body.u32())));
      return;
    }
    case OPCODES.attachment:
      noteAttachmentItself(index, { offset, body });
      return;
    default:
      return;
  }
}

function chunkPlace(body: Cursor): ChunkPlace {
  const startTime = body.u64();
  const endTime = body.u64();
  const offset = body.size();
  const size = body.size();
  const channels = new Set<number>();
  const map = body.part(body.u32());
  while (map.left > 0) {
    channels.add(map.u16());
    map.u64();
  }
  return { offset, size, startTime, endTime, channels };
}

function noteAttachment(index: LogIndex, body: Cursor): void {
  const offset = body.size();
  const size = body.size();
  body.u64();
  body.u64();
  const dataSize = body.size();
  const name = body.text();
  index.attachments.set(name, { offset, size, dataSize, mediaType: body.text() });
}

/** An attachment in the data section, met by a scan. */
function noteAttachmentItself(index: LogIndex, { offset, body }: { offset: number; body: Cursor }): void {
  const size = body.left + 9;
  body.u64();
  body.u64();
  const name = body.text();
  const mediaType = body.text();
  index.attachments.set(name, { offset, size, dataSize: body.size(), mediaType });
}

function noteCounts(index: LogIndex, body: Cursor): void {
  body.raw(8 + 2 + 4 + 4 + 4 + 4 + 8 + 8);
  const map = body.part(body.u32());
  while (map.left > 0) {
    const channel = map.u16();
    index.counts.set(channel, map.size());
  }
}

function textMap(cursor: Cursor): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  while (cursor.left > 0) {
    const key = cursor.text();
    map.set(key, cursor.text());
  }
  return map;
}
