/** Which bytes of a ULog can be records: types, sizes, texts, and the chain of heads that they form. */
import type { Layout } from "./ulog-layout.ts";

const HEAD_SIZE = 3;
const ESCAPE = 0x1b;
const SYNC_MAGIC: readonly number[] = [0x2f, 0x73, 0x13, 0x20, 0x25, 0x0c, 0xbb, 0x12];

export const Type = {
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

/** Layout by subscribed message id; undefined = subscribed, but its format cannot be used. */
export interface Subscribed {
  has(id: number): boolean;
  layoutOf(id: number): Layout | undefined;
}

export class UlogRecords {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** End of the section being read: the file's, or where appended data begins. */
  end: number;
  readonly #subscribed: Subscribed;

  constructor(bytes: Uint8Array, subscribed: Subscribed) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.end = bytes.length;
    this.#subscribed = subscribed;
  }

  typeOf(at: number): number {
    return this.bytes[at + 2] ?? 0;
  }

  bodyOf(at: number): Uint8Array {
    return this.bytes.subarray(at + HEAD_SIZE, this.next(at));
  }

  /** The head behind the record at `at`. */
  next(at: number): number {
    return at + HEAD_SIZE + this.view.getUint16(at, true);
  }

  /** The head at `at` could be one: known type, body inside the section, data of a known size. */
  plausible(at: number): boolean {
    if (at + HEAD_SIZE > this.end) return false;
    const size = this.view.getUint16(at, true);
    const type = this.bytes[at + 2] ?? 0;
    const least = BODY_MIN.get(type);
    if (least === undefined || size < least || at + HEAD_SIZE + size > this.end) return false;
    const body = at + HEAD_SIZE;
    if (type === Type.data) return this.#isDataSize(this.view.getUint16(body, true), size - 2);
    if (type === Type.sync) return size === 8 && SYNC_MAGIC.every((byte, i) => this.bytes[body + i] === byte);
    return this.#isSound(type, body, body + size);
  }

  /** Texts hold text and keys fit their record: a data record whose type byte was hit must not pass for another kind. */
  #isSound(type: number, from: number, end: number): boolean {
    switch (type) {
      case Type.format:
        return isText(this.bytes, from, end);
      case Type.add:
        return isText(this.bytes, from + 3, end);
      case Type.log:
        return isText(this.bytes, from + 9, end);
      case Type.logTagged:
        return isText(this.bytes, from + 11, end);
      case Type.information:
      case Type.parameter: {
        const keyEnd = from + 1 + (this.bytes[from] ?? 0);
        return keyEnd <= end && isText(this.bytes, from + 1, keyEnd);
      }
      case Type.informationMulti:
      case Type.parameterDefault: {
        const keyEnd = from + 2 + (this.bytes[from + 1] ?? 0);
        return keyEnd <= end && isText(this.bytes, from + 2, keyEnd);
      }
      case Type.remove:
      case Type.dropout:
        return end - from === 2;
      default:
        return true;
    }
  }

  #isDataSize(id: number, size: number): boolean {
    if (!this.#subscribed.has(id)) return false;
    const layout = this.#subscribed.layoutOf(id);
    return layout === undefined || (size >= layout.bytesMin && size <= layout.bytesMax);
  }

  wellFormed(at: number): boolean {
    if (!this.plausible(at)) return false;
    const type = this.bytes[at + 2];
    const id = this.view.getUint16(at + HEAD_SIZE, true);
    if (type === Type.sync || (type === Type.data && this.#subscribed.layoutOf(id) !== undefined)) return true;
    const next = this.next(at);
    // The subscription itself may announce the data that follows it.
    return (
      next === this.end ||
      this.plausible(next) ||
      this.isCutOff(next) ||
      (type === Type.add && this.bytes[next + 2] === Type.data)
    );
  }

  /** A record of a known type whose body would end beyond the section: the writer was interrupted here. */
  isCutOff(at: number): boolean {
    if (this.end - at < HEAD_SIZE) return true;
    const type = this.bytes[at + 2] ?? 0;
    if (!BODY_MIN.has(type) || this.next(at) <= this.end) return false;
    if (type !== Type.data || this.end - at < HEAD_SIZE + 2) return true;
    return this.#isDataSize(this.view.getUint16(at + HEAD_SIZE, true), this.view.getUint16(at, true) - 2);
  }

  /** First place from `from` on where three heads in a row make sense, or the end. */
  resync(from: number): number {
    for (let at = from; at < this.end; at++) {
      let head = at;
      let chain = 0;
      while (chain < 3 && head < this.end && this.plausible(head)) {
        head = this.next(head);
        chain++;
      }
      if (chain === 3 || (chain > 0 && head === this.end)) return at;
    }
    return this.end;
  }
}

/** Enough to tell text from numbers; a bound, because a search for the next record asks this at every byte. */
const TEXT_LOOK_BYTES = 64;

/** No control characters but white space, the escapes PX4 colours its console with, and zeros that end the text. */
function isText(bytes: Uint8Array, from: number, end: number): boolean {
  const stop = Math.min(end, from + TEXT_LOOK_BYTES);
  let ended = false;
  for (let at = from; at < stop; at++) {
    const byte = bytes[at] ?? 0;
    if (ended && byte !== 0) return false;
    if (byte === 0) ended = true;
    else if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== ESCAPE) return false;
  }
  return true;
}
