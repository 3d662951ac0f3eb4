/**
 * Goal: the log of a real simulation is read alike by us and by the official reader, and its story agrees with its
 * records. Method: fly a plant with a stuck sensor and a flipped bit, then compare field by field.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "@foxglove/rosmsg";
import { MessageReader } from "@foxglove/rosmsg2-serialization";
import { McapIndexedReader } from "@mcap/core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { flySimulation } from "../../host/commands/sim-flight.ts";
import { diffLogs } from "../../host/log/compare.ts";
import { decodeRecord } from "../../host/log/decode.ts";
import { fileSource, memorySource } from "../../host/log/file/log-source.ts";
import { recoverLog } from "../../host/log/file/recover-log.ts";
import { statsOf } from "../../host/log/log-stats.ts";
import { tellLog } from "../../host/log/log-story.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { readField } from "../../host/model/record.ts";
import { all, MemoryTarget } from "./fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "quorate-"));
const path = join(folder, "run.mcap");
const fault = ["B.speed:stuck(0)@300+200", "C:bitflip(module)@700"];

beforeAll(async () => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const law = "firmware/control/motor-speed.ts";
  await flySimulation({ law, plant: "dc-motor", frames: 1000, fault, param: [], baud: 921_600, log: path });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the log of a simulation", () => {
  it("has the same fields for us as for the official reader", async () => {
    const bytes = readFileSync(path);
    const log = await VoterLog.open(memorySource(bytes));
    const reader = await McapIndexedReader.Initialize({
      readable: {
        size: () => Promise.resolve(BigInt(bytes.length)),
        read: (offset, size) => Promise.resolve(bytes.subarray(Number(offset), Number(offset + size))),
      },
    });
    const decoder = new MessageReader<Record<string, number>>(
      parse(new TextDecoder().decode(reader.schemasById.get(1)?.data), { ros2: true }),
    );
    const names = log.channelLayout.fields.map(({ name }) => name);
    const frames = await all(log.frames());
    let compared = 0;
    for await (const { data, sequence } of reader.readMessages({ topics: ["/c/frame"], validateCrcs: true })) {
      const decoded = decoder.readMessage(data);
      const view = frames[sequence]?.channels[2];
      if (view === undefined) throw new Error(`frame ${sequence} is missing`);
      expect(names.map((name) => decoded[name])).toEqual(names.map((name) => readField(view, log.channelLayout, name)));
      compared += 1;
    }
    expect(compared).toBe(1000);
  });

  it("tells a story that its records bear out", async () => {
    const log = await VoterLog.open(await fileSource(path));
    const story = await tellLog(log);
    expect(story.contradicted).toBe(0);
    expect(story.checked).toBeGreaterThan(3);
    const chapter = story.chapters.find(({ cause }) => cause?.includes("C:bitflip"));
    expect(chapter?.outcome).toMatchObject({ modeBefore: "TRIPLEX", modeAfter: "DUPLEX", out: ["C"], heldFrames: 0 });
    // A channel that knows its state to be wrong drives no line: nothing was there to be outvoted.
    const { driven } = decodeRecord((await log.frame(700))?.channels[2] as DataView, log.channelLayout);
    expect([driven, chapter?.lines.find(({ entry }) => entry.name === "OUTPUT_MASKED")?.text]).toEqual([
      0,
      "the output stage has no line of C",
    ]);
    expect(story.chapters.find(({ cause }) => cause?.includes("B.speed"))?.outcome.stillVoting).toEqual(["B"]);
    await log.close();
  });

  it("tells two faults of one frame apart", async () => {
    const both = join(folder, "both.mcap");
    const faults = ["C:bitflip(module)@300", "B.speed:stuck(0)@300+100"];
    const law = "firmware/control/motor-speed.ts";
    await flySimulation({ law, plant: "dc-motor", frames: 700, fault: faults, param: [], baud: 921_600, log: both });
    const log = await VoterLog.open(await fileSource(both));
    const story = await tellLog(log);
    expect(story.contradicted).toBe(0);
    const [channel, sensor] = story.chapters;
    expect(story.chapters.map((chapter) => chapter.faults)).toEqual(faults.map((one) => [one]));
    expect(channel?.outcome).toMatchObject({ noticedAfter: 0, actedAfter: 3, modeAfter: "DUPLEX", out: ["C"] });
    expect(sensor?.outcome).toMatchObject({ noticedAfter: 0, actedAfter: 2, modeAfter: "TRIPLEX", stillVoting: ["B"] });
    expect(sensor?.lines.every(({ entry }) => /^(SENSOR_|FAULT_ENDS)/.test(entry.name))).toBe(true);
    await log.close();
  });

  it("has figures that add up", async () => {
    const log = await VoterLog.open(await fileSource(path));
    const { frames, stage, unagreed, channels } = await statsOf(log);
    expect(frames).toBe(1000);
    expect(unagreed).toBe(0);
    expect(stage).toMatchObject({ frames: 1000, available: 1000, longestHold: 0 });
    for (const { outcomes, frames: n } of Object.values(channels)) {
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(n);
    }
    await log.close();
  });

  it("is given back whole by recovery when its end is gone", async () => {
    const bytes = readFileSync(path);
    const target = new MemoryTarget();
    const recovery = await recoverLog(memorySource(bytes.subarray(0, bytes.length - 100)), target, {
      unverified: false,
    });
    expect(recovery.gaps).toEqual([]);
    const [whole, saved] = [await VoterLog.open(memorySource(bytes)), await VoterLog.open(memorySource(target.bytes))];
    expect(await diffLogs(whole, saved)).toMatchObject({ equal: true, frames: 1000, facts: [] });
  });
});
