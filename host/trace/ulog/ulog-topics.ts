/** The topics of a ULog: formats, subscriptions, and where the records of each are. */
import { type MessageDefinition, parseMessageDefinition } from "@foxglove/ulog";
import { growingU32 } from "../recording/growing.ts";
import type { StoredTopic } from "../recording/store.ts";
import { numberAt } from "../recording/stored-number.ts";
import type { Problem } from "../recording/trace-error.ts";
import { type Layout, layoutOf } from "./ulog-layout.ts";
import type { Subscribed } from "./ulog-records.ts";

/** More columns than any real log has (PX4: some 3 000); bounds memory for hostile definitions. */
const COLUMNS_MAX = 100_000;

/** From the head of a data record to its fields: u16 size, u8 type, u16 id. */
const FIELDS_AT = 5;

/** One subscribed topic and where its records are. */
export class UlogTopic {
  readonly name: string;
  readonly layout: Layout;
  readonly #offsets = growingU32();

  constructor(name: string, layout: Layout) {
    this.name = name;
    this.layout = layout;
  }

  add(offset: number): void {
    this.#offsets.push(offset);
  }

  get count(): number {
    return this.#offsets.count;
  }

  stored(view: DataView, startUs: bigint): StoredTopic {
    const offsets = this.#offsets.view();
    const { leaves, timeOffset } = this.layout;
    const decode = (read: (at: number) => number): Float64Array => Float64Array.from(offsets, read);
    // The difference is taken in whole microseconds: an f64 would lose them in a wall-clock stamp.
    const time = (at: number): number => Number(view.getBigUint64(at + timeOffset, true) - startUs) / 1e6;
    return {
      name: this.name,
      times: decode(time),
      columns: leaves.map(({ path, kind }) => ({ path, kind })),
      load(index) {
        const leaf = leaves[index];
        if (leaf === undefined) throw new RangeError(`no column ${index}`);
        return decode((at) => numberAt(view, leaf.kind, { at: at + leaf.offset, little: true }));
      },
      placeOf(record) {
        const offset = (offsets[record] ?? 0) - FIELDS_AT;
        return { text: `byte ${offset}`, offset };
      },
    };
  }
}

export class UlogTopics implements Subscribed {
  readonly problems: Problem[] = [];
  readonly #definitions = new Map<string, MessageDefinition>();
  readonly #layouts = new Map<string, Layout | undefined>();
  readonly #topics = new Map<string, UlogTopic>();
  /** What a message id stands for; undefined = subscribed, but its format cannot be used. */
  readonly #byId = new Map<number, UlogTopic | undefined>();
  #columns = 0;

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  layoutOf(id: number): Layout | undefined {
    return this.#byId.get(id)?.layout;
  }

  /** A data record of `id` whose fields begin at `offset`. */
  add(id: number, offset: number): void {
    this.#byId.get(id)?.add(offset);
  }

  /** Topics that have records, in the order of their subscription. */
  used(): UlogTopic[] {
    return [...this.#topics.values()].filter((topic) => topic.count > 0);
  }

  /** The body of a format record at `at`. */
  define(body: Uint8Array, at: number): void {
    const format = ascii(body);
    const definition = parseMessageDefinition(format);
    if (definition === undefined) {
      this.#say(
        "bad-record",
        `the format ${JSON.stringify(format.slice(0, 60))} cannot be read; expected "name:type field;..."`,
        at,
      );
    } else if (!this.#definitions.has(definition.name)) {
      this.#definitions.set(definition.name, definition);
    }
  }

  /** The body of a subscription record at `at`. */
  subscribe(body: Uint8Array, at: number): void {
    const instance = body[0] ?? 0;
    const id = (body[1] ?? 0) | ((body[2] ?? 0) << 8);
    const type = ascii(body.subarray(3));
    const name = instance === 0 ? type : `${type}#${instance}`;
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      const layout = this.#layout(type, at);
      if (layout !== undefined) {
        topic = new UlogTopic(name, layout);
        this.#topics.set(name, topic);
      }
    }
    this.#byId.set(id, topic);
  }

  #layout(type: string, at: number): Layout | undefined {
    if (this.#layouts.has(type)) return this.#layouts.get(type);
    const result = layoutOf(type, this.#definitions);
    let layout: Layout | undefined;
    if (!result.ok) {
      this.#say("not-read", `topic "${type}" is not read: ${result.why}`, at, type);
    } else if (this.#columns + result.layout.leaves.length > COLUMNS_MAX) {
      this.#say("not-read", `topic "${type}" is not read: the log declares more than ${COLUMNS_MAX} columns`, at, type);
    } else {
      layout = result.layout;
      this.#columns += layout.leaves.length;
      if (layout.skipped.length > 0)
        this.#say("not-read", `${type}: long arrays are not read: ${layout.skipped.slice(0, 3).join(", ")}`, at, type);
    }
    this.#layouts.set(type, layout);
    return layout;
  }

  #say(code: Problem["code"], text: string, offset: number, topic?: string): void {
    this.problems.push({ code, text, count: 1, offset, ...(topic === undefined ? {} : { topic }) });
  }
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
