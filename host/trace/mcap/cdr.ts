/**
 * Numbers out of ROS 2 messages in CDR. The message definition is parsed by @foxglove/rosmsg; the bytes are read here,
 * because only the numbers are wanted, and because every read must end at the end of its message: the common reader
 * takes strings and arrays from whatever lies behind it in memory.
 *
 * CDR (OMG DDS-XTypes 1.3, 7.4): 4 bytes of encapsulation, then the fields in order, each aligned to its size counted
 * from the end of the encapsulation; 64-bit values in CDR2 to 4. A sequence or string is led by a u32 count.
 */

import { parse } from "@foxglove/rosmsg";
import type { ColumnKind } from "../recording/recording.ts";
import { numberAt, SIZES } from "../recording/stored-number.ts";
import type { Field, FieldTopic } from "./message-fields.ts";

type MessageDefinition = ReturnType<typeof parse>[number];
type MessageDefinitionField = MessageDefinition["definitions"][number];

/** Longer arrays (images, point clouds) are no signals. */
export const SEQUENCE_COLUMNS_MAX = 128;
const NODES_MAX = 4096;
const NESTING_MAX = 16;
const SCHEMA_BYTES_MAX = 256 * 1024;
const HEAD_SIZE = 4;
/** Bytes of padding a writer may leave at the end. */
const TRAILING_MAX = 3;

const KINDS: Readonly<Record<string, ColumnKind>> = {
  bool: "bool",
  byte: "u8",
  char: "u8",
  int8: "i8",
  uint8: "u8",
  int16: "i16",
  uint16: "u16",
  int32: "i32",
  uint32: "u32",
  int64: "i64",
  uint64: "u64",
  float32: "f32",
  float64: "f64",
};

type Node =
  | { readonly is: "number"; readonly kind: ColumnKind; readonly field: Field | undefined }
  | { readonly is: "text" }
  | { readonly is: "time"; readonly field: Field | undefined }
  | { readonly is: "struct"; readonly members: readonly Node[] }
  | {
      readonly is: "array";
      readonly count: number | undefined;
      readonly shown: Node[];
      readonly rest: Node;
      readonly grow: (index: number) => Node | undefined;
    };

export class CdrError extends Error {}

/** Reads the messages of one topic by its schema. The constructor throws `CdrError` for a schema that cannot be used. */
export class CdrDecoder {
  readonly #topic: FieldTopic;
  readonly #definitions = new Map<string, MessageDefinition>();
  readonly #root: Node;
  #nodes = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #little = true;
  #align64 = 8;

  constructor(schema: string, topic: FieldTopic) {
    this.#topic = topic;
    if (schema.length > SCHEMA_BYTES_MAX)
      throw new CdrError(`a schema has at most ${SCHEMA_BYTES_MAX} characters; found ${schema.length}`);
    let definitions: MessageDefinition[];
    try {
      definitions = parse(schema, { ros2: true });
    } catch (error) {
      throw new CdrError(`its ros2msg schema cannot be read: ${firstLine(error)}`);
    }
    for (const definition of definitions) this.#definitions.set(definition.name ?? "", definition);
    // Definitions that hold constants only may stand before the message itself.
    const root = definitions.find(
      (one) => one.definitions.length === 0 || one.definitions.some((field) => field.isConstant !== true),
    );
    if (root === undefined) throw new CdrError("its ros2msg schema defines no message");
    this.#root = this.#struct(root, { path: "", depth: 0, shown: true });
  }

  /** Puts the numbers of one message into the topic, not yet committed. Throws `CdrError` for bytes that do not fit. */
  decode(bytes: Uint8Array): void {
    if (bytes.length < HEAD_SIZE) throw new CdrError(`${bytes.length} bytes, expected at least ${HEAD_SIZE}`);
    const encoding = bytes[1] ?? 0;
    // 0, 1: plain CDR; 6, 7: plain CDR2. Odd is little-endian. Others carry member headers, which ROS 2 does not write.
    if (![0, 1, 6, 7].includes(encoding)) throw new CdrError(`encapsulation ${encoding} is not plain CDR`);
    this.#little = encoding % 2 === 1;
    this.#align64 = encoding >= 6 ? 4 : 8;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + HEAD_SIZE, bytes.byteLength - HEAD_SIZE);
    this.#at = 0;
    this.#read(this.#root);
    const left = this.#view.byteLength - this.#at;
    if (left > TRAILING_MAX) throw new CdrError(`${left} bytes are left after the last field of the schema`);
  }

  #struct(definition: MessageDefinition, at: Place): Node {
    if (at.depth > NESTING_MAX) throw new CdrError(`its schema nests deeper than ${NESTING_MAX} or contains itself`);
    const members = definition.definitions
      .filter((field) => field.isConstant !== true)
      .map((field) => this.#member(field, at));
    // rosidl gives an empty message one byte, structure_needs_at_least_one_member.
    return { is: "struct", members: members.length > 0 ? members : [{ is: "number", kind: "u8", field: undefined }] };
  }

  #member(field: MessageDefinitionField, at: Place): Node {
    const path = at.path === "" ? field.name : `${at.path}.${field.name}`;
    if (field.isArray !== true) return this.#single(field, { ...at, path });
    const element = (index: number): Node | undefined =>
      at.shown && index < SEQUENCE_COLUMNS_MAX ? this.#single(field, { ...at, path: `${path}[${index}]` }) : undefined;
    return {
      is: "array",
      count: field.arrayLength,
      shown: [],
      rest: this.#single(field, { ...at, path, shown: false }),
      grow: element,
    };
  }

  #single(field: MessageDefinitionField, at: Place): Node {
    if (++this.#nodes > NODES_MAX) throw new CdrError(`its schema has more than ${NODES_MAX} fields`);
    if (field.isComplex === true) {
      const definition = this.#definitions.get(field.type);
      if (definition === undefined) throw new CdrError(`its schema uses ${field.type}, which is not defined`);
      return this.#struct(definition, { ...at, depth: at.depth + 1 });
    }
    if (field.type === "string") return { is: "text" };
    if (field.type === "time" || field.type === "duration") {
      return { is: "time", field: at.shown ? this.#topic.field(at.path, "f64", "s") : undefined };
    }
    const kind = Object.hasOwn(KINDS, field.type) ? KINDS[field.type] : undefined;
    if (kind === undefined) throw new CdrError(`its schema uses the type ${field.type}, which is not known`);
    return { is: "number", kind, field: at.shown ? this.#topic.field(at.path, kind) : undefined };
  }

  #read(node: Node): void {
    switch (node.is) {
      case "number": {
        const value = this.#number(node.kind);
        if (node.field !== undefined) this.#topic.put(node.field, value);
        return;
      }
      case "text":
        this.#skip(this.#number("u32"));
        return;
      case "time": {
        const whole = this.#number("i32");
        const value = whole + this.#number("u32") / 1e9;
        if (node.field !== undefined) this.#topic.put(node.field, value);
        return;
      }
      case "struct":
        for (const member of node.members) this.#read(member);
        return;
      case "array":
        this.#array(node);
        return;
      default:
        unreachable(node);
    }
  }

  #array(node: Extract<Node, { is: "array" }>): void {
    const count = node.count ?? this.#number("u32");
    // Every element takes at least a byte: a longer count is damage, and must not be walked.
    if (count > this.#view.byteLength - this.#at)
      throw new CdrError(`an array of ${count} in ${this.#view.byteLength} bytes`);
    for (let i = 0; i < count; i++) {
      let element = node.shown[i];
      if (element === undefined && count <= SEQUENCE_COLUMNS_MAX) {
        element = node.grow(i);
        if (element !== undefined) node.shown.push(element);
      }
      this.#read(count <= SEQUENCE_COLUMNS_MAX ? (element ?? node.rest) : node.rest);
    }
  }

  #skip(count: number): void {
    if (count > this.#view.byteLength - this.#at)
      throw new CdrError(`a text of ${count} bytes in ${this.#view.byteLength}`);
    this.#at += count;
  }

  #number(kind: ColumnKind): number {
    const size = SIZES[kind];
    const align = size === 8 ? this.#align64 : size;
    const at = Math.ceil(this.#at / align) * align;
    if (at + size > this.#view.byteLength)
      throw new CdrError(`it ends after ${this.#view.byteLength + HEAD_SIZE} bytes, inside a field`);
    this.#at = at + size;
    return numberAt(this.#view, kind, { at, little: this.#little });
  }
}

interface Place {
  readonly path: string;
  readonly depth: number;
  /** False inside arrays that are too long to be columns. */
  readonly shown: boolean;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}

function unreachable(never: never): never {
  throw new Error(`not expected: ${String(never)}`);
}
