/**
 * Goal: a project made by `quorate init` works at once. Method: make one, give it the packages that npm would install (links
 * to ours, so that no network is needed), then run what its README says and look at its files as an editor does.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "quorate-project-"));
const project = join(folder, "tank");

function run(program: string, ...words: string[]) {
  const done = spawnSync(process.execPath, [join(root, program), ...words], { cwd: project, encoding: "utf8" });
  return { status: done.status, stdout: done.stdout, text: `${done.stdout}${done.stderr}` };
}

beforeAll(() => {
  const made = spawnSync(process.execPath, [join(root, "dist/host/cli.js"), "init", "tank"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(made.stderr).toContain("npm install");
  expect(made.status).toBe(0);
  mkdirSync(join(project, "node_modules"));
  symlinkSync(root, join(project, "node_modules/quorate"));
  symlinkSync(join(root, "node_modules/vitest"), join(project, "node_modules/vitest"));
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the package", () => {
  it("carries every file of the template, and no test of ours", () => {
    const packed = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: root,
      encoding: "utf8",
    });
    const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    const template = readdirSync(join(root, "examples/starter"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)));
    expect(template.length).toBeGreaterThan(8);
    expect(template.filter((path) => !paths.includes(path))).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining(["dist/host/cli.js", "dist/firmware/core.wasm", "dist/firmware/stage.wasm", "LICENSE"]),
    );
    expect(paths.filter((path) => path.endsWith(".test.ts") && !path.startsWith("examples/"))).toEqual([]);
  });
});

describe("a new project", () => {
  it("passes its own test", () => {
    const { status, text } = run("node_modules/vitest/vitest.mjs", "run");
    expect(text).toMatch(/4 passed/);
    expect(status).toBe(0);
  });

  it("has a test that can fail", () => {
    const law = join(project, "law/thermostat.ts");
    const good = readFileSync(law, "utf8");
    writeFileSync(law, good.replace("? 1 : 0;", "? 0 : 1;"));
    const { status } = run("node_modules/vitest/vitest.mjs", "run");
    writeFileSync(law, good);
    expect(status).not.toBe(0);
  });

  it.each(["law", "."])("shows no errors to an editor in %s", (where) => {
    expect(run("node_modules/@typescript/native/bin/tsc", "--noEmit", "-p", where)).toMatchObject({
      status: 0,
      stdout: "",
    });
  });

  it("shows an editor an error when there is one", () => {
    writeFileSync(
      join(project, "law/wrong.ts"),
      'import { F32Input } from "quorate/sdk";\nexport const x: F32Input = 1;\n',
    );
    const { status } = run("node_modules/@typescript/native/bin/tsc", "--noEmit", "-p", "law");
    rmSync(join(project, "law/wrong.ts"));
    expect(status).not.toBe(0);
  });

  it("flies its scenario as the scenario expects, and the log tells it", () => {
    const flight = run(
      "dist/host/cli.js",
      "sim",
      "--scenario",
      "scenarios/stuck-sensor.json",
      "--log",
      "run.mcap",
      "--json",
    );
    expect(flight.status, flight.text).toBe(0);
    expect(JSON.parse(flight.stdout)).toMatchObject({
      schema: "quorate/sim/2",
      verdict: "pass",
      vote: { held: 0, safe: 0 },
    });
    expect(run("dist/host/cli.js", "log", "events", "run.mcap").stdout).toContain(
      "B.temperature is left out of selection",
    );
  });

  it("has a scenario that can fail", () => {
    const scenario = join(project, "scenarios/stuck-sensor.json");
    const good = readFileSync(scenario, "utf8");
    writeFileSync(scenario, good.replace("B.temperature:stuck@100+200", "B.temperature:stuck@300+200"));
    const { status } = run("dist/host/cli.js", "sim", "--scenario", "scenarios/stuck-sensor.json");
    writeFileSync(scenario, good);
    expect(status).toBe(1);
  });
});
