import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

/** Puts bytes into a file for the time of `body`, which also gets what was printed on stdout so far. */
export async function withFile<T>(
  bytes: Uint8Array,
  body: (path: string, stdout: () => string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "quorate-log-"));
  const path = join(folder, "run.mcap");
  writeFileSync(path, bytes);
  let printed = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    return await body(path, () => printed);
  } finally {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  }
}
