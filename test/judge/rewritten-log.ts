import type { EventRecord } from "../../host/log/file/event-record.ts";
import { hasDetail } from "../../host/log/file/frame-set.ts";
import { type RunFacts, VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { VoterLog } from "../../host/log/reader.ts";
import type { Reporter } from "../../host/model/events.ts";
import { memorySource } from "./check-log.ts";

/** What becomes of a log's parts; a part that a function gives nothing for is left out. */
export interface Change {
  /** Words behind the encapsulation. */
  readonly record?: (topic: string, frame: number, words: Uint32Array) => Uint32Array | undefined;
  readonly event?: (event: EventRecord, index: number) => EventRecord | undefined;
  readonly attachment?: (name: string, data: Uint8Array) => Uint8Array | undefined;
  readonly facts?: (facts: RunFacts) => RunFacts;
}

const ENCAPSULATION = [0, 1, 0, 0];
const DETAIL_BYTES = 88;

/** A log written anew with a change, every checksum right: only what it says can tell that it was changed. */
export async function rewritten(bytes: Uint8Array, change: Change): Promise<Uint8Array> {
  const log = await VoterLog.open(memorySource(bytes));
  const parts: Uint8Array[] = [];
  const write = async (part: Uint8Array) => parts.push(part.slice());
  const writer = new VoterLogWriter({ write }, await factsOf(log, change));
  const events: EventRecord[] = [];
  for await (const event of log.events()) events.push(event);
  let next = 0;
  for await (const { frame, channels, details, stage } of log.frames()) {
    for (; (events[next]?.frame ?? Number.POSITIVE_INFINITY) <= frame; next += 1) {
      const event = change.event === undefined ? events[next] : change.event(events[next] as EventRecord, next);
      if (event !== undefined) writer.event({ ...event, by: event.by as Reporter });
    }
    const set = { frame, channels, details, stage };
    for (const [i, view] of channels.entries()) {
      const name = "abc".charAt(i);
      const record = changed(change, `/${name}/frame`, frame, view);
      if (record !== undefined) writer.channelFrame(i, frame, record);
      const detail = hasDetail(set, i) || change.record !== undefined ? details[i] : undefined;
      const altered = changed(change, `/${name}/detail`, frame, detail);
      if (altered !== undefined && isWritten(altered)) writer.channelDetail(i, frame, altered);
    }
    const record = changed(change, "/stage/frame", frame, stage);
    if (record !== undefined) writer.stageFrame(frame, record);
  }
  await writer.finish({ frames: 1, verdict: "pass", outputHash: "0".repeat(16), mode: "TRIPLEX" });
  return Buffer.concat(parts);
}

/** Details are written only where a word behind the frame is not zero. */
function isWritten(record: Uint8Array): boolean {
  return record.length === DETAIL_BYTES && record.subarray(8).some((byte) => byte !== 0);
}

function changed(change: Change, topic: string, frame: number, view: DataView | undefined): Uint8Array | undefined {
  if (view === undefined) return undefined;
  const record = new Uint8Array(view.byteLength);
  record.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  if (change.record === undefined) return record;
  const words = change.record(topic, frame, new Uint32Array(record.buffer.slice(ENCAPSULATION.length)));
  return words === undefined ? undefined : Uint8Array.from([...ENCAPSULATION, ...new Uint8Array(words.slice().buffer)]);
}

async function factsOf(log: VoterLog, change: Change): Promise<RunFacts> {
  const run = log.metadata("quorate.run");
  const attachments: RunFacts["attachments"][number][] = [];
  for (const [name, { mediaType }] of log.index.attachments) {
    const data = (await log.attachment(name)) as Uint8Array;
    const kept = change.attachment === undefined ? data : change.attachment(name, data);
    if (kept !== undefined) attachments.push({ name, mediaType, data: kept });
  }
  const facts: RunFacts = {
    controller: run.get("controller") ?? "",
    periodUs: log.periodUs,
    signals: log.table,
    seed: run.get("seed") ?? "",
    moduleHash: run.get("module_hash") ?? "",
    coreHash: run.get("core_hash") ?? "",
    stageHash: run.get("stage_hash") ?? "",
    engines: {},
    source: Object.fromEntries(log.metadata("quorate.source")),
    attachments,
  };
  return change.facts?.(facts) ?? facts;
}
