/**
 * Goal: every file can be understood after those that it imports. Method: follow the imports of all TypeScript and
 * AssemblyScript, types included; the first tests show that a circle is found.
 */
import { dirname, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFiles, textOf } from "./files.ts";
import { circles, type ImportGraph } from "./import-circles.ts";
import { importsOf } from "./imports.ts";

const sources = projectFiles().filter((file) => /^(host|sim|hil|test|firmware|examples)\/.*\.(ts|js)$/.test(file));

/** AssemblyScript leaves the ending of an import away. What is in no folder of ours is left out. */
function graphOf(files: readonly string[]): ImportGraph {
  const known = new Set(files);
  const targets = (file: string) =>
    importsOf(file, textOf(file))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => normalize(`${dirname(file)}/${specifier}`))
      .map((path) => (known.has(path) ? path : `${path}.ts`))
      .filter((path) => known.has(path));
  return new Map(files.map((file) => [file, targets(file)]));
}

const graph = (edges: Readonly<Record<string, readonly string[]>>): ImportGraph => new Map(Object.entries(edges));

describe("the finder of circles", () => {
  it("finds files that import each other, over any number of others, and one that imports itself", () => {
    expect(circles(graph({ a: ["b"], b: ["a"] }))).toEqual(["a -> b -> a"]);
    expect(circles(graph({ a: ["b"], b: ["c", "d"], c: ["a"], d: [] }))).toEqual(["a -> b -> c -> a"]);
    expect(circles(graph({ a: ["a"] }))).toEqual(["a -> a"]);
    expect(circles(graph({ a: ["b"], b: ["c"], c: ["b"] }))).toEqual(["b -> c -> b"]);
  });

  it("tells one knot once and two knots apart", () => {
    expect(circles(graph({ a: ["b", "c"], b: ["a"], c: ["a"], d: ["e"], e: ["d", "a"] }))).toEqual([
      "a -> b -> a",
      "d -> e -> d",
    ]);
  });

  it("finds none where two ways lead to one file", () => {
    expect(circles(graph({ a: ["b", "c"], b: ["d"], c: ["d"], d: [] }))).toEqual([]);
  });
});

describe("the tree", () => {
  const imports = graphOf(sources);

  it("has imports that the finder sees, in every language", () => {
    const from = (folder: string) =>
      [...imports].filter(([file, targets]) => file.startsWith(folder) && targets.length > 0).length;
    for (const folder of ["host/", "sim/", "test/", "firmware/core/"]) expect(from(folder), folder).toBeGreaterThan(5);
  });

  it("has no circle of imports", () => {
    expect(circles(imports)).toEqual([]);
  });
});
