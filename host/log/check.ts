import { type ChunkPlace, checkData, type LogIndex } from "./index.ts";
import { checkAttachment, FormatDamage, openChunk } from "./parse.ts";
import type { Loss } from "./scan.ts";
import type { LogSource } from "./source.ts";

/**
 * Compares what an index leads to with the checksums in the file. A whole index says nothing about the data: a command
 * that reads a few chunks of many would tell of a damaged log as if it were whole.
 */

export interface CheckResult {
  /** Without the damaged chunks and attachments. */
  readonly index: LogIndex;
  readonly losses: readonly Loss[];
  /** Whether every byte in front of the summary is as it was written; `undefined` when the file cannot tell. */
  readonly intact: boolean | undefined;
}

/** The chunks of some frames; `periodUs` turns the times of a chunk into frames. */
export interface CheckOptions {
  readonly periodUs: number;
  /** Only the chunks for which this is true; the rest of the file is not read then, and `intact` stays unknown. */
  readonly isWanted?: ((place: ChunkPlace) => boolean) | undefined;
}

/** Reads the whole file, or the wanted chunks, and leaves out of the index what is damaged. */
export async function checkIndex(source: LogSource, index: LogIndex, options: CheckOptions): Promise<CheckResult> {
  const { isWanted, periodUs } = options;
  const intact = isWanted === undefined ? await checkData(source, index) : undefined;
  if (intact === true) return { index, losses: [], intact };
  const losses: Loss[] = [];
  const attachments = new Map(index.attachments);
  for (const [name, { offset, size }] of isWanted === undefined ? index.attachments : []) {
    const problem = await damageOf(source, { offset, size }, (bytes) => checkAttachment(bytes, offset));
    if (problem === undefined) continue;
    attachments.delete(name);
    losses.push({ offset, size, problem: `${problem} (${name})` });
  }
  const damaged = new Set<ChunkPlace>();
  for (const place of isWanted === undefined ? index.chunks : index.chunks.filter(isWanted)) {
    const { offset, size } = place;
    const problem = await damageOf(source, place, (bytes) => openChunk(bytes, offset));
    if (problem === undefined) continue;
    damaged.add(place);
    losses.push({ offset, size, problem, frames: framesOf(place, periodUs) });
  }
  if (damaged.size === 0) return { index: { ...index, attachments }, losses, intact };
  const chunks = index.chunks.filter((place) => !damaged.has(place));
  // The file's own statistics count what is lost too.
  return { index: { ...index, attachments, chunks, counts: new Map() }, losses, intact };
}

interface Place {
  readonly offset: number;
  readonly size: number;
}

async function damageOf(
  source: LogSource,
  { offset, size }: Place,
  check: (bytes: Uint8Array) => unknown,
): Promise<string | undefined> {
  try {
    check(await source.read(offset, size));
    return undefined;
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    return error.message;
  }
}

/** Times are frames times period; what comes late is logged with the log's time, so these are the frames or more. */
function framesOf({ startTime, endTime }: ChunkPlace, periodUs: number): { from: number; to: number } {
  const periodNs = BigInt(periodUs) * 1000n;
  return { from: Number(startTime / periodNs), to: Number(endTime / periodNs) };
}
