/** Goal: nothing unfinished, machine-made or machine-bound is in the tree. The first tests show that the search finds. */
import { describe, expect, it } from "vitest";
import { projectFiles, textOf, trackedFiles } from "./files.ts";
import { LEFTOVERS, leftoversIn } from "./leftovers.ts";

const samples: readonly string[] = [
  "// TODO: later",
  'it.only("x", () => {});',
  "  debugger;",
  'console.log("x");',
  "// @ts-ignore",
  "/* eslint-disable */",
  "<<<<<<< HEAD",
  'const path = "/home/somebody/x";',
  '"resolved": "x"',
];

describe("the search for leftovers", () => {
  it.each(samples.map((text, i) => [LEFTOVERS[i]?.what, text]))("finds %s", (what, text) => {
    expect(leftoversIn("host/x.ts", `first line\n${text}`)).toEqual([`host/x.ts:2: ${what}`]);
  });

  it("has a sample for each kind", () => {
    expect(samples).toHaveLength(LEFTOVERS.length);
  });

  it.each(["// TODO(#12): later", "const todo = 1;", "see docs/work/x", "it.each([1])", "https://x.example/home/x"])(
    "lets pass: %s",
    (text) => {
      expect(leftoversIn("host/x.ts", text)).toEqual([]);
    },
  );
});

describe("the tree", () => {
  it("has no leftovers", () => {
    const files = projectFiles();
    expect(files.length).toBeGreaterThan(30);
    const texts = files.filter((file) => LEFTOVERS.some((leftover) => leftover.files.test(file)));
    expect(texts.flatMap((file) => leftoversIn(file, textOf(file)))).toEqual([]);
  });

  it("tracks nothing that is generated", () => {
    const generated = /(^|\/)(node_modules|dist|out|coverage)\/|^build\/|\.(tsbuildinfo|mcap|o|elf|log)$/;
    const tracked = trackedFiles();
    expect(tracked.length).toBeGreaterThan(20);
    expect(tracked.filter((file) => generated.test(file))).toEqual([]);
  });

  it("has for every optional package an entry in the lock file, or npm ci refuses it", () => {
    const { packages } = JSON.parse(textOf("package-lock.json")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.length).toBeGreaterThan(0);
    const known = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ""));
    expect(wanted.filter((name) => !known.includes(name))).toEqual([]);
  });
});
