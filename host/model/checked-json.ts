/**
 * Reading values out of JSON: each refusal names the path, what was expected and what was found. What the file is, only the
 * caller knows, so the caller makes the error:
 *
 * ```ts
 * const root = parseJson(text, ({ problem, path }) => new MapError(`${file}: ${path}: ${problem}`));
 * root.only(["schema", "seed"]).get("seed")?.number(0, 99);
 * ```
 */
import { firstBadOffset } from "./json-place.ts";
import { didYouMean } from "./near.ts";

const FOUND_TEXT_MAX = 60;

/** Why a text is refused. */
export interface JsonTrouble {
  /** No JSON at all, or JSON with another value than is wanted. */
  readonly kind: "text" | "value";
  /** `expected a number; found "3"`. */
  readonly problem: string;
  /** Of a value: where it stands (`$.signals.gyro_x`). */
  readonly path?: string;
  /** Of a text: the line where it stops being JSON, from 1. */
  readonly line?: number;
}

/** Makes the caller's own error. */
export type Refuse = (trouble: JsonTrouble) => Error;

/** One value of a JSON text with its path. */
export class Checked {
  readonly #refuse: Refuse;
  readonly path: string;
  readonly value: unknown;

  constructor(value: unknown, refuse: Refuse, path = "$") {
    this.#refuse = refuse;
    this.path = path;
    this.value = value;
  }

  fail(expected: string, hint = ""): never {
    const text = JSON.stringify(this.value) ?? "nothing";
    const found = text.length > FOUND_TEXT_MAX ? `${text.slice(0, FOUND_TEXT_MAX)}...` : text;
    throw this.#trouble(`expected ${expected}; found ${found}${hint}`);
  }

  #trouble(problem: string): Error {
    return this.#refuse({ kind: "value", problem, path: this.path });
  }

  object(): Record<string, unknown> {
    const value = this.value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail("an object");
    return value as Record<string, unknown>;
  }

  /** The value of `key`, or undefined. Keys that no one knows are refused by `only`. */
  get(key: string): Checked | undefined {
    const object = this.object();
    if (!Object.hasOwn(object, key)) return undefined;
    const step = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    return new Checked(object[key], this.#refuse, `${this.path}${step}`);
  }

  only(known: readonly string[]): this {
    for (const key of Object.keys(this.object())) {
      if (known.includes(key)) continue;
      const near = didYouMean(key, known);
      throw this.#trouble(`"${key}" is not known here; expected ${known.join(", ")}${near}`);
    }
    return this;
  }

  entries(): [string, Checked][] {
    return Object.keys(this.object()).map((key) => [key, this.get(key) ?? this.fail("a value")]);
  }

  /** The entries of a list. */
  list(most: number): Checked[] {
    const values: readonly unknown[] = Array.isArray(this.value) ? this.value : this.fail("a list");
    if (values.length > most) this.fail(`at most ${most} entries, not ${values.length}`);
    return values.map((value, i) => new Checked(value, this.#refuse, `${this.path}[${i}]`));
  }

  string(): string {
    return typeof this.value === "string" ? this.value : this.fail("a text");
  }

  boolean(): boolean {
    return typeof this.value === "boolean" ? this.value : this.fail("true or false");
  }

  number(least = -Number.MAX_VALUE, most = Number.MAX_VALUE): number {
    const value = this.value;
    if (typeof value === "number" && value >= least && value <= most) return value;
    if (least === -Number.MAX_VALUE && most === Number.MAX_VALUE) this.fail("a number");
    if (most === Number.MAX_VALUE) this.fail(`a number of at least ${least}`);
    this.fail(`a number from ${least} to ${most}`);
  }

  oneOf<T extends string>(words: readonly T[]): T {
    const value = this.value;
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const near = typeof value === "string" ? didYouMean(value, words) : "";
    this.fail(`one of ${words.map((word) => JSON.stringify(word)).join(", ")}`, near);
  }
}

/** Parses JSON; a refusal gives line and column. */
export function parseJson(text: string, refuse: Refuse): Checked {
  try {
    return new Checked(JSON.parse(text.replace(/^\uFEFF/, "")), refuse);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/ at position \d+.*$/, "");
    const before = text.slice(0, firstBadOffset(text)).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    throw refuse({ kind: "text", problem: `expected JSON: ${reason} (column ${column})`, line: before.length });
  }
}
