import { rmSync, type Stats } from "node:fs";
import { access, constants, type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { QuorateError } from "../../errors.ts";
import type { LogWritable } from "./file-writer.ts";

/** A file that a log is written to. */
export interface LogTarget extends LogWritable {
  close(): Promise<void>;
}

/** What is told when a write fails. */
interface Words {
  readonly code: string;
  readonly problem: string;
  readonly hint: string;
}

const LOG_WORDS: Words = {
  code: "log-not-written",
  problem: "the voter log cannot be written to its end",
  hint: "What is in the file already can be read; give the log another place.",
};
const FILE_WORDS: Words = {
  code: "file-not-written",
  problem: "the file cannot be written to its end",
  hint: "Give it another place.",
};

/** Creates or empties a file for writing. Errors of opening are the system's own; a full disk is a `QuorateError`. */
export async function fileTarget(path: string): Promise<LogTarget> {
  return targetOf(await open(path, "w"), path, LOG_WORDS);
}

/**
 * Writes a file that takes the place of `path` only when `body` is through: after an error, what was there before is
 * there still. What is no regular file, such as a device or a pipe, is written directly and stays.
 *
 *     await replaceFile("new.mcap", (target) => recoverLog(source, target, { unverified: false }));
 */
export async function replaceFile<T>(path: string, body: (target: LogWritable) => Promise<T>): Promise<T> {
  const old = await stat(path).catch(undefinedIfMissing);
  if (old === undefined || old.isFile()) return await writeBeside(path, old, body);
  const target = targetOf(await open(path, "w"), path, FILE_WORDS);
  try {
    return await body(target);
  } finally {
    await target.close();
  }
}

/** In the same folder, because only within a file system a file is renamed in one step. */
async function writeBeside<T>(
  path: string,
  old: Stats | undefined,
  body: (target: LogWritable) => Promise<T>,
): Promise<T> {
  // Renaming needs no right to write the old file, and would put a file in the place of a symbolic link.
  if (old !== undefined) await access(path, constants.W_OK);
  const place = old === undefined ? path : await realpath(path);
  const part = `${place}.part`;
  const handle = await openPart(part);
  const interrupted = (): void => {
    rmSync(part, { force: true });
    process.kill(process.pid, "SIGINT"); // This time nobody listens, and the process ends as it would have.
  };
  process.once("SIGINT", interrupted);
  try {
    if (old !== undefined) await handle.chmod(old.mode & 0o777);
    const result = await body(targetOf(handle, path, FILE_WORDS));
    // Else a power cut could leave the new name on an empty file.
    await handle.sync().catch((error: unknown) => {
      throw notWritten(path, error, FILE_WORDS);
    });
    await handle.close();
    await rename(part, place);
    return result;
  } catch (error) {
    await handle.close().catch(() => undefined); // The first error is the one to report.
    await rm(part, { force: true });
    throw error;
  } finally {
    process.removeListener("SIGINT", interrupted);
  }
}

/** A file of this name that is there already is somebody's, so it is neither written nor removed. */
async function openPart(part: string): Promise<FileHandle> {
  try {
    return await open(part, "wx");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new QuorateError({
      code: "part-exists",
      kind: "file",
      problem: "the file that is written first is there already",
      place: { file: part },
      hint: "Remove it when no other command is writing it.",
      cause: error,
    });
  }
}

function targetOf(handle: FileHandle, path: string, words: Words): LogTarget {
  return {
    async write(bytes) {
      // A write may take only a part, on a full disk or a pipe.
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at).catch((error: unknown) => {
          throw notWritten(path, error, words);
        });
        at += bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}

/** The system's error for a write names no file. */
function notWritten(path: string, error: unknown, words: Words): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  return new QuorateError({
    ...words,
    kind: "file",
    place: { file: path },
    expected: "room for it",
    found: error.code === "ENOSPC" ? "a full disk" : String(error.code),
    cause: error,
  });
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
