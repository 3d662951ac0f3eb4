/**
 * The set-up code runs before `npm install`, so it is plain JavaScript on Node's own modules.
 * TypeScript checks its types (`checkJs`).
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder with package.json. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * One line for the person who waits. Never on stdout, that is for data.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs a program in the project's folder with our terminal and returns its exit code; a program that a signal ended, or
 * that is not there, counts as 1.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [more] environment on top of ours
 */
export function run(command, args, more = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...more } });
  if (done.error !== undefined) say(`${command} could not be started: ${done.error.message}`);
  return done.status ?? 1;
}

/**
 * Where a command is, or undefined.
 * @param {string} command
 */
export function which(command) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
}

/**
 * Path of a file in an installed npm package.
 * @param {string[]} parts
 */
export function inPackages(...parts) {
  return join(root, "node_modules", ...parts);
}
