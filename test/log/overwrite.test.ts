/**
 * Goal: no command destroys a file that it was not asked to replace, whatever goes wrong. Method: run the commands on
 * links, devices and files that cannot be recovered, and look at what is in the folder afterwards.
 */
import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Command } from "commander";
import { describe, expect, it, vi } from "vitest";
import { register } from "../../host/commands/log.ts";
import { requireOther } from "../../host/commands/sim-log.ts";
import { replaceFile } from "../../host/log/file/log-target.ts";
import { isSameFile } from "../../host/same-file.ts";
import { handLog } from "./fixture.ts";
import { withFile } from "./stdout.ts";

const LOG = await handLog({ frames: 10 });
const KEPT = "worth keeping";
const BAD = Buffer.from("nothing");

async function run(...words: string[]): Promise<void> {
  const program = new Command();
  register(program);
  await program.parseAsync(["log", ...words], { from: "user" });
}

/** Names of what lies beside a file, without it. */
function beside(path: string): string[] {
  return readdirSync(dirname(path))
    .map((name) => `${dirname(path)}/${name}`)
    .filter((one) => one !== path)
    .map((one) => one.slice(path.length));
}

describe("input and output are the same file", () => {
  const linked = (link: typeof linkSync) => (path: string) => {
    link(path, `${path}.other`);
    return `${path}.other`;
  };

  it.each([
    ["under one path", (path: string) => path],
    ["by a hard link", linked(linkSync)],
    ["by a symbolic link", linked(symlinkSync)],
  ])("%s, and nothing is written", async (_how, otherName) => {
    await withFile(LOG, async (path) => {
      const other = otherName(path);
      expect(await isSameFile(path, other)).toBe(true);
      const refused = { code: "same-file", kind: "usage" };
      await expect(run("recover", path, other)).rejects.toMatchObject(refused);
      await expect(run("export", "csv", path, "-o", other)).rejects.toMatchObject(refused);
      await expect(requireOther(other, [undefined, path])).rejects.toMatchObject(refused);
      expect(readFileSync(path).equals(LOG)).toBe(true);
    });
  });

  it("is not said of two files, or of one that is not there yet", async () => {
    await withFile(LOG, async (path) => {
      writeFileSync(`${path}.other`, LOG);
      expect(await isSameFile(path, `${path}.other`)).toBe(false);
      expect(await isSameFile(path, `${path}.new`)).toBe(false);
      expect(await isSameFile(`${path}.new`, `${path}.new`)).toBe(false);
      await requireOther(`${path}.new`, [undefined, path]);
    });
  });
});

describe("a file that is written anew", () => {
  it("stays as it was when the recovery fails", async () => {
    await withFile(BAD, async (path) => {
      writeFileSync(`${path}.keep`, KEPT);
      await expect(run("recover", path, `${path}.keep`)).rejects.toMatchObject({ code: "not-mcap" });
      expect(readFileSync(`${path}.keep`, "utf8")).toBe(KEPT);
      expect(beside(path)).toEqual([".keep"]);
    });
  });

  it("is replaced when all is well, keeps its rights, and leaves its other names alone", async () => {
    await withFile(LOG, async (path) => {
      writeFileSync(`${path}.old`, KEPT);
      chmodSync(`${path}.old`, 0o600);
      linkSync(`${path}.old`, `${path}.second`);
      await run("recover", path, `${path}.old`);
      expect(readFileSync(`${path}.old`).length).toBeGreaterThan(LOG.length / 2);
      expect(statSync(`${path}.old`).mode & 0o777).toBe(0o600);
      expect(readFileSync(`${path}.second`, "utf8")).toBe(KEPT);
      expect(beside(path)).toEqual([".old", ".second"]);
    });
  });

  it("is written through a symbolic link, which stays one", async () => {
    await withFile(LOG, async (path) => {
      writeFileSync(`${path}.old`, KEPT);
      symlinkSync(`${path}.old`, `${path}.link`);
      await run("export", "csv", path, "-o", `${path}.link`);
      expect(readFileSync(`${path}.old`, "utf8")).toMatch(/^frame,time_s/);
      expect(beside(path)).toEqual([".link", ".old"]);
    });
  });

  it("stays as it was wherever the writing breaks off", async () => {
    await withFile(LOG, async (path) => {
      for (let writes = 0; writes < 3; writes += 1) {
        const broken = replaceFile(path, async (target) => {
          for (let i = 0; i < writes; i += 1) await target.write(BAD);
          throw new Error("broken off");
        });
        await expect(broken).rejects.toThrow("broken off");
        expect(readFileSync(path).equals(LOG)).toBe(true);
        expect(beside(path)).toEqual([]);
      }
    });
  });

  it("stays as it was when Ctrl-C ends the command", async () => {
    await withFile(LOG, async (path) => {
      const kill = vi.spyOn(process, "kill").mockReturnValue(true);
      const interrupted = replaceFile(path, async (target) => {
        await target.write(BAD);
        process.emit("SIGINT");
        expect(beside(path)).toEqual([]);
        throw new Error("the process has ended");
      });
      await expect(interrupted).rejects.toThrow("the process has ended");
      expect(kill).toHaveBeenCalledWith(process.pid, "SIGINT");
      expect(readFileSync(path).equals(LOG)).toBe(true);
      expect(process.listenerCount("SIGINT")).toBe(0);
    });
  });

  it("does not take the name of a file that is there already", async () => {
    await withFile(LOG, async (path) => {
      writeFileSync(`${path}.new.part`, KEPT);
      const refused = { code: "part-exists", place: { file: `${path}.new.part` } };
      await expect(run("recover", path, `${path}.new`)).rejects.toMatchObject(refused);
      expect(readFileSync(`${path}.new.part`, "utf8")).toBe(KEPT);
      expect(beside(path)).toEqual([".new.part"]);
    });
  });
});

describe.skipIf(!existsSync("/dev/full"))("a device", () => {
  // Behind a link, so that a command that removes it takes the link and not the machine's device.
  it("is written directly and stays", async () => {
    await withFile(BAD, async (path) => {
      symlinkSync("/dev/null", `${path}.null`);
      await expect(run("recover", path, `${path}.null`)).rejects.toMatchObject({ code: "not-mcap" });
      expect(statSync(`${path}.null`).isCharacterDevice()).toBe(true);
      writeFileSync(path, LOG);
      await run("recover", path, `${path}.null`);
      await run("export", "json", path, "-o", `${path}.null`);
      expect(statSync(`${path}.null`).isCharacterDevice()).toBe(true);
      expect(beside(path)).toEqual([".null"]);
    });
  });

  it("that is full is an error with its name", async () => {
    await withFile(LOG, async (path) => {
      symlinkSync("/dev/full", `${path}.full`);
      const full = { code: "file-not-written", kind: "file", found: "a full disk", place: { file: `${path}.full` } };
      await expect(run("recover", path, `${path}.full`)).rejects.toMatchObject(full);
      await expect(run("export", "csv", path, "-o", `${path}.full`)).rejects.toMatchObject(full);
      expect(statSync(`${path}.full`).isCharacterDevice()).toBe(true);
    });
  });
});
