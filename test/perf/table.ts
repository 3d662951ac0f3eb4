import type { Row } from "./row.ts";

const HEADS = ["group", "figure", "value", "peer", "peer's value", "ratio", "goal", ""] as const;

/** The rows as aligned text for a person; numbers are flush right. */
export function table(rows: readonly Row[]): string {
  const lines = [[...HEADS], ...rows.map(cells)];
  const widths = HEADS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => column === 2 || column === 4 || column === 5;
  return lines
    .map((line) => {
      const padded = line.map((cell, at) =>
        isNumber(at) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0),
      );
      return `${padded.join("  ").trimEnd()}\n`;
    })
    .join("");
}

function cells(row: Row): string[] {
  const peer = row.peer === null ? "" : row.recorded ? `${row.peer} (recorded)` : row.peer;
  const peerValue = row.peer_value === null ? "" : `${short(row.peer_value)} ${row.unit}`;
  const ratio = row.ratio === null ? "" : short(row.ratio);
  return [
    row.group,
    row.name,
    `${short(row.value)} ${row.unit}`,
    peer,
    peerValue,
    ratio,
    row.goal ?? "",
    row.ok ? "ok" : "NOT OK",
  ];
}

/** Three digits that mean something, without exponents: 0.0123, 1.23, 12.3, 12300. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return magnitude >= 2 ? Math.round(value).toString() : value.toFixed(Math.min(2 - magnitude, 12));
}
