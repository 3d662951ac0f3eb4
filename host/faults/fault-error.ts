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

export interface FaultProblem {
  readonly code: FaultErrorCode;
  /** The whole text that was written. */
  readonly text: string;
  /** Character where the trouble starts, from 0. */
  readonly at: number;
  readonly problem: string;
  readonly expected: string;
  readonly found: string;
  readonly hint?: string | undefined;
}

/** A fault that cannot be read or that the run cannot have. `pointer` shows the text with a caret under the trouble. */
export class FaultError extends QuorateError {
  readonly text: string;
  /** Character where the trouble starts, from 1. */
  readonly column: number;
  readonly pointer: string;

  constructor({ code, text, at, problem, expected, found, hint }: FaultProblem) {
    super({
      code,
      kind: "usage",
      problem: `fault '${text}', character ${at + 1}: ${problem}`,
      expected,
      found,
      hint,
    });
    this.text = text;
    this.column = at + 1;
    this.pointer = `${text}\n${" ".repeat(at)}^`;
  }
}

/** `"found"`, or what stands there instead of text. */
export function quoted(text: string): string {
  return text === "" ? "the end" : JSON.stringify(text);
}
