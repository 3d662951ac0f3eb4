import type { FrameRecords } from "../judge/frame-records.ts";
import type { Judge } from "../judge/judge.ts";
import type { JudgedEvent } from "../judge/judged-event.ts";
import { REPORTERS, type Reporter } from "../model/events.ts";
import type { EventRecord } from "./file/event-record.ts";
import { FrameWords } from "./frame-words.ts";
import type { VoterLog } from "./reader.ts";

/** A frame of a log, and what was reported in it. The records are filled anew with the next frame. */
export interface LoggedFrame {
  readonly records: FrameRecords;
  readonly events: readonly JudgedEvent[];
}

/** Everything in a log that a judge reads, frame by frame in order. */
export async function* framesOf(log: VoterLog): AsyncGenerator<LoggedFrame> {
  const words = new FrameWords();
  const reported = log.events();
  let next = await reported.next();
  for await (const set of log.frames()) {
    const events: JudgedEvent[] = [];
    while (next.done !== true && next.value.frame <= set.frame) {
      events.push(judgedEvent(next.value));
      next = await reported.next();
    }
    yield { records: words.take(set), events };
  }
}

/** Tells a judge of a whole log. `onFrame`: called after each frame. */
export async function judgeLog(log: VoterLog, judge: Judge, onFrame?: (frame: LoggedFrame) => void): Promise<void> {
  for await (const frame of framesOf(log)) {
    for (const event of frame.events) judge.event(event);
    judge.frame(frame.records);
    onFrame?.(frame);
  }
}

/** A reporter that this version does not know speaks for the host: nothing is judged by what it says. */
function judgedEvent({ frame, by, code, subject, argument, text }: EventRecord): JudgedEvent {
  const reporter = REPORTERS.find((known) => known === by) ?? ("host" satisfies Reporter);
  return { frame, by: reporter, code, subject, argument, text };
}
