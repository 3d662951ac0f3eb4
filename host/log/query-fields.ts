import { CHANNELS, type EnumKey } from "../model/enums.ts";
import { type Field, fieldValue, packedValue } from "../model/record.ts";
import type { Layouts } from "./decode.ts";
import { type FrameSet, NO_DETAIL } from "./file/frame-set.ts";

/** The fields that a query may name, wherever they stand: in a channel's record, in its details, or in the output stage's. */

/** `alpha` stands for the three fields `alpha_a`, `alpha_b` and `alpha_c`: it is asked for with its channel only. */
export interface QueryField {
  readonly name: string;
  readonly record: "channel" | "detail" | "stage";
  /** One, or one per channel. */
  readonly fields: readonly [Field, ...Field[]];
}

/** The field of this name, `undefined` when there is none. */
export function findField(layouts: Layouts, name: string, ofStage: boolean): QueryField | undefined {
  const records = ofStage ? (["stage"] as const) : (["channel", "detail"] as const);
  for (const record of records) {
    const { byName } = layouts[`${record}Layout`];
    const one = byName.get(name);
    if (one !== undefined) return { name, record, fields: [one] };
    const [first, ...others] = CHANNELS.flatMap((channel) => byName.get(partName(name, channel)) ?? []);
    if (first !== undefined && others.length === CHANNELS.length - 1)
      return { name, record, fields: [first, ...others] };
  }
  return undefined;
}

/** Names to choose from, for who has mistyped one. */
export function fieldNames(layouts: Layouts, ofStage: boolean): string[] {
  const used = ofStage ? [layouts.stageLayout] : [layouts.channelLayout, layouts.detailLayout];
  return used.flatMap(({ byName }) => [...byName.keys()]);
}

/** Whether there is one field per channel, none of them without its channel. */
export function isFamily({ fields }: QueryField): boolean {
  return fields.length > 1;
}

/** Whether `[B]` may stand behind it. */
export function hasParts(field: QueryField): boolean {
  const { packed, bits } = field.fields[0];
  return packed !== undefined || bits !== undefined || isFamily(field);
}

/** Whose names its values have. */
export function enumOf({ fields: [first] }: QueryField): EnumKey | undefined {
  return first.enum ?? first.packed;
}

/** Reads the whole field, or with a channel that one's part of it. */
export function readerOf(field: QueryField, channel?: number): (view: DataView) => number {
  const [first] = field.fields;
  if (channel === undefined) return (view) => fieldValue(view, first);
  const own = isFamily(field) ? field.fields[channel] : undefined;
  if (own !== undefined) return (view) => fieldValue(view, own);
  if (first.packed !== undefined) return (view) => packedValue(fieldValue(view, first), channel);
  return (view) => (fieldValue(view, first) >>> channel) & 1;
}

/** The record that a field is read from; details that were not written are zeros where the channel has a record. */
export function viewOf({ channels, details, stage }: FrameSet, record: QueryField["record"], channel: number) {
  if (record === "stage") return stage;
  const view = channels[channel];
  return record === "channel" || view === undefined ? view : (details[channel] ?? NO_DETAIL);
}

/** `alpha_c` is C's `alpha`. */
export function partName(name: string, channel: string): string {
  return `${name}_${channel.toLowerCase()}`;
}
