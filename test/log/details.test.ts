/**
 * Goal: details are read with the record of their frame, zeros where there are none, by every command; what contradicts
 * itself is refused. Method: hand-made logs with details here and there, whole and damaged.
 */
import { Command } from "commander";
import { describe, expect, it, vi } from "vitest";
import { register } from "../../host/commands/log.ts";
import { diffLogs } from "../../host/log/compare.ts";
import { hasDetail, NO_DETAIL } from "../../host/log/file/frame-set.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { FrameWords } from "../../host/log/frame-words.ts";
import { missingFrames } from "../../host/log/gaps.ts";
import { statsOf } from "../../host/log/log-stats.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { DETAIL_WORD, readField } from "../../host/model/record.ts";
import {
  all,
  CHANNEL_WORDS,
  DETAIL_WORDS,
  framesOf,
  handFacts,
  handLog,
  MemoryTarget,
  quietStage,
  quietWords,
  recordBytes,
  STAGE_WORDS,
} from "./fixture.ts";
import { withFile } from "./stdout.ts";

/** B has details in frames 3 and 4. */
const RUN = {
  frames: 8,
  channel: (channel: number, frame: number) =>
    channel === 1 && (frame === 3 || frame === 4) ? { alpha_c: 256 * frame, err_c: 2, accusations: 4 } : {},
};
const LOG = await handLog(RUN);

const open = (bytes: Uint8Array) => VoterLog.open(memorySource(bytes), { check: {} });

async function run(bytes: Uint8Array, ...words: string[]): Promise<string> {
  return await withFile(bytes, async (path, stdout) => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const program = new Command().exitOverride();
    register(program);
    await program.parseAsync(["log", ...words.map((word) => word.replace("{log}", path))], { from: "user" });
    return stdout();
  });
}

describe("the details of a frame", () => {
  it("stand beside its record, and are zeros where none were written", async () => {
    const log = await open(LOG);
    const sets = await all(log.frames());
    expect(framesOf(sets)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const written = sets.flatMap((set) =>
      [0, 1, 2].flatMap((i) => (hasDetail(set, i) ? `${set.frame}${"ABC"[i]}` : [])),
    );
    expect(written).toEqual(["3B", "4B"]);
    expect(sets.map(({ details }) => details.map((detail) => readField(detail, log.detailLayout, "alpha_c")))).toEqual(
      [0, 0, 0, 768, 1024, 0, 0, 0].map((alpha) => [0, alpha, 0]),
    );
    expect([NO_DETAIL.byteLength, sets[0]?.details[0]]).toEqual([log.detailLayout.size, NO_DETAIL]);
  });

  it("are a judge's words where they were written, and nothing where they were not", async () => {
    const words = new FrameWords();
    const found: unknown[] = [];
    for await (const set of (await open(LOG)).frames({ from: 2, to: 3 })) {
      const { frame, channels, details, stage } = words.take(set);
      found.push([frame, channels.map((one) => one?.length), details.map((one) => one?.[DETAIL_WORD.alpha_c])]);
      expect(stage?.length).toBe(STAGE_WORDS.length);
    }
    const whole = [48, 48, 48];
    expect(found).toEqual([
      [2, whole, [undefined, undefined, undefined]],
      [3, whole, [undefined, 768, undefined]],
    ]);
  });

  it("are counted, compared, exported and shown", async () => {
    const log = await open(LOG);
    expect((await log.counts()).slice(6)).toEqual([
      { topic: "/a/detail", messages: 0 },
      { topic: "/b/detail", messages: 2 },
      { topic: "/c/detail", messages: 0 },
    ]);
    expect((await statsOf(log)).channels.C?.accused).toBe(2);
    expect(await missingFrames(log)).toEqual([]);
    const other = await handLog({
      ...RUN,
      channel: (c, frame) => ({ ...RUN.channel(c, frame), ...(c + frame ? {} : { link_ab: 5 }) }),
    });
    expect(await diffLogs(log, await open(other))).toMatchObject({
      channels: [{ frame: 0, of: "A", fields: [{ field: "link_ab", a: "0", b: "5" }], present: "both" }],
    });
    const [head = "", ...rows] = (await run(LOG, "export", "csv", "{log}")).trimEnd().split("\n");
    const column = head.split(",").indexOf("alpha_c");
    expect(rows.flatMap((row) => (row.split(",")[column] === "0" ? [] : row.split(",").slice(0, 3)))).toEqual([
      ...["3", "0.03", "B", "4", "0.04", "B"],
    ]);
    const { frames } = JSON.parse(await run(LOG, "export", "json", "{log}"));
    expect([frames[3].channels.B, frames[5].channels.B]).toMatchObject([
      { frame: 3, alpha_c: 768, accusations: ["C"] },
      { frame: 5, alpha_c: 0, accusations: [] },
    ]);
    expect(JSON.parse(await run(LOG, "show", "{log}", "--at", "5", "--json")).channels.B).toMatchObject({
      frame: 5,
      err_c: 0,
    });
  });

  it("are saved by recovery", async () => {
    const target = new MemoryTarget();
    const saved = await recoverLog(memorySource(LOG.subarray(0, LOG.length - 50)), target, { unverified: false });
    expect(saved.gaps).toEqual([]);
    expect(await diffLogs(await open(LOG), await open(target.bytes))).toMatchObject({ equal: true });
  });
});

interface Written {
  readonly topic: "frame" | "detail";
  readonly frame: number;
}

/** A log in which A writes just this, and the others a quiet run of three frames. */
async function logWith(written: readonly Written[]): Promise<Uint8Array<ArrayBuffer>> {
  const target = new MemoryTarget();
  const log = new VoterLogWriter(target, handFacts());
  for (const { topic, frame } of written) {
    if (topic === "frame") log.channelFrame(0, frame, recordBytes(CHANNEL_WORDS, quietWords(0, frame)));
    else log.channelDetail(0, frame, recordBytes(DETAIL_WORDS, { frame, alpha_a: 1 }));
  }
  for (const frame of [0, 1, 2]) log.stageFrame(frame, recordBytes(STAGE_WORDS, quietStage(frame)));
  await log.finish({ frames: 3, verdict: "pass", outputHash: "", mode: "TRIPLEX" });
  return target.bytes;
}

describe("details that contradict the records", () => {
  it("twice in one frame are refused, and recovery leaves the second out", async () => {
    const bytes = await logWith([
      { topic: "frame", frame: 1 },
      { topic: "detail", frame: 1 },
      { topic: "detail", frame: 1 },
    ]);
    await expect(all((await open(bytes)).frames())).rejects.toMatchObject({
      ...{ code: "record-twice", kind: "file", place: { frame: 1 }, expected: "one record of /a/detail in a frame" },
    });
    expect(await recoverLog(memorySource(bytes), new MemoryTarget(), { unverified: false })).toMatchObject({
      repeated: 1,
    });
  });

  it("without the record of their frame are refused in a whole log", async () => {
    const bytes = await logWith([
      { topic: "frame", frame: 0 },
      { topic: "detail", frame: 1 },
    ]);
    await expect(all((await open(bytes)).frames())).rejects.toMatchObject({
      ...{ code: "detail-alone", kind: "file", place: { frame: 1 } },
      ...{ expected: "a record of /a/frame beside that of /a/detail", found: "the details alone" },
    });
  });

  it("are left out where the log has lost bytes: their record may be among them", async () => {
    const bytes = await logWith([
      { topic: "frame", frame: 0 },
      { topic: "detail", frame: 1 },
    ]);
    const log = await open(bytes.subarray(0, bytes.length - 3));
    const sets = await all(log.frames());
    expect(sets.map((set) => [set.frame, set.channels[0] !== undefined, hasDetail(set, 0)])).toEqual([
      [0, true, false],
      [1, false, false],
      [2, false, false],
    ]);
  });

  it("are no frame of their own", async () => {
    const bytes = await logWith([{ topic: "detail", frame: 7 }]);
    expect(framesOf(await all((await open(bytes.subarray(0, bytes.length - 3))).frames()))).toEqual([0, 1, 2]);
  });
});
