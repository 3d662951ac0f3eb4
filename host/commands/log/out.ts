import { once } from "node:events";
import type { Writable } from "node:stream";
import { InvalidArgumentError } from "commander";
import { hideProgress } from "../../progress.ts";

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
    if (block !== "") hideProgress();
    if (block !== "" && !this.#stream.write(block)) await once(this.#stream, "drain");
  }
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
