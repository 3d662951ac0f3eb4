import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** From the deepest built file, `dist/host/commands/log/x.js`, it is four folders up. */
const FOLDERS_MOST = 6;

/** The installed package: its folder and version. Found from this file, so it does not matter where a user stands. */
export function packageRoot(): { readonly folder: string; readonly version: string } {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let i = 0; i < FOLDERS_MOST; i += 1) {
    const facts = factsIn(folder);
    if (facts?.name === "quorate" && typeof facts.version === "string") return { folder, version: facts.version };
    folder = dirname(folder);
  }
  throw new Error(`no package.json of quorate above ${fileURLToPath(import.meta.url)}`);
}

function factsIn(folder: string): { name?: unknown; version?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: unknown; version?: unknown };
  } catch {
    return undefined;
  }
}
