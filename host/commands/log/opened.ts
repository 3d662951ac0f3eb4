import { QuorateError } from "../../errors.ts";
import type { FrameRange } from "../../log/file/frame-span.ts";
import { spanText } from "../../log/file/frame-span.ts";
import type { Loss } from "../../log/file/log-index.ts";
import { fileSource, type LogSource } from "../../log/file/log-source.ts";
import { framesTold } from "../../log/file/run-metadata.ts";

import { VoterLog } from "../../log/reader.ts";
import { counted } from "../../model/words.ts";
import { painter } from "../../output.ts";
import { Progress } from "../../progress.ts";

/** How the commands open a log, and what they say of one that is not whole. */

export interface Range {
  /** The frames that were asked for; there must be some. */
  readonly told?: FrameRange;
  /** Only their chunks are checked, when they have an end. */
  readonly isPartial?: boolean;
}

/** Opens a log, says on stderr what of it cannot be used, and closes it after `body`. */
export async function withLog<T>(
  path: string,
  body: (log: VoterLog) => Promise<T>,
  { told = {}, isPartial = false }: Range = {},
): Promise<T> {
  const progress = new Progress();
  const source = watched(await fileSource(path), (share) => progress.show(`reading ${path}`, share));
  try {
    const log = await VoterLog.open(source, { check: isPartial ? { from: told.from, to: told.to } : {} });
    progress.end();
    warn(log);
    requireFrames(log, told);
    return await body(log);
  } finally {
    progress.end();
    await source.close();
  }
}

/** @throws QuorateError when no frame of the run is in the range. */
function requireFrames(log: VoterLog, { from = 0, to }: FrameRange): void {
  const frames = framesTold(log.metadata("quorate.result"));
  const isEmpty = to !== undefined && to < from;
  if (!isEmpty && (frames === 0 || from < frames)) return;
  throw new QuorateError({
    code: "no-such-frame",
    kind: isEmpty ? "usage" : "file",
    problem: isEmpty ? "the range ends before it begins" : "the range begins behind the end of the run",
    place: { file: log.name, frame: from },
    expected: isEmpty ? `--to ${from} or more` : `a frame from 0 to ${frames - 1}`,
    found: `${isEmpty ? to : from}`,
  });
}

/** Tells how far in the file each read is. */
function watched(source: LogSource, onRead: (share: number) => void): LogSource {
  const { name, size } = source;
  return {
    ...{ name, size, close: () => source.close() },
    read(offset, wanted) {
      onRead(Math.min(1, offset / Math.max(1, size)));
      return source.read(offset, wanted);
    },
  };
}

function warn(log: VoterLog): void {
  const { name, indexProblem, losses, intact } = log;
  const label = painter(process.stderr)("yellow", "warning");
  const say = (text: string) => process.stderr.write(`${label}: ${name}: ${text}\n`);
  if (indexProblem !== undefined) say(`${indexProblem}; the file was read from its start`);
  for (const loss of losses.slice(0, LOSSES_MAX)) say(lossText(loss));
  if (losses.length > LOSSES_MAX) say(`and ${counted(losses.length - LOSSES_MAX, "more place")}`);
  if (losses.length > 0) say("quorate log recover saves what is whole");
  const recovery = recoveryText(log.metadata("quorate.recovery"));
  if (recovery !== "") say(`saved from a damaged file: ${recovery}`);
  if (intact === false || (indexProblem !== undefined && intact === undefined)) say(DOUBT);
}

/** What a recovery found; its checksums vouch for the new file only. */
function recoveryText(recovery: ReadonlyMap<string, string>): string {
  const lost = Number(recovery.get("lost_bytes") ?? 0);
  const unverified = Number(recovery.get("unverified_chunks") ?? 0);
  const told: string[] = [];
  if (!(lost >= 0 && unverified >= 0)) told.push("what was lost is not readable");
  if (lost > 0) told.push(`${counted(lost, "byte")} of it could not be used`);
  if (unverified > 0) told.push(`values in ${counted(unverified, "chunk")} were taken unverified and may be wrong`);
  if (recovery.get("metadata") === "unverified") told.push(DOUBT);
  return told.join("; ");
}

/** For `--json`: what of the file can be used. `intact` is `null` when the file cannot tell. */
export function stateOf(log: VoterLog): State {
  return {
    intact: log.intact ?? null,
    losses: log.losses,
    recovery: Object.fromEntries(log.metadata("quorate.recovery")),
  };
}

export interface State {
  readonly intact: boolean | null;
  readonly losses: readonly Loss[];
  /** What a recovery found in the file that this one was saved from; empty when there was none. */
  readonly recovery: Readonly<Record<string, string>>;
}

/** Lost places that are told. */
const LOSSES_MAX = 10;
export const DOUBT = "nothing vouches for what it says of the run, its source and its result: that may be wrong";

export function lossText({ offset, size, problem, unverified, frames }: Loss): string {
  const bytes = `bytes ${offset} to ${offset + size - 1}`;
  if (unverified === true)
    return `${bytes} have no right checksum, their whole messages are taken unverified: ${problem}`;
  return `${bytes}${frames === undefined ? "" : ` (${spanText(frames)})`} cannot be used: ${problem}`;
}
