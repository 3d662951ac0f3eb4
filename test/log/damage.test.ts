/**
 * Goal: no damaged file crashes, hangs or is quietly read as something else. Method: a small log cut at every byte and
 * with bits flipped all over; whatever opens must only give records that were written.
 */
import { McapWriter, TempBuffer } from "@mcap/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FrameSet } from "../../host/log/file/frame-set.ts";
import { LogError } from "../../host/log/file/log-error.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { VoterLog } from "../../host/log/reader.ts";
import {
  all,
  CHANNEL_WORDS,
  framesOf,
  handLog,
  handTable,
  MemoryTarget,
  PERIOD_US,
  quietWords,
  recordBytes,
  signalTableBytes,
} from "./fixture.ts";

const SMALL = await handLog({ frames: 4, events: { 2: [{ by: "A", code: 40, subject: 2, argument: 3 }] } });
const CHUNKED = await handLog({ frames: 400, chunkSize: 65_536 });

/** Every record of a set as bytes, so that two readings can be compared. */
function recordsOf(sets: readonly FrameSet[]): string[] {
  return sets.flatMap(({ frame, channels, stage }) =>
    [...channels, stage].flatMap((view, i) =>
      view === undefined
        ? []
        : `${frame}/${i}:${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("hex")}`,
    ),
  );
}

/** Reads everything; `undefined` when the log is refused with a proper error. */
async function readAll(bytes: Uint8Array): Promise<string[] | undefined> {
  try {
    const log = await VoterLog.open(memorySource(bytes));
    await all(log.events());
    return recordsOf(await all(log.frames()));
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    expect(error.kind).toBe("file");
    expect(error.message).toMatch(/expected|saved/);
    return undefined;
  }
}

const WHOLE = new Set(await readAll(SMALL));

async function chunksOf(bytes: Uint8Array) {
  return (await VoterLog.open(memorySource(bytes))).index.chunks;
}

describe("a damaged log", () => {
  it("cut at every byte gives only records that were written, or an error", async () => {
    expect(WHOLE.size).toBe(16);
    let opened = 0;
    for (let size = 0; size < SMALL.length; size++) {
      const records = await readAll(SMALL.subarray(0, size));
      if (records === undefined) continue;
      opened += 1;
      expect(records.filter((record) => !WHOLE.has(record))).toEqual([]);
    }
    expect(opened).toBeGreaterThan(1000); // Cut in the summary or the chunk: the frames are still there.
  });

  it("with any bit of any seventh byte flipped gives only records that were written, or an error", async () => {
    for (let at = 0; at < SMALL.length; at += 7) {
      const bytes = SMALL.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      const records = await readAll(bytes);
      expect(records?.filter((record) => !WHOLE.has(record)) ?? []).toEqual([]);
    }
  });

  it("with random bytes written over it never crashes the reader or the rescue", async () => {
    const overwrite = fc.tuple(fc.nat({ max: SMALL.length - 1 }), fc.uint8Array({ minLength: 1, maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(fc.array(overwrite, { minLength: 1, maxLength: 4 }), fc.boolean(), async (parts, unverified) => {
        const bytes = SMALL.slice();
        for (const [at, part] of parts) bytes.set(part.subarray(0, bytes.length - at), at);
        await readAll(bytes);
        await recoverLog(memorySource(bytes), new MemoryTarget(), { unverified }).catch((error: unknown) => {
          if (!(error instanceof LogError)) throw error;
        });
      }),
      { seed: 2026, numRuns: 300 },
    );
  });

  it("without its end is read through a scan, and says so", async () => {
    const log = await VoterLog.open(memorySource(CHUNKED.subarray(0, CHUNKED.length - 3)));
    expect(log.indexProblem).toBe("the file has no end");
    expect(framesOf(await all(log.frames()))).toEqual(Array.from({ length: 400 }, (_, i) => i));
    expect((await log.counts())[0]).toEqual({ topic: "/a/frame", messages: 400, first: 0, last: 399 });
  });

  it("with a flipped bit in a chunk is refused there, and points to recover", async () => {
    const [, second] = await chunksOf(CHUNKED);
    const bytes = CHUNKED.slice();
    bytes[(second?.offset ?? 0) + 500] = 0xff;
    const log = await VoterLog.open(memorySource(bytes, "run.mcap"));
    const error = await all(log.frames()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LogError);
    expect(error).toMatchObject({ code: "damaged-log", place: { file: "run.mcap", offset: second?.offset } });
    expect((error as Error).message).toContain("quorate log recover run.mcap");
  });
});

describe("the checksums", () => {
  it("notice a flipped bit anywhere in front of the summary", async () => {
    const whole = await VoterLog.open(memorySource(SMALL), { check: {} });
    expect(whole.intact).toBe(true);
    const end = whole.index.dataEnd ?? 0;
    for (let at = 0; at < end; at += 61) {
      const bytes = SMALL.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 4;
      const log = await VoterLog.open(memorySource(bytes), { check: {} }).catch(() => undefined);
      expect([at, log?.intact === true]).toEqual([at, false]);
    }
  });

  it("say nothing about a file that ends in its data, and vouch for data whose end is there", async () => {
    const { dataEnd = 0 } = (await VoterLog.open(memorySource(SMALL))).index;
    const open = (size: number) => VoterLog.open(memorySource(SMALL.subarray(0, size)), { check: {} });
    expect([(await open(dataEnd)).intact, (await open(dataEnd + 12)).intact]).toEqual([undefined, undefined]);
    expect([(await open(dataEnd + 13)).intact, (await open(SMALL.length - 1)).intact]).toEqual([true, true]);
  });

  it("refuse a signal table with a flipped bit, which would rename or rescale every value", async () => {
    const bytes = SMALL.slice();
    const at = Buffer.from(SMALL).indexOf("rad/s");
    bytes[at] = "m".charCodeAt(0);
    await expect(VoterLog.open(memorySource(bytes))).rejects.toMatchObject({ code: "damaged-log" });
  });
});

describe("recovery", () => {
  async function recover(bytes: Uint8Array, unverified = false) {
    const target = new MemoryTarget();
    const recovery = await recoverLog(memorySource(bytes), target, { unverified });
    return { recovery, bytes: target.bytes };
  }

  it("gives a whole log back byte by byte", async () => {
    const { recovery, bytes } = await recover(SMALL);
    expect(recovery.gaps).toEqual([]);
    expect(recovery.losses).toEqual([]);
    expect(bytes).toEqual(SMALL);
  });

  it("skips a damaged chunk and says which frames of which topic are lost", async () => {
    const [, second] = await chunksOf(CHUNKED);
    const damaged = CHUNKED.slice();
    damaged[(second?.offset ?? 0) + 500] = 0xff;
    const { recovery, bytes } = await recover(damaged);
    expect(recovery.losses).toMatchObject([{ offset: second?.offset, problem: expect.stringContaining("checksum") }]);
    expect(recovery.losses[0]?.size).toBe(second?.size);
    const kept = framesOf(await all((await VoterLog.open(memorySource(bytes))).frames()));
    const [gap] = recovery.gaps;
    expect(gap).toMatchObject({ topic: "/a/frame", damaged: true });
    const lost = Array.from({ length: 400 }, (_, i) => i).filter((frame) => !kept.includes(frame));
    expect(lost.length).toBeGreaterThan(50);
    expect(lost.every((frame) => frame >= (gap?.from ?? 0) && frame <= (gap?.to ?? 0))).toBe(true);
  });

  it("takes the messages of a damaged chunk when asked, and counts the chunk as unverified", async () => {
    const [, second] = await chunksOf(CHUNKED);
    const damaged = CHUNKED.slice();
    damaged[(second?.offset ?? 0) + 60] = 0x77; // Within the first message's times.
    const { recovery } = await recover(damaged, true);
    expect(recovery.unverified).toBe(1);
    expect(recovery.gaps).toEqual([]);
  });

  it("keeps the whole messages of a last chunk that is cut", async () => {
    const last = (await chunksOf(CHUNKED)).at(-2);
    const cut = CHUNKED.subarray(0, (last?.offset ?? 0) + 5000);
    const { recovery, bytes } = await recover(cut);
    expect(recovery.unverified).toBe(1);
    const log = await VoterLog.open(memorySource(bytes));
    expect(log.metadata("quorate.result").size).toBe(0);
    expect(framesOf(await all(log.frames())).length).toBeGreaterThan(200);
  });

  it("finds the chunks again behind a damaged size", async () => {
    const [first, second] = await chunksOf(CHUNKED);
    const damaged = CHUNKED.slice();
    new DataView(damaged.buffer).setUint32((second?.offset ?? 0) + 1, 0x7fffffff, true);
    const { recovery } = await recover(damaged);
    expect(recovery.chunks).toBe((await chunksOf(CHUNKED)).length - 1);
    expect(first?.offset).toBeLessThan(recovery.losses[0]?.offset ?? 0);
  });

  it("tells a channel that is off from frames that are lost", async () => {
    const log = await handLog({
      frames: 20,
      channel: (channel, frame) => (channel === 2 && frame > 9 ? undefined : {}),
    });
    const { recovery } = await recover(log.subarray(0, log.length - 1));
    expect(recovery.gaps).toEqual([{ topic: "/c/frame", from: 10, to: 19, damaged: false }]);
  });
});

describe("files that are no voter log", () => {
  it.each([
    ["nothing", new Uint8Array(0), "an empty file"],
    ["a text", Buffer.from("time,gyro_x\n0,1\n"), "this is no MCAP file"],
    ["only the magic", SMALL.subarray(0, 8), ""],
    ["megabytes of opcode 6", new Uint8Array(2_000_000).fill(6), "this is no MCAP file"],
    ["megabytes of zeros behind the magic", Buffer.concat([SMALL.subarray(0, 8), new Uint8Array(2_000_000)]), ""],
  ])("%s", async (_what, bytes, text) => {
    const error = await VoterLog.open(memorySource(bytes)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LogError);
    expect((error as Error).message).toContain(text);
  });

  it("refuses another program's MCAP file and names its topics", async () => {
    const error = await VoterLog.open(memorySource(await foreign(3), "px4.mcap")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "not-a-voter-log", place: { file: "px4.mcap" } });
    expect((error as Error).message).toContain("3 topics: /fmu/0, /fmu/1, /fmu/2");
  });

  it("reads past thousands of foreign channels without harm", async () => {
    const error = await VoterLog.open(memorySource(await foreign(5000))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "not-a-voter-log" });
  });

  it("refuses records of another layout instead of reading other fields", async () => {
    const swapped = Buffer.from(SMALL).toString("latin1").replaceAll("uint32 gate\n", "uint32 etag\n");
    const error = await VoterLog.open(memorySource(Buffer.from(swapped, "latin1").subarray(0, -9))).catch(
      (e: unknown) => e,
    );
    // The chunk's checksum notices first; without one the schema does.
    expect(error).toBeInstanceOf(LogError);
  });

  async function foreign(topics: number): Promise<Uint8Array> {
    const target = new TempBuffer();
    const writer = new McapWriter({ writable: target });
    await writer.start();
    for (let i = 0; i < topics; i++) {
      const id = await writer.registerChannel({
        topic: `/fmu/${i}`,
        messageEncoding: "cdr",
        schemaId: 0,
        metadata: new Map(),
      });
      await writer.addMessage({ channelId: id, sequence: 0, logTime: 0n, publishTime: 0n, data: new Uint8Array(8) });
    }
    await writer.end();
    return target.get();
  }
});

describe("records out of order", () => {
  const late = async (by: number) => {
    const target = new MemoryTarget();
    const log = new VoterLogWriter(target, {
      ...{ controller: "x", periodUs: PERIOD_US, signals: handTable(), seed: undefined, engines: {}, source: {} },
      ...{ moduleHash: "", coreHash: "", stageHash: "" },
      attachments: [{ name: "signals.bin", mediaType: "", data: signalTableBytes() }],
    });
    for (let frame = 0; frame < 200; frame++) {
      log.channelFrame(0, frame, recordBytes(CHANNEL_WORDS, quietWords(0, frame)));
      if (frame >= by) log.channelFrame(1, frame - by, recordBytes(CHANNEL_WORDS, quietWords(1, frame - by)));
    }
    await log.finish({ frames: 200, verdict: "pass", outputHash: "", mode: "TRIPLEX" });
    return await VoterLog.open(memorySource(target.bytes));
  };

  it("are put together when a board was read some frames later than the others", async () => {
    const sets = await all((await late(40)).frames());
    expect(framesOf(sets)).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(sets.slice(0, 160).every(({ channels: [a, b] }) => a !== undefined && b !== undefined)).toBe(true);
  });

  it("are refused when they are too late to be put anywhere", async () => {
    await expect(all((await late(80)).frames())).rejects.toMatchObject({ code: "late-record", place: { frame: 0 } });
  });
});

describe("a range of frames", () => {
  it("is found through the index, and frames that were logged late stand in their place", async () => {
    const log = await VoterLog.open(memorySource(CHUNKED));
    expect(framesOf(await all(log.frames({ from: 210, to: 212 })))).toEqual([210, 211, 212]);
    expect((await log.frame(399))?.channels.every((view) => view !== undefined)).toBe(true);
    expect(await log.frame(400)).toBeUndefined();
    expect(log.periodUs).toBe(PERIOD_US);
    expect(await log.attachment("signals.bin")).toEqual(signalTableBytes());
    expect(await log.attachment("module.wasm")).toBeUndefined();
  });
});
