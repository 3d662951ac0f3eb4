import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { missingPackages, nodeObjection } from "./packages.js";

const lock = (packages: Record<string, { version: string; optional?: boolean }>) => ({ packages });

describe("packages of npm", () => {
  it("are missing when absent or of another version", () => {
    const wanted = lock({
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/b": { version: "2.0.0" },
    });
    expect(missingPackages(wanted, lock({ "node_modules/a": { version: "1.0.0" } }))).toEqual(["node_modules/b"]);
    expect(
      missingPackages(wanted, lock({ "node_modules/a": { version: "1.0.1" }, "node_modules/b": { version: "2.0.0" } })),
    ).toEqual(["node_modules/a"]);
    expect(missingPackages(wanted, {})).toEqual(["node_modules/a", "node_modules/b"]);
  });

  it("for other machines are not missing, but must not be of another version", () => {
    const wanted = lock({ "node_modules/x-darwin": { version: "1.0.0", optional: true } });
    expect(missingPackages(wanted, {})).toEqual([]);
    expect(missingPackages(wanted, lock({ "node_modules/x-darwin": { version: "0.9.0" } }))).toEqual([
      "node_modules/x-darwin",
    ]);
  });

  it("are all there while this test runs", () => {
    const read = (file: string) => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));
    const wanted = read("package-lock.json");
    expect(Object.keys(wanted.packages).length).toBeGreaterThan(100);
    expect(missingPackages(wanted, read("node_modules/.package-lock.json"))).toEqual([]);
  });
});

describe("the Node.js that runs the set-up", () => {
  it.each(["18.99.0", "20.9.0", "20.19.10", "9.99.99"])("is refused when it is %s", (version) => {
    expect(nodeObjection(version, ">=20.20.0")).toContain(version);
  });

  it.each(["20.20.0", "20.20.1", "22.0.0", "100.0.0"])("is good when it is %s", (version) => {
    expect(nodeObjection(version, ">=20.20.0")).toBeUndefined();
  });
});
