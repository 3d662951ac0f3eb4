/**
 * Goal: ULog recordings are read to the last good record, and damage is said, never guessed over.
 * Method: files made byte by byte, cut at every byte, with every bit flipped, and with every limit passed.
 */
import { describe, expect, it } from "vitest";
import type { Recording } from "../../host/trace/recording/recording.ts";
import { TraceError } from "../../host/trace/recording/trace-error.ts";
import { readUlog } from "../../host/trace/ulog/ulog.ts";
import { concat, f32, f64, flipped, u8, u16, u32, u64 } from "./make/bytes.ts";
import { add, data, dropout, flags, format, head, log, record, sync } from "./make/ulog.ts";

const START_US = 5_000_000;
const GYRO = "gyro:uint64_t timestamp;float[3] rate;uint8_t[4] _padding0;";
const ALL =
  "all:int8_t a;uint64_t timestamp;uint8_t b;int16_t c;uint16_t d;int32_t e;uint32_t f;int64_t g;uint64_t h;double i;bool j;char[4] name;vec[2] k;";

function gyro(ms: number, rate: number): Uint8Array {
  return data(7, u64(START_US + ms * 1000), f32(rate), f32(-rate), f32(2 * rate));
}

function declare(): Uint8Array {
  return concat(head(START_US), flags(), format(GYRO), add("gyro", 7));
}

const RATES = [1, 2, 3, 4, 5, 6];

function sample(): Uint8Array {
  const body = RATES.map((rate, i) => gyro(i * 4, rate));
  body.splice(3, 0, sync(), log(START_US + 9000, "armed"), dropout(12));
  return concat(declare(), ...body);
}

function values(recording: Recording, name = "gyro.rate[0]"): number[] {
  return recording.find(name) === undefined ? [] : [...recording.read(name).values];
}

describe("a ULog recording", () => {
  it("gives columns named by topic and field, with times per topic from the head's on", () => {
    const recording = readUlog(sample(), "a.ulg");
    expect(recording.topics[0]?.columns.map((column) => column.name)).toEqual([
      "gyro.rate[0]",
      "gyro.rate[1]",
      "gyro.rate[2]",
    ]);
    expect(values(recording)).toEqual(RATES);
    expect([...recording.read("gyro.rate[2]").times]).toEqual([0, 0.004, 0.008, 0.012, 0.016, 0.02]);
    expect(recording.startNs).toBe(5_000_000_000n);
    expect(recording.seconds).toBeCloseTo(0.02, 12);
    expect(recording.problems).toMatchObject([{ code: "drop-out", count: 1, text: expect.stringContaining("12 ms") }]);
  });

  it("reads every type of field, nested ones too, wherever the timestamp stands", () => {
    const fields = concat(
      u8(0xff),
      u64(START_US),
      u8(200),
      u16(0xfffe),
      u16(65_535),
      u32(0xfffffffd),
      u32(4e9),
      u64(-9n),
      u64(9),
      f64(0.1),
      u8(2),
      u8(65, 66, 0, 0),
    );
    const file = concat(
      head(START_US),
      format(ALL),
      format("vec:float x;float y;"),
      add("all", 1),
      data(1, fields, f32(1), f32(2), f32(3), f32(4)),
    );
    const recording = readUlog(file, "a.ulg");
    const read = recording.topics[0]?.columns.map((column) => [
      column.name.slice(4),
      recording.read(column.name).values[0],
    ]);
    expect(read).toEqual([
      ["a", -1],
      ["b", 200],
      ["c", -2],
      ["d", 65_535],
      ["e", -3],
      ["f", 4e9],
      ["g", -9],
      ["h", 9],
      ["i", 0.1],
      ["j", 1],
      ["k[0].x", 1],
      ["k[0].y", 2],
      ["k[1].x", 3],
      ["k[1].y", 4],
    ]);
  });

  it("keeps instances of one topic apart, whatever the order of subscription", () => {
    const file = concat(declare(), add("gyro", 9, 1), gyro(0, 1), data(9, u64(START_US), f32(8), f32(8), f32(8)));
    const recording = readUlog(file, "a.ulg");
    expect(values(recording, "gyro.rate[0]")).toEqual([1]);
    expect(values(recording, "gyro#0.rate[0]")).toEqual([1]);
    expect(values(recording, "gyro#1.rate[0]")).toEqual([8]);
  });

  it("takes a record without its trailing padding, and one with it", () => {
    const padded = data(7, u64(START_US + 4000), f32(2), f32(2), f32(2), u32(0));
    expect(values(readUlog(concat(declare(), gyro(0, 1), padded), "a.ulg"))).toEqual([1, 2]);
  });

  it("reads appended data behind a record that the crash cut", () => {
    const whole = concat(declare(), gyro(0, 1), gyro(4, 2));
    const cut = whole.slice(0, whole.length - 3);
    const extra = gyro(8, 3);
    const file = concat(cut, extra);
    file.set(flags({ incompatible: 1, appended: [cut.length] }), 16);
    const recording = readUlog(file, "a.ulg");
    expect(values(recording)).toEqual([1, 3]);
    expect(recording.problems).toMatchObject([{ code: "truncated", bytes: gyro(4, 2).length - 3 }]);
  });

  it("reports records that repeat a time or go back in it", () => {
    const file = concat(declare(), gyro(0, 1), gyro(8, 2), gyro(8, 3), gyro(4, 4), gyro(12, 5));
    expect(readUlog(file, "a.ulg").problems).toMatchObject([
      { code: "duplicate-time", count: 1, at_s: 0.008 },
      { code: "backwards-time", count: 1, at_s: 0.004 },
    ]);
  });

  it("says which topics run on another clock", () => {
    const late = data(9, u64(1_700_000_000_000_000n), f32(8), f32(8), f32(8));
    const recording = readUlog(concat(declare(), add("gyro", 9, 1), gyro(0, 1), gyro(4, 2), late), "a.ulg");
    expect(recording.problems).toMatchObject([{ code: "other-clock", topic: "gyro#1" }]);
    expect(recording.seconds).toBeCloseTo(0.004, 12);
  });
});

describe("a damaged ULog recording", () => {
  it("cut at any byte gives the whole records before the cut and says what was lost", () => {
    const whole = sample();
    let most = 0;
    for (let size = 0; size < whole.length; size++) {
      let recording: Recording;
      try {
        recording = readUlog(whole.slice(0, size), "a.ulg");
      } catch (error) {
        expect(error, `cut at ${size}`).toBeInstanceOf(TraceError);
        expect(most, `cut at ${size}`).toBe(0);
        continue;
      }
      const rates = values(recording);
      expect(rates, `cut at ${size}`).toEqual(RATES.slice(0, rates.length));
      expect(rates.length).toBeGreaterThanOrEqual(most);
      most = rates.length;
      const lost = recording.problems.find((problem) => problem.code === "truncated")?.bytes ?? 0;
      const boundary =
        [...RATES.keys()].some((i) => values(readUlog(whole.slice(0, size + 1), "a.ulg")).length > i) && lost === 0;
      if (!boundary) expect(lost, `cut at ${size}`).toBeGreaterThan(0);
    }
    expect(most).toBe(RATES.length - 1);
  });

  it("with any bit flipped neither crashes nor hangs, and a record keeps its place in time or is said to be lost", () => {
    const whole = sample();
    const bodies = declare().length * 8;
    for (let bit = 0; bit < whole.length * 8; bit++) {
      try {
        const recording = readUlog(flipped(whole, bit), "a.ulg");
        const count = values(recording).length;
        if (bit >= bodies && count < RATES.length) {
          const codes = recording.problems.map((problem) => problem.code);
          expect(codes.includes("damaged") || codes.includes("truncated"), `bit ${bit}`).toBe(true);
        }
      } catch (error) {
        expect(error, `bit ${bit}`).toBeInstanceOf(TraceError);
      }
    }
  });

  it("reads on at the next record behind foreign bytes, and counts them", () => {
    const noise = Uint8Array.from({ length: 200 }, (_, i) => (i * 37 + 11) & 0xff);
    const file = concat(declare(), gyro(0, 1), noise, gyro(4, 2), gyro(8, 3), gyro(12, 4));
    const recording = readUlog(file, "a.ulg");
    expect(values(recording)).toEqual([1, 2, 3, 4]);
    expect(recording.problems).toMatchObject([
      { code: "damaged", count: 1, bytes: noise.length, offset: declare().length + gyro(0, 1).length },
    ]);
  });

  it("reads on behind a text whose length runs beyond the end of the file", () => {
    const long = log(START_US, "armed");
    long[1] = 0x7f;
    const recording = readUlog(concat(declare(), gyro(0, 1), long, gyro(4, 2), gyro(8, 3), gyro(12, 4)), "a.ulg");
    expect(values(recording)).toEqual([1, 2, 3, 4]);
    expect(recording.problems).toMatchObject([{ code: "damaged", bytes: long.length }]);
  });

  it("does not take a data record of the wrong size", () => {
    const short = data(7, u64(START_US + 4000), f32(9), f32(9));
    const long = data(7, u64(START_US + 4000), f32(9), f32(9), f32(9), f64(9));
    for (const wrong of [short, long]) {
      const recording = readUlog(concat(declare(), gyro(0, 1), wrong, gyro(8, 2), gyro(12, 3), gyro(16, 4)), "a.ulg");
      expect(values(recording)).toEqual([1, 2, 3, 4]);
      expect(recording.problems).toMatchObject([{ code: "damaged", bytes: wrong.length }]);
    }
  });

  it("says that appended data lies outside of the file", () => {
    const file = concat(declare(), gyro(0, 1));
    file.set(flags({ incompatible: 1, appended: [file.length] }), 16);
    const recording = readUlog(file, "a.ulg");
    expect(values(recording)).toEqual([1]);
    expect(recording.problems).toMatchObject([
      { code: "damaged", text: expect.stringContaining("outside of the file") },
    ]);
  });
});

describe("a ULog recording that cannot be used", () => {
  const withFormat = (...formats: readonly string[]): Uint8Array =>
    concat(
      head(START_US),
      ...formats.map(format),
      add("a", 1),
      data(1, u64(START_US), u8(1)),
      data(1, u64(START_US + 1), u8(1)),
    );
  const chain = Array.from({ length: 20 }, (_, i) => `l${i}:l${i + 1} x;`);

  it.each([
    ["it has other magic", concat(u8(1), head(0).slice(1)), /expected a ULog/],
    ["it ends in its head", head(0).slice(0, 12), /ends after 12 bytes/],
    ["it has no data", declare(), /no data section/],
    ["it needs a newer reader", concat(head(0), flags({ incompatible: 0x82 })), /incompatible flag bit 1/],
    ["a format is not defined", withFormat("b:uint64_t timestamp;uint8_t x;"), /no format is defined for "a"/],
    ["a format has no timestamp", withFormat("a:uint64_t time;uint8_t x;"), /no field "uint64_t timestamp"/],
    ["a timestamp is no u64", withFormat("a:uint32_t timestamp;uint8_t x;"), /no field "uint64_t timestamp"/],
    ["a format is no format", withFormat("a"), /cannot be read/],
    ["a format has no fields", withFormat("a: "), /declares no bytes/],
    ["a format uses an unknown type", withFormat("a:uint64_t timestamp;what x;"), /"what", which is not defined/],
    ["a format contains itself", withFormat("a:uint64_t timestamp;a x;"), /contains itself/],
    [
      "formats nest too deep",
      withFormat("a:uint64_t timestamp;l0 x;", ...chain, "l20:uint8_t x;"),
      /nests deeper than 16/,
    ],
    [
      "a format is larger than a record can be",
      withFormat("a:uint64_t timestamp;uint8_t[65528] x;"),
      /more than 65535 bytes/,
    ],
    ["a format declares billions", withFormat("a:uint64_t timestamp;double[4000000000] x;"), /more than 65535 bytes/],
    [
      "a format multiplies empty types",
      withFormat("a:uint64_t timestamp;e[4000000000] x;", "e: "),
      /declares no bytes/,
    ],
  ])("is refused with the reason: %s", (_, bytes, reason) => {
    expect(() => readUlog(bytes, "a.ulg")).toThrow(reason);
    expect(() => readUlog(bytes, "a.ulg")).toThrow(TraceError);
  });

  it("skips arrays that are too long to be signals and says so", () => {
    const file = concat(
      head(0),
      format("a:uint64_t timestamp;uint8_t[129] x;uint8_t[128] y;"),
      add("a", 1),
      data(1, u64(1), new Uint8Array(257)),
    );
    const recording = readUlog(file, "a.ulg");
    expect(recording.topics[0]?.columns.length).toBe(128);
    expect(recording.problems).toMatchObject([{ code: "not-read", text: expect.stringContaining("x[129]") }]);
  });

  it("does not spread small formats into endless columns", () => {
    const formats = Array.from(
      { length: 60 },
      (_, i) => `f${i}:uint64_t timestamp;v[128] a;v[128] b;v[128] c;v[128] d;v[128] e;v[128] f;v[128] g;v[128] h;`,
    );
    const adds = formats.map((_, i) => add(`f${i}`, i));
    const file = concat(
      head(0),
      ...formats.map(format),
      format("v:uint8_t[30] x;"),
      ...adds,
      data(0, u64(1), new Uint8Array(128 * 8 * 30)),
    );
    const recording = readUlog(file, "a.ulg");
    expect(recording.problems[0]).toMatchObject({
      code: "not-read",
      text: expect.stringContaining("more than 100000 columns"),
    });
  });

  it("passes over records of kinds it does not use", () => {
    const information = record("I", concat(u8(8), new TextEncoder().encode("char[2] xok")));
    const removed = record("R", u16(7));
    expect(values(readUlog(concat(declare(), information, gyro(0, 1), removed, gyro(4, 2)), "a.ulg"))).toEqual([1, 2]);
  });
});
