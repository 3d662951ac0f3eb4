/**
 * Goal: what a person must know of a recording before trusting a run is said, with or without a mapping.
 * Method: small files of each format on disk, opened as `quorate sim` opens them.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSource, type RunSource } from "../../host/commands/sim-source.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import type { SampleSource } from "../../host/trace/sampling/sample-source.ts";
import { concat, f32, text, u64 } from "./make/bytes.ts";
import { channel, header, MAGIC, message, tail } from "./make/mcap.ts";
import { add, data, flags, format, head } from "./make/ulog.ts";

const folder = mkdtempSync(join(tmpdir(), "quorate-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Flown {
  readonly input: string;
  readonly unit?: string;
  /** The mapping file; left out, one is proposed. */
  readonly map?: object;
}

/** Opens `content` as the recording `name` for a law with one input and a period of 10 ms. */
function open(name: string, content: Uint8Array | string, { input, unit = "", map }: Flown): Promise<RunSource> {
  const trace = join(folder, name);
  writeFileSync(trace, content);
  if (map !== undefined) writeFileSync(`${trace}.json`, JSON.stringify({ schema: "quorate/map/1", ...map }));
  // Of the table only the inputs and the period matter to a recording.
  const table = { inputs: [{ name: input, unit, type: "f32" }], periodUs: 10_000 } as unknown as SignalTable;
  return openSource({ trace, seed: 1, ...(map === undefined ? {} : { map: `${trace}.json` }) }, table);
}

/** Times in ms: one is repeated, then one goes back. */
const TIMES = [0, 10, 20, 20, 30, 15, 40, 50];

function csv(): string {
  return `# by hand\ntime_s,speed,other\n${TIMES.map((ms, i) => `${ms / 1000},${50 + i},1`).join("\n")}\n`;
}

function ulog(): Uint8Array {
  const declare = concat(head(0), flags(), format("motor:uint64_t timestamp;float speed;"), add("motor", 7));
  return concat(declare, ...TIMES.map((ms, i) => data(7, u64(ms * 1000), f32(50 + i))));
}

function mcap(): Uint8Array {
  const messages = TIMES.map((ms, i) => message(1, BigInt(ms) * 1_000_000n, text(JSON.stringify({ speed: 50 + i }))));
  return concat(MAGIC, header(), channel(1, 0, "/motor", "json"), ...messages, tail());
}

describe("the unit of a column", () => {
  it.each([
    ["temperature_K", "degC", "K", 300, 26.85],
    ["temperature_degF", "degC", "degF", 212, 100],
    ["temperature_degf", "degC", "degF", 212, 100],
    ["temperature_C", "K", "degC", 26.85, 300],
    ["temperature_kelvin", "degC", "kelvin", 300, 26.85],
    ["gyro_x_deg_s", "rad/s", "deg/s", 180, Math.PI],
    ["speed_km_per_h", "m/s", "km/h", 36, 10],
    ["voltage_mV", "V", "mV", 1500, 1.5],
    ["torque_N_m", "N.m", "N.m", 2, 2],
    ["acc_x_g", "m/s^2", "gn", 1, 9.80665],
  ])("that its name %s ends in is turned into %s", async (column, unit, found, value, expected) => {
    const input = column.replace(/^((?:gyro|acc)_x|[a-z]+).*$/, "$1");
    const rows = Array.from({ length: 9 }, (_, i) => `${i / 100},${value}`);
    const source = await open("unit.csv", `time_s,${column}\n${rows.join("\n")}\n`, { input, unit });
    const samples = { words: new Uint32Array(3), fresh: new Uint16Array(3) };
    (source.world as SampleSource).sample(4, samples);
    expect((source.world as SampleSource).provenance[0]?.column_unit).toBe(found);
    expect(new Float32Array(samples.words.buffer)[0]).toBeCloseTo(expected, 4);
    expect(source.problems).toEqual([]);
  });

  it.each([
    ["temperature_degRe", '("degRe" names none that can be turned into degC): '],
    ["temperature_min", '("min" names none that can be turned into degC): '],
    ["temperature [degRe]", '("degRe" names none that can be turned into degC): '],
    ["temperature", "is not known: "],
  ])("is not taken for granted in silence: %s", async (column, said) => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i / 100},20`);
    const content = `time_s,${column}\n${rows.join("\n")}\n`;
    const { problems } = await open("unit.csv", content, { input: "temperature", unit: "degC" });
    expect(problems).toMatchObject([{ text: expect.stringContaining(said) }]);
    expect(problems[0]?.text).toContain(`column "${column}"`);
    expect(problems[0]?.text).toContain("temperature takes it as degC");
    expect(problems[0]?.text).toContain("--map");
  });

  it("is no channel's letter", async () => {
    const rows = Array.from({ length: 9 }, (_, i) => `${i / 100},300,300,300`);
    const content = `time_s,temp_A,temp_B,temp_C\n${rows.join("\n")}\n`;
    const source = await open("channels.csv", content, { input: "temp", unit: "K" });
    expect((source.world as SampleSource).provenance.map(({ column_unit }) => column_unit)).toEqual(["K", "K", "K"]);
  });
});

describe("times that repeat or go back", () => {
  it.each([
    ["csv", csv(), "speed", "line 6", "line 8"],
    ["ulg", ulog(), "motor.speed", "byte ", "byte "],
    ["mcap", mcap(), "/motor.speed", "record 4", "record 6"],
  ])("are said of a %s, with a mapping and without", async (format, content, column, repeated, back) => {
    for (const map of [undefined, { signals: { speed: { column, unit: "" } } }]) {
      const name = `times.${format}`;
      const { problems } = await open(name, content, map === undefined ? { input: "speed" } : { input: "speed", map });
      expect(problems.filter(({ code }) => code.endsWith("-time"))).toMatchObject([
        { code: "duplicate-time", count: 1, text: expect.stringMatching(`in ${repeated}\\d* of ${name} \\(0.02 s\\)`) },
        { code: "backwards-time", count: 1, text: expect.stringMatching(`in ${back}\\d* of ${name} \\(0.015 s\\)`) },
      ]);
    }
  });

  it("leave nothing out where rows are flown one by one", async () => {
    const map = { time: { rows_per_frame: 1 }, signals: { speed: { column: "speed", unit: "" } } };
    const { problems, frames } = await open("by-row.csv", csv(), { input: "speed", map });
    expect(frames).toBe(TIMES.length);
    expect(problems.map(({ text }) => text)).toEqual([
      expect.stringContaining("flown all the same"),
      expect.stringContaining("flown all the same"),
    ]);
  });
});

describe("a recording flown row by row", () => {
  const rows = Array.from({ length: 600 }, (_, i) => `${i * 300},20`).join("\n");
  const content = `time_s,temp [degC]\n${rows}\n`;
  const input = { input: "temp", unit: "degC" };

  it("says how much time is flown as how much", async () => {
    const { notes } = await open("slow.csv", content, input);
    expect(notes[0]).toBe("600 rows of 2 days are flown as 6 s, 1 row per frame whatever their times");
    const time = { rows_per_frame: 2, start_s: 1 };
    const map = { time, signals: { temp: { column: "temp" } } };
    const mapped = await open("slow.csv", content, { ...input, map });
    expect(mapped.notes[0]).toBe("399 rows of 33 hours are flown as 2 s, 2 rows per frame whatever their times");
  });

  it("is not told of one flown at its own times", async () => {
    const { notes } = await open("fast.csv", csv(), { input: "speed" });
    expect(notes.join()).not.toContain("are flown as");
  });
});
