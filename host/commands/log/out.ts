import { once } from "node:events";
import type { Writable } from "node:stream";
import { InvalidArgumentError } from "commander";
import { VoterLog } from "../../log/reader.ts";
import type { Loss } from "../../log/scan.ts";
import { fileSource } from "../../log/source.ts";
import { painter } from "../../output.ts";
import { counted } from "../../protocol/words.ts";

/** Longest line of text output, in characters. */
export const WIDTH = 100;
const BLOCK_SIZE = 65_536;
const FRAME_MAX = 0xffffffff;

/** Writes text in blocks and waits when the reader is slower: a million lines need no memory. */
export class Out {
  readonly #stream: Writable;
  #block = "";

  constructor(stream: Writable = process.stdout) {
    this.#stream = stream;
  }

  async line(text: string): Promise<void> {
    this.#block += `${text}\n`;
    if (this.#block.length >= BLOCK_SIZE) await this.end();
  }

  async end(): Promise<void> {
    const block = this.#block;
    this.#block = "";
    if (block !== "" && !this.#stream.write(block)) await once(this.#stream, "drain");
  }
}

/** Opens a log, says on stderr what could not be read, and closes it after `body`. */
export async function withLog<T>(path: string, body: (log: VoterLog) => Promise<T>): Promise<T> {
  const source = await fileSource(path);
  try {
    const log = await VoterLog.open(source);
    warn(log);
    return await body(log);
  } finally {
    await source.close();
  }
}

function warn({ name, indexProblem, losses }: VoterLog): void {
  if (indexProblem === undefined) return;
  const label = painter(process.stderr)("yellow", "warning");
  process.stderr.write(`${label}: ${name}: ${indexProblem}; the file was read from its start\n`);
  for (const loss of losses.slice(0, 10)) process.stderr.write(`${label}: ${name}: ${lossText(loss)}\n`);
  if (losses.length > 10) process.stderr.write(`${label}: ${name}: and ${counted(losses.length - 10, "more place")}\n`);
}

export function lossText({ offset, size, problem, unverified }: Loss): string {
  const bytes = `bytes ${offset} to ${offset + size - 1}`;
  if (unverified === true) return `${bytes} are damaged, their whole messages taken unverified: ${problem}`;
  return `${bytes} cannot be used: ${problem}`;
}

/** Parses a frame number of an option. */
export function frameNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > FRAME_MAX) {
    throw new InvalidArgumentError(`Expected a frame number from 0 to ${FRAME_MAX}, found "${text}".`);
  }
  return value;
}

/** Breaks text at spaces so that `indent` and a line of it fit the width. The first line has no indent. */
export function wrap(text: string, indent: number): string[] {
  const start = /^ */.exec(text)?.[0] ?? "";
  const lines: string[] = [];
  let line = start;
  for (const word of text.slice(start.length).split(" ")) {
    // The first line may stand behind a label as wide as the indent.
    if (line.trim() !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line.trim() === "" ? line + word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one, i) => (i === 0 ? one : `${" ".repeat(indent)}${one}`));
}

/** Columns as wide as their widest cell, two spaces apart; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, String(cell).length);
  }
  return rows.map((row) =>
    row
      .map((cell, i) =>
        typeof cell === "number" ? String(cell).padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}

/** `3750` at 4000 us is `15.000 s`. */
export function secondsText(frame: number, periodUs: number): string {
  return `${((frame * periodUs) / 1e6).toFixed(3)} s`;
}
