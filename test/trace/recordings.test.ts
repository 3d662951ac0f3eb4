/**
 * Goal: real recordings play. Method: the files in ../shared/traces beside the project, read by our reader and, where it
 * can, by the library's own, and sampled through the example maps.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Filelike, ULog } from "@foxglove/ulog";
import { describe, expect, it } from "vitest";
import { Random } from "../../host/model/random.ts";
import type { Samples } from "../../host/model/samples.ts";
import { loadMapping, parseMapping } from "../../host/trace/mapping/mapping.ts";
import { openRecording } from "../../host/trace/open-recording.ts";
import { proposeMapping } from "../../host/trace/proposal/propose.ts";
import { columnsOf, type Recording } from "../../host/trace/recording/recording.ts";
import { TraceError } from "../../host/trace/recording/trace-error.ts";
import { Sampler } from "../../host/trace/sampling/sampler.ts";
import type { LawInput } from "../../host/trace/sampling/track.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const TRACES = join(ROOT, "../shared/traces");
const MAPS = join(ROOT, "examples/maps");
const GYROS = ["gyro_x", "gyro_y", "gyro_z"].map((name) => ({ name, unit: "rad/s", type: "f32" as const }));

const ALTITUDE: LawInput[] = [
  { name: "baro_alt", unit: "m", type: "f32" },
  { name: "accel_z", unit: "m/s^2", type: "f32" },
];

function samplesFor(inputs: number): Samples {
  return { words: new Uint32Array(inputs * 3), fresh: new Uint16Array(3) };
}

const present = existsSync(TRACES);

function recordings(): void {
  it("plays the simulator's log through the rate map: over 3 000 frames, all fresh", async () => {
    const recording = await openRecording(join(TRACES, "px4-sitl-events.ulg"));
    const mapping = await loadMapping(join(MAPS, "px4-rate.json"));
    const sampler = new Sampler({ recording, mapping, inputs: GYROS, period_us: 10_000, seed: 1 });
    expect(sampler.frames).toBeGreaterThan(3000);
    const samples = samplesFor(3);
    for (let frame = 0; frame < sampler.frames; frame++) {
      sampler.sample(frame, samples);
      expect([...samples.fresh]).toEqual([7, 7, 7]);
    }
    expect(sampler.provenance.map((source) => source.kind)).toEqual(Array(9).fill("derived"));
  });

  it("holds the last record at or before each frame: A without noise is the recording itself", async () => {
    const recording = await openRecording(join(TRACES, "px4-sitl-events.ulg"));
    const loaded = await loadMapping(join(MAPS, "px4-rate.json"));
    const signals = new Map(
      [...loaded.signals].map(([name, map]) => [name, { ...map, A: { ...map.A, noise: 0, bias: 0 } }]),
    );
    const mapping = { ...loaded, signals };
    const sampler = new Sampler({ recording, mapping, inputs: GYROS, period_us: 10_000, seed: 1 });
    const { times, values } = recording.read("sensor_combined.gyro_rad[1]");
    const samples = samplesFor(3);
    const floats = new Float32Array(samples.words.buffer);
    for (let frame = 0; frame < sampler.frames; frame += 7) {
      const now = sampler.start_s + frame * 0.01;
      const at = times.findLastIndex((time) => time <= now + 1e-9);
      sampler.sample(frame, samples);
      expect(floats[1]).toBe(values[at]);
    }
  });

  it("gives the values that the library's own reader gives", async () => {
    const bytes = readFileSync(join(TRACES, "px4-sitl-events.ulg"));
    const recording = await openRecording(bytes);
    // Copies: the library decodes wrongly from chunks that share one buffer, as its own DataReader gives them.
    const copies: Filelike = {
      open: async () => bytes.length,
      size: () => bytes.length,
      read: async (offset, length) => Uint8Array.from(bytes.subarray(offset, offset + length)),
    };
    const library = new ULog(copies);
    await library.open();
    const wanted = ["sensor_combined", "vehicle_local_position", "actuator_motors", "battery_status"];
    const ids = [...library.subscriptions].filter(([, { name, multiId }]) => wanted.includes(name) && multiId === 0);
    expect(ids.length).toBeGreaterThanOrEqual(3);
    for (const [id, { name, fields }] of ids) {
      const field = fields.find(({ type }) => type === "float");
      const column = recording.read(`${name}.${field?.name}${field?.arrayLength === undefined ? "" : "[0]"}`);
      const theirs: [number, unknown][] = [];
      for await (const message of library.readMessages({ msgIds: new Set([id]), includeLogs: false })) {
        if (!("value" in message)) continue;
        const value = message.value[field?.name ?? ""];
        const time = Number(message.value.timestamp * 1000n - recording.startNs) / 1e9;
        theirs.push([time, Array.isArray(value) ? value[0] : value]);
      }
      expect([...column.times].map((time, i) => [time, column.values[i]])).toEqual(theirs);
    }
  }, 30_000);

  it("says what is wrong with each log, and nothing else", async () => {
    const bench = await openRecording(join(TRACES, "px4-bench-cubeorange.ulg"));
    expect(bench.problems).toMatchObject([{ code: "drop-out", count: 1, text: expect.stringContaining("30 ms") }]);
    expect(bench.seconds).toBeCloseTo(6.5, 1);
    const flight = await openRecording(join(TRACES, "px4-sitl-events.ulg"));
    expect(new Set(flight.problems.map(({ code }) => code))).toEqual(new Set(["duplicate-time", "other-clock"]));
    expect(flight.seconds).toBeCloseTo(31.1, 1);
  });

  it("plays the altitude map: 15 m are not reached, the ground is near 0, gravity points up", async () => {
    const recording = await openRecording(join(TRACES, "px4-sitl-events.ulg"));
    const mapping = await loadMapping(join(MAPS, "px4-altitude.json"));
    const sampler = new Sampler({ recording, mapping, inputs: ALTITUDE, period_us: 10_000, seed: 1 });
    expect(sampler.frames).toBeGreaterThan(3000);
    const samples = samplesFor(2);
    const floats = new Float32Array(samples.words.buffer);
    sampler.sample(0, samples);
    expect(Math.abs(floats[0] ?? 99)).toBeLessThan(1);
    expect(floats[1]).toBeGreaterThan(9.5);
    expect([...samples.fresh]).toEqual([3, 3, 3]);
  });

  it("plays the machine's temperature one row a frame, and says that its clock was set back", async () => {
    const recording = await openRecording(join(TRACES, "machine-temperature.csv"));
    expect(recording.problems.map(({ code, count }) => [code, count])).toEqual([
      ["duplicate-time", 1],
      ["backwards-time", 11],
    ]);
    const mapping = await loadMapping(join(MAPS, "machine-temperature.json"));
    const inputs: LawInput[] = [{ name: "temperature", unit: "degC", type: "f32" }];
    const sampler = new Sampler({ recording, mapping, inputs, period_us: 1_000_000, seed: 1 });
    expect(sampler.frames).toBe(22_695);
    const samples = samplesFor(1);
    sampler.sample(0, samples);
    expect(new Float32Array(samples.words.buffer)[0]).toBeCloseTo(73.97, 0);
  });

  it("proposes mappings that play", async () => {
    for (const [file, inputs] of [
      ["px4-sitl-events.ulg", GYROS],
      ["px4-bench-cubeorange.ulg", ALTITUDE],
    ] as const) {
      const recording = await openRecording(join(TRACES, file));
      const { text, missing } = proposeMapping(recording, inputs);
      expect(missing).toEqual([]);
      const sampler = new Sampler({
        recording,
        mapping: parseMapping(text, "proposed"),
        inputs,
        period_us: 10_000,
        seed: 1,
      });
      expect(sampler.frames).toBeGreaterThan(600);
    }
  });
}

/** Reads every column, as a person who looks around would. */
function readAll(recording: Recording): void {
  for (const { name } of columnsOf(recording)) recording.read(name);
}

const DAMAGED_COPIES = 6;

/** Cut and flipped at seeded random places: exhaustive damage is tested on small files. */
function damageOf(file: string): void {
  const whole = readFileSync(join(TRACES, file));
  const random = new Random(2026);

  it(`${file} cut anywhere is read to its last whole record`, async () => {
    const full = await openRecording(whole);
    const busiest = full.topics.reduce((best, topic) => (topic.count > best.count ? topic : best));
    const name = busiest.columns[0]?.name ?? "";
    const all = full.read(name);
    for (let i = 0; i < DAMAGED_COPIES; i++) {
      const size = Math.floor(whole.length * (0.3 + 0.7 * random.uniform(1, i)));
      const cut = await openRecording(whole.subarray(0, size));
      const column = cut.read(name);
      expect(column.values).toEqual(all.values.subarray(0, column.count));
      expect(column.count).toBeLessThanOrEqual(all.count);
    }
  });

  it(`${file} with flipped bits loses little and says so`, async () => {
    const full = await openRecording(whole);
    const count = (recording: Recording): number => recording.topics.reduce((sum, topic) => sum + topic.count, 0);
    for (let i = 0; i < DAMAGED_COPIES; i++) {
      const damaged = Uint8Array.from(whole);
      for (let k = 0; k < 20; k++) {
        const bit = Math.floor(whole.length * 8 * (0.2 + 0.8 * random.uniform(2, i * 20 + k)));
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      }
      try {
        const recording = await openRecording(damaged);
        expect(count(recording)).toBeGreaterThan(0.95 * count(full));
        readAll(recording);
      } catch (error) {
        expect(error).toBeInstanceOf(TraceError);
      }
    }
  }, 30_000);
}

if (present) {
  describe("recordings of PX4 and others (../shared/traces)", recordings);
  describe("damaged real recordings (../shared/traces)", () => {
    for (const file of ["px4-sitl-events.ulg", "px4-bench-cubeorange.ulg", "machine-temperature.csv"]) damageOf(file);
  });
} else {
  it("../shared/traces is absent: real recordings are not tested here", () => expect(present).toBe(false));
}
