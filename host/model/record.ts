import { ENUMS, type EnumKey } from "./enums.ts";
import type { Signal, SignalList, SignalType } from "./signals.ts";

/**
 * Which word of a record is which field (docs/core.md, "Channel record", "Channel detail", "Stage record").
 * A record is four bytes of CDR encapsulation and then words, so a field is found without decoding:
 * word w lies at byte 4 + 4 * w. The ROS 2 schema of the log is made from the same list.
 */

export type WordType = "uint32" | "int32" | "float32";

export interface Field {
  readonly name: string;
  /** Index of the word behind the encapsulation. */
  readonly word: number;
  readonly type: WordType;
  /** The names of its values. */
  readonly enum?: EnumKey | undefined;
  /** One number per channel in 4 bits each, A lowest, with these names. */
  readonly packed?: EnumKey | undefined;
  /** One bit per channel, A lowest. */
  readonly bits?: "channels" | undefined;
  /** The signal it carries a value of. */
  readonly signal?: Signal | undefined;
}

export interface RecordLayout {
  /** `quorate/ChannelFrame`, `quorate/ChannelDetail` or `quorate/StageFrame`. */
  readonly schema: string;
  readonly fields: readonly Field[];
  /** Bytes of a whole record, encapsulation included. */
  readonly size: number;
  readonly byName: ReadonlyMap<string, Field>;
}

/** CDR, little-endian, no options. */
export const ENCAPSULATION: readonly number[] = [0, 1, 0, 0];
export const ENCAPSULATION_SIZE = 4;
/** Version of the records; a log of another one is refused (docs/voter-log.md). */
export const RECORD_VERSION = 2;
/** What a RECORD effect hands out (docs/core.md, "Effects"). */
export const RECORD_FRAME = 0;
export const RECORD_DETAIL = 1;
/** `committed_frame` and `pending_frame` when there is none. */
export const NO_FRAME = 0xffffffff;

type Part = Omit<Field, "word">;
type Kind = Omit<Part, "name">;

const NUMBER: Kind = { type: "uint32" };
const CHANNEL_BITS: Kind = { type: "uint32", bits: "channels" };
const of = (key: EnumKey): Kind => ({ type: "uint32", enum: key });

/** Words in front of the inputs of a channel record, in order. */
const CHANNEL_HEAD = {
  frame: NUMBER,
  committed_frame: NUMBER,
  pending_frame: NUMBER,
  base_frame: NUMBER,
  base_hash_low: NUMBER,
  base_hash_high: NUMBER,
  outcome: of("outcome"),
  mode: of("mode"),
  gate: NUMBER,
  driven: NUMBER,
  pulls: CHANNEL_BITS,
  source_a: of("source"),
  source_b: of("source"),
  source_c: of("source"),
  health_a: of("health"),
  health_b: of("health"),
  health_c: of("health"),
  trips_a: NUMBER,
  trips_b: NUMBER,
  trips_c: NUMBER,
  digest_low: NUMBER,
  digest_high: NUMBER,
  module_hash_low: NUMBER,
  module_hash_high: NUMBER,
  agreed_hash_low: NUMBER,
  agreed_hash_high: NUMBER,
  matching: CHANNEL_BITS,
  received: CHANNEL_BITS,
  fuel_used: NUMBER,
  step_status: of("step"),
  fresh: NUMBER,
  omissions: NUMBER,
} satisfies Record<string, Kind>;

/** Words of each input of a channel record, in order. */
const INPUT_WORDS = ["sample", "selected", "valid", "why", "used", "reasons", "sensors"] as const;

/** All zero in a frame in which nothing is amiss: such a record is not written, and a reader takes zeros for it. */
const DETAIL = {
  frame: NUMBER,
  alpha_a: NUMBER,
  alpha_b: NUMBER,
  alpha_c: NUMBER,
  cooldown_a: NUMBER,
  cooldown_b: NUMBER,
  cooldown_c: NUMBER,
  err_a: NUMBER,
  err_b: NUMBER,
  err_c: NUMBER,
  accusations: CHANNEL_BITS,
  declaration: NUMBER,
  no_majority: NUMBER,
  miscompares: NUMBER,
  link_ab: NUMBER,
  link_ac: NUMBER,
  link_bc: NUMBER,
  result_hash_low: NUMBER,
  result_hash_high: NUMBER,
  result_agreed_hash_low: NUMBER,
  result_agreed_hash_high: NUMBER,
} satisfies Record<string, Kind>;

/** Words in front of the outputs of a stage record, in order. */
const STAGE_HEAD = {
  frame: NUMBER,
  outcome: of("stage_outcome"),
  enabled: CHANNEL_BITS,
  counted: CHANNEL_BITS,
  agreeing: CHANNEL_BITS,
  held_frames: NUMBER,
  latched: NUMBER,
  hash_low: NUMBER,
  hash_high: NUMBER,
} satisfies Record<string, Kind>;

/** Where the words of a record are, by name; what a channel has three of is found from its `_a` on. */
export const CHANNEL_WORD: Readonly<Record<keyof typeof CHANNEL_HEAD, number>> = indices(CHANNEL_HEAD);
export const DETAIL_WORD: Readonly<Record<keyof typeof DETAIL, number>> = indices(DETAIL);
export const STAGE_WORD: Readonly<Record<keyof typeof STAGE_HEAD, number>> = indices(STAGE_HEAD);
/** Of an input's words, counted from the first of them. */
export const INPUT_WORD = Object.fromEntries(INPUT_WORDS.map((name, word) => [name, word])) as Readonly<
  Record<(typeof INPUT_WORDS)[number], number>
>;

/** Fixed words in front of the signals of a channel record, and of a stage record. */
export const CHANNEL_HEAD_WORDS: number = Object.keys(CHANNEL_HEAD).length;
export const STAGE_HEAD_WORDS: number = Object.keys(STAGE_HEAD).length;
/** Words that every input has in a channel record. */
export const WORDS_PER_INPUT: number = INPUT_WORDS.length;

function indices<T extends string>(head: Readonly<Record<T, Kind>>): Record<T, number> {
  return Object.fromEntries(Object.keys(head).map((name, word) => [name, word])) as Record<T, number>;
}

function partsOf(head: Readonly<Record<string, Kind>>): Part[] {
  return Object.entries(head).map(([name, kind]) => ({ name, ...kind }));
}

/** Where each field of `/a/frame`, `/b/frame`, `/c/frame` is. */
export function channelLayout(signals: SignalList): RecordLayout {
  const parts = [
    ...partsOf(CHANNEL_HEAD),
    ...signals.inputs.flatMap(inputParts),
    ...signals.outputs.map(valuePart),
    ...signals.probes.map(valuePart),
  ];
  return layout("quorate/ChannelFrame", parts);
}

/** Where each field of `/a/detail`, `/b/detail`, `/c/detail` is. */
export function detailLayout(): RecordLayout {
  return layout("quorate/ChannelDetail", partsOf(DETAIL));
}

/** Where each field of `/stage/frame` is. */
export function stageLayout(signals: SignalList): RecordLayout {
  return layout("quorate/StageFrame", [...partsOf(STAGE_HEAD), ...signals.outputs.map(valuePart)]);
}

/**
 * A name that two fields of a record, or of a frame record and its details, would have, or `undefined`: such signals cannot be
 * logged. `frame` stands in both and means the same.
 */
export function clashingField(signals: SignalList): string | undefined {
  const channel = channelLayout(signals);
  for (const { fields, byName } of [channel, stageLayout(signals)]) {
    const clash = fields.find((field) => byName.get(field.name) !== field);
    if (clash !== undefined) return clash.name;
  }
  return detailLayout().fields.find(({ name, word }) => word > 0 && channel.byName.has(name))?.name;
}

/** The value of a record's field as a number: f32 as such, i32 signed, everything else unsigned. */
export function fieldValue(view: DataView, field: Field): number {
  const at = ENCAPSULATION_SIZE + 4 * field.word;
  if (field.type === "float32") return view.getFloat32(at, true);
  return field.type === "int32" ? view.getInt32(at, true) : view.getUint32(at, true);
}

/** The value of a field by name; the name must be one of the layout's. */
export function readField(view: DataView, layout: RecordLayout, name: string): number {
  const field = layout.byName.get(name);
  if (field === undefined) throw new Error(`${layout.schema} has no field ${name}`);
  return fieldValue(view, field);
}

/** One channel's part of a packed field. `channel` is 0 for A. */
export function packedValue(word: number, channel: number): number {
  return (word >>> (4 * channel)) & 15;
}

/**
 * A ROS 2 message definition of the record: constants for every enumeration it uses, then one scalar per word.
 *
 *     uint32 MODE_TRIPLEX=3
 *     uint32 mode
 */
export function ros2Definition({ fields }: RecordLayout): string {
  const keys = new Set(fields.flatMap((field) => [field.enum, field.packed].filter((key) => key !== undefined)));
  const constants = [...keys].flatMap((key) =>
    ENUMS[key].map((name, value) => `uint32 ${key.toUpperCase()}_${name}=${value}`),
  );
  return `${[...constants, ...fields.map(fieldLine)].join("\n")}\n`;
}

function fieldLine(field: Field): string {
  const { signal, packed, bits } = field;
  const notes: string[] = [];
  if (field.enum !== undefined) notes.push(`${field.enum.toUpperCase()}_*`);
  if (packed !== undefined) notes.push(`4 bits per channel, A lowest: ${packed.toUpperCase()}_*`);
  if (bits !== undefined) notes.push("1 bit per channel, A lowest");
  if (signal !== undefined && signal.unit !== "") notes.push(printable(signal.unit));
  return `${field.type} ${field.name}${notes.length === 0 ? "" : ` # ${notes.join(", ")}`}`;
}

/** A unit comes from a file; a line break in it would end the comment and start a field. */
function printable(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S}]+/gu, " ").trim();
}

/** In the order of `INPUT_WORDS`. */
function inputParts(signal: Signal): Part[] {
  const { name } = signal;
  const type = wordType(signal.type);
  return [
    { name: `${name}_sample`, type, signal },
    { name, type, signal },
    { name: `${name}_valid`, ...NUMBER },
    { name: `${name}_why`, ...of("why") },
    { name: `${name}_used`, ...CHANNEL_BITS },
    { name: `${name}_reasons`, type: "uint32", packed: "sample" },
    { name: `${name}_sensors`, type: "uint32", packed: "health" },
  ];
}

function valuePart(signal: Signal): Part {
  return { name: signal.name, type: wordType(signal.type), signal };
}

function wordType(type: SignalType): WordType {
  if (type === "f32") return "float32";
  return type === "i32" ? "int32" : "uint32";
}

function layout(schema: string, parts: readonly Part[]): RecordLayout {
  const fields = parts.map((part, word): Field => ({ ...part, word }));
  const byName = new Map(fields.map((field) => [field.name, field]));
  return { schema, fields, byName, size: ENCAPSULATION_SIZE + 4 * fields.length };
}
