import { CHANNELS } from "../protocol/enums.ts";
import type { Field, RecordLayout } from "../protocol/record.ts";
import type { Signal } from "../protocol/signals.ts";
import { fieldText, hashStem, hashText } from "./decode.ts";
import { framesOf } from "./gaps.ts";
import type { FrameSet, VoterLog } from "./reader.ts";

/** One field of one record that two runs have differently. */
export interface FieldDifference {
  readonly field: string;
  readonly a: string;
  readonly b: string;
}

export interface RecordDifference {
  readonly frame: number;
  /** `A`, `B`, `C` or `stage`. */
  readonly of: string;
  /** Empty when only one run has the record. */
  readonly fields: readonly FieldDifference[];
  /** Which of the two runs has the record at all. */
  readonly present: "both" | "a" | "b";
}

export interface LogDifference {
  /** Frames that were compared. */
  readonly frames: number;
  readonly equal: boolean;
  /** What already differs before the first frame: module, signals. Different signals end the comparison. */
  readonly facts: readonly FieldDifference[];
  /** First frame in which the output stage gave something else. */
  readonly stage: RecordDifference | undefined;
  /** First frame in which a channel's record differs, with every channel that does. */
  readonly channels: readonly RecordDifference[];
  /** Frames of either run when one ends earlier. */
  readonly lengths: { readonly a: number; readonly b: number } | undefined;
}

/** Words of a stage record that are results; the hash follows from them and its history. */
const HASHES = ["hash_low", "hash_high"];

/** Compares two runs frame by frame until both kinds of difference are found. */
export async function diffLogs(a: VoterLog, b: VoterLog): Promise<LogDifference> {
  const facts = factsDiffer(a, b);
  if (facts.some(({ field }) => field === "signals")) {
    return { frames: 0, equal: false, facts, stage: undefined, channels: [], lengths: undefined };
  }
  let stage: RecordDifference | undefined;
  let channels: RecordDifference[] = [];
  let lengths: LogDifference["lengths"];
  let frames = 0;
  const [left, right] = [a.frames(), b.frames()];
  for (;;) {
    const [one, other] = await Promise.all([left.next(), right.next()]);
    if (one.done === true || other.done === true) {
      if (one.done !== other.done) lengths = { a: await framesOf(a), b: await framesOf(b) };
      break;
    }
    frames += 1;
    const pair = { a: one.value, b: other.value };
    stage ??= stageDiffers(a, pair);
    if (channels.length === 0) channels = channelsDiffer(a, pair);
    const isAhead = pair.a.frame !== pair.b.frame;
    if (isAhead || (stage !== undefined && channels.length > 0)) break;
  }
  await Promise.all([left.return(undefined), right.return(undefined)]);
  const equal = stage === undefined && channels.length === 0 && lengths === undefined;
  return { frames, equal, facts, stage, channels, lengths };
}

interface Pair {
  readonly a: FrameSet;
  readonly b: FrameSet;
}

function stageDiffers(log: VoterLog, { a, b }: Pair): RecordDifference | undefined {
  return recordDiffers(
    { of: "stage", frame: Math.min(a.frame, b.frame), layout: log.stageLayout, skip: HASHES },
    same(a, b, (set) => set.stage),
  );
}

function channelsDiffer(log: VoterLog, { a, b }: Pair): RecordDifference[] {
  const frame = Math.min(a.frame, b.frame);
  const differences = CHANNELS.flatMap((of, channel) => {
    const views = same(a, b, (set) => set.channels[channel]);
    const difference = recordDiffers({ of, frame, layout: log.channelLayout, skip: [] }, views);
    return difference === undefined ? [] : [difference];
  });
  // Who sampled something else comes first: the others only follow from it.
  const own = ({ fields }: RecordDifference) => fields.filter(({ field }) => field.endsWith("_sample")).length;
  return differences.sort((one, other) => own(other) - own(one));
}

interface Views {
  readonly a: DataView | undefined;
  readonly b: DataView | undefined;
}

/** The views of the earlier frame: the run that has skipped it has none. */
function same(a: FrameSet, b: FrameSet, view: (set: FrameSet) => DataView | undefined): Views {
  return { a: a.frame <= b.frame ? view(a) : undefined, b: b.frame <= a.frame ? view(b) : undefined };
}

interface Place {
  readonly of: string;
  readonly frame: number;
  readonly layout: RecordLayout;
  readonly skip: readonly string[];
}

function recordDiffers({ of, frame, layout, skip }: Place, { a, b }: Views): RecordDifference | undefined {
  if (a === undefined && b === undefined) return undefined;
  if (a === undefined || b === undefined) return { frame, of, fields: [], present: a === undefined ? "b" : "a" };
  if (equalBytes(a, b)) return undefined;
  const hashes = layout.fields.flatMap((field) => hashStem(field, layout) ?? []).filter((stem) => stem !== "hash");
  const differing = layout.fields.filter((field) => !skip.includes(field.name) && differs(field, a, b));
  const single = differing.filter(
    ({ name }) => !hashes.some((stem) => name === `${stem}_low` || name === `${stem}_high`),
  );
  const words = single.sort((one, other) => rank(one) - rank(other)).map((field) => wordDifference(field, { a, b }));
  const hashed = hashes.map((field) => ({ field, a: hashText(a, layout, field), b: hashText(b, layout, field) }));
  const fields = [...words, ...hashed.filter((hash) => hash.a !== hash.b)];
  return fields.length === 0 ? undefined : { frame, of, fields, present: "both" };
}

/** What a channel sampled comes first, then what became of it; the hashes only follow. */
function rank({ name, signal }: Field): number {
  if (signal !== undefined && name.endsWith("_sample")) return 0;
  return signal === undefined ? 2 : 1;
}

function equalBytes(a: DataView, b: DataView): boolean {
  for (let at = 0; at < a.byteLength; at += 4) if (a.getUint32(at, true) !== b.getUint32(at, true)) return false;
  return a.byteLength === b.byteLength;
}

function differs(field: Field, a: DataView, b: DataView): boolean {
  const at = 4 + 4 * field.word;
  return a.getUint32(at, true) !== b.getUint32(at, true);
}

/** Values of a field in both runs; with their bits when they would look alike. */
function wordDifference(field: Field, { a, b }: { a: DataView; b: DataView }): FieldDifference {
  const [left, right] = [fieldText(a, field), fieldText(b, field)];
  if (left !== right) return { field: field.name, a: left, b: right };
  return { field: field.name, a: `${left} (${bitsText(a, field)})`, b: `${right} (${bitsText(b, field)})` };
}

function bitsText(view: DataView, field: Field): string {
  return `0x${view
    .getUint32(4 + 4 * field.word, true)
    .toString(16)
    .padStart(8, "0")}`;
}

function factsDiffer(a: VoterLog, b: VoterLog): FieldDifference[] {
  const differences: FieldDifference[] = [];
  const [runA, runB] = [a.metadata("quorate.run"), b.metadata("quorate.run")];
  for (const key of new Set([...runA.keys(), ...runB.keys()])) {
    const [left = "none", right = "none"] = [runA.get(key), runB.get(key)];
    if (left !== right) differences.push({ field: key, a: left, b: right });
  }
  const [signalsA, signalsB] = [a, b].map((log) => signalsText(log)) as [string, string];
  if (signalsA !== signalsB) differences.push({ field: "signals", a: signalsA, b: signalsB });
  return differences;
}

function signalsText({ table }: VoterLog): string {
  const list = (signals: readonly Signal[]) => signals.map(({ name, type }) => `${name}:${type}`).join(" ");
  return `in ${list(table.inputs)}; out ${list(table.outputs)}; probes ${list(table.probes) || "none"}`;
}
