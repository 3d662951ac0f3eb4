/**
 * Goal: real recordings play. Method: the files in ../shared/traces beside the project, read by our reader and, where it
 * can, by the library's own, and sampled through the example maps.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadMapping } from "../../host/trace/mapping.ts";
import { openRecording } from "../../host/trace/open.ts";
import { Sampler } from "../../host/trace/sampler.ts";
import type { Samples } from "../../host/trace/source.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const TRACES = join(ROOT, "../shared/traces");
const MAPS = join(ROOT, "examples/maps");
const GYROS = ["gyro_x", "gyro_y", "gyro_z"].map((name) => ({ name, unit: "rad/s", type: "f32" as const }));

function samplesFor(inputs: number): Samples {
  return { words: new Uint32Array(inputs * 3), fresh: new Uint16Array(3) };
}

const present = existsSync(TRACES);

function recordingsOfPx4(): void {
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
}

if (present) describe("recordings of PX4 (../shared/traces)", recordingsOfPx4);
else it("../shared/traces is absent: real recordings are not tested here", () => expect(present).toBe(false));
