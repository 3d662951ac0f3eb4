import { channelLayout, detailLayout, ros2Definition, stageLayout } from "../../model/record.ts";
import { decodeSignalTable } from "../../model/signal-table.ts";
import type { SignalTable } from "../../model/signals.ts";
import { ATTACHMENTS } from "./attachments.ts";
import { type CheckResult, checkPart, checkWhole } from "./check-bytes.ts";
import { setMoment, wide } from "./chunk.ts";
import { LATE_FRAMES_MAX } from "./frame-set.ts";
import { LogError } from "./log-error.ts";
import { type AttachmentPlace, type ChunkPlace, type LogIndex, loadIndex } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";
import { FormatDamage, openAttachment } from "./mcap-parse.ts";
import { scanIndex } from "./scan-log.ts";
import { DETAIL_A_TOPIC, logChannels, logSchemas, STAGE_TOPIC, TOPICS } from "./schemas.ts";

/** What must be known and right before a log is read: index, topics, signal table, schemas. */

const ATTACHMENT_SIZE_MAX: number = 64 * 1024 * 1024;

export interface Found extends CheckResult {
  /** Why the file was read from its start instead of through its index. */
  readonly problem: string | undefined;
}

/** `none`: nothing is compared. `all`: every byte is. Else the chunks of these frames. */
export type Extent = "none" | "all" | { readonly from: number; readonly to: number };

/**
 * Finds what is in a file and, as far as asked for, leaves out what is damaged: through the index where that is whole,
 * by a scan where it is not.
 * @throws FormatDamage when it is no MCAP file.
 */
export async function inspect(source: LogSource, extent: Extent, options = { unverified: false }): Promise<Found> {
  try {
    return { ...(await throughIndex(source, extent, options)), problem: undefined };
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    const scan = await scanIndex(source, options);
    await declare(source, scan.index);
    return { ...scan, problem: error.message };
  }
}

async function throughIndex(source: LogSource, extent: Extent, { unverified }: { unverified: boolean }) {
  const loaded = await loadIndex(source);
  if (extent === "none") return { ...loaded, intact: undefined };
  const periodUs = (await tableOf(source, loaded.index))?.periodUs;
  if (extent === "all") return await checkWhole(source, loaded, { periodUs, unverified });
  return await checkPart(source, loaded, { periodUs, isWanted: nearTo(extent, periodUs ?? 1) });
}

/** The first chunk declares schemas and channels; when it is lost, they are those that this version would write. */
async function declare(source: LogSource, index: LogIndex): Promise<void> {
  if (index.channels.size > 0 || index.chunks.length === 0) return;
  const table = await tableOf(source, index);
  if (table === undefined) return;
  for (const schema of logSchemas(table)) index.schemas.set(schema.id, schema);
  for (const channel of logChannels()) index.channels.set(channel.id, channel);
}

/** The signal table if it is there and whole. */
async function tableOf(source: LogSource, index: LogIndex): Promise<SignalTable | undefined> {
  const place = index.attachments.get(ATTACHMENTS.signals);
  if (place === undefined) return undefined;
  try {
    const result = decodeSignalTable(await readAttachment(source, ATTACHMENTS.signals, place));
    return result.kind === "value" ? result.table : undefined;
  } catch (error) {
    if (error instanceof FormatDamage) return undefined;
    throw error;
  }
}

/** Whether a chunk may have records of a range. */
export function nearTo(range: { readonly from: number; readonly to: number }, periodUs: number) {
  const moment = { low: 0, high: 0 };
  setMoment(moment, range.from, periodUs);
  const start = wide(moment);
  setMoment(moment, Math.min(range.to, 0xffffffff), periodUs);
  // What arrives late is logged late, never early: look a little beyond the range's end.
  const end = wide(moment) + BigInt(LATE_FRAMES_MAX) * BigInt(periodUs) * 1000n;
  return ({ startTime, endTime }: ChunkPlace): boolean => endTime >= start && startTime <= end;
}

export function topicIds(index: LogIndex): (number | undefined)[] {
  return TOPICS.map((topic) => [...index.channels.values()].find((channel) => channel.topic === topic)?.id);
}

export function checkTopics(file: string, index: LogIndex): void {
  const ids = topicIds(index);
  if (ids.slice(0, 3).some((id) => id !== undefined) && index.attachments.has(ATTACHMENTS.signals)) return;
  const topics = [...index.channels.values()].map(({ topic }) => topic).slice(0, 6);
  throw new LogError({
    code: "not-a-voter-log",
    kind: "file",
    problem: "this MCAP file is no voter log",
    place: { file },
    expected: `topics ${TOPICS.slice(0, 3).join(", ")} and the attachment ${ATTACHMENTS.signals}`,
    found: topics.length === 0 ? "no topics" : `${index.channels.size} topics: ${topics.join(", ")}`,
    hint: "Give a file written by quorate with --log; recordings go to quorate sim --trace.",
  });
}

export async function readTable(source: LogSource, index: LogIndex): Promise<SignalTable> {
  const place = index.attachments.get(ATTACHMENTS.signals);
  if (place === undefined) throw new Error("checkTopics looks for it");
  const result = decodeSignalTable(await readAttachment(source, ATTACHMENTS.signals, place));
  if (result.kind === "value") return result.table;
  const { problem, expected, found, offset } = result;
  throw new LogError({
    code: "damaged-signals",
    kind: "file",
    problem: `the log's signal table is damaged at its byte ${offset}: ${problem}`,
    place: { file: source.name, offset: place.offset },
    expected,
    found,
  });
}

export async function readAttachment(source: LogSource, name: string, place: AttachmentPlace): Promise<Uint8Array> {
  if (place.size > ATTACHMENT_SIZE_MAX) {
    const expected = `at most ${ATTACHMENT_SIZE_MAX} bytes`;
    throw new FormatDamage({
      problem: "an attachment is too long",
      offset: place.offset,
      expected,
      found: `${place.size}`,
    });
  }
  const attachment = openAttachment(await source.read(place.offset, place.size), place.offset);
  if (attachment.name === name) return attachment.data;
  const problem = "an attachment is not where the index says";
  throw new FormatDamage({ problem, offset: place.offset, expected: name, found: attachment.name });
}

/** The schema in the file must be the one this version would write: else words would be read as other fields. */
export function checkSchemas(file: string, index: LogIndex, table: SignalTable): void {
  const ids = topicIds(index);
  const layouts = [
    { layout: channelLayout(table), id: ids.slice(0, STAGE_TOPIC).find((known) => known !== undefined) },
    { layout: stageLayout(table), id: ids[STAGE_TOPIC] },
    { layout: detailLayout(), id: ids.slice(DETAIL_A_TOPIC).find((known) => known !== undefined) },
  ];
  for (const { layout, id } of layouts) {
    const schema = id === undefined ? undefined : index.schemas.get(index.channels.get(id)?.schemaId ?? 0);
    if (schema === undefined) continue;
    const found = fieldLines(new TextDecoder().decode(schema.data));
    const expected = fieldLines(ros2Definition(layout));
    const at = expected.findIndex((line, n) => line !== found[n]);
    if (at < 0 && found.length === expected.length) continue;
    throw new LogError({
      code: "other-layout",
      kind: "file",
      problem: `the records of ${layout.schema} have another layout than this version knows`,
      place: { file },
      expected: expected[Math.max(0, at)] ?? "no more fields",
      found: found[at < 0 ? expected.length : at] ?? "no more fields",
      hint: "Read the log with the version of quorate that wrote it.",
    });
  }
}

function fieldLines(definition: string): string[] {
  const lines = definition.split("\n").map((line) => line.replace(/#.*/, "").trim());
  return lines.filter((line) => line !== "" && !line.includes("="));
}
