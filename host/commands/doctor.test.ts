import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { examine, remedy } from "./doctor.ts";

const nothing = () => undefined;
const everything = (command: string) => `/usr/bin/${command}`;

describe("doctor", () => {
  it("asks for the Node.js that package.json asks for", () => {
    const { engines } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const least = engines.node.replace(">=", "");
    expect(examine({ nodeVersion: least, find: nothing })[0]?.isFound).toBe(true);
    expect(examine({ nodeVersion: least, find: nothing })[0]?.purpose).toContain(least);
  });

  it.each([
    ["20.19.9", false],
    ["18.99.99", false],
    ["20.20.0", true],
    ["20.20.1", true],
    ["22.0.0", true],
    ["100.0.0", true],
  ])("judges Node.js %s by number, not by text", (nodeVersion, isFound) => {
    expect(examine({ nodeVersion, find: everything })[0]?.isFound).toBe(isFound);
  });

  it("gives one command with each missing package once", () => {
    const command = remedy(examine({ nodeVersion: "20.20.0", find: nothing }));
    expect(command).toMatch(/^sudo apt-get install /);
    expect(command?.match(/\bwabt\b/g)).toHaveLength(1);
    expect(command).not.toContain("nodejs");
  });

  it("gives no command when nothing is missing", () => {
    expect(remedy(examine({ nodeVersion: "20.20.0", find: everything }))).toBeUndefined();
  });

  it("is content with any one of several commands", () => {
    const find = (command: string) => (command === "clang" ? "/opt/clang" : undefined);
    const compiler = examine({ nodeVersion: "20.20.0", find }).find(({ name }) => name === "C compiler");
    expect(compiler).toMatchObject({ isFound: true, found: "/opt/clang" });
  });
});
