/**
 * Goal: a log that was saved from damage never passes for a whole one. Method: hand-made logs with frames left out, and
 * a log with a broken chunk that is recovered; the commands must name exactly what is not there.
 */
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { register } from "../../host/commands/log.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { missingCount, missingFrames, missingTexts } from "../../host/log/gaps.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { handLog, MemoryTarget } from "./fixture.ts";
import { withFile } from "./stdout.ts";

const CHUNKED = await handLog({ frames: 400, chunkSize: 65_536, events: { 2: [{ by: "A", code: 50, subject: 1 }] } });

/** The same with its second chunk broken, and what can be saved of that. */
async function broken(): Promise<Uint8Array> {
  const bytes = CHUNKED.slice();
  const second = (await VoterLog.open(memorySource(bytes))).index.chunks[1];
  bytes[(second?.offset ?? 0) + 60] = 0x77; // Within the first message's times.
  return bytes;
}

async function saved(): Promise<Uint8Array> {
  const target = new MemoryTarget();
  await recoverLog(memorySource(await broken()), target, { unverified: false });
  return target.bytes;
}

async function missing(bytes: Uint8Array, range = {}) {
  return await missingFrames(await VoterLog.open(memorySource(bytes)), range);
}

async function run(bytes: Uint8Array, ...words: string[]): Promise<string> {
  return await withFile(bytes, async (path, stdout) => {
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(["log", ...words.map((word) => word.replace("{log}", path))], { from: "user" });
    return stdout();
  });
}

describe("missing frames", () => {
  it("are none in a whole log", async () => {
    expect(await missing(CHUNKED)).toEqual([]);
  });

  it("of one channel are told apart from those of all", async () => {
    const log = await handLog({
      frames: 20,
      channel: (c, frame) => (c === 2 && frame > 3 && frame < 7 ? undefined : {}),
    });
    expect(await missing(log)).toEqual([{ of: "C", from: 4, to: 6 }]);
    expect(missingTexts(await missing(log))).toEqual(["No record of C: frames 4 to 6 (3 frames); off, or lost."]);
    expect(await missing(log, { from: 6, to: 9 })).toEqual([{ of: "C", from: 6, to: 6 }]);
    expect(await missing(log, { from: 7 })).toEqual([]);
  });

  it("at the end are known from the result", async () => {
    const log = await handLog({ frames: 20, result: { frames: 25 } });
    expect(await missing(log)).toEqual([{ of: "all", from: 20, to: 24 }]);
  });

  it("of a channel that was off all along", async () => {
    const log = await handLog({ frames: 5, channel: (c) => (c === 1 ? undefined : {}) });
    expect(await missing(log)).toEqual([{ of: "B", from: 0, to: 4 }]);
  });

  it("of a recovered log are all that a whole log has and it has not", async () => {
    const bytes = await saved();
    const kept = new Set<number>();
    for await (const { frame } of (await VoterLog.open(memorySource(bytes))).frames()) kept.add(frame);
    const found = await missing(bytes);
    expect(missingCount(found)).toBe(400 - kept.size);
    expect(kept.size).toBeLessThan(350);
    for (const { from, to } of found.filter(({ of }) => of === "all"))
      for (let frame = from; frame <= to; frame++) expect(kept.has(frame)).toBe(false);
  });
});

describe("the commands on a recovered log", () => {
  it("name the gap before they say anything else", async () => {
    const bytes = await saved();
    const [first] = await missing(bytes);
    const range = `frames ${first?.from} to ${first?.to}`;
    for (const command of ["events", "stats", "info"]) {
      expect((await run(bytes, command, "{log}")).replace(/\s+/g, " ")).toContain(`Missing: ${range} (`);
      expect(JSON.parse(await run(bytes, command, "{log}", "--json"))).toMatchObject({
        missing: expect.arrayContaining([first]),
      });
    }
    expect((await run(bytes, "stats", "{log}")).replace(/\s+/g, " ")).toMatch(/nothing is known of \d+ missing frames/);
  });

  it("show says that a frame in the gap is lost, not that it never was", async () => {
    const bytes = await saved();
    const [first] = await missing(bytes);
    const shown = run(bytes, "show", "{log}", "--at", String(first?.from));
    await expect(shown).rejects.toMatchObject({ code: "lost-frame", kind: "file", place: { frame: first?.from } });
    await expect(run(bytes, "show", "{log}", "--at", "400")).rejects.toMatchObject({ code: "no-such-frame" });
  });

  it("recover --unverified does not say that what it took cannot be used", async () => {
    const text = (await run(await broken(), "recover", "{log}", "{log}.new", "--unverified")).replace(/\s+/g, " ");
    expect(text).toContain("have no right checksum, their whole messages are taken unverified");
    expect(text).toContain("No frame is missing; values of unverified messages may be wrong.");
    expect(text).not.toContain("cannot be used");
    expect((await run(await broken(), "recover", "{log}", "{log}.new")).replace(/\s+/g, " ")).toContain(
      "cannot be used",
    );
  });

  it("a window of events says that it judges only itself", async () => {
    const text = await run(CHUNKED, "events", "{log}", "--from", "1", "--to", "9");
    expect(text).toContain(
      "Only what was reported from frame 1 up to frame 9 is told, and each result judges only that.",
    );
    expect(await run(CHUNKED, "events", "{log}")).not.toContain("Only what was reported");
  });
});
