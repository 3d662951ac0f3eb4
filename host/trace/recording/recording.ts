/**
 * The one model every reader fills: topics with their own times, and numeric columns in them. Columns are decoded
 * when asked for, so that a recording takes little more memory than its file plus the columns in use.
 */
import type { Problem } from "./trace-error.ts";

export type RecordingFormat = "ulog" | "csv" | "mcap";

/** How a number was stored in the file. Everything is handed out as f64. */
export type ColumnKind = "f32" | "f64" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "bool";

export interface ColumnInfo {
  /** Full name: topic, `#instance` when there are several, field: `sensor_baro#1.pressure`. */
  readonly name: string;
  readonly topic: string;
  readonly kind: ColumnKind;
  /** Unit as the recording states it; most formats state none. */
  readonly unit?: string;
  /** Number of records of its topic. */
  readonly count: number;
}

export interface TopicInfo {
  readonly name: string;
  readonly count: number;
  /** Seconds after `Recording.startNs` of the earliest and the latest record. */
  readonly first_s: number;
  readonly last_s: number;
  readonly columns: readonly ColumnInfo[];
}

export interface Column extends ColumnInfo {
  /** Seconds after `Recording.startNs`, one per record in the order of the file. Borrowed: do not write. */
  readonly times: Float64Array;
  /** One value per record; NaN where the record has none. */
  readonly values: Float64Array;
}

export interface Recording {
  readonly format: RecordingFormat;
  /** Name for messages; not necessarily a path. */
  readonly file: string;
  readonly bytes: number;
  /** The moment all times count from, in ns of the recording's own clock. */
  readonly startNs: bigint;
  /** From the earliest to the latest record of the busiest topic. */
  readonly seconds: number;
  readonly topics: readonly TopicInfo[];
  readonly problems: readonly Problem[];
  /** The column of that name, or undefined. */
  find(name: string): ColumnInfo | undefined;
  /** Decodes a column. Throws `TraceError` ("no-such-column") with near names. */
  read(name: string): Column;
}

/** All columns of a recording in the order of its topics. */
export function columnsOf(recording: Recording): ColumnInfo[] {
  return recording.topics.flatMap((topic) => topic.columns);
}
