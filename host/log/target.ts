import { open } from "node:fs/promises";
import { QuorateError } from "../errors.ts";
import type { LogWritable } from "./file-writer.ts";

/** A file that a log is written to. */
export interface LogTarget extends LogWritable {
  close(): Promise<void>;
}

/** Creates or empties a file for writing. Errors of opening are the system's own; a full disk is a `QuorateError`. */
export async function fileTarget(path: string): Promise<LogTarget> {
  const handle = await open(path, "w");
  return {
    async write(bytes) {
      // A write may take only a part, on a full disk or a pipe.
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at).catch((error: unknown) => {
          throw notWritten(path, error);
        });
        at += bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}

/** The system's error for a write names no file. */
function notWritten(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  return new QuorateError({
    code: "log-not-written",
    kind: "file",
    problem: "the voter log cannot be written to its end",
    place: { file: path },
    expected: "room for it",
    found: error.code === "ENOSPC" ? "a full disk" : String(error.code),
    hint: "What is in the file already can be read; give the log another place.",
    cause: error,
  });
}
