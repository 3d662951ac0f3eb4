import { QuorateError } from "../../errors.ts";

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
  /** The sentence instead when rows are flown one by one: their times are ignored then. */
  readonly textByRow?: string;
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
export class TraceError extends QuorateError {
  declare readonly code: TraceErrorCode;
  /** JSON path in a mapping, such as `$.signals.gyro_x.unit`. */
  readonly path: string | undefined;

  constructor(code: TraceErrorCode, message: string, place: TracePlace = {}) {
    const { path, file, line, offset } = place;
    super({
      code,
      kind: code === "bad-option" ? "usage" : "file",
      problem: path === undefined ? message : `${path}: ${message}`,
      place: { file, line, offset },
    });
    this.path = path;
  }
}

/** The error for a file that cannot be read: the commonest cause in plain words, any other as the system names it. */
export function unreadable(file: string, error: unknown): TraceError {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const cause = error instanceof Error ? error.message : String(error);
  const message = isMissing ? "there is no such file: check the path" : `cannot be read: ${cause}`;
  return new TraceError("unreadable", message, { file });
}
