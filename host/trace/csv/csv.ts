/** CSV recordings: one row per record, one column of times. How the file is written is detected (csv-detect.ts). */

import { counted } from "../../model/words.ts";
import { Growing, growingF64 } from "../recording/growing.ts";
import type { Recording } from "../recording/recording.ts";
import { makeRecording, type RecordPlace } from "../recording/store.ts";
import { type Problem, type ProblemCode, TraceError } from "../recording/trace-error.ts";
import { type CsvShape, detectShape } from "./csv-detect.ts";
import type { CsvOptions } from "./csv-options.ts";
import { cellsOf, ROW_BYTES_MAX, type Row, rowsOf } from "./csv-rows.ts";
import { cellNumber, isNothing, timeNs } from "./csv-values.ts";

/** Rows looked at for detection. */
const SAMPLE_ROWS = 200;
const SNIFF_BYTES = 4096;
const TOPIC = "rows";

/** True when the bytes start like text with at least one line end and no control characters. */
export function isCsv(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, SNIFF_BYTES);
  let lineEnd = false;
  for (const byte of head) {
    if (byte === 0x0a || byte === 0x0d) lineEnd = true;
    else if (byte < 0x20 && byte !== 0x09 && byte !== 0x0c) return false;
    else if (byte === 0x7f) return false;
  }
  return lineEnd;
}

/** Reads a CSV file. Rows that cannot be used are left out and counted; throws when none is left. */
export function readCsv(bytes: Uint8Array, file: string, options: CsvOptions = {}): Recording {
  return new CsvReader(bytes, file, options).read();
}

interface Counted {
  count: number;
  line: number;
  offset: number;
  bytes: number;
}

class CsvReader {
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #file: string;
  readonly #shape: CsvShape;
  readonly #from: number;
  readonly #problems: Problem[] = [];
  readonly #starts = growingF64();
  readonly #ends = growingF64();
  readonly #times = new Growing((size) => new BigInt64Array(size));

  constructor(bytes: Uint8Array, file: string, options: CsvOptions) {
    this.#bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
    this.#from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    const sample: string[] = [];
    for (const row of rowsOf(bytes, this.#from)) {
      if (!row.closed && sample.length > 0) break;
      sample.push(this.#buffer.toString("utf8", row.start, Math.min(row.end, row.start + ROW_BYTES_MAX)));
      if (sample.length > SAMPLE_ROWS) break;
    }
    if (sample.length === 0) throw new TraceError("no-data", "expected rows of values; found none", { file });
    this.#shape = detectShape(sample, options, file);
    for (const text of this.#shape.doubts) this.#problems.push({ code: "not-read", text, count: 1 });
  }

  read(): Recording {
    this.#walk();
    if (this.#times.count === 0) {
      const why = this.#problems.map((problem) => problem.text).join("; ");
      throw new TraceError("no-data", `no row can be read${why === "" ? ": the file has a header only" : `: ${why}`}`, {
        file: this.#file,
      });
    }
    const { names, units, texts, time } = this.#shape;
    const stamps = this.#times.view();
    const startNs = stamps[0] ?? 0n;
    const columns = names
      .map((name, index) => ({ name, index, unit: units[index] }))
      .filter(({ index }) => index !== time && !texts.has(index));
    const times = Float64Array.from({ length: stamps.length }, (_, i) => Number((stamps[i] ?? 0n) - startNs) / 1e9);
    if (columns.length === 0)
      throw new TraceError("no-data", `expected a column of numbers beside the times; found ${names.join(", ")}`, {
        file: this.#file,
      });
    return makeRecording({
      format: "csv",
      file: this.#file,
      bytes: this.#bytes.length,
      startNs,
      problems: this.#problems,
      topics: [
        {
          name: TOPIC,
          bare: true,
          times,
          columns: columns.map(({ name, unit }) => ({
            path: name,
            kind: "f64" as const,
            ...(unit === undefined ? {} : { unit }),
          })),
          load: (index) => this.#load(columns[index]?.index ?? -1),
          placeOf: (record) => this.#placeOf(record),
        },
      ],
    });
  }

  #walk(): void {
    const { names, time, timeUnit, decimal, header } = this.#shape;
    const loss = { cells: none(), time: none(), long: none(), cut: none() };
    let skip = header;
    let record = 0;
    for (const row of rowsOf(this.#bytes, this.#from)) {
      if (skip) {
        skip = false;
        continue;
      }
      if (row.end - row.start > ROW_BYTES_MAX) {
        add(loss.long, row);
        continue;
      }
      const cells = this.#cells(row.start, row.end);
      const ns = time < 0 ? BigInt(record) * 1_000_000_000n : timeNs(cells[time] ?? "", timeUnit, decimal);
      if (!row.closed) add(loss.cut, row);
      else if (cells.length !== names.length) add(loss.cells, row);
      else if (ns === undefined) add(loss.time, row);
      else this.#push(row, ns);
      record++;
    }
    this.#say(loss.cells, "bad-record", (rows) => `${rows} without the usual ${names.length} cells left out`);
    this.#say(loss.time, "bad-record", (rows) => `${rows} whose time is not one (${timeUnit}) left out`);
    this.#say(loss.long, "damaged", (rows) => `${rows} longer than ${ROW_BYTES_MAX} bytes left out`);
    this.#say(loss.cut, "truncated", () => "the last row has no line end and may be cut; it is left out");
  }

  #say(loss: Counted, code: ProblemCode, text: (rows: string) => string): void {
    if (loss.count === 0) return;
    const { count, line, offset, bytes } = loss;
    this.#problems.push({
      code,
      text: `${text(counted(count, "row"))}, first in line ${line}, ${counted(bytes, "byte")} in all`,
      count,
      offset,
      bytes,
    });
  }

  #push(row: Row, ns: bigint): void {
    this.#starts.push(row.start);
    this.#ends.push(row.end);
    this.#times.push(ns);
  }

  /** Walks the rows again: lines are asked for a few times at most, and a number for each would cost memory. */
  #placeOf(record: number): RecordPlace {
    const offset = this.#starts.view()[record] ?? 0;
    for (const row of rowsOf(this.#bytes, this.#from)) {
      if (row.start === offset) return { text: `line ${row.line}`, offset };
    }
    return { text: `byte ${offset}`, offset };
  }

  #cells(start: number, end: number): string[] {
    // Values are ASCII; latin1 keeps one character per byte and is the fastest.
    return cellsOf(this.#buffer.toString("latin1", start, end), this.#shape.delimiter);
  }

  #load(column: number): Float64Array {
    const { decimal } = this.#shape;
    const starts = this.#starts.view();
    const ends = this.#ends.view();
    return Float64Array.from({ length: starts.length }, (_, i) => {
      const cell = this.#cells(starts[i] ?? 0, ends[i] ?? 0)[column] ?? "";
      return isNothing(cell) ? Number.NaN : cellNumber(cell, decimal);
    });
  }
}

function none(): Counted {
  return { count: 0, line: 0, offset: 0, bytes: 0 };
}

function add(loss: Counted, row: Row): void {
  if (loss.count++ === 0) {
    loss.line = row.line;
    loss.offset = row.start;
  }
  loss.bytes += row.end - row.start;
}
