import type { LatentFault } from "../../judge/latent.ts";
import { CHANNELS } from "../../model/enums.ts";
import { EVENT } from "../../model/events.ts";
import type { Chapter } from "./chapter.ts";

/** What came of a cause. Frames count from it; of several faults, from the newest. */
export interface OutcomeFacts {
  /** First report of trouble, by a channel or the output stage. */
  readonly noticedAfter: number | undefined;
  /** First sensor or channel taken out by the others; else the first channel that switched itself off. */
  readonly actedAfter: number | undefined;
  /** Everything taken out is back. */
  readonly backAfter: number | undefined;
  /** Empty when neither a record nor an event tells it; then so is `modeAfter`. */
  readonly modeBefore: string;
  readonly modeAfter: string;
  /** Channels and sensors that were taken out here and are out in the last record that is told. */
  readonly out: readonly string[];
  /** Channels that turned their own gate off here and have it off in that record. */
  readonly gatesOff: readonly string[];
  /** Channels of which only a sensor was taken out. */
  readonly stillVoting: readonly string[];
  readonly heldFrames: number;
  readonly safeFrame: number | undefined;
  readonly unnoticed: Unnoticed | undefined;
}

/** A fault that was there for a time and that the channels did not notice. */
export interface Unnoticed {
  readonly where: LatentFault["where"];
  readonly channel: string;
  /** Frames of it, and the last one. */
  readonly frames: number;
  readonly until: number;
  /** Whether it was still there in the last frame that is told. */
  readonly isOpen: boolean;
}

/** What of a chapter's fault, or of a line that no fault explains, went unnoticed. */
export function unnoticedIn(chapter: Chapter, latent: readonly LatentFault[]): Unnoticed | undefined {
  if (chapter.suspects.length > 1) return undefined;
  return inMemory(chapter) ?? outside(chapter, latent);
}

/** Whether a flip was overwritten or is left only its host can tell. */
function inMemory({ suspects: [suspect], entries }: Chapter): Unnoticed | undefined {
  const end = entries.find(({ code }) => code === EVENT.FAULT_GONE || code === EVENT.FAULT_LATENT);
  if (suspect === undefined || end === undefined) return undefined;
  const { place, frame } = suspect.fault;
  const channel = place?.kind === "channel" ? place.channel : "";
  const isOpen = end.code === EVENT.FAULT_LATENT;
  return { where: "memory", channel, frames: end.frame - frame + 1, until: end.frame, isOpen };
}

/** Lines that were outvoted, and gates that were pulled, without anybody being held for wrong. */
function outside(chapter: Chapter, latent: readonly LatentFault[]): Unnoticed | undefined {
  const rows = latent.filter((row) => row.where !== "memory" && isOf(row, chapter));
  const [first] = rows;
  if (first === undefined) return undefined;
  const frames = rows.reduce((sum, { from, until }) => sum + until - from + 1, 0);
  const until = Math.max(...rows.map((row) => row.until));
  return { where: first.where, channel: first.channel, frames, until, isOpen: rows.some(({ open }) => open) };
}

function isOf({ fault, from, channel }: LatentFault, { suspects: [suspect], entries }: Chapter): boolean {
  if (suspect !== undefined && fault === suspect.fault.text) {
    return from >= suspect.fault.frame && from < suspect.fault.end;
  }
  const line = 1 << (CHANNELS as readonly string[]).indexOf(channel);
  return (
    fault === "" &&
    entries.some(
      ({ code, subject, frame, last }) =>
        code === EVENT.OUTPUT_MASKED && (subject & line) !== 0 && frame <= from && from <= last,
    )
  );
}
