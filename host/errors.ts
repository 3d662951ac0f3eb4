/**
 * What an error means to the caller. `host/cli.ts` alone turns it into an exit number:
 * expectation 1, usage 2, file 3, board 4, flash 5, timeout 6, lost 7, busy 8, safety 9, interrupted 130.
 */
export type ErrorKind =
  | "expectation"
  | "usage"
  | "file"
  | "unjudged"
  | "board"
  | "flash"
  | "timeout"
  | "lost"
  | "busy"
  | "safety"
  | "interrupted";

/** Where the trouble is, as far as it is known. Lines and columns count from 1, offsets and frames from 0. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Byte offset in the file or message. */
  readonly offset?: number | undefined;
  /** Control period. */
  readonly frame?: number | undefined;
}

export interface ErrorDetails {
  /** Stable and lower case with dashes (`unknown-unit`). Programs compare this, never the text. */
  readonly code: string;
  readonly kind: ErrorKind;
  /** What went wrong, without a full stop: `the safe value lies outside the range`. */
  readonly problem: string;
  readonly place?: Place | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  /** What the reader can do now, one full sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Trouble that a person caused or can mend: a wrong file, a wrong flag, a board that is not there.
 *
 * ```ts
 * throw new QuorateError({ code: "bad-period", kind: "file", problem: "the period is out of range",
 *   place: { file: "law.ts", line: 3 }, expected: "1000 to 1000000 us", found: "0", hint: "Write @law({ period: 10000 })." });
 * ```
 *
 * A broken promise inside the program is not one of these: let it be a plain `Error`, it ends with its stack trace.
 */
export class QuorateError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly place: Place;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string | undefined;

  constructor(details: ErrorDetails) {
    super(sentence(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.kind = details.kind;
    this.place = details.place ?? {};
    this.expected = details.expected;
    this.found = details.found;
    this.hint = details.hint;
  }
}

/** `law.ts:3:7, byte 12, frame 900`; empty when nothing is known. */
export function placeText(place: Place): string {
  const parts: string[] = [];
  const line = place.line === undefined ? undefined : [place.line, place.column].filter((n) => n !== undefined);
  if (place.file !== undefined) parts.push([place.file, ...(line ?? [])].join(":"));
  else if (line !== undefined) parts.push(`line ${line.join(":")}`);
  if (place.offset !== undefined) parts.push(`byte ${place.offset}`);
  if (place.frame !== undefined) parts.push(`frame ${place.frame}`);
  return parts.join(", ");
}

function sentence(details: ErrorDetails): string {
  const at = placeText(details.place ?? {});
  const facts = [
    details.expected === undefined ? undefined : `expected ${details.expected}`,
    details.found === undefined ? undefined : `found ${details.found}`,
  ].filter((fact) => fact !== undefined);
  const head = at === "" ? details.problem : `${at}: ${details.problem}`;
  const told = facts.length === 0 ? head : `${head}: ${facts.join(", ")}`;
  return details.hint === undefined ? told : `${told}. ${details.hint}`;
}
