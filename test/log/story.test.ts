/**
 * Goal: the story says what happened, once, under its cause, and is checked against the records. Method: hand-made
 * runs whose story is known; the printed text is compared with a golden file.
 */
import { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { register } from "../../host/commands/log/events.ts";
import type { EventRecord } from "../../host/log/file/event-record.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { tellLog } from "../../host/log/log-story.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { entryText } from "../../host/log/story/chapter.ts";
import { Chapters } from "../../host/log/story/chapters.ts";
import { eventKind } from "../../host/model/events.ts";
import { eventSentence } from "../../host/model/words.ts";
import { type HandEvent, type HandRun, handLog, handTable } from "./fixture.ts";
import { goldenText } from "./golden.ts";
import { withFile } from "./stdout.ts";

afterEach(() => vi.restoreAllMocks());

const everybody = (code: number, subject: number, argument = 0): HandEvent[] =>
  (["A", "B", "C"] as const).map((by) => ({ by, code, subject, argument }));

/** B's gyro sticks, is taken out and comes back; then C's memory is hit, C is outvoted and taken out. */
const RUN: HandRun = {
  frames: 60,
  events: {
    10: [{ by: "host", code: 90, fault: "B.gyro_x:stuck@10+10" }, ...everybody(21, 1, 5)],
    12: everybody(22, 1, 1),
    20: [{ by: "host", code: 91, fault: "B.gyro_x:stuck@10+10" }],
    30: [...everybody(23, 1)],
    38: [...everybody(24, 1)],
    40: [
      { by: "host", code: 90, fault: "C:bitflip(module, 16, bit=3)@40" },
      { by: "A", code: 50, subject: 2 },
      { by: "B", code: 50, subject: 2 },
      { by: "C", code: 63, subject: 2 },
      { by: "stage", code: 80, subject: 4 },
    ],
    41: [...everybody(30, 2, 1), { by: "C", code: 64, subject: 2, argument: 2 }],
    42: [...everybody(40, 2, 3), ...everybody(33, 2, 1)],
  },
  channel: (_, frame) => ({
    mode: frame < 42 ? 3 : 2,
    health_c: frame < 42 ? 0 : 2,
    gyro_x_sensors: (frame >= 12 && frame < 30 ? 2 : frame >= 30 && frame < 38 ? 4 : 0) << 4,
  }),
  stage: (frame) => (frame === 40 ? { outcome: 1, agreeing: 3 } : {}),
  result: { mode: "DUPLEX", outputHash: "000000000000ac08" }, // 0xabcd and the last frame, 59: see quietStage.
};

async function storyOf(run: HandRun, options: Parameters<typeof tellLog>[1] = {}) {
  // As the last stage record has it: 0xabcd and the frame (quietStage).
  const outputHash = (0xabcd + run.frames - 1).toString(16).padStart(16, "0");
  const bytes = await handLog({ ...run, result: { outputHash, ...run.result } });
  return await tellLog(await VoterLog.open(memorySource(bytes)), options);
}

describe("the story", () => {
  it("reads like the golden report", async () => {
    const printed = await print(await handLog(RUN));
    expect(printed).toBe(goldenText("log-story.txt", printed));
  });

  it("is checked against the frame records", async () => {
    expect(await storyOf(RUN)).toMatchObject({ checked: 7, contradicted: 0, skipped: 0, events: 29 });
  });

  it("says when a record contradicts an event", async () => {
    const story = await storyOf({ ...RUN, channel: () => ({ mode: 3 }) });
    expect(story.contradicted).toBe(4);
    const lines = story.chapters.flatMap(({ lines: told }) => told);
    expect(lines.find(({ entry }) => entry.name === "MODE")?.contradiction).toBe(
      "the record of frame 42 says mode TRIPLEX",
    );
  });

  it("puts what belongs to a fault under that fault, and the change of mode under what caused it", async () => {
    const [sensor, channel] = (await storyOf(RUN)).chapters;
    expect(sensor?.cause).toMatch(/^Injected: B\.gyro_x:stuck@10\+10\. B\.gyro_x: stuck .*frames 10 to 19$/);
    expect(sensor?.outcome).toMatchObject({
      noticedAfter: 0,
      actedAfter: 2,
      backAfter: 28,
      out: [],
      stillVoting: ["B"],
    });
    expect(channel?.outcome).toMatchObject({ actedAfter: 2, modeBefore: "TRIPLEX", modeAfter: "DUPLEX", out: ["C"] });
    expect(channel?.lines.map(({ entry }) => entry.name)).toContain("MODE");
  });

  it("leaves out what is below a level, and what is outside a range", async () => {
    const errors = await storyOf(RUN, { level: "error" });
    expect(
      errors.chapters.flatMap(({ lines }) => lines.map(({ entry }) => entry.level)).every((l) => l === "error"),
    ).toBe(true);
    const late = await storyOf(RUN, { from: 40 });
    expect(late.chapters).toHaveLength(1);
  });

  it("does not blame a fault for what happens to the same channel long after, when there is a newer cause", async () => {
    const story = await storyOf({
      frames: 700,
      events: {
        10: [
          { by: "host", code: 90, fault: "A>B:drop@10+5" },
          { by: "B", code: 51, subject: 0, argument: 7 },
        ],
        600: [
          { by: "host", code: 90, fault: "B:off@600" },
          { by: "C", code: 51, subject: 0, argument: 4 },
        ],
      },
    });
    expect(story.chapters.map(({ lines }) => lines.map(({ entry }) => entry.frame))).toEqual([[10], [600]]);
  });

  it("tells of channels that switch themselves off, together, and of outputs that are held and made safe", async () => {
    const own = (code: number, argument = 0) =>
      (["B", "C"] as const).map((by) => ({ by, code, subject: by === "B" ? 1 : 2, argument }));
    const story = await storyOf({
      frames: 30,
      events: {
        10: [...own(60), { by: "stage", code: 81, argument: 1 }],
        11: [...own(64, 2), { by: "stage", code: 81, argument: 2 }],
        12: [...own(65, 1), { by: "stage", code: 82 }],
      },
      channel: (channel, frame) => (channel > 0 && frame >= 12 ? { gate: 0 } : {}),
      stage: (frame) => ({ outcome: frame < 10 ? 0 : frame < 12 ? 2 : 3 }),
    });
    expect(story.chapters[0]?.lines.map(({ text }) => text)).toEqual([
      "B and C have nobody to confirm their frame: it is pending",
      "the output stage holds the last outputs (2 frames in a row)",
      "B and C are in no majority (2 frames in a row)",
      "B and C turn their own gate off: no majority",
      "the output stage drives the safe values",
    ]);
    expect(story.chapters[0]?.outcome).toMatchObject({
      actedAfter: 2,
      gatesOff: ["B", "C"],
      heldFrames: 2,
      safeFrame: 12,
    });
    expect(story.contradicted).toBe(0);
  });

  it("tells of trouble that nobody injected", async () => {
    const story = await storyOf({ frames: 20, events: { 5: everybody(21, 0, 3) } });
    expect(story.chapters).toMatchObject([{ frame: 5, cause: undefined }]);
    expect(await storyOf({ frames: 3 })).toMatchObject({ chapters: [], events: 0 });
  });

  it("counts what is too much to tell", () => {
    const chapters = new Chapters(NOTHING_KNOWN);
    for (let frame = 0; frame < 25_000; frame++) chapters.add(event(frame * 10, "A", 64));
    expect(chapters.finish().reduce((sum, { entries }) => sum + entries.length, 0) + chapters.skipped).toBe(25_000);
    expect(chapters.skipped).toBe(5000);
  });

  it("makes one entry of the same report over many frames", () => {
    const chapters = new Chapters(NOTHING_KNOWN);
    for (const by of ["B", "A"]) for (const frame of [3, 4, 6]) chapters.add(event(frame, by, 50));
    const [chapter] = chapters.finish();
    expect(chapter?.entries).toMatchObject([{ frame: 3, last: 6, count: 3, by: ["A", "B"] }]);
    const [entry] = chapter?.entries ?? [];
    expect(entry === undefined ? "" : entryText(entry, handTable())).toBe("A and B accuse A of a wrong result");
  });

  it("shows events that this version does not know", () => {
    expect(eventKind(4000).name).toBe("EVENT_4000");
    const facts = { by: "A", code: 4000, subject: 77, argument: 1 } as const;
    expect(eventSentence(facts, handTable())).toBe("A reports event 4000, which this version does not know");
  });
});

const NOTHING_KNOWN = { signals: handTable(), faults: [], from: 0, masked: [] };

function event(frame: number, by: string, code: number): EventRecord {
  return { frame, by, code, name: eventKind(code).name, level: "warning", subject: 0, argument: 0, text: "" };
}

async function print(bytes: Uint8Array): Promise<string> {
  return await withFile(bytes, async (path, stdout) => {
    const program = new Command();
    register(program);
    await program.parseAsync(["events", path], { from: "user" });
    return stdout();
  });
}
