/**
 * Goal: a file can be read in one sitting and a function on one screen. Method: count lines of every source; the first
 * tests show that the counter counts.
 */
import { describe, expect, it } from "vitest";
import { isSource, projectFiles, textOf } from "./files.ts";
import { FILE_LINES_MAX, FUNCTION_LINES_MAX, functionLengths } from "./lengths.ts";

/** Functions that are longer for a reason. An entry that is no longer true fails the test. */
const LONG: readonly { readonly file: string; readonly name: string; readonly reason: string }[] = [];

const sources = projectFiles().filter(isSource);

describe("the counter of lines", () => {
  it("measures functions, methods, arrows and accessors of TypeScript", () => {
    const text = [
      "function a() {\n}",
      "class B {\n  c() {\n\n  }\n  get d() { return 1; }\n  constructor() {\n  }\n}",
      "const e = () => {\n};",
      "declare function f(): void;",
    ].join("\n");
    expect(functionLengths("x.ts", text).map(({ name, lines }) => [name, lines])).toEqual([
      ["a", 2],
      ["c", 3],
      ["d", 1],
      ["constructor", 2],
      ["e", 2],
    ]);
  });

  it("looks inside a list of tests but not at its own length", () => {
    const text = `describe("x", () => {\n  it("y", () => {\n\n  });\n${"\n".repeat(100)}});`;
    expect(functionLengths("x.test.ts", text).map(({ lines }) => lines)).toEqual([3]);
  });

  it("measures functions of C", () => {
    const text = `rt_status rt_a(int x);\n\nstatic int b(int x,\n             int y)\n{\n    if (x) {\n    }\n    return y;\n}\n
typedef struct {\n    int c;\n} rt_d;\n\nvoid rt_e(void)\n{\n}\n`;
    expect(functionLengths("x.c", text).map(({ name, lines }) => [name, lines])).toEqual([
      ["b", 7],
      ["rt_e", 3],
    ]);
  });
});

describe("every source", () => {
  it(`has at most ${FILE_LINES_MAX} lines`, () => {
    expect(sources.length).toBeGreaterThan(20);
    const long = sources.map((file) => ({ file, lines: textOf(file).split("\n").length - 1 }));
    expect(long.filter(({ lines }) => lines > FILE_LINES_MAX)).toEqual([]);
  });

  it(`has functions of at most ${FUNCTION_LINES_MAX} lines`, () => {
    const all = sources.flatMap((file) => functionLengths(file, textOf(file)).map((found) => ({ file, ...found })));
    expect(all.length).toBeGreaterThan(100);
    const isLong = ({ lines }: { lines: number }) => lines > FUNCTION_LINES_MAX;
    const excused = (file: string, name: string) => LONG.some((entry) => entry.file === file && entry.name === name);
    expect(all.filter(isLong).filter(({ file, name }) => !excused(file, name))).toEqual([]);
    const idle = LONG.filter(
      (entry) => !all.filter(isLong).some(({ file, name }) => file === entry.file && name === entry.name),
    );
    expect(idle).toEqual([]);
  });
});
