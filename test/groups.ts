import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The words after `npm run perf --` and its kin are wrong. */
export class WordsError extends Error {
  readonly code = "wrong-words";
}

/** For the end of a runner: says what was wrong with the words and gives exit code 2; anything else is thrown on. */
export function complain(error: unknown): number {
  if (!(error instanceof WordsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 2;
}

/**
 * The group modules that lie in a folder, by name. A new file there is a new group; nothing else lists them.
 * Works on the sources and on what was built from them.
 *
 * @throws WordsError when a group is asked for that is not there; the text names those that are.
 */
export async function loadGroups<T>(folder: URL, wanted: string | undefined): Promise<ReadonlyMap<string, T>> {
  const path = fileURLToPath(folder);
  const files = (existsSync(path) ? readdirSync(path) : []).filter(
    (file) => /(?<!\.d)\.(js|ts)$/.test(file) && !/\.test\.(js|ts)$/.test(file),
  );
  const names = files.map((file) => file.replace(/\.(js|ts)$/, "")).sort();
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new WordsError(`There is no group "${wanted}". There are: ${names.join(", ")}.`);
  }
  const groups = new Map<string, T>();
  for (const name of names.filter((candidate) => wanted === undefined || candidate === wanted)) {
    const file = files.find((candidate) => candidate.replace(/\.(js|ts)$/, "") === name) ?? "";
    groups.set(name, (await import(pathToFileURL(`${path}/${file}`).href)) as T);
  }
  return groups;
}
