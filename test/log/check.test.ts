/**
 * Goal: nobody reads a log that is damaged somewhere in the middle as if it were whole; its index is, and says nothing.
 * Method: bytes changed all over a log of several chunks, then read as the commands read it: each record is one that
 * was written, or is named as missing, and what has no checksum of its own is doubted aloud.
 */
import { Command } from "commander";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { register } from "../../host/commands/log.ts";
import { diffLogs } from "../../host/log/diff.ts";
import { missingFrames } from "../../host/log/gaps.ts";
import { LogError } from "../../host/log/problem.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { recoverLog } from "../../host/log/recover.ts";
import { memorySource } from "../../host/log/source.ts";
import { all, handLog, MemoryTarget } from "./fixture.ts";
import { withFile } from "./stdout.ts";

const FRAMES = 300;
const LOG = await handLog({
  frames: FRAMES,
  chunkSize: 65_536,
  events: { 150: [{ by: "A", code: 50, subject: 1 }] },
  faults: ["B:off@150"],
});
const CHUNKS = (await VoterLog.open(memorySource(LOG))).index.chunks;
const SECOND = CHUNKS[1];

/** The log with bytes of its second chunk changed, far from the chunk's own head. */
function broken(): Uint8Array<ArrayBuffer> {
  return changed((SECOND?.offset ?? 0) + 20_000, 200);
}

function changed(at: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = LOG.slice();
  for (let i = at; i < Math.min(at + size, bytes.length); i++) bytes[i] = (bytes[i] ?? 0) ^ 0x5a;
  return bytes;
}

/** `LOG` with a word replaced by one as long. */
function reworded(word: string, other: string): Uint8Array<ArrayBuffer> {
  const bytes = LOG.slice();
  const at = Buffer.from(LOG).indexOf(word);
  expect(at).toBeGreaterThan(0);
  bytes.set(Buffer.from(other), at);
  return bytes;
}

async function recordsOf(log: VoterLog): Promise<Map<string, string>> {
  const records = new Map<string, string>();
  for (const { frame, channels, stage } of await all(log.frames())) {
    for (const [i, view] of [...channels, stage].entries()) {
      if (view === undefined) continue;
      const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
      records.set(`${"ABCS"[i]}${frame}`, bytes.toString("hex"));
    }
  }
  return records;
}

const WRITTEN = await recordsOf(await VoterLog.open(memorySource(LOG)));

async function open(bytes: Uint8Array): Promise<VoterLog> {
  return await VoterLog.open(memorySource(bytes), { check: {} });
}

interface Printed {
  readonly out: string;
  readonly err: string;
}

async function run(bytes: Uint8Array, ...words: string[]): Promise<Printed> {
  return await withFile(bytes, async (path, stdout) => {
    let err = "";
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      err += String(text);
      return true;
    });
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(["log", ...words.map((word) => word.replace("{log}", path))], { from: "user" });
    return { out: stdout().replace(/\s+/g, " "), err: err.replaceAll(path, "{log}") };
  });
}

afterEach(() => void vi.restoreAllMocks());

describe("a log with changed bytes anywhere in front of the summary", () => {
  it("gives records that were written, names the others as missing, and is never called intact", async () => {
    expect([CHUNKS.length > 3, WRITTEN.size]).toEqual([true, 4 * FRAMES]);
    const end = (await VoterLog.open(memorySource(LOG))).index.dataEnd ?? 0;
    const place = fc.tuple(fc.nat({ max: end - 1 }), fc.integer({ min: 1, max: 300 }));
    await fc.assert(
      fc.asyncProperty(place, async ([at, size]) => {
        const bytes = changed(at, Math.min(size, end - at));
        const log = await VoterLog.open(memorySource(bytes), { check: {} }).catch((error: unknown) => {
          if (!(error instanceof LogError)) throw error;
        });
        if (log === undefined) return; // The signal table is damaged, or a schema: that is refused.
        expect(log.intact === true).toBe(false);
        const records = await recordsOf(log);
        const missing = await missingFrames(log);
        for (const [key, hex] of WRITTEN) {
          const [of, frame] = [key[0] === "S" ? "stage" : key[0], Number(key.slice(1))];
          const isNamed = missing.some(
            (span) => (span.of === "all" || span.of === of) && frame >= span.from && frame <= span.to,
          );
          expect([key, records.get(key) ?? "missing", isNamed]).toEqual(
            isNamed ? [key, "missing", true] : [key, hex, false],
          );
        }
        expect(records.size).toBeLessThanOrEqual(WRITTEN.size);
      }),
      { seed: 2026, numRuns: 150 },
    );
  });

  it("is checked as far as a range goes, and no farther", async () => {
    const outside = await VoterLog.open(memorySource(broken()), { check: { to: 1 } });
    expect([outside.losses, outside.intact]).toEqual([[], undefined]);
    const lost = await VoterLog.open(memorySource(broken()), { check: { from: 90, to: 91 } });
    expect(lost.losses).toMatchObject([{ offset: SECOND?.offset, size: SECOND?.size }]);
    expect(lost.index.chunks).toHaveLength(CHUNKS.length - 1);
  });

  it("with an index of which every place is the whole file is scanned instead of read for ever", async () => {
    const bytes = LOG.slice();
    const view = new DataView(bytes.buffer);
    const head = new Uint8Array(8);
    for (const { offset, size } of CHUNKS) {
      new DataView(head.buffer).setBigUint64(0, BigInt(offset), true);
      const at = Buffer.from(bytes).lastIndexOf(head); // Its entry in the summary: offset, then size.
      expect(view.getBigUint64(at + 8, true)).toBe(BigInt(size));
      view.setBigUint64(at + 8, BigInt(bytes.length), true);
    }
    view.setUint32(bytes.length - 12, 0, true); // No checksum of the summary.
    const log = await VoterLog.open(memorySource(bytes), { check: {} });
    expect(log.indexProblem).toBe("the index is impossible");
    expect((await recordsOf(log)).size).toBe(WRITTEN.size);
  });
});

describe("the commands on a log damaged in the middle", () => {
  it("name the frames and the bytes that are lost", async () => {
    const [span] = await missingFrames(await open(broken()));
    expect(span).toMatchObject({ of: "all" });
    for (const command of ["events", "stats", "info"]) {
      const { out, err } = await run(broken(), command, "{log}");
      expect(out).toContain(`Missing: frames ${span?.from} to ${span?.to} (`);
      expect(err).toContain(`bytes ${SECOND?.offset} to `);
      expect(err).toContain("cannot be used: the chunk is damaged: its checksum is wrong\n");
      expect(err).toContain("quorate log recover");
      expect(JSON.parse((await run(broken(), command, "{log}", "--json")).out)).toMatchObject({
        intact: false,
        missing: expect.arrayContaining([span]),
        losses: [{ offset: SECOND?.offset }],
      });
    }
    expect((await run(broken(), "info", "{log}")).out).toContain(`${CHUNKS.length - 1} chunks can be read, 1 cannot`);
  });

  it("show a frame outside it without a word, and call one inside it lost", async () => {
    const { out, err } = await run(broken(), "show", "{log}", "--at", "5");
    expect([out.startsWith("frame 5, "), err]).toEqual([true, ""]);
    const [span] = await missingFrames(await open(broken()));
    const inside = run(broken(), "show", "{log}", "--at", String(span?.from));
    await expect(inside).rejects.toMatchObject({ code: "lost-frame", place: { frame: span?.from } });
  });

  it("compare it with the whole one and find the first record that is missing", async () => {
    const [gap] = (await missingFrames(await open(broken()))).sort((one, other) => one.from - other.from);
    await withFile(LOG, async (whole) => {
      const different = run(broken(), "diff", "{log}", whole, "--json");
      await expect(different).rejects.toMatchObject({ code: "logs-differ" });
    });
    const [damaged, whole] = [await open(broken()), await open(LOG)];
    const { equal, channels, stage } = await diffLogs(damaged, whole);
    expect([equal, Math.min(channels[0]?.frame ?? -1, stage?.frame ?? -1)]).toEqual([false, gap?.from]);
  });

  it("doubt the verdict where only the file's own checksum is wrong", async () => {
    const bytes = reworded("verdict\u0004\u0000\u0000\u0000pass", "verdict\u0004\u0000\u0000\u0000fine");
    const { out, err } = await run(bytes, "events", "{log}");
    expect(out).toContain("Verdict fine");
    expect(err).toContain("no chunk and no attachment; what it says of the run, its source and its result");
    expect((await run(LOG, "events", "{log}")).err).toBe("");
  });

  it("leave out a damaged attachment and read on", async () => {
    const { out, err } = await run(reworded("B:off@150", "B:off@950"), "events", "{log}", "--from", "200");
    expect(err).toContain("an attachment is damaged: its checksum is wrong (scenario.json)");
    expect(out).not.toContain("950");
  });
});

describe("a log that was recovered", () => {
  async function recovered(bytes: Uint8Array, unverified = false): Promise<Uint8Array<ArrayBuffer>> {
    const target = new MemoryTarget();
    await recoverLog(memorySource(bytes), target, { unverified });
    return target.bytes;
  }

  async function recoveryOf(bytes: Uint8Array) {
    return Object.fromEntries((await VoterLog.open(memorySource(bytes))).metadata("quorate.recovery"));
  }

  it("says for ever what was lost and what nothing vouches for, though its new checksums are right", async () => {
    const lost = `${(CHUNKS[2]?.offset ?? 0) - (SECOND?.offset ?? 0)}`; // With its message indexes.
    const saved = await recovered(broken());
    expect(await recoveryOf(saved)).toEqual({ lost_bytes: lost, unverified_chunks: "0", metadata: "unverified" });
    expect(Buffer.compare(await recovered(saved), saved)).toBe(0);
    const { err } = await run(saved, "events", "{log}");
    expect(err).toContain(`saved from a damaged file: ${lost} bytes of it could not be used; what it says of the run`);
    const taken = await recovered(changed((SECOND?.offset ?? 0) + 100, 4), true);
    expect(await recoveryOf(taken)).toMatchObject({ lost_bytes: "0", unverified_chunks: "1" });
    expect((await run(taken, "stats", "{log}")).err).toContain("values in 1 chunk were taken unverified");
  });

  it("adds what a second recovery loses", async () => {
    const saved = await recovered(broken());
    const first = Number((await recoveryOf(saved)).lost_bytes);
    const { size } = (await VoterLog.open(memorySource(saved))).index.attachments.get("scenario.json") ?? { size: 0 };
    saved[Buffer.from(saved).indexOf("B:off@150")] = 0x43;
    const { lost_bytes } = await recoveryOf(await recovered(saved));
    expect([Number(lost_bytes), size > 50]).toEqual([first + size, true]);
  });

  it("carries no such entry when nothing was wrong", async () => {
    expect(await recoveryOf(await recovered(LOG))).toEqual({});
    expect(await recoveryOf(await recovered(LOG.subarray(0, LOG.length - 3)))).toEqual({});
  });

  it("loses of a damaged attachment only that", async () => {
    const log = await VoterLog.open(memorySource(await recovered(reworded("B:off@150", "B:off@950"))));
    expect([...log.index.attachments.keys()]).toEqual(["signals.bin"]);
    expect((await recordsOf(log)).size).toBe(WRITTEN.size);
  });
});
