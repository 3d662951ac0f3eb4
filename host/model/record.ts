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

const u32 = (name: string): Part => ({ name, type: "uint32" });
const named = (name: string, key: EnumKey): Part => ({ name, type: "uint32", enum: key });
const channels = (name: string): Part => ({ name, type: "uint32", bits: "channels" });
const each = (stem: string, part: (name: string) => Part): Part[] => ["a", "b", "c"].map((c) => part(`${stem}_${c}`));

const CHANNEL_HEAD: readonly Part[] = [
  ...["frame", "committed_frame", "pending_frame", "base_frame", "base_hash_low", "base_hash_high"].map(u32),
  named("outcome", "outcome"),
  named("mode", "mode"),
  u32("gate"),
  u32("driven"),
  channels("pulls"),
  ...each("source", (name) => named(name, "source")),
  ...each("health", (name) => named(name, "health")),
  ...each("trips", u32),
  ...["digest_low", "digest_high", "module_hash_low", "module_hash_high", "agreed_hash_low", "agreed_hash_high"].map(u32),
  channels("matching"),
  channels("received"),
  u32("fuel_used"),
  named("step_status", "step"),
  u32("fresh"),
  u32("omissions"),
];

/** All zero in a frame in which nothing is amiss: such a record is not written, and a reader takes zeros for it. */
const DETAIL: readonly Part[] = [
  u32("frame"),
  ...["alpha", "cooldown", "err"].flatMap((stem) => each(stem, u32)),
  channels("accusations"),
  ...["declaration", "no_majority", "miscompares", "link_ab", "link_ac", "link_bc"].map(u32),
  ...["result_hash_low", "result_hash_high", "result_agreed_hash_low", "result_agreed_hash_high"].map(u32),
];

const STAGE_HEAD: readonly Part[] = [
  u32("frame"),
  named("outcome", "stage_outcome"),
  channels("enabled"),
  channels("counted"),
  channels("agreeing"),
  ...["held_frames", "latched", "hash_low", "hash_high"].map(u32),
];

/** Fixed words in front of the signals of a channel record. */
export const CHANNEL_HEAD_WORDS: number = CHANNEL_HEAD.length;
/** Words that every input has in a channel record. */
export const WORDS_PER_INPUT = 7;

/** Where each field of `/a/frame`, `/b/frame`, `/c/frame` is. */
export function channelLayout(signals: SignalList): RecordLayout {
  const parts = [
    ...CHANNEL_HEAD,
    ...signals.inputs.flatMap(inputParts),
    ...signals.outputs.map(valuePart),
    ...signals.probes.map(valuePart),
  ];
  return layout("quorate/ChannelFrame", parts);
}

/** Where each field of `/a/detail`, `/b/detail`, `/c/detail` is. */
export function detailLayout(): RecordLayout {
  return layout("quorate/ChannelDetail", DETAIL);
}

/** Where each field of `/stage/frame` is. */
export function stageLayout(signals: SignalList): RecordLayout {
  return layout("quorate/StageFrame", [...STAGE_HEAD, ...signals.outputs.map(valuePart)]);
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

function inputParts(signal: Signal): Part[] {
  const { name } = signal;
  const type = wordType(signal.type);
  return [
    { name: `${name}_sample`, type, signal },
    { name, type, signal },
    u32(`${name}_valid`),
    named(`${name}_why`, "why"),
    channels(`${name}_used`),
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
