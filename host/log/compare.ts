import { CHANNELS } from "../model/enums.ts";
import type { Field, RecordLayout } from "../model/record.ts";
import type { Signal } from "../model/signals.ts";
import { fieldText, fieldWord, hashStem, hashText } from "./decode.ts";
import type { FrameSet } from "./file/frame-set.ts";
import { framesOf } from "./gaps.ts";
import type { VoterLog } from "./reader.ts";

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
  /** Frames that were not, or not whole, because a damaged log has no record of them. */
  readonly uncompared: number;
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
/** What details that were not written have not. */
const UNWRITTEN = ["frame"];

/**
 * Compares two runs frame by frame until both kinds of difference are found. What a damaged log has not is no
 * difference: it is counted as not compared.
 */
export async function diffLogs(a: VoterLog, b: VoterLog): Promise<LogDifference> {
  const facts = factsDiffer(a, b);
  if (facts.some(({ field }) => field === "signals")) {
    return { frames: 0, uncompared: 0, equal: false, facts, stage: undefined, channels: [], lengths: undefined };
  }
  const [mayLackA, mayLackB] = [mayLack(a), mayLack(b)];
  const isLost = ({ present }: RecordDifference) => (present === "a" && mayLackB) || (present === "b" && mayLackA);
  const ends = { a: await framesOf(a), b: await framesOf(b) };
  let stage: RecordDifference | undefined;
  let channels: RecordDifference[] = [];
  let lengths: LogDifference["lengths"];
  let frames = 0;
  let uncompared = 0;
  for await (const pair of pairs(a, b)) {
    const isOver = (pair.a === undefined && pair.frame >= ends.a) || (pair.b === undefined && pair.frame >= ends.b);
    if (isOver) {
      lengths = ends;
      break;
    }
    const found = [...stageDiffers(a, pair), ...channelsDiffer(a, pair)];
    const differing = found.filter((one) => !isLost(one));
    if (differing.length < found.length) uncompared += 1;
    else frames += 1;
    stage ??= differing.find(({ of }) => of === "stage");
    if (channels.length === 0) channels = differing.filter(({ of }) => of !== "stage");
    const isAhead = (pair.a === undefined && !mayLackA) || (pair.b === undefined && !mayLackB);
    if (isAhead || (stage !== undefined && channels.length > 0)) break;
  }
  const equal = stage === undefined && channels.length === 0 && lengths === undefined && uncompared === 0;
  return { frames, uncompared, equal, facts, stage, channels, lengths };
}

/** Whether a log may lack records that the run had; nobody vouches for one that was not checked. */
function mayLack({ intact, isDamaged }: VoterLog): boolean {
  return intact !== true || isDamaged;
}

/** One frame of two runs; `undefined` where a run has no record of it. */
interface Pair {
  readonly frame: number;
  readonly a: FrameSet | undefined;
  readonly b: FrameSet | undefined;
}

async function* pairs(a: VoterLog, b: VoterLog): AsyncGenerator<Pair> {
  const [left, right] = [a.frames(), b.frames()];
  try {
    let [one, other] = await Promise.all([left.next(), right.next()]);
    while (one.done !== true || other.done !== true) {
      const [frameA, frameB] = [frameOf(one), frameOf(other)];
      const frame = Math.min(frameA, frameB);
      const pair = { a: frameA === frame ? one.value : undefined, b: frameB === frame ? other.value : undefined };
      yield { frame, a: pair.a ?? undefined, b: pair.b ?? undefined };
      [one, other] = await Promise.all([frameA === frame ? left.next() : one, frameB === frame ? right.next() : other]);
    }
  } finally {
    await Promise.all([left.return(undefined), right.return(undefined)]);
  }
}

function frameOf(next: IteratorResult<FrameSet, unknown>): number {
  return next.done === true ? Number.POSITIVE_INFINITY : next.value.frame;
}

function stageDiffers(log: VoterLog, { frame, a, b }: Pair): RecordDifference[] {
  const place = { of: "stage", frame, layout: log.stageLayout, skip: HASHES };
  return recordDiffers(place, { a: a?.stage, b: b?.stage });
}

function channelsDiffer(log: VoterLog, { frame, a, b }: Pair): RecordDifference[] {
  const differences = CHANNELS.flatMap((of, channel) => {
    const views = { a: a?.channels[channel], b: b?.channels[channel] };
    const found = recordDiffers({ of, frame, layout: log.channelLayout, skip: [] }, views);
    if (views.a === undefined || views.b === undefined) return found;
    const details = { a: a?.details[channel], b: b?.details[channel] };
    return joined(found, recordDiffers({ of, frame, layout: log.detailLayout, skip: UNWRITTEN }, details));
  });
  // Who sampled something else comes first: the others only follow from it.
  const own = ({ fields }: RecordDifference) => fields.filter(({ field }) => field.endsWith("_sample")).length;
  return differences.sort((one, other) => own(other) - own(one));
}

/** The differences of a channel's two records as those of one. */
function joined([first]: readonly RecordDifference[], [second]: readonly RecordDifference[]): RecordDifference[] {
  if (first === undefined || second === undefined) return [first ?? second].filter((one) => one !== undefined);
  return [{ ...first, fields: [...first.fields, ...second.fields] }];
}

interface Views {
  readonly a: DataView | undefined;
  readonly b: DataView | undefined;
}

interface Place {
  readonly of: string;
  readonly frame: number;
  readonly layout: RecordLayout;
  readonly skip: readonly string[];
}

/** The one difference of two records, or nothing. */
function recordDiffers({ of, frame, layout, skip }: Place, { a, b }: Views): RecordDifference[] {
  if (a === undefined && b === undefined) return [];
  if (a === undefined || b === undefined) return [{ frame, of, fields: [], present: a === undefined ? "b" : "a" }];
  if (equalBytes(a, b)) return [];
  const hashes = layout.fields.flatMap((field) => hashStem(field, layout) ?? []).filter((stem) => stem !== "hash");
  const differing = layout.fields.filter((field) => !skip.includes(field.name) && differs(field, a, b));
  const single = differing.filter(
    ({ name }) => !hashes.some((stem) => name === `${stem}_low` || name === `${stem}_high`),
  );
  const words = single.sort((one, other) => rank(one) - rank(other)).map((field) => wordDifference(field, { a, b }));
  const hashed = hashes.map((field) => ({ field, a: hashText(a, layout, field), b: hashText(b, layout, field) }));
  const fields = [...words, ...hashed.filter((hash) => hash.a !== hash.b)];
  return fields.length === 0 ? [] : [{ frame, of, fields, present: "both" }];
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
  return fieldWord(a, field) !== fieldWord(b, field);
}

/** Values of a field in both runs; with their bits when they would look alike. */
function wordDifference(field: Field, { a, b }: { a: DataView; b: DataView }): FieldDifference {
  const [left, right] = [fieldText(a, field), fieldText(b, field)];
  if (left !== right) return { field: field.name, a: left, b: right };
  return { field: field.name, a: `${left} (${bitsText(a, field)})`, b: `${right} (${bitsText(b, field)})` };
}

function bitsText(view: DataView, field: Field): string {
  return `0x${fieldWord(view, field).toString(16).padStart(8, "0")}`;
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
