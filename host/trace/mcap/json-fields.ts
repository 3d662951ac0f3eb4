/** Numbers out of JSON messages: every number or boolean at any depth becomes a column named by its path. */
import type { Field, FieldTopic } from "./message-fields.ts";

export const JSON_ARRAY_COLUMNS_MAX = 128;
const NESTING_MAX = 16;
const FIELDS_MAX = 4096;

export class JsonDecoder {
  readonly #topic: FieldTopic;
  readonly #fields = new Map<string, Field>();
  /** True once a message had more fields than are kept. */
  overfull = false;

  constructor(topic: FieldTopic) {
    this.#topic = topic;
  }

  /** Puts the numbers of one message into the topic, not yet committed. Throws when the text is not a JSON object. */
  decode(bytes: Uint8Array): void {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null) throw new Error(`expected an object, found ${String(value)}`);
    this.#walk(value, "", 0);
  }

  #walk(value: unknown, path: string, depth: number): void {
    if (typeof value === "number" || typeof value === "boolean") {
      const field = this.#field(path, typeof value === "boolean" ? "bool" : "f64");
      if (field !== undefined) this.#topic.put(field, Number(value));
      return;
    }
    if (typeof value !== "object" || value === null || depth >= NESTING_MAX) return;
    if (Array.isArray(value)) {
      if (value.length > JSON_ARRAY_COLUMNS_MAX) return;
      value.forEach((element, index) => {
        this.#walk(element, `${path}[${index}]`, depth + 1);
      });
      return;
    }
    for (const [key, member] of Object.entries(value))
      this.#walk(member, path === "" ? key : `${path}.${key}`, depth + 1);
  }

  #field(path: string, kind: "bool" | "f64"): Field | undefined {
    let field = this.#fields.get(path);
    if (field === undefined) {
      if (this.#fields.size >= FIELDS_MAX) {
        this.overfull = true;
        return undefined;
      }
      field = this.#topic.field(path, kind);
      this.#fields.set(path, field);
    }
    return field;
  }
}
