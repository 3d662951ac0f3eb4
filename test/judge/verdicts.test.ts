import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { flySimulation } from "../../host/commands/sim-flight.ts";
import type { SimResult } from "../../host/commands/sim-report.ts";
import { EVENT } from "../../host/model/events.ts";

/** Verdicts that were false once: each run is here with what is true of it. */

beforeAll(() => {
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterAll(() => vi.restoreAllMocks());

function fly(fault: readonly string[], frames = 1_000): Promise<SimResult> {
  const law = "firmware/control/motor-speed.ts";
  return flySimulation({ law, plant: "dc-motor", frames, fault, param: [], baud: 921_600 });
}

describe("a right run", () => {
  it("is not called wrong where a channel stepped a late frame differently", async () => {
    const { judgement, failure } = await fly(["C>B:drop(X3)@100+2", "A:bitflip(module)@100"], 300);
    expect(judgement).toMatchObject({ verdict: "pass", reasons: [], vote: { held: 2 } });
    expect(judgement.oracle).toMatchObject({ value_ok: true, wrong_frames: 0, judged_values: 300, unjudged_frames: 0 });
    expect(failure).toBeUndefined();
  });
});

describe("a run that ends in SAFE", () => {
  const SAFE = ["C:bitflip(module,8,6)@500", "B:bitflip(module,8,5)@502", "A:line@503"];

  it("has one answer for who is out, in which mode, and for how long outputs were held", async () => {
    const { judgement, judge } = await fly(SAFE);
    const { vote, mode, channels } = judgement;
    expect(mode.final).toBe("SAFE");
    expect(vote.longest_hold).toBeLessThanOrEqual(vote.held);
    const opened = judge.events.filter(({ code }) => code === EVENT.CHANNEL_OPEN).map(({ subject }) => subject);
    for (const [i, name] of (["A", "B", "C"] as const).entries()) {
      expect(channels[name].state === "OPEN", name).toBe(opened.includes(i));
    }
    const modes = judge.events.filter(({ code }) => code === EVENT.MODE);
    expect(mode.frames.duplex > 0).toBe(modes.some(({ subject }) => subject === 2));
  });
});

describe("what nobody notices", () => {
  it("is latent, in a class of its own: a line outvoted for ever, or for a time", async () => {
    const line = { channel: "A", where: "line", from: 300 };
    const forever = await fly(["A:line@300"]);
    expect(forever.judgement).toMatchObject({ verdict: "pass", hypothesis: "masking", vote: { masked: 700 } });
    expect(forever.judgement.latent).toEqual([{ fault: "A:line@300", ...line, until: 999, open: true }]);
    const { judgement } = await fly(["A:line@300+100"]);
    expect(judgement.latent).toEqual([{ fault: "A:line@300+100", ...line, until: 399, open: false }]);
  });

  it("is latent: a pull for ever", async () => {
    const { judgement } = await fly(["A:pull@300"]);
    const pull = { fault: "A:pull@300", channel: "A", where: "pull", from: 300, until: 999, open: true };
    expect(judgement.latent).toEqual([pull]);
  });

  it("is latent: a flip in what a core was told of an input", async () => {
    const { judgement, judge } = await fly(["A:bitflip(core,119,5)@2"]);
    expect(judgement.latent).toMatchObject([{ channel: "A", where: "memory", from: 2, until: 999, open: true }]);
    expect(judge.eventCounts()).toMatchObject({ FAULT_LATENT: 1 });
  });

  it("is none of it: no fault, a flip that is overwritten, one that is noticed", async () => {
    expect((await fly([])).judgement.latent).toEqual([]);
    const gone = await fly(["C:bitflip(module)@100"]);
    expect(gone.judge.eventCounts()).toMatchObject({ FAULT_GONE: 1 });
    expect(gone.judgement.latent).toEqual([]);
    const noticed = await fly(["C:bitflip(module,8,6)@100"]);
    expect(noticed.judgement).toMatchObject({ latent: [], channels: { C: { state: "OPEN" } } });
  });
});

describe("the hypothesis of a run", () => {
  it("is outside where two flips lie in two memories together, however far apart they came", async () => {
    const alike = ["A:bitflip(core,119,5)@2", "B:bitflip(core,119,5)@6"];
    expect((await fly([...alike, "C:off@500"])).judgement.hypothesis).toBe("outside");
    expect((await fly(alike)).judgement.hypothesis).toBe("outside");
  });

  it("is safety where the first flip was noticed, or gone, before the second came", async () => {
    const noticed = await fly(["C:bitflip(module,8,6)@100", "B:bitflip(module,8,5)@103"]);
    expect(noticed.judgement.hypothesis).toBe("safety");
    const gone = await fly(["C:bitflip(module)@100", "B:bitflip(module,8,5)@200"]);
    expect(gone.judgement.hypothesis).toBe("safety");
  });
});

describe("a channel that its host must speak for", () => {
  it("is reset, stops and runs again by events of the host", async () => {
    const { judge, judgement } = await fly(["C:reset@50", "A:hang@100+1", "B:off@900+5"]);
    const told = judge.events.filter(({ by, code }) => by === "host" && code >= EVENT.CHANNEL_RESET);
    expect(told.map(({ frame, code, subject, argument }) => [frame, code, subject, argument])).toEqual([
      [50, EVENT.CHANNEL_RESET, 2, 0],
      [100, EVENT.CHANNEL_STOPPED, 0, 1],
      [101, EVENT.CHANNEL_RUNS, 0, 0],
      [900, EVENT.CHANNEL_STOPPED, 1, 2],
      [905, EVENT.CHANNEL_RESET, 1, 0],
    ]);
    expect(judgement.channels).toMatchObject({ B: { resets: 1 }, C: { resets: 1 } });
    expect(judgement.not_judged).toEqual([]);
  });

  it("loses its gate with its core", async () => {
    const { judgement } = await fly(["B:bitflip(core)@100+50"]);
    expect(judgement.channels.B.crashed).toBeTypeOf("string");
    expect(judgement).toMatchObject({ verdict: "pass", vote: { held: 0 } });
  });
});
