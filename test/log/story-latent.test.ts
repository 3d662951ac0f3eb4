/**
 * Goal: what nobody noticed is told as that, with its end, and what the host says of a stopped channel under its fault.
 * Method: hand-made runs with faults that no channel reports.
 */
import { describe, expect, it } from "vitest";
import { memorySource } from "../../host/log/file/log-source.ts";
import { tellLog } from "../../host/log/log-story.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { type HandEvent, type HandRun, handLog } from "./fixture.ts";
import { begin, chapterOf, end, say, storyOf, told } from "./telling.ts";

/** Records of a run whose output stage outvotes A's line in these frames, while everybody holds A for healthy. */
function outvoted(from: number, to: number): Pick<HandRun, "channel" | "stage"> {
  return { channel: () => ({}), stage: (frame) => (frame < from || frame > to ? {} : { outcome: 1, agreeing: 6 }) };
}

describe("the story of a fault that nobody notices", () => {
  const LINE = "A:line@100";
  const FLIP = "B:bitflip(core, 119, 5)@20";

  it("tells of a line that is outvoted for ever how long that was, by the records", async () => {
    const masked = { by: "stage", code: 80, subject: 1 } as const;
    const story = await storyOf({ 100: [begin(LINE), masked] }, { frames: 800, ...outvoted(100, 799) });
    const { lines, outcome } = chapterOf(story, LINE);
    expect(lines.map(({ entry }) => [entry.name, entry.frame, entry.last, entry.count])).toEqual([
      ["OUTPUT_MASKED", 100, 799, 700],
    ]);
    expect(outcome.unnoticed).toEqual({ where: "line", channel: "A", frames: 700, until: 799, isOpen: true });
    expect(outcome.text).toBe(
      "Latent until frame 799, the last one told: the output stage outvoted the line of A in 700 frames, and nobody held A for wrong. " +
        "It did not change the mode (TRIPLEX). No output was held.",
    );
  });

  it("tells it of a line that no fault explains", async () => {
    const masked = { by: "stage", code: 80, subject: 1 } as const;
    const story = await storyOf({ 100: [masked] }, { frames: 400, ...outvoted(100, 299) });
    expect(story.chapters[0]?.outcome.text).toContain(
      "Latent until frame 299: the output stage outvoted the line of A",
    );
  });

  it("tells of a flip that is left at the end, and of one that was overwritten", async () => {
    const gone = "A:bitflip(module, 16, 2)@30";
    const once = "C:bitflip(module, 20, 1)@40";
    const host = (code: number, fault: string, argument: number): HandEvent => ({ by: "host", code, fault, argument });
    const story = await storyOf({
      20: [begin(FLIP)],
      30: [begin(gone)],
      35: [host(95, gone, 30)],
      40: [begin(once), host(95, once, 40)],
      299: [host(96, FLIP, 20)],
    });
    const text = (fault: string) => chapterOf(story, fault).outcome.text;
    expect(text(FLIP)).toMatch(
      /^Latent until frame 299, the last one told: something of it is left in the memory of B, and nobody noticed\./,
    );
    expect(text(gone)).toMatch(
      /^Latent until frame 35: then nothing of it was left in the memory of A\. Nobody noticed\./,
    );
    expect(text(once)).toMatch(/^Overwritten in the same frame: nobody noticed\./);
    expect(told(chapterOf(story, FLIP))).toEqual(["+279 FAULT_LATENT"]);
    expect(chapterOf(story, FLIP).outcome.noticedAfter).toBeUndefined();
    expect(chapterOf(story, FLIP).lines[0]?.text).toBe("something of it is left, and nobody noticed");
  });

  it("does not say that nobody noticed what a channel reported", async () => {
    const story = await storyOf({
      20: [begin(FLIP), ...say(["A"], 50, 1)],
      60: [{ by: "host", code: 95, fault: FLIP, argument: 20 }],
    });
    expect(chapterOf(story, FLIP).outcome.text).toContain(
      "Noticed in the same frame; nothing was taken out. Nothing of it was left after frame 60.",
    );
  });

  it("tells of a pull that does nothing alone", async () => {
    const story = await storyOf({ 100: [begin("A:pull@100+200")], 399: [end("A:pull@100+200")] });
    expect(story.chapters[0]?.outcome.text).toContain(
      "Latent until frame 299: A alone pulled the gates of its peers in 200 frames, to no effect.",
    );
  });

  it("tells what a channel that stopped cannot report under its fault, and expects no report of it", async () => {
    const off = "B:off@50+20";
    const host = (code: number, subject: number, argument = 0, text?: string): HandEvent => ({
      ...{ by: "host", code, subject, argument },
      ...(text === undefined ? {} : { text }),
    });
    const story = await storyOf({
      50: [begin(off), host(93, 1, 2)],
      52: say(["A", "C"], 22, 0, 1),
      70: [end(off), host(92, 1), host(94, 1)],
      90: [host(93, 2, 3, "channel C stopped: memory access out of bounds"), host(98, 2, 5)],
    });
    expect(told(chapterOf(story, off))).toEqual([
      ...["+0 CHANNEL_STOPPED", "+2 SENSOR_OPEN", "+20 FAULT_ENDS", "+20 CHANNEL_RESET", "+20 CHANNEL_RUNS"],
      ...["+40 CHANNEL_STOPPED", "+40 SAMPLE_SENT"],
    ]);
    const [stopped, open] = chapterOf(story, off).lines;
    expect([stopped?.text, open?.entry.excused]).toEqual(["channel B stopped: it has no power", ["B"]]);
    expect(chapterOf(story, off).outcome.noticedAfter).toBe(2);
  });
});

describe("a fault whose beginning is reported twice", () => {
  it("has one chapter: it begins once", async () => {
    const story = await storyOf({ 5: [begin("B:off@5+9"), begin("B:off@5+9")], 9: say(["A", "C"], 10, 1) });
    expect(story.chapters.map(told)).toEqual([["+4 SOURCE_LOST"]]);
  });
});

describe("a list of faults that makes no sense", () => {
  it.each([
    ["{", "$"],
    [`{"schema":"quorate/faults/2","faults":[]}`, "$.schema"],
    [`{"schema":"quorate/faults/1","faults":[{}]}`, "$.faults[0]"],
  ])("%s is refused with its place", async (faultsText, path) => {
    const bytes = await handLog({ frames: 3, faultsText });
    await expect(VoterLog.open(memorySource(bytes, "run.mcap")).then((log) => tellLog(log))).rejects.toMatchObject({
      ...{ code: "bad-faults", kind: "file", place: { file: "run.mcap" } },
      message: expect.stringContaining(`the log's list of faults, faults.json, is wrong at ${path}`),
    });
  });
});
