/** Opens a recording of any known format, by its first bytes. */
import { readFile, stat } from "node:fs/promises";
import { isCsv, readCsv } from "./csv/csv.ts";
import type { CsvOptions } from "./csv/csv-options.ts";
import { isMcap, readMcap } from "./mcap/mcap-recording.ts";
import type { Recording } from "./recording/recording.ts";
import { TraceError, unreadable } from "./recording/trace-error.ts";
import { isUlog, readUlog } from "./ulog/ulog.ts";

/** A recording is held in memory while it is played. */
export const RECORDING_BYTES_MAX = 1 << 30;

export interface OpenOptions {
  /** Name for messages when bytes are given. */
  readonly name?: string;
  readonly csv?: CsvOptions;
}

/** Reads a recording from a file or from bytes. Damage is in `Recording.problems`; throws only when nothing is usable. */
export async function openRecording(from: string | Uint8Array, options: OpenOptions = {}): Promise<Recording> {
  const name = options.name ?? (typeof from === "string" ? from : "recording");
  const bytes = typeof from === "string" ? await readWhole(from) : from;
  if (bytes.length > RECORDING_BYTES_MAX) throw tooLarge(name, bytes.length);
  if (isUlog(bytes)) return readUlog(bytes, name);
  if (isMcap(bytes)) return readMcap(bytes, name);
  if (isCsv(bytes)) return readCsv(bytes, name, options.csv);
  const head = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const expected = "expected a PX4 ULog (.ulg), an MCAP file (.mcap) or CSV text with at least one whole line";
  throw new TraceError(
    "unknown-format",
    `${expected}; found ${bytes.length} bytes${head === "" ? "" : ` that begin with ${head}`}`,
    { file: name },
  );
}

async function readWhole(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > RECORDING_BYTES_MAX) throw tooLarge(path, size);
    return await readFile(path);
  } catch (error) {
    if (error instanceof TraceError) throw error;
    throw unreadable(path, error);
  }
}

function tooLarge(file: string, bytes: number): TraceError {
  return new TraceError(
    "too-large",
    `a recording has at most ${RECORDING_BYTES_MAX} bytes; found ${bytes}: cut it first`,
    { file },
  );
}
