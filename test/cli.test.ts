/**
 * Goal: the promises of the command line that hold for every command. Method: run the built program as a user does and
 * look at its two streams and its exit number.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../host/commands/table.ts";

const cli = fileURLToPath(new URL("../dist/host/cli.js", import.meta.url));

function quorate(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    encoding: "utf8",
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined },
  });
  return { status, stdout, stderr };
}

beforeAll(() => {
  if (!existsSync(cli)) throw new Error("dist/host/cli.js is not built: run `npm run build` first");
});

describe("the command line", () => {
  it("lists every command it has, in one order, and exits 0", () => {
    const { status, stdout, stderr } = quorate("--help");
    expect(status).toBe(0);
    expect(stderr).toBe("");
    const places = COMMANDS.map(({ name }) => stdout.search(new RegExp(`^ {2}${name} `, "m")));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it.each(COMMANDS.map(({ name }) => name))("describes %s alike in the list and in its own help", async (name) => {
    const entry = COMMANDS.find((candidate) => candidate.name === name);
    const program = new Command();
    (await entry?.load())?.register(program);
    const command = program.commands.find((candidate) => candidate.name() === name);
    expect(command?.description()).toBe(entry?.summary);
    expect(quorate(name, "--help")).toMatchObject({ status: 0, stderr: "" });
  });

  it("prints its help and exits 2 when called with nothing", () => {
    const { status, stdout, stderr } = quorate();
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("Usage: quorate");
  });

  it.each([
    ["a command", ["doktor"], "Did you mean doctor?"],
    ["an option", ["doctor", "--jsn"], "Did you mean --json?"],
  ])("asks back about %s that it does not know, and exits 2", (_what, words, question) => {
    const { status, stdout, stderr } = quorate(...words);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(question);
  });

  it("refuses words that a command does not take", () => {
    expect(quorate("doctor", "now")).toMatchObject({ status: 2, stdout: "" });
  });

  it("says in words which file it cannot read, and exits 3", () => {
    expect(quorate("log", "info", "absent.mcap")).toMatchObject({
      status: 3,
      stdout: "",
      stderr: "error: absent.mcap: there is no such file or folder\n",
    });
  });

  it("calls an error of anybody else a defect, whatever its code looks like, and exits 70", () => {
    const failing = `import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
promises.open = () => Promise.reject(Object.assign(new Error("not ours"), { code: "some-dashed" }));
syncBuiltinESMExports();`;
    const preloaded = ["--import", `data:text/javascript,${encodeURIComponent(failing)}`, cli];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...preloaded, "log", "info", "x.mcap", "--json"], {
      encoding: "utf8",
    });
    expect(stderr).toContain("a defect of quorate itself");
    expect({ status, stdout }).toEqual({ status: 70, stdout: "" });
  });

  it("prints an error as one object with --json, and the sentence for the person as well", () => {
    const { status, stdout, stderr } = quorate("sim", "absent.ts", "--plant", "dc-motor", "--json");
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ schema: "quorate/error/1", kind: "file", place: { file: "absent.ts" } });
    expect(stderr).toMatch(/^error: absent\.ts: /);
  });

  it.each([
    ["unknown-option", ["doctor", "--jsn", "--json"]],
    ["unknown-command", ["doktor", "--json"]],
    ["missing-argument", ["log", "query", "run.mcap", "--json"]],
    ["invalid-argument", ["sim", "law.ts", "--seed", "-1", "--json"]],
  ])("prints %s as an object with --json too", (code, words) => {
    const { status, stdout, stderr } = quorate(...words);
    expect(status).toBe(2);
    const { message, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({ schema: "quorate/error/1", kind: "usage", code, place: {} });
    expect(stderr).toBe(`error: ${message}\n`);
  });

  it("prints with --json exactly one object with the schema of the command", () => {
    const { stdout, stderr } = quorate("doctor", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ schema: "quorate/doctor/1" });
    expect(stderr).toBe("");
  });

  it("colours nothing that is not a terminal", () => {
    const { stdout, stderr } = quorate("doctor");
    expect(`${stdout}${stderr}`).not.toContain("\u001b");
  });

  it("ends quietly when the reader of its output goes away", async () => {
    const child = spawn(process.execPath, [cli, "doctor"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += String(chunk);
    });
    const status = await new Promise((done) => child.on("close", done));
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  it("prints the version of package.json", () => {
    expect(quorate("--version")).toMatchObject({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
