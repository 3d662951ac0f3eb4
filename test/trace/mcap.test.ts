/**
 * Goal: MCAP recordings in json and cdr are read to the last good message, and damage is said, never guessed over.
 * Method: files made byte by byte, cut at every byte, with every bit flipped, and with every limit passed.
 */

import { parse } from "@foxglove/rosmsg";
import { MessageWriter } from "@foxglove/rosmsg2-serialization";
import { McapWriter } from "@mcap/core";
import { describe, expect, it } from "vitest";
import { readMcap } from "../../host/trace/mcap/mcap-recording.ts";
import type { Recording } from "../../host/trace/recording/recording.ts";
import { TraceError } from "../../host/trace/recording/trace-error.ts";
import { concat, crc32, f32, f64, flipped, text, u8, u16, u32 } from "./make/bytes.ts";
import { channel, chunk, header, MAGIC, message, record, schema, tail } from "./make/mcap.ts";

const CDR_LE = u8(0, 1, 0, 0);
const IMU =
  "builtin_interfaces/Time stamp\nstring frame\nfloat64[3] rate\nfloat32 temperature\n===\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n";

function imuMessage(rate: number, temperature: number): Uint8Array {
  // stamp (8), string "ab" with its zero (4 + 3), 1 byte up to a multiple of 8, three f64, f32
  return concat(
    CDR_LE,
    u32(7),
    u32(500_000_000),
    u32(3),
    text("ab\0"),
    u8(0),
    f64(rate),
    f64(rate + 1),
    f64(rate + 2),
    f32(temperature),
  );
}

function jsonMessage(value: unknown): Uint8Array {
  return text(JSON.stringify(value));
}

const TEMPERATURES = [20, 21, 22, 23];

/** Two chunks with one json and one cdr topic, four messages each, 10 ms apart. */
function sample(): Uint8Array {
  const start = 1_700_000_000_000_000_001n;
  const at = (i: number): bigint => start + BigInt(i) * 10_000_000n;
  const declare = concat(schema(1, "ros2msg", IMU), channel(1, 1, "/imu", "cdr"), channel(2, 0, "/tank", "json"));
  const pair = (i: number): Uint8Array =>
    concat(
      message(1, at(i), imuMessage(i, 36.5)),
      message(2, at(i), jsonMessage({ oil: { degC: TEMPERATURES[i] }, on: i > 1 })),
    );
  return concat(MAGIC, header(), chunk(concat(declare, pair(0), pair(1))), chunk(concat(pair(2), pair(3))), tail());
}

describe("an MCAP recording", () => {
  it("gives the columns of json and cdr topics with times from the first message on", async () => {
    const recording = await readMcap(sample(), "a.mcap");
    expect(recording.startNs).toBe(1_700_000_000_000_000_001n);
    expect(recording.problems).toEqual([]);
    expect([...recording.read("/tank.oil.degC").values]).toEqual(TEMPERATURES);
    expect([...recording.read("/tank.on").values]).toEqual([0, 0, 1, 1]);
    expect([...recording.read("/imu.rate[2]").values]).toEqual([2, 3, 4, 5]);
    expect([...recording.read("/imu.stamp").values]).toEqual([7.5, 7.5, 7.5, 7.5]);
    expect([...recording.read("/imu.temperature").times]).toEqual([0, 0.01, 0.02, 0.03]);
  });

  it("reads cdr as the ROS 2 writer of another project writes it", async () => {
    const definition =
      "bool b\nint8 i8\nuint64 u64\nint16[] list\nstring[] names\nfloat64 last\nuint8[2] two\nint64 i64\n";
    const value = {
      b: true,
      i8: -5,
      u64: 12n,
      list: [1, -2, 3],
      names: ["a", "", "long name"],
      last: 0.1,
      two: [8, 9],
      i64: -7n,
    };
    const bytes = new MessageWriter(parse(definition, { ros2: true })).writeMessage(value);
    const file = concat(
      MAGIC,
      header(),
      schema(1, "ros2msg", definition),
      channel(1, 1, "t", "cdr"),
      message(1, 0, bytes),
      tail(),
    );
    const recording = await readMcap(file, "a.mcap");
    const read = (name: string): number | undefined => recording.read(`t.${name}`).values[0];
    const names = ["b", "i8", "u64", "list[0]", "list[1]", "list[2]", "last", "two[0]", "two[1]", "i64"];
    expect(names.map(read)).toEqual([1, -5, 12, 1, -2, 3, 0.1, 8, 9, -7]);
    expect(recording.find("t.list[3]")).toBeUndefined();
  });

  it("is read as @mcap/core writes it, with chunks, indexes, statistics, metadata and an attachment", async () => {
    const written: Uint8Array[] = [];
    let size = 0n;
    const writer = new McapWriter({
      writable: {
        position: () => size,
        async write(bytes) {
          written.push(Uint8Array.from(bytes));
          size += BigInt(bytes.length);
        },
      },
      chunkSize: 64,
    });
    await writer.start({ profile: "", library: "test" });
    await writer.addMetadata({ name: "run", metadata: new Map([["seed", "1"]]) });
    await writer.addAttachment({
      name: "a",
      logTime: 0n,
      createTime: 0n,
      mediaType: "text/plain",
      data: text("hello"),
    });
    const id = await writer.registerChannel({
      topic: "t",
      schemaId: 0,
      messageEncoding: "json",
      metadata: new Map([["k", "v"]]),
    });
    for (let i = 0; i < 20; i++) {
      const time = BigInt(i) * 1_000_000n;
      await writer.addMessage({
        channelId: id,
        sequence: i,
        logTime: time,
        publishTime: time,
        data: jsonMessage({ a: i }),
      });
    }
    await writer.end();
    const recording = await readMcap(concat(...written), "a.mcap");
    expect(recording.problems).toEqual([]);
    expect([...recording.read("t.a").values]).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("reads big-endian cdr, and cdr2 with its narrower alignment", async () => {
    const declare = concat(schema(1, "ros2msg", "uint8 a\nfloat64 b\n"), channel(1, 1, "t", "cdr"));
    const big = concat(u8(0, 0, 0, 0), u8(1), new Uint8Array(7), f64(2.5).reverse());
    const narrow = concat(u8(0, 7, 0, 0), u8(3), new Uint8Array(3), f64(4.5));
    const recording = await readMcap(
      concat(MAGIC, header(), declare, message(1, 0, big), message(1, 1, narrow), tail()),
      "a.mcap",
    );
    expect([...recording.read("t.a").values]).toEqual([1, 3]);
    expect([...recording.read("t.b").values]).toEqual([2.5, 4.5]);
  });

  it("gives no value where a json message has none", async () => {
    const parts = [{ a: 1 }, { b: 2 }, { a: 3, list: [4, 5] }].map((value, i) => message(1, i, jsonMessage(value)));
    const recording = await readMcap(concat(MAGIC, header(), channel(1, 0, "t", "json"), ...parts, tail()), "a.mcap");
    expect([...recording.read("t.a").values]).toEqual([1, Number.NaN, 3]);
    expect([...recording.read("t.list[1]").values]).toEqual([Number.NaN, Number.NaN, 5]);
  });

  it("numbers the second channel of a topic", async () => {
    const channels = concat(channel(1, 0, "t", "json"), channel(2, 0, "t", "json"));
    const messages = concat(message(1, 0, jsonMessage({ a: 1 })), message(2, 1, jsonMessage({ a: 2 })));
    const recording = await readMcap(concat(MAGIC, header(), channels, messages, tail()), "a.mcap");
    expect(recording.topics.map((topic) => topic.name)).toEqual(["t", "t#1"]);
  });
});

/** Whether what was read is a beginning of what was written: nothing made up. */
async function expectPrefix(bytes: Uint8Array, label: string): Promise<number> {
  let recording: Recording;
  try {
    recording = await readMcap(bytes, "a.mcap");
  } catch (error) {
    expect(error, label).toBeInstanceOf(TraceError);
    return 0;
  }
  const tank = recording.find("/tank.oil.degC") === undefined ? [] : [...recording.read("/tank.oil.degC").values];
  expect(tank, label).toEqual(TEMPERATURES.slice(0, tank.length));
  return tank.length;
}

describe("a damaged MCAP recording", () => {
  it("cut at any byte gives the whole messages before the cut and says that it was cut", async () => {
    const whole = sample();
    const dataEnd = whole.length - tail().length;
    let most = 0;
    for (let size = 0; size < whole.length; size++) {
      const cut = whole.slice(0, size);
      const count = await expectPrefix(cut, `cut at ${size}`);
      expect(count, `cut at ${size}`).toBeGreaterThanOrEqual(most);
      most = count;
      if (count > 0 && size < dataEnd) {
        const { problems } = await readMcap(cut, "a.mcap");
        const codes = problems.map((problem) => problem.code);
        expect(codes, `cut at ${size}`).toContain("truncated");
      }
    }
    expect(most).toBe(TEMPERATURES.length);
  });

  it("with any bit flipped neither crashes nor hangs", async () => {
    const whole = sample();
    for (let bit = 0; bit < whole.length * 8; bit++) {
      try {
        const recording = await readMcap(flipped(whole, bit), "a.mcap");
        for (const topic of recording.topics) for (const column of topic.columns) recording.read(column.name);
      } catch (error) {
        expect(error, `bit ${bit}`).toBeInstanceOf(TraceError);
      }
    }
  });

  it("with a checksum and any bit of a chunk flipped gives no value that was not written, and says what it lost", async () => {
    const declare = channel(1, 0, "t", "json");
    const records = [0, 1, 2, 3].map((i) => message(1, i, jsonMessage({ a: 10 + i })));
    const first = concat(declare, ...records.slice(0, 2));
    const second = concat(...records.slice(2));
    const front = concat(MAGIC, header(), chunk(first, { crc: crc32(first) }));
    const whole = concat(front, chunk(second, { crc: crc32(second) }), tail(4));
    expect((await readMcap(whole, "a.mcap")).problems).toEqual([]);
    for (let bit = front.length * 8; bit < (whole.length - tail(4).length) * 8; bit++) {
      const recording = await readMcap(flipped(whole, bit), "a.mcap");
      const values = [...recording.read("t.a").values];
      expect(
        [10, 11, 12, 13].filter((value) => values.includes(value)),
        `bit ${bit}`,
      ).toEqual(values);
      if (values.length < 4) expect(recording.problems.length, `bit ${bit}`).toBeGreaterThan(0);
    }
  });

  it("loses a chunk whose checksum is wrong, and only that", async () => {
    const good = (i: number): Uint8Array => message(1, i, jsonMessage({ a: i }));
    const declare = channel(1, 0, "t", "json");
    const file = concat(
      MAGIC,
      header(),
      chunk(concat(declare, good(0))),
      chunk(good(1), { crc: 12345 }),
      chunk(good(2)),
      tail(),
    );
    const recording = await readMcap(file, "a.mcap");
    expect([...recording.read("t.a").values]).toEqual([0, 2]);
    expect(recording.problems).toMatchObject([
      { code: "damaged", count: 1, text: expect.stringContaining("Incorrect chunk CRC") },
    ]);
  });

  it("reads on behind a record whose length is nonsense", async () => {
    const good = (i: number): Uint8Array => message(1, i, jsonMessage({ a: i }));
    const broken = good(1);
    broken[7] = 0x7f;
    const file = concat(
      MAGIC,
      header(),
      channel(1, 0, "t", "json"),
      good(0),
      broken,
      good(2),
      good(3),
      good(4),
      tail(),
    );
    const recording = await readMcap(file, "a.mcap");
    expect([...recording.read("t.a").values]).toEqual([0, 2, 3, 4]);
    expect(recording.problems[0]).toMatchObject({ code: "damaged", bytes: broken.length });
  });
});

describe("an MCAP recording that cannot be used", () => {
  const one = (encoding: string, data: Uint8Array, definition?: string): Uint8Array =>
    concat(
      MAGIC,
      header(),
      definition === undefined ? u8() : schema(1, "ros2msg", definition),
      channel(1, definition === undefined ? 0 : 1, "t", encoding),
      message(1, 0, data),
      tail(),
    );

  it.each([
    [
      "compression is not known",
      concat(MAGIC, header(), chunk(u8(1, 2, 3), { compression: "zip" }), tail()),
      /compressed with zip.*mcap decompress/,
    ],
    ["the encoding is not known", one("protobuf", u8(8, 1)), /json, or in cdr with a ros2msg schema; found protobuf/],
    ["cdr has no schema", one("cdr", CDR_LE), /found cdr/],
    ["json is no object", one("json", text("5")), /expected an object, found 5/],
    ["json is no JSON", one("json", text("{a")), /JSON/],
    [
      "a cdr text is longer than its message",
      one("cdr", concat(CDR_LE, u32(1e9)), "string s\nuint8 a\n"),
      /a text of 1000000000 bytes/,
    ],
    [
      "a cdr sequence is longer than its message",
      one("cdr", concat(CDR_LE, u32(0xffffffff)), "float64[] a\n"),
      /an array of 4294967295/,
    ],
    ["a cdr array is longer than its message", one("cdr", CDR_LE, "float64[4000000000] a\n"), /an array of 4000000000/],
    ["a cdr message is cut", one("cdr", concat(CDR_LE, u16(1)), "uint32 a\n"), /inside a field/],
    ["a cdr message is too long", one("cdr", concat(CDR_LE, u32(1), u32(2)), "uint32 a\n"), /4 bytes are left/],
    ["a cdr message has no head", one("cdr", u8(0, 1), "uint32 a\n"), /2 bytes/],
    ["a cdr message has member headers", one("cdr", u8(0, 3, 0, 0, 1), "uint8 a\n"), /encapsulation 3/],
    [
      "a schema contains itself",
      one("cdr", CDR_LE, "test/B a\n===\nMSG: test/B\nuint8 x\ntest/B b\n"),
      /contains itself/,
    ],
    ["a schema uses an unknown type", one("cdr", CDR_LE, "test/Nothing a\n"), /Nothing/],
    ["a schema is no definition", one("cdr", CDR_LE, "%%%\n"), /cannot be read/],
    ["there is nothing but a head", concat(MAGIC, header(), tail()), /no messages/],
    ["a channel is not declared", concat(MAGIC, header(), message(9, 0, text("{}")), tail()), /channel 9/],
  ])("is refused with the reason: %s", async (_, bytes, reason) => {
    await expect(readMcap(bytes, "a.mcap")).rejects.toThrow(reason);
    await expect(readMcap(bytes, "a.mcap")).rejects.toThrow(TraceError);
  });

  it("does not spread a small schema into endless columns", async () => {
    const levels = Array.from(
      { length: 10 },
      (_, i) => `===\nMSG: test/L${i}\n${`test/L${i + 1} a\ntest/L${i + 1} b\ntest/L${i + 1} c\n`}`,
    );
    const definition = `test/L0 a\n${levels.join("")}===\nMSG: test/L10\nuint8 a\n`;
    await expect(readMcap(one("cdr", CDR_LE, definition), "a.mcap")).rejects.toThrow(/more than 4096 fields/);
  });

  it("gives up a file that is nothing but damage", async () => {
    const broken = record(5, u8(1));
    const file = concat(
      MAGIC,
      header(),
      channel(1, 0, "t", "json"),
      message(1, 0, text('{"a":1}')),
      ...Array<Uint8Array>(3000).fill(broken),
      tail(),
    );
    const recording = await readMcap(file, "a.mcap");
    expect(recording.problems).toMatchObject([
      { code: "damaged", count: 1001, bytes: 3000 * broken.length + tail().length },
    ]);
  });

  it("passes over records of kinds it does not know", async () => {
    const file = concat(
      MAGIC,
      header(),
      record(0x90, u8(1, 2)),
      channel(1, 0, "t", "json"),
      message(1, 0, text('{"a":1}')),
      tail(),
    );
    expect((await readMcap(file, "a.mcap")).problems).toEqual([]);
  });
});
