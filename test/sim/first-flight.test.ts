/**
 * Goal: the main job end to end, as a user runs it. Method: `quorate sim` on a real recording with the two faults of the
 * first flight, then variations of which the outcome is known.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { flySimulation, type SimOptions } from "../../host/commands/sim-flight.ts";
import type { SimResult } from "../../host/commands/sim-report.ts";
import { EVENT } from "../../host/model/events.ts";

const RECORDING = "../shared/traces/px4-sitl-events.ulg";
const folder = mkdtempSync(join(tmpdir(), "quorate-"));
afterAll(() => rmSync(folder, { recursive: true }));
vi.spyOn(process.stderr, "write").mockReturnValue(true);

const STUCK = "B.gyro_x:stuck@500+200";
const FLIP = "C:bitflip(module)@900";

function options(fault: readonly string[], more: Partial<SimOptions> = {}): SimOptions {
  const law = "firmware/control/rate-damper.ts";
  return { law, trace: RECORDING, map: "examples/maps/px4-rate.json", fault, param: [], baud: 921_600, ...more };
}

function onPlant(fault: readonly string[], more: Partial<SimOptions> = {}): Promise<SimResult> {
  const law = "firmware/control/motor-speed.ts";
  return flySimulation({ law, plant: "dc-motor", frames: 1_000, fault, param: [], baud: 921_600, ...more });
}

function first({ judge }: SimResult, code: number, subject: number): number | undefined {
  return judge.events.find((event) => event.code === code && event.subject === subject)?.frame;
}

describe.skipIf(!existsSync(RECORDING))("the first flight on a PX4 recording", () => {
  it("masks a stuck sensor and a flipped bit: nothing held, nothing wrong", async () => {
    const { judgement } = await flySimulation(options([STUCK, FLIP]));
    expect(judgement).toMatchObject({ verdict: "pass", reasons: [] });
    expect(judgement.frames).toBeGreaterThan(3_000);
    expect(judgement.oracle).toMatchObject({ value_ok: true, range_ok: true, judged_frames: judgement.frames });
    expect(judgement.vote).toMatchObject({ held: 0, safe: 0 });
    expect(judgement.mode).toMatchObject({ final: "DUPLEX" });
    expect(judgement.mode.frames.triplex + judgement.mode.frames.duplex).toBe(judgement.frames);
  });

  it("puts B's sensor out of selection and takes it back while B stays a voter", async () => {
    const result = await flySimulation(options([STUCK, FLIP]));
    const { judgement } = result;
    const sensor = judgement.sensors.find(({ sensor: name }) => name === "B.gyro_x");
    expect(sensor).toMatchObject({ state: "HEALTHY" });
    expect(sensor?.out).toBeGreaterThan(100);
    expect(first(result, EVENT.SENSOR_OPEN, 1)).toBeLessThanOrEqual(503);
    expect(judgement.channels.B).toMatchObject({ state: "HEALTHY", accused: 0, trips: 0 });
  });

  it("opens C within three frames of the flipped bit", async () => {
    const result = await flySimulation(options([STUCK, FLIP]));
    const { judgement } = result;
    expect(first(result, EVENT.ACCUSE_VALUE, 2)).toBe(900);
    expect(first(result, EVENT.CHANNEL_OPEN, 2)).toBeLessThanOrEqual(903);
    expect(judgement.channels.C).toMatchObject({ state: "OPEN", trips: 1 });
  });

  it("leaves the output hash as it is when a fault touches no sample", async () => {
    const clean = await flySimulation(options([]));
    const flipped = await flySimulation(options([FLIP]));
    const stuck = await flySimulation(options([STUCK]));
    expect(flipped.judgement.output_hash).toBe(clean.judgement.output_hash);
    expect(stuck.judgement.output_hash).not.toBe(clean.judgement.output_hash);
  });

  it("writes the same log bytes for the same seed, and others for another", async () => {
    const logs = [1, 1, 2].map((seed, run) => ({ seed, log: join(folder, `${run}.mcap`) }));
    for (const each of logs) await flySimulation(options([STUCK, FLIP], each));
    const [one, same, other] = logs.map(({ log }) => readFileSync(log));
    expect(one?.equals(same as Buffer)).toBe(true);
    expect(one?.equals(other as Buffer)).toBe(false);
  });
});

describe("two corrupted channels", () => {
  it("end in hold and SAFE with the declared values, never in a wrong output", async () => {
    const { judgement, failure } = await onPlant(["C:bitflip(module,8,6)@500", "B:bitflip(module,8,5)@501"]);
    expect(judgement.oracle).toMatchObject({ value_ok: true, range_ok: true, judged_frames: 1_000 });
    expect(judgement.vote.held).toBeGreaterThan(0);
    expect(judgement.vote.longest_hold).toBeLessThanOrEqual(3);
    expect(judgement.mode.final).toBe("SAFE");
    expect(judgement.verdict).toBe("fail");
    expect(failure?.kind).toBe("expectation");
  });

  it("that are corrupted alike outvote the third, and the run says so", async () => {
    const alike = ["B", "C"].map((channel) => `${channel}:bitflip(module,8,6)@500`);
    const { judgement, failure } = await onPlant(alike);
    expect(judgement).toMatchObject({ verdict: "fail", hypothesis: "outside" });
    expect(judgement.reasons.join()).toMatch(/channel A was excluded .* corrupted alike/);
    expect(failure?.kind).toBe(judgement.oracle.value_ok ? "expectation" : "safety");
  });
});

describe("one faulty component", () => {
  it.each([
    "A>B:drop@100",
    "B>C:corrupt@100+50",
    "C>A:delay@50",
    "A>C:duplicate@50",
    "B>A:flag@60+200",
    "A:twofaced@100",
    "B:twofaced(accusation)@100",
    "C:twofaced(committed)@100",
    "B:twofaced(validity)@100",
    "C:babble@200",
    "A:pull@300",
    "B:line@300",
    "B:line(stale)@300",
    "C:line(silent)@300",
    "A:hang@100+20",
    "B:off@100+200",
    "C:reset@200",
    "A:bitflip(module,8,6)@500",
    "B:bitflip(core,2700,3)@500",
    "C.speed:stuck@200+100",
    "A.speed:drop@200+10",
    "B.speed:freeze@300",
    "C.speed:drift@300",
  ])("%s reaches nothing behind the output stage", async (fault) => {
    const { judgement } = await onPlant([fault]);
    expect(judgement).toMatchObject({ verdict: "pass", hypothesis: "masking", reasons: [] });
    expect(judgement.vote).toMatchObject({ held: 0, safe: 0 });
    expect(judgement.agreement.compared).toBeGreaterThan(900);
  });
});
