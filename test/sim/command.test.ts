/**
 * Goal: `quorate sim` looks after files: equal runs give equal logs wherever they are started, no input is overwritten, and
 * what was flown before an end by force can be read. Method: run the built program as a user does.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const cli = fileURLToPath(new URL("../../dist/host/cli.js", import.meta.url));
const law = fileURLToPath(new URL("../../firmware/control/motor-speed.ts", import.meta.url));

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quorate-sim-"));
  mkdirSync(join(folder, "sub"));
  const rows = Array.from({ length: 200 }, (_, i) => `${i / 200},${50 + (i % 7) / 10},${1 + (i % 3) / 100}`);
  writeFileSync(join(folder, "motor.csv"), `time_s,speed_rad_s,current_A\n${rows.join("\n")}\n`);
});

afterAll(() => rmSync(folder, { recursive: true }));

function sim(cwd: string, ...words: string[]) {
  const { status, stderr, stdout } = spawnSync(process.execPath, [cli, "sim", law, ...words], {
    cwd,
    encoding: "utf8",
  });
  return { status, stderr, stdout };
}

describe("quorate sim", () => {
  it("writes the same log from any folder, with the recording's path relative or absolute", () => {
    const trace = join(folder, "motor.csv");
    const runs: readonly (readonly [string, string])[] = [
      [folder, "motor.csv"],
      [folder, trace],
      [join(folder, "sub"), relative(join(folder, "sub"), trace)],
    ];
    const logs = runs.map(([cwd, path], index) => {
      const log = join(folder, `run-${index}.mcap`);
      expect(sim(cwd, "--trace", path, "--log", log)).toMatchObject({ status: 0 });
      return readFileSync(log);
    });
    expect(logs[1]?.equals(logs[0] as Buffer)).toBe(true);
    expect(logs[2]?.equals(logs[0] as Buffer)).toBe(true);
  });

  it("never writes its log over what it reads", () => {
    const before = readFileSync(join(folder, "motor.csv"));
    const { status, stderr } = sim(join(folder, "sub"), "--trace", "../motor.csv", "--log", join(folder, "motor.csv"));
    expect(status).toBe(2);
    expect(stderr).toContain("the voter log would overwrite a file that the run reads");
    expect(readFileSync(join(folder, "motor.csv")).equals(before)).toBe(true);
  });

  it("refuses a fault before it says anything else", () => {
    for (const [fault, problem] of [
      ["B.speed:stick@5", "this fault is not known"],
      ["B.sped:stuck@5", "the control law has no such input"],
    ] as const) {
      const { status, stderr, stdout } = sim(folder, "--trace", "motor.csv", "--fault", fault);
      expect([status, stdout, stderr.startsWith("error: "), stderr.includes(problem)]).toEqual([2, "", true, true]);
    }
  });

  it("and log diff of two laws compare no frame", () => {
    const logs = ["dc-motor", "vertical-axis"].map((plant) => join(folder, `${plant}.mcap`));
    const other = fileURLToPath(new URL("../../firmware/control/altitude-hold.ts", import.meta.url));
    sim(folder, "--plant", "dc-motor", "--frames", "20", "--log", logs[0] ?? "");
    spawnSync(process.execPath, [
      cli,
      "sim",
      other,
      "--plant",
      "vertical-axis",
      "--frames",
      "20",
      "--log",
      logs[1] ?? "",
    ]);
    const { status, stdout } = spawnSync(process.execPath, [cli, "log", "diff", ...logs], { encoding: "utf8" });
    expect([status, stdout.includes("No frame was compared: the signals differ.")]).toEqual([1, true]);
    expect(stdout).not.toContain("gives the same");
  });

  it("says that the disk is full, and which file cannot be written", () => {
    const { status, stderr } = sim(folder, "--plant", "dc-motor", "--frames", "5000", "--log", "/dev/full");
    expect(status).toBe(3);
    expect(stderr).toContain("/dev/full: the voter log cannot be written to its end: expected room for it");
  });

  it("leaves a readable log when Ctrl-C ends it, and says how far it came", async () => {
    const log = join(folder, "interrupted.mcap");
    const words = [cli, "sim", law, "--plant", "dc-motor", "--frames", "300000", "--log", log];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const status = new Promise((done) => child.on("close", done));
    while (!existsSync(log) || statSync(log).size < 1_000_000) await setTimeout(10);
    child.kill("SIGINT");
    expect(await status).toBe(130);
    const flown = Number(/interrupted after (\d+) frames/.exec(stderr)?.[1]);
    expect(flown).toBeGreaterThan(0);
    const info = spawnSync(process.execPath, [cli, "log", "info", log, "--json"], { encoding: "utf8" });
    expect(info.status).toBe(0);
    expect(info.stdout).toContain(`"frames": ${flown}`);
  });
});
