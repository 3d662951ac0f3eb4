/**
 * Goal: what is told of a part of a run does not deny what began in front of it. Method: hand-made logs whose stage
 * drives safe values, seen through windows and through lost chunks.
 */
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { register } from "../../host/commands/log.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { missingFrames } from "../../host/log/gaps.ts";
import { statsOf } from "../../host/log/log-stats.ts";
import { type LogStoryOptions, tellLog } from "../../host/log/log-story.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { type HandRun, handLog } from "./fixture.ts";
import { withFile } from "./stdout.ts";

const FRAMES = 300;
const DROP = { by: "A", code: 62, subject: 0, argument: 3 } as const;

/** A fault in frame 100; from frame 110 on the stage does `outcome`, and A reports now and then. */
function run(outcome: number): HandRun {
  return {
    frames: FRAMES,
    chunkSize: 65_536,
    stage: (frame) => (frame < 110 ? {} : { outcome }),
    events: {
      100: [{ by: "host", code: 90, fault: "B:bitflip(module)@100" }],
      110: [{ by: "stage", code: outcome === 3 ? 82 : 81, argument: 1 }],
      200: [DROP],
    },
  };
}

async function story(bytes: Uint8Array, options: LogStoryOptions = {}) {
  const log = await VoterLog.open(memorySource(bytes), { check: {} });
  return await tellLog(log, { ...options, missing: await missingFrames(log, options) });
}

function results({ chapters }: Awaited<ReturnType<typeof story>>): string[] {
  return chapters.map(({ outcome }) => outcome.text);
}

describe("a window behind the beginning of SAFE", () => {
  it("does not say that no output was held, nor of a mode that nobody commits", async () => {
    const [text] = results(await story(await handLog(run(3)), { from: 150 }));
    expect(text).toContain("The safe values were driven already when what is told here begins.");
    expect(text).not.toMatch(/No output was held|mode/);
  });

  it("says that outputs were held already", async () => {
    const [text] = results(await story(await handLog(run(2)), { from: 150 }));
    expect(text).toContain("Outputs were held already when what is told here begins.");
    expect(text).not.toContain("No output was held");
  });

  it("says that nothing was held when nothing was", async () => {
    const quiet = { ...run(0), events: { 200: [DROP] } };
    expect(results(await story(await handLog(quiet), { from: 150 }))[0]).toContain("No output was held.");
  });
});

describe("a fault whose beginning is lost", () => {
  it("is known from the list of faults, once, and what follows is told under it", async () => {
    const bytes = await handLog(run(3));
    const whole = await story(bytes);
    expect(whole.chapters.map(({ faults }) => faults)).toEqual([["B:bitflip(module)@100"]]);
    const { chunks } = (await VoterLog.open(memorySource(bytes))).index;
    const hit = chunks.find(({ startTime, endTime }) => startTime < 1_000_000_000n && endTime > 1_000_000_000n);
    const at = (hit?.offset ?? 0) + 30_000;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const damaged = await story(bytes);
    expect(damaged.chapters.map(({ faults }) => faults)).toEqual([["B:bitflip(module)@100"]]);
    expect(damaged.chapters[0]?.cause).toMatch(
      /^Injected: B:bitflip\(module\)@100\. B: bitflip .* Its event is lost; the list of faults says so$/,
    );
    expect(results(damaged)[0]).toContain("Frames are missing: nobody knows of all outputs.");
    expect(results(damaged)[0]).not.toMatch(/No output was held|mode/);
  });
});

describe("frames without a majority", () => {
  it("lend no health or selection to the figures: what stands in their records is older", async () => {
    const bytes = await handLog({ frames: 20, channel: (_, frame) => (frame < 5 ? {} : { outcome: 2 }) });
    const { frames, unagreed, inputs, sensors } = await statsOf(await VoterLog.open(memorySource(bytes)));
    expect([frames, unagreed]).toEqual([20, 15]);
    expect([inputs[0]?.frames, sensors[0]?.used]).toEqual([5, 5]);
  });
});

describe("the result of a log", () => {
  it("is compared with the last record", async () => {
    const frames = 4;
    const hash = "000000000000abd0"; // 0xabcd + 3, see quietStage.
    const right = await story(await handLog({ frames, result: { outputHash: hash } }));
    expect([right.contradicted, right.contradiction]).toEqual([0, undefined]);
    const wrong = await story(await handLog({ frames, result: { outputHash: hash.replace("d0", "d1") } }));
    expect([wrong.contradicted, wrong.contradiction]).toEqual([1, `the record of frame 3 says ${hash}`]);
  });
});

describe("a range", () => {
  async function command(...words: string[]): Promise<void> {
    await withFile(await handLog({ frames: 20 }), async (path) => {
      const program = new Command().exitOverride();
      register(program);
      await program.parseAsync(["log", ...words.map((word) => word.replace("{log}", path))], { from: "user" });
    });
  }

  it("without a frame of the run is refused, not told as one in which nothing happened", async () => {
    for (const words of [
      ["events", "{log}"],
      ["stats", "{log}"],
      ["query", "{log}", "1"],
      ["export", "csv", "{log}"],
    ]) {
      await expect(command(...words, "--from", "9", "--to", "8")).rejects.toMatchObject({ kind: "usage" });
      await expect(command(...words, "--from", "20")).rejects.toMatchObject({ code: "no-such-frame", kind: "file" });
      await command(...words, "--from", "19", "--to", "90");
    }
  });
});
