import type { ChunkPlace, LoadedIndex, LogIndex, Loss } from "./log-index.ts";
import type { LogSource } from "./log-source.ts";
import { FormatDamage, openAttachment, openChunk } from "./mcap-parse.ts";
import { unverifiedChunk } from "./scan-log.ts";
import { type Walk, walkData } from "./walk-data.ts";

/**
 * Compares what a whole index leads to with the checksums in the file. The index says nothing about the data: a command
 * that reads a few chunks of many would tell of a damaged log as if it were whole.
 */

export interface CheckResult {
  /** Without the damaged chunks and attachments. */
  readonly index: LogIndex;
  readonly losses: readonly Loss[];
  /** Whether every byte in front of the summary is as it was written; `undefined` when not all was read. */
  readonly intact: boolean | undefined;
}

export interface CheckOptions {
  /** Turns the times of a chunk into frames; left out when nobody knows. */
  readonly periodUs: number | undefined;
  /** Damaged chunks are kept as far as their structure is whole. */
  readonly unverified?: boolean;
}

/**
 * Reads the whole file and leaves out of the index what is damaged.
 * @throws FormatDamage when the index is not that of this data; a scan finds what there is.
 */
export async function checkWhole(source: LogSource, loaded: LoadedIndex, options: CheckOptions): Promise<CheckResult> {
  const { index } = loaded;
  const { intact, ...walk } = await walkData(source, index.dataEnd ?? 0);
  if (intact) {
    if (!agrees(index, walk)) throw otherIndex(index.dataEnd ?? 0);
    return {
      index: { ...index, chunks: [...walk.chunks], counts: new Map(walk.counts) },
      losses: loaded.losses,
      intact,
    };
  }
  const losses: Loss[] = [...loaded.losses];
  const attachments = new Map(index.attachments);
  for (const [name, { offset, size }] of index.attachments) {
    const problem = damageOf(await source.read(offset, size), (bytes) => {
      const found = openAttachment(bytes, offset).name;
      if (found !== name) throw otherIndex(offset);
    });
    if (problem === undefined) continue;
    attachments.delete(name);
    losses.push({ offset, size, problem: problem.includes(name) ? problem : `the attachment ${name}: ${problem}` });
  }
  const { chunks, losses: lost } = await checkedChunks(source, index, options);
  losses.push(...lost);
  losses.sort((a, b) => a.offset - b.offset);
  // The file's own statistics count what is lost too.
  return { index: { ...index, attachments, chunks, counts: new Map() }, losses, intact };
}

/** Checks only the chunks for which `isWanted` is true. The rest of the file is not read, so nobody knows of it. */
export async function checkPart(
  source: LogSource,
  { index, losses }: LoadedIndex,
  options: CheckOptions & { readonly isWanted: (place: ChunkPlace) => boolean },
): Promise<CheckResult> {
  const { chunks, losses: lost } = await checkedChunks(source, index, options);
  const result = lost.length === 0 ? index : { ...index, chunks, counts: new Map() };
  return { index: result, losses: [...losses, ...lost], intact: undefined };
}

/** All chunks but the damaged ones. */
async function checkedChunks(
  source: LogSource,
  index: LogIndex,
  options: CheckOptions & { readonly isWanted?: (place: ChunkPlace) => boolean },
): Promise<{ chunks: ChunkPlace[]; losses: Loss[] }> {
  const chunks: ChunkPlace[] = [];
  const losses: Loss[] = [];
  for (const place of index.chunks) {
    const { offset, size } = place;
    const bytes = options.isWanted?.(place) === false ? undefined : await source.read(offset, size);
    const problem = bytes === undefined ? undefined : damageOf(bytes, () => openChunk(bytes, offset));
    if (bytes === undefined || problem === undefined) {
      chunks.push(place);
      continue;
    }
    const kept = options.unverified === true ? unverifiedChunk(index, bytes, offset) : undefined;
    if (kept !== undefined) chunks.push(kept);
    const frames = options.periodUs === undefined ? {} : { frames: framesOf(place, options.periodUs) };
    losses.push({ offset, size, problem, ...frames, ...(kept === undefined ? {} : { unverified: true }) });
  }
  return { chunks, losses };
}

/** Whether the summary leads to the chunks that are in the data, all of them, with their times. */
function agrees(index: LogIndex, { chunks, isWhole }: Omit<Walk, "intact">): boolean {
  const places = index.chunks;
  return (
    isWhole &&
    places.length === chunks.length &&
    chunks.every(({ offset, size, startTime, endTime }, i) => {
      const place = places[i];
      return (
        place?.offset === offset && place.size === size && place.startTime === startTime && place.endTime === endTime
      );
    })
  );
}

function damageOf(bytes: Uint8Array, check: (bytes: Uint8Array) => unknown): string | undefined {
  try {
    check(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof FormatDamage)) throw error;
    return error.message;
  }
}

function otherIndex(offset: number): FormatDamage {
  const [problem, expected] = ["the index is not that of this data", "what the summary says"];
  return new FormatDamage({ problem, offset, expected, found: "other records" });
}

/** Times are frames times period; what comes late is logged with the log's time, so these are the frames or more. */
function framesOf({ startTime, endTime }: ChunkPlace, periodUs: number): { from: number; to: number } {
  const periodNs = BigInt(periodUs) * 1000n;
  return { from: Number(startTime / periodNs), to: Number(endTime / periodNs) };
}
