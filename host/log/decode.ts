import { CHANNELS, channelsText, enumName } from "../model/enums.ts";
import {
  ENCAPSULATION_SIZE,
  type Field,
  fieldValue,
  NO_FRAME,
  packedValue,
  type RecordLayout,
} from "../model/record.ts";
import { DIGITS, DIGITS_MAX, numberText } from "../model/words.ts";
import { type FrameSet, NO_DETAIL } from "./file/frame-set.ts";

/** Records as values that a person or another program reads: names instead of numbers, hashes in one piece. */

export type Decoded = number | string | boolean | null | readonly string[] | Readonly<Record<string, string>>;

/** Fields that name a frame or nothing. */
const FRAME_FIELDS: ReadonlySet<string> = new Set(["committed_frame", "pending_frame", "base_frame"]);

/** What the layouts of a log are called; a `VoterLog` has them. */
export interface Layouts {
  readonly channelLayout: RecordLayout;
  readonly detailLayout: RecordLayout;
  readonly stageLayout: RecordLayout;
}

/** All fields of what one channel logged of a frame, details included; `undefined` without a record. */
export function decodeChannel(layouts: Layouts, set: FrameSet, channel: number): Record<string, Decoded> | undefined {
  const view = set.channels[channel];
  if (view === undefined) return undefined;
  const details = decodeRecord(set.details[channel] ?? NO_DETAIL, layouts.detailLayout);
  // Details that were not written have no frame number.
  return { ...details, ...decodeRecord(view, layouts.channelLayout) };
}

/**
 * All fields of a record. Enumerations are names, packed fields objects by channel, bits lists of channels; a pair
 * of `_low` and `_high` words is one hash of 16 digits.
 */
export function decodeRecord(view: DataView, layout: RecordLayout): Record<string, Decoded> {
  const decoded: Record<string, Decoded> = {};
  for (const field of layout.fields) {
    if (field.signal === undefined && field.name.endsWith("_high") && layout.byName.has(lowOf(field.name))) continue;
    const stem = hashStem(field, layout);
    if (stem === undefined) decoded[field.name] = decodeField(view, field);
    else decoded[stem] = hashText(view, layout, stem);
  }
  return decoded;
}

function decodeField(view: DataView, field: Field): Decoded {
  const value = fieldValue(view, field);
  if (field.enum !== undefined) return enumName(field.enum, value);
  const { packed } = field;
  if (packed !== undefined) {
    return Object.fromEntries(CHANNELS.map((name, i) => [name, enumName(packed, packedValue(value, i))]));
  }
  if (field.bits !== undefined) return CHANNELS.filter((_, i) => ((value >>> i) & 1) === 1);
  if (FRAME_FIELDS.has(field.name) && value === NO_FRAME) return null;
  if (field.signal?.type === "bool" && field.type === "uint32") return value !== 0;
  return Number.isFinite(value) ? value : String(value);
}

/** `digest` for the field `digest_low`; `undefined` for anything else. */
export function hashStem(field: Field, layout: RecordLayout): string | undefined {
  if (field.signal !== undefined || !field.name.endsWith("_low")) return undefined;
  const stem = field.name.slice(0, -"_low".length);
  return layout.byName.has(`${stem}_high`) ? stem : undefined;
}

/** The two words of a hash as 16 hexadecimal digits, high first. */
export function hashText(view: DataView, layout: RecordLayout, stem: string): string {
  return ["_high", "_low"]
    .map((end) => layout.byName.get(stem + end))
    .map((field) => (field === undefined ? 0 : fieldValue(view, field)).toString(16).padStart(8, "0"))
    .join("");
}

/** A field of several records, a cell each, with as many digits as make different values look different. */
export function fieldTexts(views: readonly DataView[], field: Field): string[] {
  const words = views.map((view) => fieldWord(view, field));
  const different = new Set(words).size;
  for (let digits = DIGITS; digits <= DIGITS_MAX; digits++) {
    const texts = views.map((view) => fieldText(view, field, digits));
    if (new Set(texts).size === different) return texts;
  }
  // Zeros of both signs, and NaNs, differ in no digit.
  return views.map((view, i) => `${fieldText(view, field)} (0x${(words[i] ?? 0).toString(16).padStart(8, "0")})`);
}

/** The bits of a field: two NaNs are compared as what they are. */
export function fieldWord(view: DataView, { word }: Field): number {
  return view.getUint32(ENCAPSULATION_SIZE + 4 * word, true);
}

/** A field's value in one cell: `TRIPLEX`, `A and B`, `0.25`, `-`. */
export function fieldText(view: DataView, field: Field, digits: number = DIGITS): string {
  const value = fieldValue(view, field);
  if (field.enum !== undefined) return enumName(field.enum, value);
  const { packed } = field;
  if (packed !== undefined) return CHANNELS.map((_, i) => enumName(packed, packedValue(value, i))).join(" ");
  if (field.bits !== undefined) return channelsText(value);
  if (FRAME_FIELDS.has(field.name) && value === NO_FRAME) return "none";
  if (field.signal?.type === "bool") return value === 0 ? "false" : "true";
  return field.type === "float32" ? numberText(value, digits) : String(value);
}

function lowOf(name: string): string {
  return `${name.slice(0, -"_high".length)}_low`;
}
