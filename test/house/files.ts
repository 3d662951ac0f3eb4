import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** All files of the project: what git tracks, and what it would track if it were added. Paths from the project's folder. */
export function projectFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return [...new Set(listed.split("\0"))].filter((file) => file !== "" && existsSync(join(root, file))).sort();
}

/** The files that git tracks, whether ignored or not. */
export function trackedFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  return listed.split("\0").filter((file) => file !== "");
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** Sources that people write, in the three languages. */
export function isSource(file: string): boolean {
  return /\.(ts|js|c|h|ld|S)$/.test(file);
}
