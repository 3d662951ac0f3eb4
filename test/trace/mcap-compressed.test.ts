/**
 * Goal: a recording with compressed chunks reads as the same one without, and a bad chunk costs that chunk and is said.
 * Method: one recording plain, zstd and lz4; each cut at every byte, with every bit flipped, and with sizes that lie.
 */
import { compress, isLoaded } from "@foxglove/wasm-zstd";
import { McapWriter } from "@mcap/core";
import { beforeAll, describe, expect, it } from "vitest";
import { CHUNK_LIMITS } from "../../host/trace/mcap/mcap-chunks.ts";
import { readMcap } from "../../host/trace/mcap/mcap-recording.ts";
import { columnsOf, type Recording } from "../../host/trace/recording/recording.ts";
import { TraceError } from "../../host/trace/recording/trace-error.ts";
import { concat, crc32, flipped, text, u8, u64 } from "./make/bytes.ts";
import { lz4Frame } from "./make/lz4.ts";
import { type ChunkOptions, channel, chunk, header, MAGIC, message, tail } from "./make/mcap.ts";
import { zstdZeros } from "./make/zstd.ts";

type Compression = "" | "zstd" | "lz4";
const PACK: Readonly<Record<Compression, (records: Uint8Array) => Uint8Array>> = {
  "": (records) => records,
  zstd: (records) => compress(records, 3),
  lz4: lz4Frame,
};
const COMPRESSIONS: readonly Compression[] = ["zstd", "lz4"];
const DECLARE = concat(channel(1, 0, "t", "json"), channel(2, 0, "oil", "json"));
const CHUNKS = 3;
const PER_CHUNK = 3;
const VALUES = Array.from({ length: CHUNKS * PER_CHUNK }, (_, i) => 10 + i);

beforeAll(async () => {
  await isLoaded;
});

/** The records of one chunk; the first declares the channels. */
function recordsOf(index: number): Uint8Array {
  const messages = VALUES.slice(index * PER_CHUNK, (index + 1) * PER_CHUNK).flatMap((value, i) => {
    const time = (index * PER_CHUNK + i) * 10_000_000;
    return [message(1, time, text(`{"a":${value}}`)), message(2, time, text(`{"degC":${value / 2},"on":true}`))];
  });
  return concat(index === 0 ? DECLARE : u8(), ...messages);
}

function packed(
  compression: Compression,
  index: number,
  options: ChunkOptions & { isSummed?: boolean } = {},
): Uint8Array {
  const records = recordsOf(index);
  const crc = options.isSummed === false ? 0 : crc32(records);
  return chunk(records, { crc, compression, packed: PACK[compression](records), ...options });
}

interface Changed {
  /** Whether the chunks have checksums; default yes. */
  readonly isSummed?: boolean;
  /** Stands for the second chunk. */
  readonly second?: Uint8Array;
  /** Messages that the statistics count; none when not given. */
  readonly counted?: number;
}

function recordingOf(compression: Compression, { isSummed = true, second, counted }: Changed = {}): Uint8Array {
  const [first, middle, last] = [0, 1, 2].map((index) => packed(compression, index, { isSummed }));
  return concat(MAGIC, header(), first ?? u8(), second ?? middle ?? u8(), last ?? u8(), tail(counted));
}

const BEFORE_CHUNKS = MAGIC.length + header().length;
const values = (recording: Recording): number[] =>
  recording.find("t.a") === undefined ? [] : [...recording.read("t.a").values];
const withoutSecond = VALUES.filter((_, i) => i < PER_CHUNK || i >= 2 * PER_CHUNK);

/** The recording, or undefined where nothing of it can be read. */
async function tryRead(bytes: Uint8Array, label: string): Promise<Recording | undefined> {
  try {
    return await readMcap(bytes, "a.mcap");
  } catch (error) {
    expect(error, label).toBeInstanceOf(TraceError);
    return undefined;
  }
}

describe("a compressed MCAP recording", () => {
  it.each(COMPRESSIONS)("in %s has the columns, times and problems of the plain one", async (compression) => {
    const counted = 2 * VALUES.length;
    const plain = await readMcap(recordingOf("", { counted }), "a.mcap");
    const other = await readMcap(recordingOf(compression, { counted }), "a.mcap");
    expect(values(other)).toEqual(VALUES);
    expect(other.problems).toEqual([]);
    expect(other.topics).toEqual(plain.topics);
    for (const { name } of columnsOf(plain)) expect(other.read(name)).toEqual(plain.read(name));
  });

  it("may have chunks of several kinds, empty ones too", async () => {
    const empty = COMPRESSIONS.map((compression) => chunk(u8(), { compression }));
    const parts = [packed("lz4", 0), packed("", 1), packed("zstd", 2)];
    const recording = await readMcap(concat(MAGIC, header(), ...parts, ...empty, tail(18)), "a.mcap");
    expect(values(recording)).toEqual(VALUES);
    expect(recording.problems).toEqual([]);
  });

  it("is read as @mcap/core writes it, with indexes and a summary", async () => {
    const written: Uint8Array[] = [];
    let size = 0n;
    const write = async (bytes: Uint8Array): Promise<void> => {
      written.push(Uint8Array.from(bytes));
      size += BigInt(bytes.length);
    };
    const writer = new McapWriter({
      writable: { position: () => size, write },
      chunkSize: 500,
      compressChunk: (records) => ({ compression: "zstd", compressedData: compress(records, 3) }),
    });
    await writer.start({ profile: "", library: "test" });
    const channelId = await writer.registerChannel({
      topic: "t",
      schemaId: 0,
      messageEncoding: "json",
      metadata: new Map(),
    });
    for (let i = 0; i < 40; i++) {
      const logTime = BigInt(i) * 1_000_000n;
      const data = text(`{"a":${i}}`);
      await writer.addMessage({ channelId, sequence: i, logTime, publishTime: logTime, data });
    }
    await writer.end();
    const recording = await readMcap(concat(...written), "a.mcap");
    expect(recording.problems).toEqual([]);
    expect(values(recording)).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it("is short of messages when its statistics count more", async () => {
    const { problems } = await readMcap(recordingOf("zstd", { counted: 20 }), "a.mcap");
    expect(problems).toMatchObject([{ code: "damaged", count: 2, text: expect.stringContaining("18 were found") }]);
  });
});

describe.each(COMPRESSIONS)("a damaged MCAP recording in %s", (compression) => {
  it("cut at any byte gives a beginning of the whole one that never shrinks, and says that it was cut", async () => {
    const whole = recordingOf(compression);
    const dataEnd = whole.length - tail().length;
    let most = 0;
    for (let size = 0; size < whole.length; size++) {
      const recording = await tryRead(whole.subarray(0, size), `cut at ${size}`);
      const found = recording === undefined ? [] : values(recording);
      expect(found, `cut at ${size}`).toEqual(VALUES.slice(0, found.length));
      expect(found.length, `cut at ${size}`).toBeGreaterThanOrEqual(most);
      most = found.length;
      if (recording === undefined || size >= dataEnd) continue;
      expect(
        recording.problems.map(({ code }) => code),
        `cut at ${size}`,
      ).toEqual(["truncated"]);
    }
    expect(most).toBe(VALUES.length);
  });

  it("with a checksum and any bit of a chunk flipped gives no value that was not written, and says what it lost", async () => {
    const front = BEFORE_CHUNKS + packed(compression, 0).length;
    const whole = recordingOf(compression, { counted: 2 * VALUES.length });
    const end = front + packed(compression, 1).length;
    for (let bit = front * 8; bit < end * 8; bit++) {
      const recording = await readMcap(flipped(whole, bit), "a.mcap");
      const found = values(recording);
      expect(
        VALUES.filter((value) => found.includes(value)),
        `bit ${bit}`,
      ).toEqual(found);
      if (found.length < VALUES.length) expect(recording.problems.length, `bit ${bit}`).toBeGreaterThan(0);
      // The chunks beside it stay, unless the flipped length of the one swallows the next.
      expect(found.slice(0, PER_CHUNK), `bit ${bit}`).toEqual(VALUES.slice(0, PER_CHUNK));
    }
  });

  it("without checksums and with any bit flipped neither crashes nor hangs", async () => {
    const whole = recordingOf(compression, { isSummed: false });
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const recording = await tryRead(flipped(whole, bit), `bit ${bit}`);
      if (recording !== undefined) for (const { name } of columnsOf(recording)) recording.read(name);
    }
  });

  it("loses one chunk and no more when one of its lengths leads beyond the end", async () => {
    const whole = recordingOf(compression);
    const at = BEFORE_CHUNKS + packed(compression, 0).length;
    const nameSize = compression.length;
    for (const lengthAt of [at + 1, at + 9 + 28 + 4 + nameSize]) {
      const recording = await readMcap(flipped(whole, (lengthAt + 4) * 8), "a.mcap");
      expect(values(recording)).toEqual(withoutSecond);
      const bytes = packed(compression, 1).length;
      expect(recording.problems).toMatchObject([{ code: "damaged", count: 1, offset: at, bytes }]);
    }
  });

  const records = recordsOf(1);
  const good = PACK[compression](records);
  it.each<[string, ChunkOptions, RegExp]>([
    ["its data is nonsense", { packed: text("nonsense") }, /does not expand to the \d+ bytes it declares/],
    ["its data is cut", { packed: good.subarray(0, -1) }, /does not expand/],
    ["it declares a byte more", { declared: records.length + 1 }, /does not expand to the \d+ bytes .* found \d+/],
    ["it declares a byte less", { declared: records.length - 1 }, /does not expand/],
    ["it declares nothing", { declared: 0 }, /does not expand to the 0 bytes/],
    ["it declares bytes and holds none", { packed: u8() }, /declares \d+ bytes and holds none/],
    [
      "it declares as much as may be",
      { declared: CHUNK_LIMITS.chunkBytesMax },
      /does not expand to the 134217728 bytes/,
    ],
    [
      "it declares more than may be",
      { declared: CHUNK_LIMITS.chunkBytesMax + 1 },
      /at most 134217728 bytes, found 134217729;.*mcap/,
    ],
    ["it declares all there is", { declared: 2n ** 64n - 1n }, /at most 134217728 bytes, found 18446744073709551615/],
    ["its checksum is wrong", { crc: 12345 }, /Incorrect chunk CRC/],
    ["its compression is unknown", { compression: "zip" }, /compressed with zip.*mcap decompress/],
    ["its compression is a name of the language's", { compression: "valueOf" }, /compressed with valueOf/],
    ["its compression is a long name of the language's", { compression: "propertyIsEnumerable" }, /Unsupported/],
    ["its compression is the other one", { compression: compression === "lz4" ? "zstd" : "lz4" }, /does not expand/],
  ])("loses one chunk and no more when %s", async (_, options, reason) => {
    const second = packed(compression, 1, options);
    const recording = await readMcap(recordingOf(compression, { second }), "a.mcap");
    expect(values(recording)).toEqual(withoutSecond);
    const damage = { code: "damaged", count: 1, bytes: second.length, text: expect.stringMatching(reason) };
    expect(recording.problems).toMatchObject([damage]);
  });
});

describe("a small recording that expands a thousandfold", () => {
  it("is read up to the limit, and behind it what still fits", async () => {
    const [chunkBytesMax, totalBytesMax] = [1 << 20, 8 << 20];
    // One record of a private kind, nearly all zeros.
    const zeros = zstdZeros(concat(u8(0x80), u64(chunkBytesMax - 9)), chunkBytesMax);
    const bomb = chunk(u8(), { compression: "zstd", packed: zeros, declared: chunkBytesMax });
    const bombs = Array<Uint8Array>(9).fill(bomb);
    const file = concat(MAGIC, header(), packed("zstd", 0), ...bombs, packed("zstd", 1), tail());
    expect(file.length).toBeLessThan(totalBytesMax / 1000);
    const recording = await readMcap(file, "a.mcap", { chunkBytesMax, totalBytesMax });
    expect(values(recording)).toEqual(VALUES.slice(0, 2 * PER_CHUNK));
    const said = expect.stringContaining("its compressed chunks expand to more than 8388608 bytes: cut it first");
    expect(recording.problems).toMatchObject([{ code: "damaged", count: 2, bytes: 2 * bomb.length, text: said }]);
  });
});

describe("a cut chunk", () => {
  it("gives the messages before the cut", async () => {
    // Noise, so that zstd keeps it in blocks as it is, and that they are many.
    const long = Array.from({ length: 4000 }, (_, i) => message(1, i, text(`{"a":${i},"b":"${noise(i)}"}`)));
    const records = concat(DECLARE, ...long);
    for (const compression of COMPRESSIONS) {
      const whole = chunk(records, { compression, packed: PACK[compression](records), crc: crc32(records) });
      const file = concat(MAGIC, header(), whole);
      const recording = await readMcap(file.subarray(0, file.length - Math.floor(whole.length / 3)), "a.mcap");
      const found = values(recording);
      expect(found.length, compression).toBeGreaterThan(1500);
      expect(found).toEqual(Array.from(found, (_, i) => i));
      const said = `ends inside the compressed chunk at byte ${BEFORE_CHUNKS}: of it ${found.length} messages can`;
      expect(recording.problems).toMatchObject([{ code: "truncated", text: expect.stringContaining(said) }]);
    }
  });

  it("of a compression that nobody knows is lost", async () => {
    const file = concat(MAGIC, header(), packed("lz4", 0), packed("lz4", 1, { compression: "zip" }).subarray(0, -1));
    const recording = await readMcap(file, "a.mcap");
    expect(values(recording)).toEqual(VALUES.slice(0, PER_CHUNK));
    expect(recording.problems).toMatchObject([{ code: "truncated", text: expect.stringContaining("inside a record") }]);
  });
});

function noise(seed: number): string {
  let state = seed;
  return Array.from({ length: 12 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state.toString(36);
  }).join("");
}
