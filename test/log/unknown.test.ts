/**
 * Goal: what the log does not have is not told as if it were known. Method: hand-made logs without a record in front of
 * a cause, without a chunk in the middle, and without an end.
 */
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { register } from "../../host/commands/log.ts";
import { exportLog } from "../../host/log/export-table.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { statsOf } from "../../host/log/log-stats.ts";
import { tellLog } from "../../host/log/log-story.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { all, type HandEvent, handLog, MemoryTarget, PERIOD_US } from "./fixture.ts";
import { withFile } from "./stdout.ts";

const opened = async (bytes: Uint8Array) => await VoterLog.open(memorySource(bytes));

describe("the mode before a cause whose frame in front has no record", () => {
  const everybody = (code: number, subject: number, argument: number): HandEvent[] =>
    (["A", "B", "C"] as const).map((by) => ({ by, code, subject, argument }));
  const outcome = async (events: readonly HandEvent[]) => {
    const channel = (_: number, frame: number) => (frame === 9 ? undefined : { mode: frame < 10 ? 3 : 2 });
    const log = await opened(await handLog({ frames: 20, events: { 10: events }, channel }));
    return (await tellLog(log)).chapters[0]?.outcome;
  };

  it("is what the change of mode says itself", async () => {
    const told = await outcome([...everybody(30, 2, 1), ...everybody(40, 2, 3)]);
    expect(told).toMatchObject({ modeBefore: "TRIPLEX", modeAfter: "DUPLEX" });
    expect(told?.text).toContain("Mode TRIPLEX, then DUPLEX.");
  });

  it("is not told when nothing says it", async () => {
    const told = await outcome(everybody(21, 0, 3));
    expect(told).toMatchObject({ modeBefore: "", modeAfter: "" });
    expect(told?.text).not.toMatch(/mode/i);
  });
});

describe("frames that are lost in the middle", () => {
  /** Every output is held, and the second chunk is lost. */
  const gappy = async () => {
    const bytes = await handLog({ frames: 400, chunkSize: 65_536, stage: () => ({ outcome: 2 }) });
    const second = (await opened(bytes)).index.chunks[1];
    bytes[(second?.offset ?? 0) + 60] = 0x77; // Within the first message's times.
    const target = new MemoryTarget();
    await recoverLog(memorySource(bytes), target, { unverified: false });
    return await opened(target.bytes);
  };

  it("end what is drawn in a trace, and it starts anew behind them", async () => {
    const log = await gappy();
    const sets = await all(log.frames());
    const trace = JSON.parse((await all(exportLog(log, "perfetto", {}))).join("")) as Record<string, never>[];
    for (const [pid, of] of [1, 2, 3, 4].map((one) => [one, one - 1] as const)) {
      const has = sets.filter(({ channels, stage }) => (of === 3 ? stage : channels[of]) !== undefined);
      const slices = trace.filter((one) => one.ph === "X" && one.pid === pid && one.cat === "outcome");
      const drawn = slices.flatMap(({ ts, dur }) =>
        Array.from({ length: Number(dur) / PERIOD_US }, (_, i) => Number(ts) / PERIOD_US + i),
      );
      expect(drawn).toEqual(has.map(({ frame }) => frame));
      expect(slices).toHaveLength(2);
    }
    const starts = trace.filter((one) => one.ph === "C" && one.pid === 4 && String(one.name).startsWith("torque_x"));
    expect(starts).toHaveLength(2);
  });

  it("are not counted into a hold", async () => {
    const log = await gappy();
    const frames = (await all(log.frames())).filter(({ stage }) => stage !== undefined).map(({ frame }) => frame);
    const cut = frames.findIndex((frame, i) => i > 0 && frame !== (frames[i - 1] ?? 0) + 1);
    expect(cut).toBeGreaterThan(0);
    expect((await statsOf(log)).stage.longestHold).toBe(Math.max(cut, frames.length - cut));
  });
});

describe("a log without a result", () => {
  it("is not said to be of a run that did not end", async () => {
    const whole = await handLog({ frames: 10 });
    const end = Buffer.from(whole).indexOf("quorate.result");
    const text = await withFile(whole.subarray(0, end - 13), async (path, stdout) => {
      const program = new Command();
      register(program);
      await program.parseAsync(["log", "events", path], { from: "user" });
      return stdout();
    });
    expect(text).toMatch(/^hand_law: the end of the run is not in the file, seed 7\n/);
  });
});
