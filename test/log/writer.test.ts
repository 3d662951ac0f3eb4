/**
 * Goal: other programs read what we write, and the same run is the same file. Method: read the files with the
 * official MCAP reader and Foxglove's ROS 2 decoder, and compare every field with words put down by hand.
 */
import { readFileSync } from "node:fs";
import { parse } from "@foxglove/rosmsg";
import { MessageReader } from "@foxglove/rosmsg2-serialization";
import { McapIndexedReader } from "@mcap/core";
import { describe, expect, it } from "vitest";
import { TOPICS } from "../../host/log/file/schemas.ts";
import { type RunFacts, VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import {
  all,
  CHANNEL_WORDS,
  DETAIL_WORDS,
  type HandRun,
  handFacts,
  handLog,
  MemoryTarget,
  PERIOD_US,
  quietStage,
  quietWords,
  recordBytes,
  STAGE_WORDS,
  signalTableBytes,
  type Words,
} from "./fixture.ts";

const DETAILS = { alpha_c: 256, err_c: 2, accusations: 4, link_bc: 512 };
const RUN: HandRun = {
  frames: 300,
  chunkSize: 65_536,
  events: { 5: [{ by: "A", code: 51, subject: 2, argument: 5 }] },
  channel: (channel, frame) => (channel === 1 && frame === 42 ? DETAILS : {}),
};

async function officialReader(bytes: Uint8Array) {
  return await McapIndexedReader.Initialize({
    readable: {
      size: () => Promise.resolve(BigInt(bytes.length)),
      read: (offset, size) => Promise.resolve(bytes.subarray(Number(offset), Number(offset + size))),
    },
  });
}

describe("a voter log in the official readers", () => {
  it("has every message, in time order, with right checksums, in more than one chunk", async () => {
    const reader = await officialReader(await handLog(RUN));
    expect(reader.chunkIndexes.length).toBeGreaterThan(3);
    expect([...reader.channelsById.values()].map(({ topic }) => topic)).toEqual(TOPICS);
    expect([...(reader.statistics?.channelMessageCounts.values() ?? [])]).toEqual([
      300n,
      300n,
      300n,
      300n,
      1n,
      1n,
      0n,
      1n,
      0n,
    ]);
    expect(reader.statistics).toMatchObject({
      messageCount: 1203n,
      messageStartTime: 0n,
      messageEndTime: 2_990_000_000n,
    });
    const messages = await all(reader.readMessages({ validateCrcs: true }));
    expect(messages).toHaveLength(1203);
    const times = messages.map(({ logTime }) => logTime);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });

  it.each([
    ["/b/frame", CHANNEL_WORDS, quietWords(1, 42)],
    ["/b/detail", DETAIL_WORDS, { frame: 42, ...DETAILS }],
    ["/stage/frame", STAGE_WORDS, quietStage(42)],
  ] as const satisfies [string, readonly string[], Words][])(
    "decodes every field of %s by its schema",
    async (topic, names, words: Words) => {
      const reader = await officialReader(await handLog(RUN));
      const channel = [...reader.channelsById.values()].find((one) => one.topic === topic);
      const schema = reader.schemasById.get(channel?.schemaId ?? 0);
      const definition = new TextDecoder().decode(schema?.data);
      const decoder = new MessageReader<Record<string, number>>(parse(definition, { ros2: true }));
      const at = BigInt(42 * PERIOD_US) * 1000n;
      const [message] = await all(reader.readMessages({ topics: [topic], startTime: at, endTime: at }));
      const decoded = decoder.readMessage(message?.data ?? new Uint8Array());
      expect(Object.keys(decoded)).toEqual(names);
      for (const name of names)
        expect([name, decoded[name]]).toEqual([
          name,
          Math.fround(words[name] ?? 0) === (words[name] ?? 0)
            ? (words[name] ?? 0)
            : Number.isInteger(words[name])
              ? words[name]
              : Math.fround(words[name] ?? 0),
        ]);
      expect(message?.sequence).toBe(42);
    },
  );

  it("names the values of its enumerations as ROS 2 constants", async () => {
    const reader = await officialReader(await handLog({ frames: 1 }));
    const definitions = parse(new TextDecoder().decode(reader.schemasById.get(1)?.data), { ros2: true });
    const constants = definitions.flatMap((one) => one.definitions).filter((field) => field.isConstant === true);
    const values = new Map(constants.map(({ name, value }) => [name, value]));
    expect(values.get("MODE_TRIPLEX")).toBe(3);
    expect(values.get("OUTCOME_SAFE")).toBe(7);
    expect(values.get("SAMPLE_NO_SOURCE")).toBe(7);
    expect(values.get("WHY_INVALID")).toBe(5);
    expect(values.get("HEALTH_FAILED")).toBe(5);
    expect(values.get("SOURCE_TWO_FACED")).toBe(5);
    expect(values.get("STEP_NOT_RUN")).toBe(3);
  });

  it("has metadata, attachments and events as documented", async () => {
    const reader = await officialReader(await handLog(RUN));
    const metadata = await all(reader.readMetadata());
    expect(metadata.map(({ name }) => name)).toEqual(["quorate.run", "quorate.source", "quorate.result"]);
    expect(Object.fromEntries(metadata[0]?.metadata ?? [])).toMatchObject({
      ...{ format: "2", record: "2", seed: "7", period_us: "10000" },
    });
    expect(metadata[2]?.metadata.get("output_hash")).toBe("00000000000000dd");
    const [attachment] = await all(reader.readAttachments({ validateCrcs: true }));
    expect(attachment?.data).toEqual(signalTableBytes());
    const [event] = await all(reader.readMessages({ topics: ["/events"] }));
    expect(JSON.parse(new TextDecoder().decode(event?.data))).toEqual({
      ...{ frame: 5, by: "A", code: 51, name: "ACCUSE_SILENCE", level: "warning", subject: 2, argument: 5 },
      text: "A accuses C of silence: X1, X3 missing",
    });
    const [text] = await all(reader.readMessages({ topics: ["/log"] }));
    expect(JSON.parse(new TextDecoder().decode(text?.data))).toMatchObject({ level: 2, message: "the end" });
  });
});

describe("the writer", () => {
  it("writes the same bytes for the same calls, whenever it is flushed", async () => {
    expect(await handLog(RUN)).toEqual(await handLog(RUN));
  });

  it("writes the golden bytes of a tiny log", async () => {
    const golden = readFileSync(new URL("../vectors/log-tiny.hex", import.meta.url), "utf8").replace(/#.*|\s/g, "");
    const bytes = await handLog({
      frames: 2,
      events: { 1: [{ by: "B", code: 40, subject: 2, argument: 3 }] },
      channel: (channel, frame) => (channel === 1 && frame === 1 ? { alpha_c: 256, err_c: 2 } : {}),
    });
    expect(Buffer.from(bytes).toString("hex")).toBe(golden);
  });

  it("keeps times exact where nanoseconds no longer fit into a double", async () => {
    const { log, target } = writerAt(1_000_000);
    log.stageFrame(4_000_000_001, recordBytes(STAGE_WORDS, { frame: 4_000_000_001 }));
    await log.finish({ frames: 1, verdict: "pass", outputHash: "", mode: "SAFE" });
    const [message] = await all((await officialReader(target.bytes)).readMessages());
    expect(message?.logTime).toBe(4_000_000_001_000_000_000n);
  });

  it("never lets the time go back, and gives each channel its own clock", async () => {
    const { log, target } = writerAt(PERIOD_US);
    log.clock(1, -3);
    log.clock(2, 5);
    log.stageFrame(7, recordBytes(STAGE_WORDS, { frame: 7 }));
    for (const channel of [0, 1, 2]) log.channelFrame(channel, 5, recordBytes(CHANNEL_WORDS, { frame: 5 }));
    await log.finish({ frames: 8, verdict: "pass", outputHash: "", mode: "SAFE" });
    const messages = await all((await officialReader(target.bytes)).readMessages());
    expect(messages.map(({ logTime }) => logTime)).toEqual([70_000_000n, 70_000_000n, 70_000_000n, 70_000_000n]);
    expect(messages.map(({ publishTime }) => publishTime)).toEqual([
      70_000_000n,
      70_000_000n,
      69_997_000n,
      70_005_000n,
    ]);
  });

  it("refuses records of the wrong size, unknown channels and calls after the end", async () => {
    const { log } = writerAt(PERIOD_US);
    expect(() => log.channelFrame(0, 0, new Uint8Array(8))).toThrow("expected 196");
    expect(() => log.channelDetail(0, 0, new Uint8Array(84))).toThrow("expected 88");
    expect(() => log.channelDetail(3, 0, recordBytes(DETAIL_WORDS, {}))).toThrow("channel 3");
    expect(() => log.channelFrame(3, 0, recordBytes(STAGE_WORDS, {}))).toThrow("channel 3");
    expect(() => log.stageFrame(0, new Uint8Array(0))).toThrow("0 bytes");
    await log.finish({ frames: 0, verdict: "pass", outputHash: "", mode: "SAFE" });
    expect(() => log.stageFrame(0, recordBytes(STAGE_WORDS, {}))).toThrow("ended");
    await expect(log.finish({ frames: 0, verdict: "pass", outputHash: "", mode: "SAFE" })).rejects.toThrow();
  });

  it("takes the probes behind a record as a piece of their own", async () => {
    const whole = recordBytes(CHANNEL_WORDS, quietWords(0, 0));
    const [one, other] = [writerAt(PERIOD_US), writerAt(PERIOD_US)];
    one.log.channelFrame(0, 0, whole);
    other.log.channelFrame(0, 0, whole.subarray(0, whole.length - 4), whole.subarray(whole.length - 4));
    for (const { log } of [one, other]) await log.finish({ frames: 1, verdict: "pass", outputHash: "", mode: "SAFE" });
    expect(other.target.bytes).toEqual(one.target.bytes);
  });

  it("cuts a sentence that is too long, and says when nobody awaits flush", async () => {
    const { log } = writerAt(PERIOD_US, 65_536);
    expect(() => {
      for (let i = 0; i < 10_000; i++) log.text("info", "x".repeat(100_000));
    }).toThrow("await flush()");
    expect(log.waitingBytes).toBeGreaterThan(8_000_000);
  });

  it("hands a failed write to whoever awaits, for every n-th write", async () => {
    for (let n = 0; n < 7; n++) {
      let writes = 0;
      const fail = { write: () => (writes++ === n ? Promise.reject(new Error("disk full")) : Promise.resolve()) };
      const log = new VoterLogWriter(fail, facts(PERIOD_US));
      log.stageFrame(0, recordBytes(STAGE_WORDS, {}));
      const end = log.finish({ frames: 1, verdict: "pass", outputHash: "", mode: "SAFE" });
      if (n < 6) await expect(end).rejects.toThrow("disk full");
      else await end;
    }
  });
});

function facts(periodUs: number, chunkSize?: number): RunFacts {
  return { ...handFacts(), periodUs, ...(chunkSize === undefined ? {} : { chunkSize }) };
}

function writerAt(periodUs: number, chunkSize?: number) {
  const target = new MemoryTarget();
  return { target, log: new VoterLogWriter(target, facts(periodUs, chunkSize)) };
}
