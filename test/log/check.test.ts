/**
 * Goal: nobody reads a log that is damaged somewhere in the middle as if it were whole; its index is, and says nothing.
 * Method: bytes changed all over a log of several chunks, then read as the commands read it: each record is one that
 * was written, or is named as missing, and what has no checksum of its own is doubted aloud.
 */
import { crc32 } from "node:zlib";
import { Command } from "commander";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { register } from "../../host/commands/log.ts";
import { diffLogs } from "../../host/log/compare.ts";
import { LogError } from "../../host/log/file/log-error.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { framesOf, missingFrames } from "../../host/log/gaps.ts";
import { VoterLog } from "../../host/log/reader.ts";
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

async function recordsOf(log: VoterLog, range = {}): Promise<Map<string, string>> {
  const records = new Map<string, string>();
  for (const { frame, channels, stage } of await all(log.frames(range))) {
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

/** The same log whole, without its end, and without anything behind its last chunk. */
const END = (await VoterLog.open(memorySource(LOG))).index.dataEnd ?? 0;
const LAST = CHUNKS.at(-1);
const BASES: readonly (readonly [string, Uint8Array])[] = [
  ["whole", LOG],
  ["without a footer", LOG.subarray(0, LOG.length - 20)],
  ["without a summary", LOG.subarray(0, END)],
  ["that ends with a chunk", LOG.subarray(0, (LAST?.offset ?? 0) + (LAST?.size ?? 0))],
];

/** Where one changed byte says most: records' heads, chunks' and attachments' own, and the checksums behind. */
const HEADS = headsOf(LOG.subarray(0, END + 13)).flatMap((at) => Array.from({ length: 60 }, (_, i) => at + i));

function headsOf(bytes: Uint8Array): number[] {
  const heads: number[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 9 < bytes.length; at += 9 + Number(view.getBigUint64(at + 1, true))) heads.push(at);
  return heads;
}

/** Reads a log as a command does: each record must be one that was written, and what is not there be named. */
async function judge(bytes: Uint8Array, isRecovered = false): Promise<"refused" | "whole" | "damaged"> {
  const log = await VoterLog.open(memorySource(bytes), { check: {} }).catch((error: unknown) => {
    if (!(error instanceof LogError)) throw error;
  });
  if (log === undefined) return "refused"; // The signal table or a schema is damaged.
  const records = await recordsOf(log);
  for (const [key, hex] of records) expect([key, hex]).toEqual([key, WRITTEN.get(key)]);
  const window = [...(await recordsOf(log, { from: 90, to: 130 })).keys()];
  expect(window).toEqual(
    [...records.keys()].filter((key) => Number(key.slice(1)) >= 90 && Number(key.slice(1)) <= 130),
  );
  const missing = await missingFrames(log);
  const isNamed = (of: string, frame: number) =>
    missing.some((span) => (span.of === "all" || span.of === of) && frame >= span.from && frame <= span.to);
  let absent = 0;
  for (const key of WRITTEN.keys()) {
    if (records.has(key)) continue;
    absent += 1;
    const [of, frame] = [key[0] === "S" ? "stage" : (key[0] ?? ""), Number(key.slice(1))];
    expect([key, frame >= (await framesOf(log)) || isNamed(of, frame)]).toEqual([key, true]);
  }
  // Nothing may be gone without bytes that are told, unless the end of the file is.
  if (absent > 0 && log.intact !== undefined && !isRecovered) expect(log.losses.length).toBeGreaterThan(0);
  return log.intact === true && log.losses.length === 0 ? "whole" : "damaged";
}

async function judgeRecovered(bytes: Uint8Array): Promise<void> {
  const target = new MemoryTarget();
  const recovery = await recoverLog(memorySource(bytes), target, { unverified: false }).catch((error: unknown) => {
    if (!(error instanceof LogError)) throw error;
  });
  if (recovery === undefined) return; // Refused: nothing was written.
  expect(await judge(target.bytes, true)).toBe("whole");
  const { metadata, attachments } = (await VoterLog.open(memorySource(target.bytes))).index;
  if (attachments.size < 2 || metadata.size < 3) expect(recovery.losses.length).toBeGreaterThan(0);
  expect(metadata.has("quorate.recovery")).toBe(recovery.intact !== true || recovery.losses.length > 0);
}

describe.each(BASES)("a log %s with a changed byte anywhere in front of the summary", (_, base) => {
  it("gives records that were written, names the others as missing, and is never called whole", async () => {
    expect([CHUNKS.length > 3, WRITTEN.size]).toEqual([true, 4 * FRAMES]);
    const place = fc.oneof(fc.nat({ max: END - 1 }), fc.constantFrom(...HEADS)).filter((at) => at < base.length);
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = base.slice();
        bytes[at] = (bytes[at] ?? 0) ^ change;
        if (at < END + 13) expect(await judge(bytes)).not.toBe("whole");
        await judgeRecovered(bytes);
      }),
      { seed: 2026, numRuns: 80 },
    );
  });
});

describe("a log with many changed bytes", () => {
  it("is read as far as it is whole", async () => {
    const place = fc.tuple(fc.nat({ max: END - 1 }), fc.integer({ min: 1, max: 300 }));
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(0x5a, 0x00), async ([at, size], mask) => {
        const bytes = changed(at, Math.min(size, END - at));
        if (mask === 0) bytes.fill(0, at, Math.min(at + size, END));
        expect((await judge(bytes)) === "whole").toBe(Buffer.compare(bytes, LOG) === 0);
        await judgeRecovered(bytes);
      }),
      { seed: 2026, numRuns: 80 },
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
    const tail = bytes.length - 37;
    const start = Number(view.getBigUint64(tail + 9, true));
    view.setUint32(bytes.length - 12, crc32(bytes.subarray(start, bytes.length - 12)), true);
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

  it("compare with the whole one what both have, and call the rest not compared", async () => {
    await withFile(LOG, async (whole) => {
      const different = run(broken(), "diff", "{log}", whole);
      await expect(different).rejects.toMatchObject({ code: "logs-not-compared", kind: "expectation" });
    });
    const whole = await open(LOG);
    for (const pair of [
      [await open(broken()), whole],
      [whole, await open(broken())],
    ] as const) {
      const { equal, frames, uncompared, channels, stage, lengths } = await diffLogs(...pair);
      expect([equal, frames + uncompared, channels, stage, lengths]).toEqual([false, FRAMES, [], undefined, undefined]);
      expect(uncompared).toBeGreaterThan(40);
    }
    // A run that really has no record there is another run.
    const other = await handLog({ frames: FRAMES, channel: (c, frame) => (c === 1 && frame === 120 ? undefined : {}) });
    expect(await diffLogs(await open(other), whole)).toMatchObject({
      channels: [{ frame: 120, of: "B", present: "b" }],
    });
  });

  it("doubt the verdict where only the file's own checksum is wrong", async () => {
    const bytes = reworded("verdict\u0004\u0000\u0000\u0000pass", "verdict\u0004\u0000\u0000\u0000fine");
    const { out, err } = await run(bytes, "events", "{log}");
    expect(out).toContain("Verdict fine");
    expect(err).toContain("nothing vouches for what it says of the run, its source and its result: that may be wrong");
    expect((await run(LOG, "events", "{log}")).err).toBe("");
  });

  it("leave out a damaged attachment and read on", async () => {
    const { out, err } = await run(reworded("B:off@150", "B:off@950"), "events", "{log}", "--from", "200");
    expect(err).toContain("the attachment faults.json is damaged: its checksum is wrong");
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
    const lost = `${SECOND?.size}`;
    const saved = await recovered(broken());
    expect(await recoveryOf(saved)).toEqual({ lost_bytes: lost, unverified_chunks: "0", metadata: "unverified" });
    expect(Buffer.compare(await recovered(saved), saved)).toBe(0);
    const { err } = await run(saved, "events", "{log}");
    expect(err).toContain(`saved from a damaged file: ${lost} bytes of it could not be used; nothing vouches for what`);
    const taken = await recovered(changed((SECOND?.offset ?? 0) + 100, 4), true);
    expect(await recoveryOf(taken)).toMatchObject({ lost_bytes: "0", unverified_chunks: "1" });
    expect((await run(taken, "stats", "{log}")).err).toContain("values in 1 chunk were taken unverified");
  });

  it("adds what a second recovery loses", async () => {
    const saved = await recovered(broken());
    const first = Number((await recoveryOf(saved)).lost_bytes);
    const { size } = (await VoterLog.open(memorySource(saved))).index.attachments.get("faults.json") ?? { size: 0 };
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
