/**
 * Goal: a log of another version is refused as that, before anything else is said of it. Method: logs with every
 * combination of versions in their metadata and header, read and recovered.
 */
import { describe, expect, it } from "vitest";
import { LogFileWriter } from "../../host/log/file/file-writer.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { logChannels } from "../../host/log/file/schemas.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { MemoryTarget, signalTableBytes } from "./fixture.ts";

/** A log without a record, and with schemas that no version has: what is refused first says what is looked at first. */
async function logOf(library: string, run: Readonly<Record<string, string>> | undefined): Promise<Uint8Array> {
  const target = new MemoryTarget();
  const schemas = [1, 2, 3, 4, 5].map((id) => ({ id, name: "x", encoding: "x", data: new Uint8Array(0) }));
  const file = new LogFileWriter(target, { library, schemas, channels: logChannels(), chunkSize: undefined });
  if (run !== undefined) file.metadata("quorate.run", new Map(Object.entries(run)));
  file.attachment({ name: "signals.bin", mediaType: "x", data: signalTableBytes() });
  await file.flush({ all: true });
  await file.end();
  return target.bytes;
}

async function refusal(bytes: Uint8Array): Promise<unknown> {
  return await VoterLog.open(memorySource(bytes, "run.mcap"), { check: {} }).catch((error: unknown) => error);
}

describe("a log of another version", () => {
  it.each([
    ["quorate voter log 1", { format: "1" }, "format 1, record not told"],
    ["quorate voter log 2", { format: "2", record: "1" }, "format 2, record 1"],
    ["quorate voter log 2", { format: "3", record: "2" }, "format 3, record 2"],
    ["quorate voter log 2", {}, "format not told, record not told"],
    ["quorate voter log 1", undefined, "format 1"],
  ])("%s with %o is refused before its schemas are looked at", async (library, run, found) => {
    const bytes = await logOf(library, run);
    const expected = { code: "log-version", kind: "file", place: { file: "run.mcap" }, found };
    expect(await refusal(bytes)).toMatchObject({
      ...{ ...expected, expected: "format 2, record 2" },
      hint: "Read it with the version of quorate that wrote it.",
    });
    const recovered = recoverLog(memorySource(bytes, "run.mcap"), new MemoryTarget(), { unverified: false });
    await expect(recovered).rejects.toMatchObject(expected);
  });

  it.each([
    ["quorate voter log 2", { format: "2", record: "2" }],
    ["quorate voter log 2", undefined],
    ["another program", undefined],
  ])("is no log of %s with %o", async (library, run) => {
    expect(await refusal(await logOf(library, run))).toMatchObject({ code: "other-layout" });
  });
});
