/** What kind of flaw a recording has. Flaws are values: the readable part of the recording is still used. */
export type ProblemCode =
  | "truncated"
  | "damaged"
  | "bad-record"
  | "not-read"
  | "drop-out"
  | "gap"
  | "duplicate-time"
  | "backwards-time"
  | "no-number"
  | "other-clock";

/** One flaw of a recording, counted, with its first place. */
export interface Problem {
  readonly code: ProblemCode;
  /** One sentence for a person: what, how much, from where. */
  readonly text: string;
  /** How often it was met, at least 1. */
  readonly count: number;
  /** Topic concerned, when it is one. */
  readonly topic?: string;
  /** Byte in the file where it was met first. */
  readonly offset?: number;
  /** Bytes of the file that were not used because of it. */
  readonly bytes?: number;
  /** Seconds after the start of the recording where it was met first. */
  readonly at_s?: number;
}

export type TraceErrorCode =
  | "unknown-format"
  | "unreadable"
  | "too-large"
  | "no-data"
  | "unsupported"
  | "bad-option"
  | "bad-json"
  | "bad-mapping"
  | "bad-unit"
  | "unit-mismatch"
  | "no-such-column"
  | "no-such-signal"
  | "missing-signal"
  | "bad-column";

/** Where a `TraceError` happened: a file, and in it a byte, a line or a JSON path. */
export interface TracePlace {
  readonly file?: string;
  readonly offset?: number;
  readonly line?: number;
  readonly path?: string;
}

/** A recording or mapping that cannot be used at all. The text says expected, found and what to do. */
export class TraceError extends Error {
  readonly code: TraceErrorCode;
  readonly place: TracePlace;

  constructor(code: TraceErrorCode, message: string, place: TracePlace = {}) {
    super(`${prefixOf(place)}${message}`);
    this.name = "TraceError";
    this.code = code;
    this.place = place;
  }
}

function prefixOf(place: TracePlace): string {
  const parts: string[] = [];
  if (place.file !== undefined) parts.push(place.file);
  if (place.line !== undefined) parts.push(`line ${place.line}`);
  if (place.offset !== undefined) parts.push(`byte ${place.offset}`);
  if (place.path !== undefined) parts.push(place.path);
  return parts.length === 0 ? "" : `${parts.join(", ")}: `;
}
