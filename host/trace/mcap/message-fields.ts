/**
 * A topic whose messages need not all have the same fields (JSON, sequences). Each field keeps only the values it had,
 * with their record numbers, so that memory follows the file; a full column is made when it is asked for.
 */

import { type Growing, growingF64, growingU32 } from "../recording/growing.ts";
import type { ColumnKind } from "../recording/recording.ts";
import type { StoredTopic } from "../recording/store.ts";

export class Field {
  readonly path: string;
  readonly kind: ColumnKind;
  readonly unit: string | undefined;
  readonly records: Growing<Uint32Array> = growingU32();
  readonly values: Growing<Float64Array> = growingF64();

  constructor(path: string, kind: ColumnKind, unit?: string) {
    this.path = path;
    this.kind = kind;
    this.unit = unit;
  }
}

/** Takes messages one by one: `put` each value, then `commit` the message or `drop` it. */
export class FieldTopic {
  readonly name: string;
  readonly #fields: Field[] = [];
  readonly #times = growingF64();
  #pending: Field[] = [];
  #pendingValues: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.#times.count;
  }

  /** A new column. The caller keeps it and puts values by it. */
  field(path: string, kind: ColumnKind, unit?: string): Field {
    const field = new Field(path, kind, unit);
    this.#fields.push(field);
    return field;
  }

  put(field: Field, value: number): void {
    this.#pending.push(field);
    this.#pendingValues.push(value);
  }

  /** The message was whole: its values are kept under `time`, seconds after the start. */
  commit(time: number): void {
    const record = this.#times.count;
    for (let i = 0; i < this.#pending.length; i++) {
      this.#pending[i]?.records.push(record);
      this.#pending[i]?.values.push(this.#pendingValues[i] ?? Number.NaN);
    }
    this.#times.push(time);
    this.drop();
  }

  /** The message was damaged: nothing of it is kept. */
  drop(): void {
    this.#pending = [];
    this.#pendingValues = [];
  }

  stored(): StoredTopic {
    const times = this.#times.view();
    const fields = this.#fields.filter((field) => field.records.count > 0);
    return {
      name: this.name,
      times,
      columns: fields.map(({ path, kind, unit }) => ({ path, kind, ...(unit === undefined ? {} : { unit }) })),
      load(index) {
        const column = new Float64Array(times.length).fill(Number.NaN);
        const records = fields[index]?.records.view();
        const values = fields[index]?.values.view();
        records?.forEach((record, i) => {
          column[record] = values?.[i] ?? Number.NaN;
        });
        return column;
      },
    };
  }
}
