import { open } from "node:fs/promises";
import type { LogWritable } from "./file-writer.ts";

/** A file that a log is written to. */
export interface LogTarget extends LogWritable {
  close(): Promise<void>;
}

/** Creates or empties a file for writing. Errors are the system's own and name the path. */
export async function fileTarget(path: string): Promise<LogTarget> {
  const handle = await open(path, "w");
  return {
    async write(bytes) {
      // A write may take only a part, on a full disk or a pipe.
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at);
        at += bytesWritten;
      }
    },
    close: () => handle.close(),
  };
}
