import { FaultError, type FaultErrorCode, type FaultFlaw, type FaultOrigin } from "./fault-error.ts";

const NUMBER = "[+-]?(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)";
const WORD = "[A-Za-z_][A-Za-z0-9_|]*";
const NUMBER_HERE = new RegExp(NUMBER, "y");
const WORD_HERE = new RegExp(WORD, "y");
const ONLY_NUMBER = new RegExp(`^${NUMBER}$`);
const ONLY_WORD = new RegExp(`^${WORD}$`);

/** The number that a text is, decimal or hexadecimal; NaN when it is none. */
export function numberIn(text: string): number {
  if (!ONLY_NUMBER.test(text)) return Number.NaN;
  const sign = text.startsWith("-") ? -1 : 1;
  return sign * Number(text.replace(/^[+-]/, ""));
}

/** Whether a text is one word of the grammar. */
export function isWord(text: string): boolean {
  return ONLY_WORD.test(text);
}

/** A place in the text; every reader starts at `at` and leaves it behind what it took. */
export class FaultCursor {
  readonly text: string;
  readonly #origin: FaultOrigin | undefined;
  at = 0;

  constructor(text: string, origin: FaultOrigin | undefined) {
    this.text = text;
    this.#origin = origin;
  }

  get done(): boolean {
    return this.at === this.text.length;
  }

  rest(): string {
    return this.text.slice(this.at);
  }

  /** What stands here up to the next mark, for messages. */
  token(): string {
    return /^[^,)@]*/.exec(this.rest())?.[0] ?? "";
  }

  take(mark: string): boolean {
    if (this.text[this.at] !== mark) return false;
    this.at += 1;
    return true;
  }

  skipSpace(): void {
    while (this.text[this.at] === " ") this.at += 1;
  }

  match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  word(): string {
    return this.match(WORD_HERE);
  }

  /** The text of a number; nothing when none stands here. */
  number(): string {
    return this.match(NUMBER_HERE);
  }

  error(code: FaultErrorCode, problem: string, expected: string, found = this.rest()): FaultError {
    return this.refuse({ code, problem, expected, found }, this.at);
  }

  refuse(flaw: FaultFlaw, at: number): FaultError {
    return new FaultError(flaw, { text: this.text, at, origin: this.#origin });
  }
}
