import type { FrameRecords } from "../judge/frame-records.ts";
import type { Judge } from "../judge/judge.ts";
import type { JudgedEvent } from "../judge/judged-event.ts";
import { REPORTERS, type Reporter } from "../model/events.ts";
import type { EventRecord } from "./file/event-record.ts";
import type { FrameSet } from "./file/frame-set.ts";
import type { FrameRange } from "./file/frame-span.ts";
import { FrameWords } from "./frame-words.ts";
import type { VoterLog } from "./reader.ts";

/** A frame of a log, and what was reported in it. */
export interface LoggedFrame {
  readonly set: FrameSet;
  readonly events: readonly JudgedEvent[];
}

/** A frame with its records as a judge reads them; they are filled anew with the next frame. */
export interface JudgedFrame {
  readonly records: FrameRecords;
  readonly events: readonly JudgedEvent[];
}

/** Everything in a log, or in a range of it, that a judge reads, frame by frame in order. */
export async function* framesOf(log: VoterLog, range: FrameRange = {}): AsyncGenerator<LoggedFrame> {
  const reported = log.events(range);
  let next = await reported.next();
  for await (const set of log.frames(range)) {
    const events: JudgedEvent[] = [];
    while (next.done !== true && next.value.frame <= set.frame) {
      events.push(judgedEvent(next.value));
      next = await reported.next();
    }
    yield { set, events };
  }
}

/** Tells a judge of a whole log. `onFrame`: called after each frame. */
export async function judgeLog(log: VoterLog, judge: Judge, onFrame?: (frame: JudgedFrame) => void): Promise<void> {
  const words = new FrameWords();
  for await (const { set, events } of framesOf(log)) {
    for (const event of events) judge.event(event);
    const records = words.take(set);
    judge.frame(records);
    onFrame?.({ records, events });
  }
}

/** A reporter that this version does not know speaks for the host: nothing is judged by what it says. */
function judgedEvent({ frame, by, code, subject, argument, text }: EventRecord): JudgedEvent {
  const reporter = REPORTERS.find((known) => known === by) ?? ("host" satisfies Reporter);
  return { frame, by: reporter, code, subject, argument, text };
}
