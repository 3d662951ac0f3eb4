import { stat } from "node:fs/promises";
import { QuorateError } from "./errors.ts";

/**
 * Whether two paths lead to one file. Links of both kinds count: a hard link has a path of its own, so only device and
 * inode tell. False when one is not there.
 */
export async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((path) => identity(path)));
  return one !== undefined && one === other;
}

/** Refuses to write a file over the one that it is made from. */
export async function requireOtherFile(output: string, input: string): Promise<void> {
  if (!(await isSameFile(output, input))) return;
  throw new QuorateError({
    code: "same-file",
    kind: "usage",
    problem: "input and output are the same file",
    place: { file: output },
    hint: "Give the new file another name.",
  });
}

/** Big integers: some file systems number their files beyond 2^53. */
async function identity(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined); // Opening it says why.
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
}
