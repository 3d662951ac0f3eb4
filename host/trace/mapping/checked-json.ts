/** Reading values out of parsed JSON: each error names the path, what was expected and what was found. */

import { didYouMean } from "../../model/near.ts";
import { TraceError } from "../trace-error.ts";
import { firstBadOffset } from "./json-place.ts";

const FOUND_TEXT_MAX = 60;

/** One value of a JSON file with its path (`$.signals.gyro_x`). */
export class Checked {
  readonly #file: string;
  readonly path: string;
  readonly value: unknown;

  constructor(value: unknown, file: string, path = "$") {
    this.#file = file;
    this.path = path;
    this.value = value;
  }

  fail(expected: string, hint = ""): never {
    const text = JSON.stringify(this.value) ?? "nothing";
    const found = text.length > FOUND_TEXT_MAX ? `${text.slice(0, FOUND_TEXT_MAX)}...` : text;
    throw new TraceError("bad-mapping", `expected ${expected}; found ${found}${hint}`, {
      file: this.#file,
      path: this.path,
    });
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
    return new Checked(object[key], this.#file, `${this.path}${step}`);
  }

  only(known: readonly string[]): this {
    for (const key of Object.keys(this.object())) {
      if (known.includes(key)) continue;
      const near = didYouMean(key, known);
      throw new TraceError("bad-mapping", `"${key}" is not known here; expected ${known.join(", ")}${near}`, {
        file: this.#file,
        path: this.path,
      });
    }
    return this;
  }

  entries(): [string, Checked][] {
    return Object.keys(this.object()).map((key) => [key, this.get(key) ?? this.fail("a value")]);
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

/** Parses JSON; an error gives line and column. */
export function parseJson(text: string, file: string): Checked {
  try {
    return new Checked(JSON.parse(text.replace(/^\uFEFF/, "")), file);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/ at position \d+.*$/, "");
    const before = text.slice(0, firstBadOffset(text)).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    throw new TraceError("bad-json", `expected JSON: ${reason} (column ${column})`, { file, line: before.length });
  }
}
