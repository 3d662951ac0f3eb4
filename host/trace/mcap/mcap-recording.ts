/**
 * MCAP recordings (mcap.dev, "MCAP Format Specification"): records of u8 opcode, u64 length and content between two
 * magics; messages inside chunks. Records are parsed and checked by @mcap/core; the walk from one to the next is ours, so
 * that a bad chunk costs that chunk and a cut file is read to its last whole message. Times are the messages' logTime.
 */

import { McapRecordBuilder, McapStreamReader, type TypedMcapRecord, type TypedMcapRecords } from "@mcap/core";
import { counted } from "../../model/words.ts";
import type { Recording } from "../recording/recording.ts";
import { makeRecording } from "../recording/store.ts";
import { type Problem, TraceError } from "../recording/trace-error.ts";
import { CdrDecoder, CdrError } from "./cdr.ts";
import { JsonDecoder } from "./json-fields.ts";
import {
  CHUNK_LIMITS,
  ChunkExpander,
  type ChunkHead,
  type ChunkLimits,
  chunkHead,
  expectEmpty,
} from "./mcap-chunks.ts";
import { FieldTopic } from "./message-fields.ts";

const MAGIC: readonly number[] = [0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a];
const HEAD_SIZE = 9;
/** Of a chunk: two times, uncompressed size, crc; then the compression's name. */
const CHUNK_FIXED_SIZE = 28;
const Op = { footer: 2, chunk: 6, statistics: 11, dataEnd: 15 } as const;
const OPCODE_MAX = 15;
/** Opcodes from here on belong to whoever wrote the file and are passed over. */
const OPCODE_PRIVATE_MIN = 0x80;
/** Content of the records that end the data: a hit opcode must not end it early. */
const ENDING_SIZES: ReadonlyMap<number, number> = new Map([
  [Op.dataEnd, 4],
  [Op.footer, 20],
]);
const CHANNELS_MAX = 4096;
/** A file with more bad places is no recording any more; the rest of it is given up. */
const DAMAGED_PLACES_MAX = 1000;

/** True when the bytes start like an MCAP file. */
export function isMcap(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Reads an MCAP file to its last good message. Throws `TraceError` only when nothing in it can be used. */
export async function readMcap(bytes: Uint8Array, file: string, limits = CHUNK_LIMITS): Promise<Recording> {
  if (!isMcap(bytes))
    throw new TraceError("unknown-format", 'expected an MCAP file (first bytes 89 "MCAP0" 0d 0a)', { file, offset: 0 });
  const walk = new McapWalk(bytes, file, limits);
  await walk.run();
  return walk.finish();
}

interface Decoder {
  decode(bytes: Uint8Array): void;
}

interface OpenChannel {
  readonly topic: FieldTopic;
  readonly decoder: Decoder | undefined;
  bad: number;
  firstBad: string;
}

class McapWalk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #problems: Problem[] = [];
  readonly #schemas = new Map<number, TypedMcapRecords["Schema"]>();
  readonly #channels = new Map<number, { record: TypedMcapRecords["Channel"]; open: OpenChannel }>();
  readonly #damage = { count: 0, bytes: 0, offset: 0, why: "" };
  readonly #expander: ChunkExpander;
  #reader: McapStreamReader;
  #startNs: bigint | undefined;
  /** Messages met, whether or not they can be decoded, and how many the file says it has. */
  #seen = 0;
  #announced: number | undefined;

  constructor(bytes: Uint8Array, file: string, limits: ChunkLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
    this.#expander = new ChunkExpander(limits);
    this.#reader = this.#newReader();
  }

  async run(): Promise<void> {
    const end = this.#bytes.length;
    let at = MAGIC.length;
    while (at < end) {
      if (this.#damage.count >= DAMAGED_PLACES_MAX) {
        this.#lose(at, end, "");
        return;
      }
      if (this.#plausible(at)) {
        const opcode = this.#bytes[at] ?? 0;
        const next = this.#next(at);
        if (opcode === Op.dataEnd || opcode === Op.footer) {
          this.#readSummary(next);
          return;
        }
        // Kinds without samples go through the library too: a chunk whose opcode was hit must not pass for one.
        if (opcode <= OPCODE_MAX) {
          const compression = this.#chunkHeadOf(at, next)?.compression ?? "";
          // Waiting before every record would take longer than reading it.
          if (!this.#expander.isReadyFor(compression)) await this.#expander.prepare(compression);
          this.#feed(at, next);
        }
        at = next;
        continue;
      }
      const inside = this.#insideCutChunk(at);
      if (inside !== undefined) {
        at = inside;
        continue;
      }
      if (await this.#readCutChunk(at)) return;
      const resumed = this.#resync(at + 1);
      if (resumed === end) {
        const text = `the recording ends inside a record: ${counted(end - at, "byte")} from byte ${at} on are lost`;
        this.#problems.push({ code: "truncated", text, count: 1, offset: at, bytes: end - at });
        return;
      }
      this.#lose(at, resumed, "a record head makes no sense");
      at = resumed;
    }
    const text =
      "the recording has no end mark: its writer was stopped, and records it had not yet written are missing";
    this.#problems.push({ code: "truncated", text, count: 1, offset: end, bytes: 0 });
  }

  /** The summary counts the messages; what is missing against it was lost without a trace. */
  #readSummary(from: number): void {
    for (let at = from; at < this.#bytes.length && this.#plausible(at); at = this.#next(at)) {
      if (this.#bytes[at] === Op.statistics) this.#feed(at, this.#next(at));
    }
    const missing = this.#announced === undefined ? 0 : this.#announced - this.#seen;
    if (missing === 0 || this.#damage.count > 0) return;
    const text = `the recording's statistics count ${counted(this.#announced ?? 0, "message")}; ${this.#seen} were found`;
    this.#problems.push({ code: "damaged", text, count: Math.abs(missing) });
  }

  #next(at: number): number {
    // A plausible head was checked to end inside the file, so the length is a small number.
    return at + HEAD_SIZE + Number(this.#view.getBigUint64(at + 1, true));
  }

  #plausible(at: number): boolean {
    if (at + HEAD_SIZE > this.#bytes.length) return false;
    const opcode = this.#bytes[at] ?? 0;
    if (opcode < 1 || (opcode > OPCODE_MAX && opcode < OPCODE_PRIVATE_MIN) || !this.#fits(at)) return false;
    const size = ENDING_SIZES.get(opcode);
    return size === undefined || this.#next(at) - at - HEAD_SIZE === size;
  }

  #fits(at: number): boolean {
    return this.#view.getBigUint64(at + 1, true) <= BigInt(this.#bytes.length - at - HEAD_SIZE);
  }

  /** First place from `from` on where three heads in a row make sense, or the end. */
  #resync(from: number): number {
    for (let at = from; at < this.#bytes.length; at++) {
      let head = at;
      let chain = 0;
      while (chain < 3 && this.#plausible(head) && (this.#bytes[head] ?? 0) <= OPCODE_MAX) {
        head = this.#next(head);
        chain++;
      }
      if (chain === 3) return at;
    }
    return this.#bytes.length;
  }

  /** Where the records of an uncompressed chunk begin whose end is missing; its whole messages can still be read. */
  #insideCutChunk(at: number): number | undefined {
    const fixed = at + HEAD_SIZE + CHUNK_FIXED_SIZE;
    if (this.#bytes[at] !== Op.chunk || fixed + 12 > this.#bytes.length) return undefined;
    const compressionSize = this.#view.getUint32(fixed, true);
    return compressionSize === 0 ? fixed + 12 : undefined;
  }

  #feed(at: number, next: number): void {
    const chunk = this.#chunkHeadOf(at, next);
    const compression = chunk?.compression ?? "";
    if (!this.#expander.isReadyFor(compression)) {
      const why = `its chunks are compressed with ${compression}, which is not read; expand it with "mcap decompress"`;
      this.#lose(at, next, why);
      return;
    }
    try {
      // The library passes over a compressed chunk without bytes, whatever it declares.
      if (compression !== "" && chunk?.recordsSize === 0n) expectEmpty(chunk);
      this.#takeAll(this.#bytes.subarray(at, next));
      if (this.#reader.bytesRemaining() !== 0) throw new Error("bytes are left inside a record");
    } catch (error) {
      if (error instanceof TraceError) throw error;
      this.#lose(at, next, firstLine(error));
      this.#renewReader();
    }
  }

  #takeAll(records: Uint8Array): void {
    this.#reader.append(records);
    for (let record = this.#reader.nextRecord(); record !== undefined; record = this.#reader.nextRecord())
      this.#take(record);
  }

  #chunkHeadOf(at: number, next: number): ChunkHead | undefined {
    return this.#bytes[at] === Op.chunk ? chunkHead(this.#bytes.subarray(at, next)) : undefined;
  }

  /**
   * Reads what a compressed chunk still gives whose end is missing. False when it is no such chunk: the end of a file
   * leaves both of its lengths right and too large, while a hit length agrees with the other no more.
   */
  async #readCutChunk(at: number): Promise<boolean> {
    const head = this.#chunkHeadOf(at, this.#bytes.length);
    if (head === undefined || head.compression === "") return false;
    const content = BigInt(head.recordsAt - HEAD_SIZE) + head.recordsSize;
    if (this.#view.getBigUint64(at + 1, true) !== content) return false;
    await this.#expander.prepare(head.compression);
    if (!this.#expander.isReadyFor(head.compression)) return false;
    const seen = this.#seen;
    let why = "";
    try {
      this.#takeAll(this.#expander.expandBeginning(head, this.#bytes.subarray(at + head.recordsAt)));
    } catch (error) {
      if (error instanceof TraceError) throw error;
      why = ` (${firstLine(error)})`;
    }
    const read = counted(this.#seen - seen, "message");
    const text = `the recording ends inside the compressed chunk at byte ${at}: of it ${read} can still be read${why}`;
    this.#problems.push({ code: "truncated", text, count: 1, offset: at });
    return true;
  }

  #newReader(): McapStreamReader {
    return new McapStreamReader({ noMagicPrefix: true, decompressHandlers: this.#expander.handlers });
  }

  /** After an error the library's reader cannot go on; a new one is told the channels known so far. */
  #renewReader(): void {
    this.#reader = this.#newReader();
    for (const { record } of this.#channels.values()) {
      const builder = new McapRecordBuilder();
      builder.writeChannel(record);
      this.#reader.append(builder.buffer);
      this.#reader.nextRecord();
    }
  }

  #lose(from: number, to: number, why: string): void {
    if (this.#damage.count++ === 0) {
      this.#damage.offset = from;
      this.#damage.why = why;
    }
    this.#damage.bytes += to - from;
  }

  #take(record: TypedMcapRecord): void {
    if (record.type === "Schema") this.#schemas.set(record.id, record);
    else if (record.type === "Channel") this.#openChannel(record);
    else if (record.type === "Message") this.#message(record);
    else if (record.type === "Statistics") this.#announced = Number(record.messageCount);
  }

  #openChannel(record: TypedMcapRecords["Channel"]): void {
    if (this.#channels.has(record.id)) return;
    if (this.#channels.size >= CHANNELS_MAX) throw new Error(`more than ${CHANNELS_MAX} channels`);
    const twins = [...this.#channels.values()].filter((other) => other.record.topic === record.topic).length;
    const topic = new FieldTopic(twins === 0 ? record.topic : `${record.topic}#${twins}`);
    let decoder: Decoder | undefined;
    try {
      decoder = this.#decoderFor(record, topic);
    } catch (error) {
      if (!(error instanceof CdrError)) throw error;
      this.#problems.push({
        code: "not-read",
        text: `topic "${topic.name}" is not read: ${error.message}`,
        count: 1,
        topic: topic.name,
      });
    }
    this.#channels.set(record.id, { record, open: { topic, decoder, bad: 0, firstBad: "" } });
  }

  #decoderFor(record: TypedMcapRecords["Channel"], topic: FieldTopic): Decoder {
    if (record.messageEncoding === "json") return new JsonDecoder(topic);
    const schema = this.#schemas.get(record.schemaId);
    if (record.messageEncoding === "cdr" && schema?.encoding === "ros2msg") {
      return new CdrDecoder(new TextDecoder().decode(schema.data), topic);
    }
    const found = `${record.messageEncoding || "none"}${schema === undefined ? "" : ` with ${schema.encoding || "no"} schema`}`;
    throw new CdrError(`expected messages in json, or in cdr with a ros2msg schema; found ${found}`);
  }

  #message(message: TypedMcapRecords["Message"]): void {
    this.#seen++;
    const open = this.#channels.get(message.channelId)?.open;
    if (open?.decoder === undefined) return;
    try {
      open.decoder.decode(message.data);
      this.#startNs ??= message.logTime;
      open.topic.commit(Number(message.logTime - this.#startNs) / 1e9);
    } catch (error) {
      open.topic.drop();
      if (open.bad++ === 0) open.firstBad = firstLine(error);
    }
  }

  finish(): Recording {
    const { count, bytes, offset, why } = this.#damage;
    if (count > 0) {
      const text = `damaged in ${counted(count, "place")}: ${counted(bytes, "byte")} lost, first at byte ${offset} (${why})`;
      this.#problems.unshift({ code: "damaged", text, count, offset, bytes });
    }
    const channels = [...this.#channels.values()].map(({ open }) => open);
    for (const { topic, bad, firstBad, decoder } of channels) {
      if (bad > 0) {
        const text = `${topic.name}: ${counted(bad, "message")} cannot be read and left out, the first because ${firstBad}`;
        this.#problems.push({ code: "bad-record", text, count: bad, topic: topic.name });
      }
      if (decoder instanceof JsonDecoder && decoder.overfull) {
        this.#problems.push({
          code: "not-read",
          text: `${topic.name}: has more fields than are read`,
          count: 1,
          topic: topic.name,
        });
      }
    }
    const used = channels.filter(({ topic }) => topic.count > 0);
    if (used.length === 0) {
      const reason = this.#problems.map((problem) => problem.text).join("; ") || "it holds no messages";
      throw new TraceError("no-data", `no message can be read: ${reason}`, { file: this.#file });
    }
    return makeRecording({
      format: "mcap",
      file: this.#file,
      bytes: this.#bytes.length,
      startNs: this.#startNs ?? 0n,
      topics: used.map(({ topic }) => topic.stored()),
      problems: this.#problems,
    });
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
