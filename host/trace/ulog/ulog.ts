/**
 * PX4 ULog: 16 bytes of head, then records of u16 size, u8 type and body (PX4 user guide, "ULog File Format"). The
 * format strings are parsed by @foxglove/ulog; the walk over the records is ours, because a log from a crash must be
 * read past its damage. A data record proves itself: its id is subscribed and its size is the one its format says. Any
 * other record is believed only if the next head makes sense. After damage, reading goes on at the next place where
 * records chain again, and the bytes between are counted as lost.
 */

import { counted } from "../../model/words.ts";
import type { Recording } from "../recording/recording.ts";
import { makeRecording } from "../recording/store.ts";
import { type Problem, TraceError } from "../recording/trace-error.ts";
import { Type, UlogRecords } from "./ulog-records.ts";
import { UlogTopics } from "./ulog-topics.ts";

export const ULOG_MAGIC: readonly number[] = [0x55, 0x4c, 0x6f, 0x67, 0x01, 0x12, 0x35];
const FILE_HEAD_SIZE = 16;
const HEAD_SIZE = 3;
/** Incompatible flag bit 0: appended data. A reader must refuse what else is set. */
const FLAG_APPENDED = 1;

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

class UlogScan {
  readonly #file: string;
  readonly #topics = new UlogTopics();
  readonly #records: UlogRecords;
  readonly #problems: Problem[];
  readonly #damage = { count: 0, bytes: 0, offset: 0 };
  readonly #dropout = { count: 0, ms: 0, offset: 0 };
  readonly #appended: number[] = [];

  constructor(bytes: Uint8Array, file: string) {
    this.#file = file;
    this.#records = new UlogRecords(bytes, this.#topics);
    this.#problems = this.#topics.problems;
  }

  run(): void {
    let at = FILE_HEAD_SIZE;
    if (this.#records.typeOf(at) === Type.flags && this.#records.plausible(at)) {
      this.#readFlags(at);
      this.#records.end = this.#appended[0] ?? this.#records.bytes.length;
    }
    this.#walk(at);
    for (let i = 0; i < this.#appended.length; i++) {
      at = this.#appended[i] ?? this.#records.bytes.length;
      this.#records.end = this.#appended[i + 1] ?? this.#records.bytes.length;
      this.#walk(at);
    }
  }

  /** From `from` to the end of the section, over all damage. */
  #walk(from: number): void {
    let at = from;
    while (at < this.#records.end) {
      if (this.#records.wellFormed(at)) {
        this.#take(at);
        at = this.#records.next(at);
        continue;
      }
      const resumed = this.#records.resync(at + 1);
      // With nothing readable behind it, a record that is too long for the file is the one the writer was stopped in.
      if (resumed === this.#records.end && this.#records.isCutOff(at)) {
        this.#sayCut(at);
        return;
      }
      if (this.#damage.count++ === 0) this.#damage.offset = at;
      this.#damage.bytes += resumed - at;
      at = resumed;
    }
  }

  #take(at: number): void {
    const body = this.#records.bodyOf(at);
    switch (this.#records.typeOf(at)) {
      case Type.format:
        this.#topics.define(body, at);
        break;
      case Type.add:
        this.#topics.subscribe(body, at);
        break;
      case Type.data:
        this.#topics.add(this.#records.view.getUint16(at + HEAD_SIZE, true), at + HEAD_SIZE + 2);
        break;
      case Type.dropout:
        if (this.#dropout.count++ === 0) this.#dropout.offset = at;
        this.#dropout.ms += this.#records.view.getUint16(at + HEAD_SIZE, true);
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
      const unknown = (this.#records.bytes[flags + i] ?? 0) & ~known;
      if (unknown !== 0) {
        const bit = i * 8 + Math.log2(unknown & -unknown);
        throw new TraceError(
          "unsupported",
          `this ULog sets incompatible flag bit ${bit}; known is bit 0 (appended data). A newer reader is needed`,
          { file: this.#file, offset: flags + i },
        );
      }
    }
    if (((this.#records.bytes[flags] ?? 0) & FLAG_APPENDED) === 0) return;
    let least = this.#records.next(at);
    for (let i = 0; i < 3; i++) {
      const offset = this.#records.view.getBigUint64(flags + 8 + i * 8, true);
      if (offset === 0n) break;
      if (offset < BigInt(least) || offset >= BigInt(this.#records.bytes.length)) {
        const text = `the head announces appended data at byte ${offset}, outside of the file; it is not used`;
        this.#problems.push({ code: "damaged", text, count: 1, offset: flags + 8 + i * 8 });
        break;
      }
      least = Number(offset);
      this.#appended.push(least);
    }
  }

  #sayCut(at: number): void {
    const bytes = this.#records.end - at;
    const text = `the recording ends inside a record: ${counted(bytes, "byte")} from byte ${at} on are lost`;
    this.#problems.push({ code: "truncated", text, count: 1, offset: at, bytes });
  }

  finish(): Recording {
    const { count, bytes, offset } = this.#damage;
    if (count > 0) {
      const text = `damaged in ${counted(count, "place")}: ${counted(bytes, "byte")} lost, first at byte ${offset}`;
      this.#problems.unshift({ code: "damaged", text, count, offset, bytes });
    }
    const dropout = this.#dropout;
    if (dropout.count > 0) {
      const text = `the logger reports ${counted(dropout.count, "drop-out")}, ${dropout.ms} ms in all, first at byte ${dropout.offset}`;
      this.#problems.push({ code: "drop-out", text, count: dropout.count, offset: dropout.offset });
    }
    const used = this.#topics.used();
    if (used.length === 0) {
      const why = this.#problems[0]?.text ?? "it has no data section";
      throw new TraceError("no-data", `no data record can be read: ${why}`, { file: this.#file });
    }
    const startUs = this.#records.view.getBigUint64(8, true);
    return makeRecording({
      format: "ulog",
      file: this.#file,
      bytes: this.#records.bytes.length,
      startNs: startUs * 1000n,
      topics: used.map((topic) => topic.stored(this.#records.view, startUs)),
      problems: this.#problems,
    });
  }
}
