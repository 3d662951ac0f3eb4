import { QuorateError } from "../errors.ts";

export type FaultErrorCode =
  | "bad-place"
  | "unknown-fault"
  | "bad-syntax"
  | "bad-argument"
  | "bad-frame"
  | "unknown-input"
  | "cannot-do"
  | "too-many";

/** Where a file holds a fault, or the field of one that is spelled out. */
export interface FaultOrigin {
  readonly file: string;
  /** JSON path: `$.faults[2]`, `$.faults[2].arguments.value`. */
  readonly path: string;
  /** A text as for `--fault`, or fields. */
  readonly form: "text" | "fields";
}

/** What is wrong, whatever the place. */
export interface FaultFlaw {
  readonly code: FaultErrorCode;
  readonly problem: string;
  readonly expected: string;
  /** As it was written; it is quoted in the message. */
  readonly found: string;
  readonly hint?: string | undefined;
}

/** Makes the error of a flaw: whoever calls knows the place. */
export type Refuse = (flaw: FaultFlaw) => FaultError;

export interface FaultSpot {
  /** The whole text that was written. */
  readonly text: string;
  /** Character where the trouble starts, from 0. */
  readonly at: number;
  readonly origin: FaultOrigin | undefined;
}

/** A fault that cannot be read or that the run cannot have. `pointer` shows the text with a caret under the trouble. */
export class FaultError extends QuorateError {
  readonly text: string;
  /** Character where the trouble starts, from 1. */
  readonly column: number;
  readonly pointer: string;
  readonly origin: FaultOrigin | undefined;
  /** What went wrong, without file and path. */
  readonly problem: string;

  constructor(flaw: FaultFlaw, { text, at, origin }: FaultSpot) {
    const inText = `character ${at + 1}: ${flaw.problem}`;
    const problem = origin?.form === "fields" ? flaw.problem : inText;
    super({
      ...flaw,
      kind: origin === undefined ? "usage" : "file",
      problem: origin === undefined ? `fault '${text}', ${problem}` : `${origin.path}: ${problem}`,
      place: { file: origin?.file },
      found: flaw.found === "" ? "the end" : JSON.stringify(flaw.found),
    });
    this.text = text;
    this.column = at + 1;
    this.pointer = `${text}\n${" ".repeat(at)}^`;
    this.origin = origin;
    this.problem = problem;
  }
}
