import { open } from "node:fs/promises";
import { LogError } from "./log-error.ts";

/** Where a log's bytes come from: a file, or bytes in memory in tests and on a page. */
export interface LogSource {
  /** For errors: the path as the user gave it. */
  readonly name: string;
  readonly size: number;
  /** A buffer of its own with `size` bytes from `offset`, fewer only at the end. */
  read(offset: number, size: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function memorySource(bytes: Uint8Array, name = "memory"): LogSource {
  return {
    name,
    size: bytes.length,
    read: (offset, size) => Promise.resolve(bytes.slice(offset, offset + size)),
    close: () => Promise.resolve(),
  };
}

/** Reads ahead in blocks, for many small reads one behind the other. Gives views of the block: keep none of them. */
export function windowed(source: LogSource, blockSize: number): LogSource {
  let block: Uint8Array = new Uint8Array(0);
  let start = 0;
  return {
    name: source.name,
    size: source.size,
    async read(offset, size) {
      if (size > blockSize) return await source.read(offset, size);
      const end = Math.min(offset + size, source.size);
      if (offset < start || end > start + block.length) {
        block = await source.read(offset, blockSize);
        start = offset;
      }
      return block.subarray(offset - start, Math.max(offset, end) - start);
    },
    close: () => source.close(),
  };
}

/** Opens a file for reading. Errors are the system's own and name the path. */
export async function fileSource(path: string): Promise<LogSource> {
  const handle = await open(path, "r");
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    const found = stat.isDirectory() ? "a directory" : "something else";
    throw new LogError({
      code: "no-file",
      kind: "file",
      problem: "this is no file",
      place: { file: path },
      expected: "a file",
      found,
    });
  }
  const { size } = stat;
  return {
    name: path,
    size,
    async read(offset, wanted) {
      const bytes = new Uint8Array(Math.max(0, Math.min(wanted, size - offset)));
      let got = 0;
      while (got < bytes.length) {
        const { bytesRead } = await handle.read(bytes, got, bytes.length - got, offset + got);
        if (bytesRead === 0) return bytes.subarray(0, got);
        got += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
