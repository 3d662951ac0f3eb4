/** Goal: a build server never takes a broken run for a good one. Method: give the counter of .ci/run results of each kind. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "quorate-count-"));
afterAll(() => rmSync(folder, { recursive: true }));

function count(results: unknown) {
  const file = join(folder, "results.json");
  writeFileSync(file, typeof results === "string" ? results : JSON.stringify(results));
  const { status, stdout } = spawnSync(process.execPath, [join(root, ".ci/count.js"), file], { encoding: "utf8" });
  return { status, lastLine: stdout.trimEnd().split("\n").at(-1) };
}

const good = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

describe("the counter of .ci/run", () => {
  it.each([
    ["a good run", good, 0, "5 passed, 0 failed"],
    ["a failed test", { ...good, numFailedTests: 2 }, 1, "5 passed, 2 failed"],
    ["skipped tests", { ...good, numPendingTests: 1, numTodoTests: 2 }, 0, "5 passed, 0 failed, 3 skipped"],
    [
      "a file that does not load",
      { ...good, testResults: [{ status: "failed", assertionResults: [] }] },
      1,
      "5 passed, 1 failed",
    ],
    ["no test at all", { ...good, numPassedTests: 0 }, 1, "0 passed, 0 failed"],
    ["half a file", '{"numPassedTests": 5', 1, "0 passed, 1 failed"],
  ])("judges %s", (_what, results, status, lastLine) => {
    expect(count(results)).toEqual({ status, lastLine });
  });

  it("fails without a file", () => {
    const { status, stdout } = spawnSync(process.execPath, [join(root, ".ci/count.js"), join(folder, "absent")], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stdout).toMatch(/\n0 passed, 1 failed\n$/);
  });
});
