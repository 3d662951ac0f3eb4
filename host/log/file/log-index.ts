import { crc32 } from "node:zlib";
import type { LogSource } from "./log-source.ts";
import { Cursor, FormatDamage, hex, isMagic, type RawRecord, recordsIn } from "./mcap-parse.ts";
import { type ChannelRecord, MAGIC, OPCODES, type SchemaRecord } from "./mcap-writer.ts";

/** Where things are in a file: read from its summary, or found again by scan.ts when that is damaged. */
export interface LogIndex {
  readonly library: string;
  readonly schemas: Map<number, SchemaRecord>;
  readonly channels: Map<number, ChannelRecord>;
  readonly chunks: ChunkPlace[];
  readonly attachments: Map<string, AttachmentPlace>;
  readonly metadata: Map<string, ReadonlyMap<string, string>>;
  /** Where the data section ends, with its checksum in the record there; `undefined` when it was not found. */
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

/** Bytes that could not be used. */
export interface Loss {
  readonly offset: number;
  readonly size: number;
  readonly problem: string;
  /** The frames whose records and events were there, where the index tells. */
  readonly frames?: { readonly from: number; readonly to: number };
  /** Whole messages in these bytes were taken although nothing vouches for them. */
  readonly unverified?: true;
}

/** Opcode, size, two offsets, checksum; then the magic. */
const FOOTER_SIZE = 29;
/** Opcode, size, checksum. */
export const DATA_END_SIZE = 13;
const TAIL_SIZE: number = FOOTER_SIZE + MAGIC.length;
/** A summary of a hundred thousand chunks has some 20 MiB. */
const SUMMARY_SIZE_MAX: number = 64 * 1024 * 1024;

/** An index with nothing in it. */
export function emptyIndex(library: string, dataEnd?: number): LogIndex {
  const maps = { schemas: new Map(), channels: new Map(), attachments: new Map(), metadata: new Map() };
  return { library, dataEnd, ...maps, chunks: [], counts: new Map() };
}

/** What the end of a file says of it. */
export interface LoadedIndex {
  readonly index: LogIndex;
  /** Metadata that it leads to and that cannot be read. */
  readonly losses: readonly Loss[];
}

/**
 * Reads the summary at the end of a file.
 * @throws FormatDamage when there is none or it is damaged.
 */
export async function loadIndex(source: LogSource): Promise<LoadedIndex> {
  const tail = await source.read(Math.max(0, source.size - TAIL_SIZE), TAIL_SIZE);
  const tailAt = source.size - TAIL_SIZE;
  if (tail.length < TAIL_SIZE || !isMagic(tail.subarray(FOOTER_SIZE))) {
    const problem = "the file has no end";
    throw new FormatDamage({ problem, offset: source.size, expected: "footer and magic", found: "other bytes" });
  }
  const [footer] = recordsIn(new Cursor(tail.subarray(0, FOOTER_SIZE), tailAt));
  if (footer?.opcode !== OPCODES.footer) {
    const [problem, expected] = ["the footer is damaged", `opcode ${OPCODES.footer}`];
    throw new FormatDamage({ problem, offset: tailAt, expected, found: `${footer?.opcode}` });
  }
  const start = footer.body.size();
  footer.body.size();
  const crc = footer.body.u32();
  const size = tailAt - start;
  if (start < MAGIC.length + DATA_END_SIZE || size < 0 || size > SUMMARY_SIZE_MAX) {
    const expected = `its offset, at most ${SUMMARY_SIZE_MAX} bytes in front of the footer`;
    throw new FormatDamage({ problem: "the summary is missing", offset: tailAt, expected, found: `${start}` });
  }
  const summary = await source.read(start, size);
  const found = crc32(tail.subarray(0, FOOTER_SIZE - 4), crc32(summary));
  if (crc !== found) {
    const problem = "the summary is damaged: its checksum is wrong";
    throw new FormatDamage({ problem, offset: start, expected: hex(crc), found: hex(found) });
  }
  return await indexFrom(source, new Cursor(summary, start), start - DATA_END_SIZE);
}

interface MetadataPlace {
  readonly offset: number;
  readonly size: number;
  readonly name: string;
}

async function indexFrom(source: LogSource, summary: Cursor, dataEnd: number): Promise<LoadedIndex> {
  const index = emptyIndex(await readLibrary(source), dataEnd);
  const metadata: MetadataPlace[] = [];
  for (const record of recordsIn(summary)) {
    const { opcode, body } = record;
    if (opcode === OPCODES.metadataIndex) metadata.push({ offset: body.size(), size: body.size(), name: body.text() });
    else note(index, record);
  }
  // Places that overlap could make a reader go through the same bytes for ever.
  const places = [...index.chunks, ...index.attachments.values(), ...metadata].reduce((sum, { size }) => sum + size, 0);
  if (places > source.size) {
    const expected = `at most the ${source.size} bytes of the file`;
    throw new FormatDamage({ problem: "the index is impossible", offset: dataEnd, expected, found: `${places}` });
  }
  const losses: Loss[] = [];
  for (const place of metadata) {
    if (await noteMetadata(source, index, place)) continue;
    const { offset, size, name } = place;
    losses.push({ offset, size, problem: `the metadata ${name} is damaged` });
  }
  return { index, losses };
}

/** Whether the record could be entered. It has no checksum of its own. */
async function noteMetadata(
  source: LogSource,
  index: LogIndex,
  { offset, size, name }: MetadataPlace,
): Promise<boolean> {
  try {
    const [record] = recordsIn(new Cursor(await source.read(offset, size), offset));
    if (record?.opcode !== OPCODES.metadata) return false;
    const [found, entries] = metadataIn(record.body);
    if (found !== name) return false;
    index.metadata.set(name, entries);
    return true;
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    return false;
  }
}

function metadataIn(body: Cursor): [string, ReadonlyMap<string, string>] {
  return [body.text(), textMap(body.part(body.u32()))];
}

/** The library named in the header. @throws FormatDamage when the file is no MCAP file at all. */
export async function readLibrary(source: LogSource): Promise<string> {
  const bytes = await source.read(0, 4096);
  if (!isMagic(bytes.subarray(0, MAGIC.length))) {
    const found = bytes.length === 0 ? "an empty file" : [...bytes.subarray(0, 8)].map((b) => b.toString(16)).join(" ");
    throw new FormatDamage({ problem: "this is no MCAP file", offset: 0, expected: "89 4d 43 41 50 30 d a", found });
  }
  const cursor = new Cursor(bytes.subarray(MAGIC.length), MAGIC.length);
  const opcode = cursor.u8();
  const body = cursor.part(cursor.size());
  if (opcode !== OPCODES.header) {
    throw new FormatDamage({ problem: "the header is damaged", offset: 8, expected: "opcode 1", found: `${opcode}` });
  }
  body.text();
  return body.text();
}

/** Enters what a record says into the index. Other kinds are left alone. */
export function note(index: LogIndex, { opcode, body }: RawRecord): void {
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
      const [name, entries] = metadataIn(body);
      index.metadata.set(name, entries);
      return;
    }
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
