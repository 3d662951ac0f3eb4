import type { FrameRecords } from "../judge/frame-records.ts";
import type { JudgedEvent } from "../judge/judged-event.ts";
import { REPORTERS } from "../model/events.ts";
import type { EventRecord } from "./file/event-record.ts";
import type { FrameRange } from "./file/frame-span.ts";
import { FrameWords } from "./frame-words.ts";
import type { VoterLog } from "./reader.ts";

/** Who is told of a run again: a judge is one. */
export interface ReplayListener {
  event(event: JudgedEvent): void;
  /** The arrays are filled anew with each frame. */
  frame(records: FrameRecords): void;
}

/**
 * Hands the frames of a log to a listener in order: the events of each, then its records. Events of frames without a
 * record come in front of the next one that has some, those behind the last record at the end.
 */
export async function replayLog(log: VoterLog, listener: ReplayListener, range: FrameRange = {}): Promise<void> {
  const words = new FrameWords();
  const events = log.events(range);
  let next = await events.next();
  for await (const set of log.frames(range)) {
    for (; next.done !== true && next.value.frame <= set.frame; next = await events.next()) tell(listener, next.value);
    listener.frame(words.take(set));
  }
  for (; next.done !== true; next = await events.next()) tell(listener, next.value);
}

/** A reader keeps what it does not know; nobody can judge what an unknown reporter says. */
function tell(listener: ReplayListener, event: EventRecord): void {
  const by = REPORTERS.find((name) => name === event.by);
  if (by !== undefined) listener.event({ ...event, by });
}
