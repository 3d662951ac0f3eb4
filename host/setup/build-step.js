/** One step of the build: what it reads, what it makes, and whether that has to be done again. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, say } from "./say.js";

/** Both kinds of source end in these; vectors and pages are read where they lie. */
export const SOURCE_NAME = /\.(ts|js|json)$/;

/**
 * All files under a path, sorted, as paths from the project's folder. A path that is not there gives none.
 * @param {string} path
 * @returns {string[]}
 */
export function filesUnder(path) {
  const whole = join(root, path);
  if (!existsSync(whole)) return [];
  if (statSync(whole).isFile()) return [path];
  return readdirSync(whole, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules")
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();
}

/**
 * Changes when any of the files does. Size and time of change are enough here: a checkout or an editor sets both.
 * @param {readonly string[]} files
 */
function fingerprint(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/**
 * Runs `make` unless the inputs are those of the last good run and the outputs are there.
 * @param {{ name: string, inputs: readonly string[], outputs: readonly string[], make: () => boolean }} step
 * @returns {boolean} false when it failed
 */
export function unlessDone({ name, inputs, outputs, make }) {
  const stamp = join(root, "dist", ".stamps", name);
  const now = fingerprint(inputs);
  const isThere = outputs.every((output) => existsSync(join(root, output)));
  if (isThere && existsSync(stamp) && readFileSync(stamp, "utf8") === now) return true;
  rmSync(stamp, { force: true });
  say(`Building ${name} ...`);
  if (!make()) return false;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
  return true;
}

/** What core and stage are made from. */
export function firmwareSources() {
  const files = ["firmware/core", "firmware/stage"].flatMap(filesUnder).filter((file) => SOURCE_NAME.test(file));
  return ["asconfig.json", "package-lock.json", ...files];
}
