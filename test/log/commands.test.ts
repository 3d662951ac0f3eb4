/**
 * Goal: every subcommand prints what its page says, in lines that fit, and one JSON object when asked. Method: run the
 * commands in this process on a hand-made log and look at stdout.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, it, vi } from "vitest";
import { register } from "../../host/commands/log.ts";
import { handLog } from "./fixture.ts";
import { OUTVOTED, run } from "./log-command.ts";
import { withFile } from "./stdout.ts";

const LOG = await handLog(OUTVOTED);

const COMMANDS: readonly (readonly string[])[] = [
  ["info", "{log}"],
  ["events", "{log}"],
  ["show", "{log}", "--at", "4"],
  ["stats", "{log}"],
  ["query", "{log}", "outcome != AGREED"],
  ["diff", "{log}", "{log}"],
  ["recover", "{log}", "{log}.new"],
];

describe("every subcommand", () => {
  it.each(COMMANDS.map((words) => [words[0] ?? "", words] as const))(
    "%s fits its lines and ends them",
    async (_, words) => {
      const lines = (await run(LOG, ...words)).split("\n");
      expect(lines.at(-1)).toBe("");
      expect(lines.filter((line) => line.length > 100 && !line.includes("/"))).toEqual([]);
      expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    },
  );

  it.each(COMMANDS.map((words) => [words[0] ?? "", words] as const))(
    "%s --json is one object with its schema",
    async (name, words) => {
      const object = JSON.parse(await run(LOG, ...words, "--json")) as { schema: string };
      expect(object.schema).toBe(`quorate/log-${name}/${name === "stats" ? 2 : 1}`);
    },
  );

  it.each([
    ["a frame that is no number", ["show", "{log}", "--at", "4.5"]],
    ["a negative frame", ["events", "{log}", "--from=-1"]],
    ["a frame beyond 32 bits", ["events", "{log}", "--to", "4294967296"]],
    ["an unknown level", ["events", "{log}", "--level", "loud"]],
    ["an unknown channel", ["show", "{log}", "--at", "1", "--channel", "D"]],
    ["an unknown format", ["export", "xml", "{log}"]],
    ["no frame", ["show", "{log}"]],
  ])("refuses %s", async (_what, words) => {
    await expect(run(LOG, ...words)).rejects.toMatchObject({ name: "CommanderError" });
  });
});

describe("stats", () => {
  it("counts each thing beside what it was counted in", async () => {
    const stats = JSON.parse(await run(LOG, "stats", "{log}", "--json")) as Record<string, never>;
    expect(stats).toMatchObject({ schema: "quorate/log-stats/2", verdict: null });
    expect(stats.why_not_judged).toContain("core.wasm of this quorate");
    const figures = stats.figures as unknown as Record<string, unknown>;
    expect(figures).toMatchObject({
      frames: 10,
      channels: {
        A: {
          frames: 10,
          outcomes: { AGREED: 9, MASKED: 1 },
          driven: 10,
          accused: 0,
          fuel: { min: 100, mean: 100, max: 100, steps: 10 },
        },
        C: { frames: 9, outcomes: { AGREED: 8, LOST: 1 }, driven: 8, accused: 2 },
      },
      stage: { frames: 10, outcomes: { AGREED: 8, MASKED: 1, HELD: 1 }, available: 9, longest_hold: 1 },
    });
    expect((figures.sensors as { sensor: string }[])[1]).toEqual({
      ...{ sensor: "B.gyro_x", frames: 10, used: 9, reasons: { RANGE: 1 }, health: { HEALTHY: 10 } },
    });
  });

  it("keeps to a range", async () => {
    expect(await run(LOG, "stats", "{log}", "--from", "6", "--to", "6")).toContain("outcome HELD 1 of 1");
  });
});

describe("query", () => {
  it("prints the fields that it asks about, and counts", async () => {
    expect(await run(LOG, "query", "{log}", "outcome == LOST and stage.outcome == MASKED")).toBe(
      "frame 4  0.040 s  C  outcome=LOST  stage.outcome=MASKED\n1 record in 10 frames matches\n",
    );
  });

  it("stops at its limit", async () => {
    const query = async (limit: string) =>
      JSON.parse(await run(LOG, "query", "{log}", "1", "--limit", limit, "--json"));
    const { count, records, limited } = await query("4");
    expect([count, records.length, records[3].channel, records[3].frame]).toEqual([4, 4, "A", 1]);
    expect([limited, (await query("999")).limited]).toEqual([true, false]);
    expect(await run(LOG, "query", "{log}", "1", "--limit", "1")).toContain("stopped at the limit, what follows");
  });
});

describe("diff", () => {
  it("is content with equal runs, and tells the first divergence of others in words", async () => {
    const other = await handLog({
      ...OUTVOTED,
      channel: (channel, frame) => ({
        ...OUTVOTED.channel?.(channel, frame),
        ...(frame >= 3 && channel === 1 ? { gyro_x_sample: 0.75 } : {}),
      }),
      stage: (frame) => ({ ...OUTVOTED.stage?.(frame), ...(frame >= 8 ? { torque_x: 0.25 } : {}) }),
    });
    await withFile(LOG, async (path, stdout) => {
      writeFileSync(`${path}.other`, other);
      const program = new Command();
      register(program);
      const differ = program.parseAsync(["log", "diff", path, `${path}.other`], { from: "user" });
      await expect(differ).rejects.toMatchObject({ code: "logs-differ", kind: "expectation" });
      const text = stdout();
      expect(text).toContain(
        "Frame 8: the output stage differs first here.\n  stage torque_x: -0.125 in a, 0.25 in b\n",
      );
      expect(text).toContain(
        "Frame 3: the first records of channels to differ are those of B.\n  B gyro_x_sample: 0.26 in a, 0.75 in b\n",
      );
    });
  });

  it("says when one run is shorter, and when the module is another", async () => {
    const shorter = await handLog({ ...OUTVOTED, frames: 9 });
    await withFile(LOG, async (path, stdout) => {
      writeFileSync(`${path}.other`, shorter);
      const program = new Command();
      register(program);
      await expect(program.parseAsync(["log", "diff", path, `${path}.other`], { from: "user" })).rejects.toThrow(
        "differ",
      );
      expect(stdout()).toContain("a has 10 frames, b has 9.");
    });
  });
});

describe("export", () => {
  it("csv has one line per channel and frame, every cell in its column", async () => {
    const lines = (await run(LOG, "export", "csv", "{log}")).trimEnd().split("\n");
    const [head = "", ...rows] = lines.map((line) => line.split(","));
    expect(rows).toHaveLength(29);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
    const lost = rows.find((row) => row[0] === "4" && row[2] === "C") ?? [];
    const at = (name: string) => lost[head.indexOf(name)];
    expect([at("time_s"), at("outcome"), at("pending_frame"), at("torque_x"), at("stage.outcome")]).toEqual([
      ...["0.04", "LOST", "none", "0.5", "MASKED"],
    ]);
  });

  it("json has every frame and event", async () => {
    const { frames, events } = JSON.parse(await run(LOG, "export", "json", "{log}"));
    expect(frames).toHaveLength(10);
    expect(frames[4].channels.C).toMatchObject({ outcome: "LOST", pending_frame: null, armed: true, matching: [] });
    expect(frames[7].channels.C).toBeNull();
    expect(frames[4].stage.hash).toBe("000000000000abd1");
    expect(events).toHaveLength(2);
  });

  it("perfetto has a slice for every change of a state and a counter for every signal", async () => {
    const trace = JSON.parse(await run(LOG, "export", "perfetto", "{log}")) as Record<string, never>[];
    const slices = trace.filter(({ ph, pid, cat }) => ph === "X" && pid === 3 && cat === "outcome");
    expect(slices.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ["outcome AGREED", 0, 40_000],
      ["outcome LOST", 40_000, 10_000],
      ["outcome AGREED", 50_000, 20_000],
      ["outcome AGREED", 80_000, 20_000],
    ]);
    expect(trace.filter(({ ph, pid, name }) => ph === "C" && pid === 1 && name === "ticks")).toHaveLength(10);
    expect(trace.filter(({ ph }) => ph === "i")).toHaveLength(2);
    expect(trace.every((event) => typeof event.pid === "number")).toBe(true);
  });

  it("perfetto names every row it draws", async () => {
    const trace = JSON.parse(await run(LOG, "export", "perfetto", "{log}")) as Record<string, never>[];
    const names = trace.filter(({ ph, name }) => ph === "M" && name === "thread_name");
    const rows = new Set(names.map(({ pid, tid }) => `${pid}/${tid}`));
    expect(trace.filter(({ ph, pid, tid }) => ph === "X" && !rows.has(`${pid}/${tid}`))).toEqual([]);
    expect(names.filter(({ pid }) => pid === 4).map(({ args }) => args)).toEqual([
      { name: "events" },
      { name: "outcome" },
    ]);
  });

  it("writes to a file when asked, the same text", async () => {
    const text = await run(LOG, "export", "csv", "{log}");
    await withFile(LOG, async (path) => {
      const program = new Command();
      register(program);
      await program.parseAsync(["log", "export", "csv", path, "--out", `${path}.csv`], { from: "user" });
      expect(readFileSync(`${path}.csv`, "utf8")).toBe(text);
    });
  });
});

describe("a damaged file", () => {
  it("is read with a warning on stderr, and stdout stays data", async () => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const text = await run(LOG.subarray(0, LOG.length - 5), "query", "{log}", "outcome == LOST", "--json");
    expect(JSON.parse(text)).toMatchObject({ count: 1 });
    vi.restoreAllMocks();
    expect(stderr).toBeDefined();
  });

  it("may not be recovered onto itself", async () => {
    await expect(run(LOG, "recover", "{log}", "{log}")).rejects.toMatchObject({ code: "same-file", kind: "usage" });
  });

  it("that is no log leaves no output behind", async () => {
    await withFile(Buffer.from("nothing"), async (path) => {
      const program = new Command();
      register(program);
      await expect(program.parseAsync(["log", "recover", path, `${path}.new`], { from: "user" })).rejects.toMatchObject(
        {
          code: "not-mcap",
        },
      );
      expect(() => readFileSync(`${path}.new`)).toThrow("ENOENT");
    });
  });
});
