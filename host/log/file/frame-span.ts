/** Frames from `from` to `to`, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Frames that are asked for, both ends included; all on a side that is left out. */
export interface FrameRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Whose records are missing; `all`: every channel's and the output stage's. */
export type MissingOf = "all" | "A" | "B" | "C" | "stage";

/** Frames that a log should have and has not. */
export interface MissingSpan extends Span {
  readonly of: MissingOf;
}

/** `frame 7`, `frames 7 to 9`. */
export function spanText({ from, to }: Span): string {
  return from === to ? `frame ${from}` : `frames ${from} to ${to}`;
}
