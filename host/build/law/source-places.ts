import type { Moved } from "../../wasm/write-module.ts";
import type { NameFile } from "./ast.ts";
import type { Place } from "./build-error.ts";

/** From `offset` on, up to the next entry, the module's code comes from this place. Line and column count from 1. */
export interface SourcePlace {
  readonly offset: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Reads a source map (version 3; one line, columns are byte offsets), in order of offset. */
export function readPlaces(map: string, nameFile: NameFile): SourcePlace[] {
  const { mappings, sources } = JSON.parse(map) as { mappings: string; sources: string[] };
  const places: SourcePlace[] = [];
  const at = [0, 0, 0, 0];
  for (const segment of mappings.split(/[,;]/)) {
    const steps = numbersOf(segment);
    for (const [i, step] of steps.entries()) if (i < 4) at[i] = (at[i] ?? 0) + step;
    const [offset = 0, source = 0, line = 0, column = 0] = at;
    const file = sources[source];
    if (steps.length < 4 || file === undefined) continue;
    places.push({ offset, file: file.startsWith("~lib/") ? file : nameFile(file), line: line + 1, column: column + 1 });
  }
  return places;
}

/** Base64 VLQ: five bits a digit, low ones first, bit 5 continues, the lowest bit of the number is its sign. */
function numbersOf(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push((value & 1) !== 0 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/** The entry that covers an offset. */
export function placeAtOffset(places: readonly SourcePlace[], offset: number): SourcePlace | undefined {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] as SourcePlace).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return places[low - 1];
}

/** Where an instruction of the compiler's output comes from, as an error wants it. */
export function placeOfCode(places: readonly SourcePlace[], offset: number): Place {
  const found = placeAtOffset(places, offset);
  return found === undefined ? {} : { file: found.file, line: found.line, column: found.column };
}

/** The same map for code that the passes have moved. Entries that say nothing new are left out. */
export function movedPlaces(map: string, moved: readonly Moved[], nameFile: NameFile): SourcePlace[] {
  const old = readPlaces(map, nameFile);
  const places: SourcePlace[] = [];
  let last: SourcePlace | undefined;
  for (const { to, from } of moved) {
    const found = placeAtOffset(old, from);
    if (found === undefined || found === last) continue;
    last = found;
    places.push({ ...found, offset: to });
  }
  return places;
}

/** Where V8 stopped, innermost first, from the stack of its RuntimeError; library code included. */
export function placesOfTrap(error: unknown, places: readonly SourcePlace[]): SourcePlace[] {
  if (!(error instanceof Error)) return [];
  const offsets = [...(error.stack ?? "").matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)];
  return offsets
    .map(([, offset]) => placeAtOffset(places, Number.parseInt(offset ?? "", 16)))
    .filter((place) => place !== undefined);
}

/** The author's own line behind a trap: that of the innermost function that has one, or the last one before library code. */
export function placeOfTrap(error: unknown, places: readonly SourcePlace[]): SourcePlace | undefined {
  const isOwn = (place: SourcePlace): boolean => !place.file.startsWith("~lib/");
  const stack = placesOfTrap(error, places);
  const [innermost] = stack;
  return stack.find(isOwn) ?? places.findLast((place) => place.offset <= (innermost?.offset ?? -1) && isOwn(place));
}
