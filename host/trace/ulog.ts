/**
 * PX4 ULog: 16 bytes of head, then records of u16 size, u8 type and body (PX4 user guide, "ULog File Format"). The
 * format strings are parsed by @foxglove/ulog; the walk over the records is ours, because a log from a crash must be
 * read past its damage. A data record proves itself: its id is subscribed and its size is the one its format says. Any
 * other record is believed only if the next head makes sense. After damage, reading goes on at the next place where
 * records chain again, and the bytes between are counted as lost.
 */
import { type MessageDefinition, parseMessageDefinition } from "@foxglove/ulog";
import { growingU32 } from "./growing.ts";
import { numberAt } from "./number.ts";
import { type Problem, TraceError } from "./problem.ts";
import type { Recording } from "./recording.ts";
import { makeRecording, plural, type StoredTopic } from "./store.ts";
import { type Layout, layoutOf } from "./ulog-layout.ts";

export const ULOG_MAGIC: readonly number[] = [0x55, 0x4c, 0x6f, 0x67, 0x01, 0x12, 0x35];
const FILE_HEAD_SIZE = 16;
const HEAD_SIZE = 3;
const ESCAPE = 0x1b;
/** More columns than any real log has (PX4: some 3 000); bounds memory for hostile definitions. */
const COLUMNS_MAX = 100_000;
/** Incompatible flag bit 0: appended data. A reader must refuse what else is set. */
const FLAG_APPENDED = 1;
const SYNC_MAGIC: readonly number[] = [0x2f, 0x73, 0x13, 0x20, 0x25, 0x0c, 0xbb, 0x12];

const Type = {
  flags: 0x42,
  information: 0x49,
  format: 0x46,
  informationMulti: 0x4d,
  parameter: 0x50,
  parameterDefault: 0x51,
  add: 0x41,
  remove: 0x52,
  data: 0x44,
  log: 0x4c,
  logTagged: 0x43,
  sync: 0x53,
  dropout: 0x4f,
} as const;

/** Least body size per type; a type that is not here is unknown. */
const BODY_MIN: ReadonlyMap<number, number> = new Map([
  [Type.flags, 40],
  [Type.information, 1],
  [Type.format, 1],
  [Type.informationMulti, 2],
  [Type.parameter, 1],
  [Type.parameterDefault, 2],
  [Type.add, 3],
  [Type.remove, 2],
  [Type.data, 2],
  [Type.log, 9],
  [Type.logTagged, 11],
  [Type.sync, 8],
  [Type.dropout, 2],
]);

/** True when the bytes start like a ULog. */
export function isUlog(bytes: Uint8Array): boolean {
  return ULOG_MAGIC.every((byte, i) => bytes[i] === byte);
}

/** Reads a ULog to its last good record. Throws `TraceError` only when nothing in it can be used. */
export function readUlog(bytes: Uint8Array, file: string): Recording {
  if (!isUlog(bytes))
    throw new TraceError("unknown-format", 'expected a ULog (first bytes "ULog" 01 12 35)', { file, offset: 0 });
  if (bytes.length < FILE_HEAD_SIZE) {
    throw new TraceError("no-data", `the file ends after ${bytes.length} bytes, inside the head of ${FILE_HEAD_SIZE}`, {
      file,
      offset: bytes.length,
    });
  }
  const scan = new UlogScan(bytes, file);
  scan.run();
  return scan.finish();
}

/** One subscribed topic and where its records are. */
class UlogTopic {
  readonly name: string;
  readonly layout: Layout;
  readonly #offsets = growingU32();

  constructor(name: string, layout: Layout) {
    this.name = name;
    this.layout = layout;
  }

  add(offset: number): void {
    this.#offsets.push(offset);
  }

  get count(): number {
    return this.#offsets.count;
  }

  stored(view: DataView, startUs: bigint): StoredTopic {
    const offsets = this.#offsets.view();
    const { leaves, timeOffset } = this.layout;
    const decode = (read: (at: number) => number): Float64Array => Float64Array.from(offsets, read);
    // The difference is taken in whole microseconds: an f64 would lose them in a wall-clock stamp.
    const time = (at: number): number => Number(view.getBigUint64(at + timeOffset, true) - startUs) / 1e6;
    return {
      name: this.name,
      times: decode(time),
      columns: leaves.map(({ path, kind }) => ({ path, kind })),
      load(index) {
        const leaf = leaves[index];
        if (leaf === undefined) throw new RangeError(`no column ${index}`);
        return decode((at) => numberAt(view, leaf.kind, { at: at + leaf.offset, little: true }));
      },
    };
  }
}

interface Loss {
  count: number;
  bytes: number;
  offset: number;
  topic?: string;
}

class UlogScan {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: string;
  readonly #definitions = new Map<string, MessageDefinition>();
  readonly #layouts = new Map<string, Layout | undefined>();
  readonly #topics = new Map<string, UlogTopic>();
  /** What a message id stands for; undefined = subscribed, but its format cannot be used. */
  readonly #byId = new Map<number, UlogTopic | undefined>();
  readonly #problems: Problem[] = [];
  readonly #damage: Loss = { count: 0, bytes: 0, offset: 0 };
  readonly #dropout = { count: 0, ms: 0, offset: 0 };
  #columns = 0;
  #appended: number[] = [];
  #end = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
  }

  run(): void {
    let at = FILE_HEAD_SIZE;
    this.#end = this.#bytes.length;
    if (this.#bytes[at + 2] === Type.flags && this.#plausible(at)) {
      this.#readFlags(at);
      this.#end = this.#appended[0] ?? this.#bytes.length;
    }
    this.#walk(at);
    for (let i = 0; i < this.#appended.length; i++) {
      at = this.#appended[i] ?? this.#bytes.length;
      this.#end = this.#appended[i + 1] ?? this.#bytes.length;
      this.#walk(at);
    }
  }

  /** From `from` to the end of the section, over all damage. */
  #walk(from: number): void {
    let at = from;
    while (at < this.#end) {
      if (this.#wellFormed(at)) {
        this.#take(at);
        at = this.#next(at);
        continue;
      }
      if (this.#isCutOff(at)) {
        this.#sayCut(at);
        return;
      }
      const resumed = this.#resync(at + 1);
      if (this.#damage.count++ === 0) this.#damage.offset = at;
      this.#damage.bytes += resumed - at;
      at = resumed;
    }
  }

  #next(at: number): number {
    return at + HEAD_SIZE + this.#view.getUint16(at, true);
  }

  /** The head at `at` could be one: known type, body inside the section, data of a known size. */
  #plausible(at: number): boolean {
    if (at + HEAD_SIZE > this.#end) return false;
    const size = this.#view.getUint16(at, true);
    const type = this.#bytes[at + 2] ?? 0;
    const least = BODY_MIN.get(type);
    if (least === undefined || size < least || at + HEAD_SIZE + size > this.#end) return false;
    const body = at + HEAD_SIZE;
    if (type === Type.data) return this.#isDataSize(this.#view.getUint16(body, true), size - 2);
    if (type === Type.sync) return size === 8 && SYNC_MAGIC.every((byte, i) => this.#bytes[body + i] === byte);
    return this.#isSound(type, body, body + size);
  }

  /** Texts hold text and keys fit their record: a data record whose type byte was hit must not pass for another kind. */
  #isSound(type: number, from: number, end: number): boolean {
    switch (type) {
      case Type.format:
        return isText(this.#bytes, from, end);
      case Type.add:
        return isText(this.#bytes, from + 3, end);
      case Type.log:
        return isText(this.#bytes, from + 9, end);
      case Type.logTagged:
        return isText(this.#bytes, from + 11, end);
      case Type.information:
      case Type.parameter: {
        const keyEnd = from + 1 + (this.#bytes[from] ?? 0);
        return keyEnd <= end && isText(this.#bytes, from + 1, keyEnd);
      }
      case Type.informationMulti:
      case Type.parameterDefault: {
        const keyEnd = from + 2 + (this.#bytes[from + 1] ?? 0);
        return keyEnd <= end && isText(this.#bytes, from + 2, keyEnd);
      }
      case Type.remove:
      case Type.dropout:
        return end - from === 2;
      default:
        return true;
    }
  }

  #isDataSize(id: number, size: number): boolean {
    if (!this.#byId.has(id)) return false;
    const layout = this.#byId.get(id)?.layout;
    return layout === undefined || (size >= layout.bytesMin && size <= layout.bytesMax);
  }

  #wellFormed(at: number): boolean {
    if (!this.#plausible(at)) return false;
    const type = this.#bytes[at + 2];
    const id = this.#view.getUint16(at + HEAD_SIZE, true);
    if (type === Type.sync || (type === Type.data && this.#byId.get(id) !== undefined)) return true;
    const next = this.#next(at);
    // The subscription itself may announce the data that follows it.
    return (
      next === this.#end ||
      this.#plausible(next) ||
      this.#isCutOff(next) ||
      (type === Type.add && this.#bytes[next + 2] === Type.data)
    );
  }

  /** A record of a known type whose body would end beyond the section: the writer was interrupted here. */
  #isCutOff(at: number): boolean {
    if (this.#end - at < HEAD_SIZE) return true;
    const type = this.#bytes[at + 2] ?? 0;
    if (!BODY_MIN.has(type) || this.#next(at) <= this.#end) return false;
    if (type !== Type.data || this.#end - at < HEAD_SIZE + 2) return true;
    return this.#isDataSize(this.#view.getUint16(at + HEAD_SIZE, true), this.#view.getUint16(at, true) - 2);
  }

  /** First place from `from` on where three heads in a row make sense, or the end. */
  #resync(from: number): number {
    for (let at = from; at < this.#end; at++) {
      let head = at;
      let chain = 0;
      while (chain < 3 && head < this.#end && this.#plausible(head)) {
        head = this.#next(head);
        chain++;
      }
      if (chain === 3 || (chain > 0 && head === this.#end)) return at;
    }
    return this.#end;
  }

  #take(at: number): void {
    const body = this.#bytes.subarray(at + HEAD_SIZE, this.#next(at));
    switch (this.#bytes[at + 2]) {
      case Type.format:
        this.#define(ascii(body), at);
        break;
      case Type.add:
        this.#subscribe(body, at);
        break;
      case Type.data:
        this.#byId.get(this.#view.getUint16(at + HEAD_SIZE, true))?.add(at + HEAD_SIZE + 2);
        break;
      case Type.dropout:
        if (this.#dropout.count++ === 0) this.#dropout.offset = at;
        this.#dropout.ms += this.#view.getUint16(at + HEAD_SIZE, true);
        break;
      default:
        // Information, parameters and text carry no samples; a removed subscription has no more data.
        break;
    }
  }

  #readFlags(at: number): void {
    const flags = at + HEAD_SIZE + 8;
    for (let i = 0; i < 8; i++) {
      const known = i === 0 ? FLAG_APPENDED : 0;
      const unknown = (this.#bytes[flags + i] ?? 0) & ~known;
      if (unknown !== 0) {
        const bit = i * 8 + Math.log2(unknown & -unknown);
        throw new TraceError(
          "unsupported",
          `this ULog sets incompatible flag bit ${bit}; known is bit 0 (appended data). A newer reader is needed`,
          { file: this.#file, offset: flags + i },
        );
      }
    }
    if (((this.#bytes[flags] ?? 0) & FLAG_APPENDED) === 0) return;
    let least = this.#next(at);
    for (let i = 0; i < 3; i++) {
      const offset = this.#view.getBigUint64(flags + 8 + i * 8, true);
      if (offset === 0n) break;
      if (offset < BigInt(least) || offset >= BigInt(this.#bytes.length)) {
        this.#say(
          "damaged",
          `the head announces appended data at byte ${offset}, outside of the file; it is not used`,
          flags + 8 + i * 8,
        );
        break;
      }
      least = Number(offset);
      this.#appended.push(least);
    }
  }

  #define(format: string, at: number): void {
    const definition = parseMessageDefinition(format);
    if (definition === undefined) {
      this.#say(
        "bad-record",
        `the format ${JSON.stringify(format.slice(0, 60))} cannot be read; expected "name:type field;..."`,
        at,
      );
    } else if (!this.#definitions.has(definition.name)) {
      this.#definitions.set(definition.name, definition);
    }
  }

  #subscribe(body: Uint8Array, at: number): void {
    const instance = body[0] ?? 0;
    const id = (body[1] ?? 0) | ((body[2] ?? 0) << 8);
    const type = ascii(body.subarray(3));
    const name = instance === 0 ? type : `${type}#${instance}`;
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      const layout = this.#layout(type, at);
      if (layout !== undefined) {
        topic = new UlogTopic(name, layout);
        this.#topics.set(name, topic);
      }
    }
    this.#byId.set(id, topic);
  }

  #layout(type: string, at: number): Layout | undefined {
    if (this.#layouts.has(type)) return this.#layouts.get(type);
    const result = layoutOf(type, this.#definitions);
    let layout: Layout | undefined;
    if (!result.ok) {
      this.#say("not-read", `topic "${type}" is not read: ${result.why}`, at, type);
    } else if (this.#columns + result.layout.leaves.length > COLUMNS_MAX) {
      this.#say("not-read", `topic "${type}" is not read: the log declares more than ${COLUMNS_MAX} columns`, at, type);
    } else {
      layout = result.layout;
      this.#columns += layout.leaves.length;
      if (layout.skipped.length > 0)
        this.#say("not-read", `${type}: long arrays are not read: ${layout.skipped.slice(0, 3).join(", ")}`, at, type);
    }
    this.#layouts.set(type, layout);
    return layout;
  }

  #say(code: Problem["code"], text: string, offset: number, topic?: string): void {
    this.#problems.push({ code, text, count: 1, offset, ...(topic === undefined ? {} : { topic }) });
  }

  #sayCut(at: number): void {
    const bytes = this.#end - at;
    const text = `the recording ends inside a record: ${plural(bytes, "byte")} from byte ${at} on are lost`;
    this.#problems.push({ code: "truncated", text, count: 1, offset: at, bytes });
  }

  finish(): Recording {
    const { count, bytes, offset } = this.#damage;
    if (count > 0) {
      const text = `damaged in ${plural(count, "place")}: ${plural(bytes, "byte")} lost, first at byte ${offset}`;
      this.#problems.unshift({ code: "damaged", text, count, offset, bytes });
    }
    const dropout = this.#dropout;
    if (dropout.count > 0) {
      const text = `the logger reports ${plural(dropout.count, "drop-out")}, ${dropout.ms} ms in all, first at byte ${dropout.offset}`;
      this.#problems.push({ code: "drop-out", text, count: dropout.count, offset: dropout.offset });
    }
    const used = [...this.#topics.values()].filter((topic) => topic.count > 0);
    if (used.length === 0) {
      const why = this.#problems[0]?.text ?? "it has no data section";
      throw new TraceError("no-data", `no data record can be read: ${why}`, { file: this.#file });
    }
    const startUs = this.#view.getBigUint64(8, true);
    return makeRecording({
      format: "ulog",
      file: this.#file,
      bytes: this.#bytes.length,
      startNs: startUs * 1000n,
      topics: used.map((topic) => topic.stored(this.#view, startUs)),
      problems: this.#problems,
    });
  }
}

/** No control characters but white space, the escapes PX4 colours its console with, and zeros that end the text. */
function isText(bytes: Uint8Array, from: number, end: number): boolean {
  let last = end;
  while (last > from && bytes[last - 1] === 0) last--;
  for (let at = from; at < last; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== ESCAPE) return false;
  }
  return true;
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
