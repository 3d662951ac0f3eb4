/**
 * Goal: a run says when its verdict means little, and why steps gave no result. Method: laws and recordings made so that
 * nothing can be controlled, flown as `quorate sim` flies them.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { inputText } from "../../host/commands/judgement-text.ts";
import { flySimulation, type SimOptions } from "../../host/commands/sim-flight.ts";
import type { SimResult } from "../../host/commands/sim-report.ts";
import { StepFailures } from "../../host/judge/step-failures.ts";

const LAW = "firmware/control/motor-speed.ts";
const folder = mkdtempSync(join(tmpdir(), "quorate-"));
const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
beforeEach(() => stderr.mockClear());
afterAll(() => rmSync(folder, { recursive: true }));

function fly(more: Partial<SimOptions>): Promise<SimResult> {
  return flySimulation({ law: LAW, fault: [], param: [], baud: 921_600, ...more });
}

function said(): string {
  return stderr.mock.calls.map(([text]) => String(text)).join("");
}

/** 200 rows of 5 ms; the last `bad` of them are far outside of the declared range. */
function recording(bad: number): string {
  const trace = join(folder, `bad-${bad}.csv`);
  const rows = Array.from({ length: 200 }, (_, i) => `${i / 200},${i >= 200 - bad ? 9_999 : 50 + (i % 7) / 10}`);
  writeFileSync(trace, `time_s,speed_rad_s\n${rows.join("\n")}\n`);
  return trace;
}

describe("a run without a valid input", () => {
  it("keeps its verdict and warns that it says little", async () => {
    const { judgement, summary } = await fly({ trace: recording(200) });
    expect(judgement.verdict).toBe("pass");
    const text = /speed was invalid in (\d+) of (\d+) frames \(all\): .* says little about the law/;
    expect(said()).toMatch(new RegExp(`warning: ${text.source}`));
    expect(summary.warnings).toEqual([expect.stringMatching(text)]);
  });

  it("is not warned of when the input was there in half of the frames", async () => {
    const { summary } = await fly({ trace: recording(90) });
    expect(summary.warnings).toEqual([]);
    expect(said()).not.toContain("warning:");
  });
});

describe("the line of an input", () => {
  it("says that the law was told only of what it is told", () => {
    expect(inputText({ input: "speed", held: 1, invalid: 0 })).toBe("speed held in 1 frame, never invalid");
    expect(inputText({ input: "speed", held: 2, invalid: 1, invalid_last: 7 })).toBe(
      "speed held in 2 frames, invalid in 1 frame, last in frame 7: the law was told",
    );
  });
});

describe("a run that ends in SAFE because steps fail", () => {
  it("names the reason, the channels and the first frame", async () => {
    const law = join(folder, "hungry.ts");
    const hungry = "if (params.setpoint > 200) for (let i: i32 = 0; i < 10000; i++) this.integral += dt;";
    const source = readFileSync(LAW, "utf8")
      .replace("../sdk/index", "quorate/sdk")
      .replace("const dt: f32 = frame.dt;", `const dt: f32 = frame.dt;\n    ${hungry}`);
    writeFileSync(law, source);
    const { judgement, summary } = await fly({ law, plant: "dc-motor", frames: 50, param: ["setpoint=240"] });
    expect(judgement.mode.final).toBe("SAFE");
    const reason = /^the step of A, B and C ran out of fuel in frame 0, \d+ times from there on$/;
    expect(judgement.reasons).toContainEqual(expect.stringMatching(reason));
    expect(summary.reasons).toContainEqual(expect.stringMatching(reason));
  });

  it("tells traps, fuel and lateness apart", () => {
    const failures = new StepFailures();
    const event = (frame: number, by: "A" | "B", subject: number) =>
      failures.event({ frame, by, code: 68, subject, argument: 0 });
    event(3, "B", 1);
    event(4, "A", 2);
    event(5, "B", 2);
    event(6, "A", 0);
    expect(failures.sentences()).toEqual([
      "the step of B trapped in frame 3",
      "the step of A and B ran out of fuel in frame 4, 2 times from there on",
      "the step of A returned too late in frame 6",
    ]);
  });
});

describe("a fault that the run ends before", () => {
  it("is noted with what is flown of it", async () => {
    const plant = { plant: "dc-motor", frames: 100 };
    await fly({ ...plant, fault: ["B.speed:stuck@5+200", "A>B:drop@99+2"] });
    expect(said()).toContain(
      "note: B.speed:stuck@5+200 is cut at the end of the run: 95 of its 200 frames are flown\n",
    );
    expect(said()).toContain("note: A>B:drop@99+2 is cut at the end of the run: 1 of its 2 frames is flown\n");
  });

  it("is not noted when it fits, or when nobody said how long it lasts", async () => {
    await fly({ plant: "dc-motor", frames: 100, fault: ["B.speed:stuck@5+95", "C.speed:drift@50"] });
    expect(said()).not.toContain("is cut");
  });
});
