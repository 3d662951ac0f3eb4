import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { aptArguments, missingTools, TOOLS } from "./debian.js";

const folder = mkdtempSync(join(tmpdir(), "quorate-apt-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs ensureTools on a machine that has nothing but the programs in our folder. */
function ensureOn(user: "root" | "somebody") {
  const module = new URL("./debian.js", import.meta.url).href;
  const uid = user === "root" ? 0 : 1000;
  const program = `process.getuid = () => ${uid}; (await import(${JSON.stringify(module)})).ensureTools();`;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    env: { ...process.env, PATH: folder, CALLS: join(folder, "calls") },
  });
  return { status: done.status, text: done.stderr };
}

/** Puts an apt-get there that writes down how it was called. */
function fakeApt(exitCode: number): void {
  writeFileSync(join(folder, "apt-get"), `#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> "$CALLS"\nexit ${exitCode}\n`);
  chmodSync(join(folder, "apt-get"), 0o755);
}

describe("packages of Debian", () => {
  it("are asked for only when their part of the project is there", () => {
    const nothingIsInstalled = () => false;
    expect(missingTools(() => false, nothingIsInstalled)).toEqual([]);
    expect(missingTools((part) => part === "host/build", nothingIsInstalled).map(({ name }) => name)).toEqual(["wabt"]);
    expect(missingTools(() => true, nothingIsInstalled)).toHaveLength(TOOLS.length);
  });

  it("are not asked for when they are there", () => {
    expect(
      missingTools(
        () => true,
        () => true,
      ),
    ).toEqual([]);
    expect(
      missingTools(
        () => true,
        (proof) => proof !== "clang",
      ).map(({ name }) => name),
    ).toEqual(["clang"]);
  });

  it("each have a reason, and come in one command", () => {
    expect(TOOLS.filter(({ reason }) => reason.length < 10)).toEqual([]);
    expect(aptArguments(TOOLS.slice(0, 2)).join(" ")).toBe("install -y --no-install-recommends wabt gcc");
  });
});

describe("a machine without the packages", () => {
  it("is told the one command where there is no apt-get", () => {
    const { status, text } = ensureOn("root");
    expect(status).toBe(1);
    expect(text).toMatch(/^ {2}wabt +second opinion/m);
    expect(text).toMatch(/^ {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends wabt/m);
  });

  it("is told the one command when the user is not root, and nothing is installed", () => {
    fakeApt(0);
    const { status, text } = ensureOn("somebody");
    expect(status).toBe(1);
    expect(text).toContain("sudo apt-get update");
    expect(() => readFileSync(join(folder, "calls"))).toThrow();
  });

  it("gets them without questions when the user is root, and hears it when they still are not there", () => {
    fakeApt(100);
    const { status, text } = ensureOn("root");
    expect(status).toBe(1);
    const calls = readFileSync(join(folder, "calls"), "utf8").split("\n");
    expect(calls[0]).toBe("noninteractive update");
    expect(calls[1]).toMatch(/^noninteractive install -y --no-install-recommends wabt/);
    expect(text).toContain("apt-get failed (update 100, install 100). Still missing: wabt");
  });
});
