import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadGroups } from "./groups.ts";
import { runLong } from "./long.ts";

const folder = mkdtempSync(join(tmpdir(), "quorate-groups-"));
const url = pathToFileURL(`${folder}/`);

beforeAll(() => {
  const group = (cases: number, failures: string[]) => {
    return `export const run = ({ seed }) => ({ cases: ${cases}, unit: "cases of " + seed, failures: ${JSON.stringify(failures)} });`;
  };
  writeFileSync(join(folder, "good.js"), group(3, []));
  writeFileSync(join(folder, "bad.js"), group(3, ["seed 1, case 2: differs"]));
  writeFileSync(join(folder, "idle.js"), group(0, []));
  writeFileSync(join(folder, "good.d.ts"), "");
  writeFileSync(join(folder, "good.test.js"), "throw new Error('a test is not a group');");
});

afterAll(() => rmSync(folder, { recursive: true }));

async function long(...words: string[]) {
  let stdout = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    stdout += String(chunk);
    return true;
  });
  const quiet = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  try {
    return { code: await runLong("fuzz", url, words), stdout };
  } finally {
    out.mockRestore();
    quiet.mockRestore();
  }
}

describe("a long run", () => {
  it("passes when a group tried something and nothing failed", async () => {
    expect(await long("good", "--seed", "9")).toEqual({ code: 0, stdout: "good: 3 cases of 9, 0 failures\n" });
  });

  it.each(["bad", "idle"])("fails for a group that is %s", async (name) => {
    expect((await long(name)).code).toBe(1);
  });

  it("fails when one group of all does, and prints each failure", async () => {
    const { code, stdout } = await long();
    expect(code).toBe(1);
    expect(stdout).toContain("  seed 1, case 2: differs\n");
  });

  it("prints one object with --json", async () => {
    expect(JSON.parse((await long("good", "--json")).stdout)).toMatchObject({
      schema: "quorate/fuzz/1",
      groups: { good: { cases: 3 } },
    });
  });

  it.each(["x", "-1", "", "NaN"])("refuses %s minutes", async (minutes) => {
    await expect(long("good", `--minutes=${minutes}`)).rejects.toThrow("--minutes takes a number");
  });

  it("names the groups there are when asked for another", async () => {
    await expect(loadGroups(url, "nix")).rejects.toThrow('no group "nix". There are: bad, good, idle.');
  });

  it("finds no groups where there is no folder", async () => {
    expect((await loadGroups(new URL("./absent/", url), undefined)).size).toBe(0);
  });
});
