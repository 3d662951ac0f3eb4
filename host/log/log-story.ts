import type { Level } from "../model/events.ts";
import type { FrameRange, MissingSpan } from "./file/frame-span.ts";
import { faultsOf, toldFault } from "./log-faults.ts";
import type { VoterLog } from "./reader.ts";
import { runState } from "./run-state.ts";
import { type Story, tellStory } from "./story/story.ts";

export interface LogStoryOptions extends FrameRange {
  readonly level?: Level | undefined;
  /** Frames that the log has not. */
  readonly missing?: readonly MissingSpan[] | undefined;
}

/** Tells a log: its events under their causes, and what its records say came of them. */
export async function tellLog(log: VoterLog, options: LogStoryOptions = {}): Promise<Story> {
  const faults = await faultsOf(log);
  const state = await runState(log, faults, options.to);
  const told = faults.map((fault, index) => toldFault(fault, index, log.table));
  return await tellStory(log, { ...options, faults: told, state });
}
