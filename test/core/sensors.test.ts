import { describe, expect, it } from "vitest";
import type { Core } from "../../sim/channel/core.ts";
import { LATENCIES } from "../../sim/explore/conviction.ts";
import { Judge } from "../../sim/explore/core-invariants.ts";
import { median, random } from "../../sim/explore/draws.ts";
import { channelHealth, inputView, sensorHealth } from "../../sim/explore/state-views.ts";
import { f32, signalTable } from "../../sim/explore/tiny-table.ts";
import { type TinyLaw, Trio, type TrioOptions } from "../../sim/explore/trio.ts";

const EVENT = { spread: 20, defect: 21, open: 22, probation: 23, healthy: 24, failed: 25 };
const A = 0;
const B = 1;
const C = 2;

const law: TinyLaw = (state, { selected, frame }, out) => {
  state[0] = (selected[0] as number) ^ frame;
  state[1] = 1;
  out[0] = state[0] as number;
};

/** What each sensor says in a frame; `undefined` is absent. */
type Script = (frame: number, channel: number) => number | undefined;
const GOOD: Script = () => 1;

class Sensors {
  readonly trio: Trio;
  script: Script = GOOD;
  readonly told: string[] = [];

  constructor(settings: TrioOptions["settings"] = {}) {
    this.trio = new Trio({
      table: signalTable([{ tolerance: 5, single: true }], 1),
      law,
      settings,
      sample: (frame, channel, samples) => {
        const value = this.script(frame, channel);
        samples[0] = f32(value ?? 0);
        samples[16] = value === undefined ? 0 : 1;
      },
    });
  }

  /** Flies frames by a script; every good channel must keep its vote and agree with the others. */
  fly(count: number, script: Script): this {
    this.script = script;
    const judge = new Judge(this.trio);
    for (let i = 0; i < count; i += 1) {
      const before = judge.before();
      const frame = this.trio.frameNumber;
      const outcome = this.trio.frame({});
      const found = judge.findings(7, before, outcome).filter((finding) => finding !== "range");
      expect(found, `frame ${frame}`).toEqual([]);
      const { events } = this.trio;
      for (let at = 0; at < events.length; at += 4) {
        const [by, code, subject, argument] = events.slice(at, at + 4);
        if (by === A && code !== undefined && code >= 20 && code < 26)
          this.told.push(`${frame} ${code} ${subject} ${argument}`);
      }
    }
    return this;
  }

  of(channel: number): ReturnType<typeof sensorHealth> {
    return sensorHealth(this.core, 0, channel);
  }

  get core(): Core {
    return this.trio.cores[A] as Core;
  }
}

const stuckB: Script = (_frame, channel) => (channel === B ? 100 : 1);
const absentB: Script = (_frame, channel) => (channel === B ? undefined : 1);

describe("S19: a bad sensor", () => {
  it.each([
    ["far from the median", stuckB],
    ["absent", absentB],
    ["not a number", ((_frame, channel) => (channel === B ? Number.NaN : 1)) satisfies Script],
  ])("that is %s is out after three frames, and its channel stays a voter", (_what, script) => {
    const sensors = new Sensors().fly(2, GOOD).fly(2, script);
    expect(sensors.of(B)).toMatchObject({ state: "SUSPECT", consecutive: 2 });
    sensors.fly(1, script);
    expect(sensors.of(B)).toMatchObject({ state: "OPEN", trips: 1, cooldownEnd: 4 + 100 });
    expect([A, B, C].map((channel) => channelHealth(sensors.core, channel))).toMatchObject([
      { state: "HEALTHY", alpha: 0 },
      { state: "HEALTHY", alpha: 0 },
      { state: "HEALTHY", alpha: 0 },
    ]);
    sensors.fly(1, script);
    expect(inputView(sensors.core, 0)).toMatchObject({ why: "NEAREST", used: 0b101, isValid: true });
    expect([sensors.of(A), sensors.of(C)]).toMatchObject([{ alpha: 0 }, { alpha: 0 }]);
  });

  it("comes back after cooldown and a hundred frames of good evidence", () => {
    const sensors = new Sensors().fly(3, stuckB).fly(99, GOOD);
    expect(sensors.of(B).state).toBe("OPEN");
    sensors.fly(1, GOOD);
    expect(sensors.of(B)).toMatchObject({ state: "PROBATION", count: 0 });
    sensors.fly(99, GOOD);
    expect(sensors.of(B)).toMatchObject({ state: "PROBATION", count: 99 });
    expect(inputView(sensors.core, 0).used).toBe(0b101);
    sensors.fly(1, GOOD);
    expect(sensors.of(B)).toMatchObject({ state: "HEALTHY", trips: 1, alpha: 0 });
    expect(sensors.fly(1, GOOD).told.map((text) => text.split(" ").slice(0, 3).join(" "))).toEqual([
      `0 ${EVENT.spread} ${B}`,
      `2 ${EVENT.open} ${B}`,
      `102 ${EVENT.probation} ${B}`,
      `202 ${EVENT.healthy} ${B}`,
    ]);
    expect(inputView(sensors.core, 0).used).toBe(0b111);
  });

  it("gathers no credit in frames that could not judge it", () => {
    const sensors = new Sensors().fly(3, stuckB).fly(100, GOOD);
    const disputed: Script = (_frame, channel) => [1, 1, 50][channel];
    sensors.fly(2, disputed);
    expect(inputView(sensors.core, 0).why).toBe("HELD");
    expect(sensors.of(B)).toMatchObject({ state: "PROBATION", count: 0 });
    sensors.fly(2, (_frame, channel) => (channel === B ? 1 : undefined));
    expect(sensors.of(B)).toMatchObject({ state: "PROBATION", count: 0 });
  });

  it("goes out again at the first error on probation, each time for longer, and the fifth time for good", () => {
    const sensors = new Sensors().fly(3, stuckB);
    const cooldowns: number[] = [];
    for (let trip = 1; trip <= 4; trip += 1) {
      const { trips, cooldownEnd, state } = sensors.of(B);
      expect({ trips, state }).toEqual({ trips: trip, state: "OPEN" });
      cooldowns.push(cooldownEnd - (sensors.trio.frameNumber - 1));
      sensors.fly(cooldownEnd - sensors.trio.frameNumber + 1, GOOD);
      expect(sensors.of(B).state).toBe("PROBATION");
      sensors.fly(trip, GOOD).fly(1, stuckB);
    }
    expect(cooldowns).toEqual([100, 200, 400, 800]);
    expect(sensors.of(B)).toMatchObject({ state: "FAILED", trips: 5 });
    expect(sensors.fly(1200, GOOD).of(B).state).toBe("FAILED");
  });

  it("is convicted at the error rates and in the frames of the alpha rule", () => {
    for (const { rate, frames, tolerance } of LATENCIES.slice(1)) {
      const found = Array.from({ length: 31 }, (_, seed) => {
        const next = random(seed + 1);
        const sensors = new Sensors();
        const errs = Array.from({ length: 4 * frames + 40 }, () => next() < rate);
        for (const [index, isError] of errs.entries()) {
          if (sensors.fly(1, isError ? stuckB : GOOD).of(B).state === "OPEN") return index + 1;
        }
        return errs.length;
      });
      expect(Math.abs(median(found) - frames), `rate ${rate}`).toBeLessThanOrEqual(tolerance);
    }
  });

  it("that tripped before is put out by a smaller count, and clean time restores its leash", () => {
    const flicker: Script = (frame, channel) => (channel === B && frame % 3 === 0 ? 100 : 1);
    const errorsUntilOut = (sensors: Sensors) => {
      const from = sensors.trio.frameNumber;
      while (sensors.of(B).state !== "OPEN") sensors.fly(1, flicker);
      return sensors.trio.frameNumber - from;
    };
    const quick = { cooldown_first: 1, cooldown_max: 1, probation_frames: 1 };
    const first = new Sensors(quick);
    const fresh = errorsUntilOut(first);
    first.fly(3, GOOD);
    const again = errorsUntilOut(first);
    expect(again).toBeLessThan(fresh);
    const forgiven = new Sensors({ ...quick, forgive_frames: 50 });
    errorsUntilOut(forgiven);
    forgiven.fly(3 + 600, GOOD);
    expect(forgiven.of(B)).toMatchObject({ trips: 0 });
    expect(Math.abs(errorsUntilOut(forgiven) - fresh)).toBeLessThanOrEqual(3);
  });
});

describe("S19: sensors of one input", () => {
  it("are put out one a frame, the lower first", () => {
    const sensors = new Sensors().fly(3, (_frame, channel) => (channel === A ? 1 : undefined));
    expect([sensors.of(B).state, sensors.of(C)]).toMatchObject(["OPEN", { state: "SUSPECT", consecutive: 3 }]);
    sensors.fly(1, (_frame, channel) => (channel === A ? 1 : undefined));
    expect(sensors.of(C).state).toBe("OPEN");
    expect(sensors.of(A)).toMatchObject({ state: "HEALTHY", alpha: 0 });
  });

  it("are not judged by distance when nothing is known but two that differ, or one alone", () => {
    const sensors = new Sensors().fly(3, stuckB);
    sensors.fly(20, (_frame, channel) => [1, 100, 50][channel]);
    expect([sensors.of(A), sensors.of(C)]).toMatchObject([
      { state: "HEALTHY", alpha: 0 },
      { state: "HEALTHY", alpha: 0 },
    ]);
  });

  it("tell a spread beyond tolerance although the median masks it", () => {
    const sensors = new Sensors().fly(1, GOOD).fly(1, stuckB);
    expect(sensors.told).toEqual([`1 ${EVENT.spread} ${B} ${f32(100)}`]);
    expect(inputView(sensors.core, 0)).toMatchObject({ why: "MEDIAN", selected: f32(1) });
  });

  it("come back after a gap in all three, although nothing was selected that they could be compared with", () => {
    const gap: Script = (frame) => (frame < 20 || frame >= 40 ? 1 : undefined);
    const { told, trio } = new Sensors().fly(400, gap);
    expect(told.filter((line) => line.split(" ")[1] === "24")).toHaveLength(3);
    const core = trio.cores[A] as Core;
    expect([A, B, C].map((source) => sensorHealth(core, 0, source).state)).toEqual(["HEALTHY", "HEALTHY", "HEALTHY"]);
    expect(inputView(core, 0)).toMatchObject({ isValid: true });
  });
});
