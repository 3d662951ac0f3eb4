import { channelLayout, ros2Definition, stageLayout } from "../protocol/record.ts";
import { decodeSignalTable } from "../protocol/signal-table.ts";
import type { SignalTable } from "../protocol/signals.ts";
import { type AttachmentPlace, type LogIndex, loadIndex } from "./index.ts";
import { OPCODES } from "./mcap.ts";
import { Cursor, checkAttachment, FormatDamage, recordsIn } from "./parse.ts";
import { LogError } from "./problem.ts";
import { type Loss, scanIndex } from "./scan.ts";
import { TOPICS } from "./schemas.ts";
import type { LogSource } from "./source.ts";

/** What must be known and right before a log is read: index, topics, signal table, schemas. */

const ATTACHMENT_SIZE_MAX: number = 64 * 1024 * 1024;
const STAGE_INDEX = 3;

export interface Found {
  readonly index: LogIndex;
  readonly losses: readonly Loss[];
  readonly problem: string | undefined;
}

export async function findIndex(source: LogSource, unverified: boolean): Promise<Found> {
  try {
    if (!unverified) return { index: await loadIndex(source), losses: [], problem: undefined };
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    return { ...(await scanIndex(source, { unverified })), problem: error.message };
  }
  return { ...(await scanIndex(source, { unverified })), problem: "asked to read damaged chunks too" };
}

export function topicIds(index: LogIndex): (number | undefined)[] {
  return TOPICS.map((topic) => [...index.channels.values()].find((channel) => channel.topic === topic)?.id);
}

export function checkTopics(file: string, index: LogIndex): void {
  const ids = topicIds(index);
  if (ids.slice(0, 3).some((id) => id !== undefined) && index.attachments.has("signals.bin")) return;
  const topics = [...index.channels.values()].map(({ topic }) => topic).slice(0, 6);
  throw new LogError({
    code: "not-a-voter-log",
    kind: "file",
    problem: "this MCAP file is no voter log",
    place: { file },
    expected: `topics ${TOPICS.slice(0, 3).join(", ")} and the attachment signals.bin`,
    found: topics.length === 0 ? "no topics" : `${index.channels.size} topics: ${topics.join(", ")}`,
    hint: "Give a file written by quorate with --log; recordings go to quorate sim --trace.",
  });
}

export async function readTable(source: LogSource, index: LogIndex): Promise<SignalTable> {
  const place = index.attachments.get("signals.bin");
  if (place === undefined) throw new Error("checkTopics looks for signals.bin");
  const result = decodeSignalTable(await readAttachment(source, "signals.bin", place));
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
  const bytes = await source.read(place.offset, place.size);
  checkAttachment(bytes, place.offset);
  for (const { opcode, body } of recordsIn(new Cursor(bytes, place.offset))) {
    body.u64();
    body.u64();
    const found = body.text();
    body.text();
    if (opcode === OPCODES.attachment && found === name) return body.raw(body.size());
  }
  throw new FormatDamage({
    problem: "an attachment is not where the index says",
    offset: place.offset,
    expected: name,
    found: "other bytes",
  });
}

/** The schema in the file must be the one this version would write: else words would be read as other fields. */
export function checkSchemas(file: string, index: LogIndex, table: SignalTable): void {
  const ids = topicIds(index);
  for (const [i, layout] of [channelLayout(table), stageLayout(table)].entries()) {
    const id = ids[i === 0 ? ids.findIndex((known) => known !== undefined) : STAGE_INDEX];
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
