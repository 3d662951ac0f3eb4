import { FaultListError } from "./fault-list-error.ts";

const FOUND_TEXT_MAX = 60;

/** One value of a list of resolved faults, with its JSON path. What does not fit throws `FaultListError`. */
export class ListField {
  readonly path: string;
  readonly value: unknown;

  constructor(value: unknown, path = "$") {
    this.value = value;
    this.path = path;
  }

  fail(expected: string, problem = "this does not fit"): never {
    throw new FaultListError("bad-faults", { path: this.path, problem, expected, found: foundText(this.value) });
  }

  /** The value of a key that must be there. */
  get(key: string): ListField {
    const object = this.#object();
    if (!Object.hasOwn(object, key)) this.fail(`"${key}" in this object`);
    return new ListField(object[key], `${this.path}.${key}`);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#object(), key);
  }

  /** Refuses keys that nobody would read: what is passed over is not checked. */
  only(keys: readonly string[]): this {
    const unknown = Object.keys(this.#object()).find((key) => !keys.includes(key));
    if (unknown !== undefined)
      this.fail(`no key but ${keys.join(", ")}`, `${JSON.stringify(unknown)} is not known here`);
    return this;
  }

  list(most: number): ListField[] {
    const value: unknown = this.value;
    if (!Array.isArray(value)) this.fail("a list");
    const values: readonly unknown[] = value;
    if (values.length > most) this.fail(`at most ${most} entries`);
    return values.map((one, i) => new ListField(one, `${this.path}[${i}]`));
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.fail("a text");
  }

  integer(least: number, most: number): number {
    const value = this.value;
    const fits = typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
    return fits ? value : this.fail(`a whole number from ${least} to ${most}`);
  }

  /** Refuses any other value. */
  is(expected: number | string | boolean): void {
    if (this.value !== expected) this.fail(JSON.stringify(expected));
  }

  oneOf<T extends string>(words: readonly T[]): T {
    const found = words.find((word) => word === this.value);
    return found ?? this.fail(`one of ${words.join(", ")}`);
  }

  #object(): Record<string, unknown> {
    const value = this.value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail("an object");
    return value as Record<string, unknown>;
  }
}

/** Never the whole of a list or object: it may be as deep as it likes. */
function foundText(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > FOUND_TEXT_MAX ? `${text.slice(0, FOUND_TEXT_MAX)}...` : text;
}
