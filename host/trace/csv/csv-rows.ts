/** CSV text to rows and cells (RFC 4180, any delimiter, any line end), with bounds for what is no CSV. */

/** A longer row is a missing line end or an open quote, not data. */
export const ROW_BYTES_MAX = 1 << 17;
export const CSV_COLUMNS_MAX = 4096;
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;
const HASH = 0x23;

export interface Row {
  /** First byte and the byte after the last, line end not included. */
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly line: number;
  /** False for the last row of a file that does not end in a line end: it may be cut. */
  readonly closed: boolean;
  readonly quoted: boolean;
}

/**
 * Walks over the rows from `from` on; blank lines and lines starting with # are passed over. A quote that stays open to
 * the end or for ROW_BYTES_MAX ends its row at the first line end instead, so that one stray quote costs one row.
 */
export function* rowsOf(bytes: Uint8Array, from: number): Generator<Row> {
  let at = from;
  let line = 1;
  while (at < bytes.length) {
    let row = scanRow(bytes, at, true);
    if (row.open) row = scanRow(bytes, at, false);
    const { end, closed } = row;
    if (end > at && bytes[at] !== HASH && !isBlank(bytes, at, end)) {
      yield { start: at, end, line, closed, quoted: row.quoted };
    }
    line += 1 + row.inner;
    at = end;
    if (bytes[at] === CR) at++;
    if (bytes[at] === LF) at++;
  }
}

interface Scan {
  readonly end: number;
  readonly closed: boolean;
  readonly quoted: boolean;
  /** A quote is still open at the end. */
  readonly open: boolean;
  /** Line ends inside quotes. */
  readonly inner: number;
}

function scanRow(bytes: Uint8Array, from: number, quotes: boolean): Scan {
  const limit = quotes ? Math.min(bytes.length, from + ROW_BYTES_MAX) : bytes.length;
  let open = false;
  let quoted = false;
  let inner = 0;
  for (let at = from; at < limit; at++) {
    const byte = bytes[at];
    if (byte === QUOTE && quotes && (open || at === from || isBetweenCells(bytes[at - 1]))) {
      open = !open;
      quoted = true;
    } else if (byte === LF || byte === CR) {
      if (!open) return { end: at, closed: true, quoted, open: false, inner };
      if (byte === LF) inner++;
    }
  }
  return { end: limit, closed: false, quoted, open: quotes && (open || limit < bytes.length), inner };
}

/** A quote opens a cell only at its start: one that damage put into a number must not swallow the rows behind it. */
function isBetweenCells(byte: number | undefined): boolean {
  return byte === 0x2c || byte === 0x3b || byte === 0x09 || byte === 0x7c || byte === 0x20 || byte === QUOTE;
}

function isBlank(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at++) if (bytes[at] !== 0x20 && bytes[at] !== 0x09) return false;
  return true;
}

/** The cells of one row, trimmed and without their quotes. More than CSV_COLUMNS_MAX cells are cut off. */
export function cellsOf(text: string, delimiter: string): string[] {
  if (delimiter === "") return [unquote(text)];
  if (delimiter === " ") return text.trim().split(/ +/, CSV_COLUMNS_MAX).map(unquote);
  if (!text.includes('"')) return text.split(delimiter, CSV_COLUMNS_MAX).map((cell) => cell.trim());
  const cells: string[] = [];
  let start = 0;
  let open = false;
  for (let at = 0; at <= text.length && cells.length < CSV_COLUMNS_MAX; at++) {
    if (text[at] === '"' && (open || text[at - 1] === '"' || text.slice(start, at).trim() === "")) open = !open;
    else if (at === text.length || (!open && text[at] === delimiter)) {
      cells.push(unquote(text.slice(start, at)));
      start = at + 1;
    }
  }
  return cells;
}

function unquote(cell: string): string {
  const trimmed = cell.trim();
  if (trimmed.length < 2 || !trimmed.startsWith('"') || !trimmed.endsWith('"')) return trimmed;
  return trimmed.slice(1, -1).replaceAll('""', '"').trim();
}
