import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inPackages, root, run, say } from "./say.js";

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} Entry
 * @typedef {{ packages?: Record<string, Entry> }} Lock
 */

/**
 * The packages that the lock file names and that are not installed in that version. npm keeps a list of what it installed
 * in node_modules/.package-lock.json; optional packages are often for other machines, so their absence is no fault.
 * @param {Lock} wanted package-lock.json
 * @param {Lock} installed node_modules/.package-lock.json
 * @returns {string[]} paths as in the lock file
 */
export function missingPackages(wanted, installed) {
  const here = installed.packages ?? {};
  return Object.entries(wanted.packages ?? {})
    .filter(([path]) => path !== "")
    .filter(([path, entry]) => {
      const found = here[path];
      if (found === undefined) return entry.optional !== true;
      return found.version !== entry.version;
    })
    .map(([path]) => path);
}

/**
 * Why this Node cannot be used, or undefined when it can. The packages would fail later and say less.
 * @param {string} version as process.versions.node gives it
 * @param {string} engines `>=20.20.0`, from package.json
 */
export function nodeObjection(version, engines) {
  const least = engines.replace(">=", "");
  const isOld = version.localeCompare(least, "en", { numeric: true }) < 0;
  return isOld ? `This needs Node.js ${least} or later, and this is ${version}. Get it from nodejs.org.` : undefined;
}

/**
 * Runs `npm ci` when node_modules is absent or does not match the lock file. Ends the process when that fails, or when Node is too old.
 */
export function ensurePackages() {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const objection = nodeObjection(process.versions.node, engines.node);
  if (objection !== undefined) {
    say(objection);
    process.exit(1);
  }
  /** @type {Lock} */
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const missing = missingPackages(wanted, installedPackages());
  if (missing.length === 0) return;
  say(`Installing ${missing.length} npm packages as the lock file says (npm ci) ...`);
  const code = run("npm", ["ci", "--no-audit", "--no-fund"]);
  if (code === 0) return;
  say("npm ci failed. It needs the npm registry once; try again when that can be reached.");
  process.exit(code);
}

/** @returns {Lock} */
function installedPackages() {
  try {
    return JSON.parse(readFileSync(inPackages(".package-lock.json"), "utf8"));
  } catch {
    return {}; // Absent or half written: both mean that nothing can be relied on.
  }
}
