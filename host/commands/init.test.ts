import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dependencyOn, makeProject, packageName } from "./init.ts";

const folder = mkdtempSync(join(tmpdir(), "quorate-init-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a new project", () => {
  it("has the files of the template, under its own name, and knows the quorate that made it", () => {
    const made = makeProject(join(folder, "My Tank!"));
    expect(made.name).toBe("my-tank");
    expect(made.files).toContain("law/thermostat.ts");
    expect(made.files).toContain(".gitignore");
    expect(made.files).not.toContain("gitignore");
    const facts = JSON.parse(readFileSync(join(made.folder, "package.json"), "utf8"));
    expect(facts.name).toBe("my-tank");
    expect(facts.devDependencies.quorate).toMatch(/^(file:\/|\d+\.\d+\.\d+)/);
  });

  it("may go into a folder that is empty", () => {
    mkdirSync(join(folder, "empty"));
    expect(makeProject(join(folder, "empty")).files.length).toBeGreaterThan(5);
  });

  it("does not go into a folder in use, and leaves it as it is", () => {
    mkdirSync(join(folder, "used"));
    writeFileSync(join(folder, "used", "mine.txt"), "mine");
    expect(() => makeProject(join(folder, "used"))).toThrow(
      expect.objectContaining({ code: "not-empty", kind: "usage" }),
    );
    expect(readdirSync(join(folder, "used"))).toEqual(["mine.txt"]);
  });

  it("does not go where a file is", () => {
    writeFileSync(join(folder, "file"), "mine");
    expect(() => makeProject(join(folder, "file"))).toThrow(expect.objectContaining({ code: "not-a-folder" }));
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("mine");
  });
});

describe("a package's name", () => {
  it.each([
    ["/a/Tank 2", "tank-2"],
    ["tank_law", "tank-law"],
    ["..hidden", "hidden"],
    ["___", "controller"],
    ["Übung", "bung"],
    [`/a/${"x".repeat(300)}`, "x".repeat(214)],
  ])("of %s is %s", (path, name) => {
    expect(packageName(path)).toBe(name);
  });
});

describe("the dependency on quorate", () => {
  it("is the folder of a checkout, and the version of an installed package", () => {
    expect(dependencyOn({ folder: "/src/quorate", version: "1.2.3" })).toBe("file:/src/quorate");
    expect(dependencyOn({ folder: "/x/node_modules/quorate", version: "1.2.3" })).toBe("1.2.3");
  });
});
