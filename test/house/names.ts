import { basename, dirname } from "node:path";

/** Files that lie directly in a folder of host or sim; more want folders of their own. */
export const FOLDER_FILES_MAX = 40;

/** Rooms whose files have names of their own, each naming one thing. */
const ROOMS = ["host", "sim", "hil", "firmware/core"];
/** Here a file is called after the command that it carries out. */
const BY_COMMAND = ["host/commands", "host/setup"];
/** What these are is said by the folder they lie in. */
const BY_FOLDER = ["testing", "index"];
/** One contract in two languages: what has one name here means the same. */
const CONTRACT = ["firmware/core", "host/model"];

/** File names that stand for more than one thing, as `words: host/a/words.ts, sim/words.ts`. */
export function doubles(files: readonly string[]): string[] {
  const named = new Map<string, string[]>();
  for (const file of files) {
    const name = basename(file).replace(/\.(ts|js)$/, "");
    const hasOwnName = isIn(ROOMS, file) && !isIn(BY_COMMAND, file) && !BY_FOLDER.includes(name);
    if (hasOwnName && !name.endsWith(".test")) named.set(name, [...(named.get(name) ?? []), file]);
  }
  return [...named]
    .filter(([, places]) => places.filter((place) => !isIn(CONTRACT, place)).length + (inContract(places) ? 1 : 0) > 1)
    .map(([name, places]) => `${name}: ${places.join(", ")}`);
}

/** Folders of host and sim with too many files directly in them, as `host/log: 41`. */
export function crowded(files: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (isIn(["host", "sim"], file)) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > FOLDER_FILES_MAX).map(([folder, count]) => `${folder}: ${count}`);
}

function inContract(places: readonly string[]): boolean {
  return places.some((place) => isIn(CONTRACT, place));
}

function isIn(rooms: readonly string[], file: string): boolean {
  return rooms.some((room) => file.startsWith(`${room}/`));
}
