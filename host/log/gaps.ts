import { type FrameRange, type MissingOf, type MissingSpan, type Span, spanText } from "./file/frame-span.ts";
import { framesTold } from "./file/run-metadata.ts";
import type { VoterLog } from "./reader.ts";

/**
 * Frames that a log should have and has not. A log that was saved from damage is whole as a file: only its frame
 * numbers still say that something is gone.
 */

const SOURCES = ["A", "B", "C", "stage"] as const;
/** Spans that are kept per source: beyond that, a log is no log. */
const SPANS_MAX = 10_000;
/** Spans of one source that are told. */
const TOLD_MAX = 6;

/**
 * Frames without any record, then those that only some have not, in order. Counted from frame 0 to the last one the
 * result tells, or the last one in the file. Reads the frames only when their count is not what it should be.
 */
export async function missingFrames(log: VoterLog, range: FrameRange = {}): Promise<MissingSpan[]> {
  const counts = (await log.counts()).slice(0, SOURCES.length);
  const end = await framesOf(log);
  if (counts.every(({ messages, first, last }) => messages === end && first === 0 && last === end - 1)) return [];
  const gaps = await gapsOf(log, end);
  const none = gaps.reduce(common);
  const all: MissingSpan[] = none.map((span) => ({ of: "all", ...span }));
  const some = SOURCES.flatMap((of, i) => without(gaps[i] ?? [], none).map((span): MissingSpan => ({ of, ...span })));
  const from = range.from ?? 0;
  const to = range.to ?? end;
  return [...all, ...some]
    .filter((span) => span.from <= to && span.to >= from)
    .map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }));
}

/** Frames of the run: as many as its result says, or as the newest record has. */
export async function framesOf(log: VoterLog): Promise<number> {
  const counts = await log.counts();
  return Math.max(framesTold(log.metadata("quorate.result")), ...counts.map(({ last }) => (last ?? -1) + 1));
}

/** The same in sentences; nothing when nothing is missing. */
export function missingTexts(missing: readonly MissingSpan[]): string[] {
  return (["all", ...SOURCES] as const).flatMap((of) => {
    const spans = missing.filter((span) => span.of === of);
    if (spans.length === 0) return [];
    const more = spans.length > TOLD_MAX ? ` and ${spans.length - TOLD_MAX} more ranges` : "";
    const frames = `${spans.slice(0, TOLD_MAX).map(spanText).join(", ")}${more}`;
    const count = missingCount(missing, of);
    const counted = spans.length === 1 && count === 1 ? "" : ` (${count} frames)`;
    if (of === "all") return [`Missing: ${frames}${counted}. The file has no record of them: they are lost.`];
    return [`No record of ${of === "stage" ? "the output stage" : of}: ${frames}${counted}; off, or lost.`];
  });
}

/** Frames that are missing of one source. */
export function missingCount(missing: readonly MissingSpan[], of: MissingOf = "all"): number {
  return missing.reduce((sum, span) => sum + (span.of === of ? span.to - span.from + 1 : 0), 0);
}

/** What each source has not, up to `end`. */
async function gapsOf(log: VoterLog, end: number): Promise<Span[][]> {
  const gaps: Span[][] = SOURCES.map(() => []);
  const next = SOURCES.map(() => 0);
  const gap = (source: number, before: number) => {
    const from = next[source] ?? 0;
    const spans = gaps[source];
    if (before > from && spans !== undefined && spans.length < SPANS_MAX) spans.push({ from, to: before - 1 });
  };
  await log.eachFrameNumber((source, frame) => {
    gap(source, frame);
    next[source] = Math.max(next[source] ?? 0, frame + 1);
  });
  for (const source of SOURCES.keys()) gap(source, end);
  return gaps;
}

/** What is in both lists of ascending spans. */
function common(a: readonly Span[], b: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (let i = 0, k = 0; i < a.length && k < b.length; ) {
    const [one, other] = [a[i] as Span, b[k] as Span];
    const [from, to] = [Math.max(one.from, other.from), Math.min(one.to, other.to)];
    if (from <= to) found.push({ from, to });
    if (one.to < other.to) i += 1;
    else k += 1;
  }
  return found;
}

/** What is in `spans` and not in `cut`, a list of parts of them. */
function without(spans: readonly Span[], cut: readonly Span[]): Span[] {
  const left: Span[] = [];
  let k = 0;
  for (const { from, to } of spans) {
    let start = from;
    for (let part = cut[k]; part !== undefined && part.from <= to; part = cut[k]) {
      if (part.from > start) left.push({ from: start, to: part.from - 1 });
      start = part.to + 1;
      k += 1;
    }
    if (start <= to) left.push({ from: start, to });
  }
  return left;
}
