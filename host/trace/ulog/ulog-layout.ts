/** From ULog's format strings to the byte places of every number in a record. */
import type { MessageDefinition } from "@foxglove/ulog";
import type { ColumnKind } from "../recording/recording.ts";

/** A record's size is a u16 in the file, so no layout can be larger. */
export const RECORD_BYTES_MAX = 65_535;
/** Longer arrays (images, raw packets) are no signals; they are skipped and said. */
export const ARRAY_COLUMNS_MAX = 128;
/** PX4 nests two deep; the limit only stops definitions that contain themselves. */
const NESTING_MAX = 16;

const SIZES: Readonly<Record<string, { bytes: number; kind?: ColumnKind }>> = {
  int8_t: { bytes: 1, kind: "i8" },
  uint8_t: { bytes: 1, kind: "u8" },
  int16_t: { bytes: 2, kind: "i16" },
  uint16_t: { bytes: 2, kind: "u16" },
  int32_t: { bytes: 4, kind: "i32" },
  uint32_t: { bytes: 4, kind: "u32" },
  int64_t: { bytes: 8, kind: "i64" },
  uint64_t: { bytes: 8, kind: "u64" },
  float: { bytes: 4, kind: "f32" },
  double: { bytes: 8, kind: "f64" },
  bool: { bytes: 1, kind: "bool" },
  char: { bytes: 1 },
};

export interface Leaf {
  readonly path: string;
  readonly kind: ColumnKind;
  readonly offset: number;
}

export interface Layout {
  readonly leaves: readonly Leaf[];
  readonly timeOffset: number;
  /** Bytes a record must have: PX4 leaves trailing `_padding` out. */
  readonly bytesMin: number;
  readonly bytesMax: number;
  /** Arrays that were too long to be signals. */
  readonly skipped: readonly string[];
}

export type LayoutResult =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly why: string };

class LayoutError extends Error {}

/** Lays out the records of `name`. Self-containing, unknown and oversized definitions give the reason. */
export function layoutOf(name: string, definitions: ReadonlyMap<string, MessageDefinition>): LayoutResult {
  const definition = definitions.get(name);
  if (definition === undefined) return { ok: false, why: `no format is defined for "${name}"` };
  try {
    const bytesMax = sizeOf(definition, definitions, 0);
    const last = definition.fields.at(-1);
    const padding =
      last?.name.startsWith("_padding") === true ? (SIZES[last.type]?.bytes ?? 0) * (last.arrayLength ?? 1) : 0;
    const leaves: Leaf[] = [];
    const skipped: string[] = [];
    collect(definition, { definitions, leaves, skipped }, { path: "", offset: 0 });
    const time = leaves.find((leaf) => leaf.path === "timestamp");
    if (time?.kind !== "u64") return { ok: false, why: `"${name}" has no field "uint64_t timestamp"` };
    const numbers = leaves.filter((leaf) => leaf !== time);
    return {
      ok: true,
      layout: { leaves: numbers, timeOffset: time.offset, bytesMin: bytesMax - padding, bytesMax, skipped },
    };
  } catch (error) {
    if (error instanceof LayoutError) return { ok: false, why: error.message };
    throw error;
  }
}

function sizeOf(
  definition: MessageDefinition,
  definitions: ReadonlyMap<string, MessageDefinition>,
  depth: number,
): number {
  if (depth > NESTING_MAX)
    throw new LayoutError(`"${definition.name}" nests deeper than ${NESTING_MAX} or contains itself`);
  let bytes = 0;
  for (const field of definition.fields) {
    const inner = field.isComplex ? definitions.get(field.type) : undefined;
    if (field.isComplex && inner === undefined)
      throw new LayoutError(`"${definition.name}" uses "${field.type}", which is not defined`);
    const one = inner === undefined ? (SIZES[field.type]?.bytes ?? 0) : sizeOf(inner, definitions, depth + 1);
    bytes += one * (field.arrayLength ?? 1);
    if (!(bytes <= RECORD_BYTES_MAX))
      throw new LayoutError(`"${definition.name}" declares more than ${RECORD_BYTES_MAX} bytes`);
  }
  if (bytes === 0) throw new LayoutError(`"${definition.name}" declares no bytes`);
  return bytes;
}

interface Collector {
  readonly definitions: ReadonlyMap<string, MessageDefinition>;
  readonly leaves: Leaf[];
  readonly skipped: string[];
}

/** `sizeOf` went through first: every name is known, nothing recurses, the sum is bounded. Returns the end. */
function collect(definition: MessageDefinition, out: Collector, at: { path: string; offset: number }): number {
  let offset = at.offset;
  for (const field of definition.fields) {
    const inner = field.isComplex ? out.definitions.get(field.type) : undefined;
    const basic = SIZES[field.type];
    const count = field.arrayLength ?? 1;
    const bytes = inner === undefined ? (basic?.bytes ?? 0) : sizeOf(inner, out.definitions, 0);
    const path = `${at.path}${field.name}`;
    const hidden = field.name.startsWith("_") || (inner === undefined && basic?.kind === undefined);
    if (!hidden && count > ARRAY_COLUMNS_MAX) out.skipped.push(`${path}[${count}]`);
    if (!hidden && count <= ARRAY_COLUMNS_MAX) {
      for (let i = 0; i < count; i++) {
        const element = field.arrayLength === undefined ? path : `${path}[${i}]`;
        if (inner !== undefined) collect(inner, out, { path: `${element}.`, offset: offset + i * bytes });
        else if (basic?.kind !== undefined)
          out.leaves.push({ path: element, kind: basic.kind, offset: offset + i * bytes });
      }
    }
    offset += bytes * count;
  }
  return offset;
}
