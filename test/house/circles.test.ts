/**
 * Goal: calls between the interpreter's files go one way. Method: read which file defines a function and which names it;
 * the first tests show that a circle is found.
 */
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { callsBetween, circleIn } from "./circles.ts";
import { projectFiles, textOf } from "./files.ts";

const ONE = "int one(int x,\n        int y)\n{\n    return two(x);\n}\n";

describe("the judge of circles", () => {
  it("finds a way back over other files", () => {
    const files = new Map([
      ["a.c", ONE],
      ["b.c", "const char *two(int x)\n{\n    return three();\n}\n"],
      ["c.c", "void three(void)\n{\n    one(1, 2);\n}\n"],
    ]);
    expect(circleIn(callsBetween(files))).toBe("a.c > b.c > c.c > a.c");
  });

  it("takes a file's own function for no other file's of that name", () => {
    const files = new Map([
      ["a.c", ONE],
      ["b.c", "static int one(void)\n{\n}\n\nvoid two(int x)\n{\n    one();\n}\n"],
    ]);
    expect(circleIn(callsBetween(files))).toBeUndefined();
  });

  it("takes neither words in comments and strings nor declarations for calls", () => {
    const files = new Map([
      ["a.c", ONE],
      ["b.c", '/* As one()\n * does. */\nvoid two(int x)\n{\n    say("one \\" one");\n}\n'],
      ["c.c", "int two(int x);\n"],
    ]);
    expect(circleIn(callsBetween(files))).toBeUndefined();
    expect(callsBetween(files).get("a.c")).toEqual(["b.c"]);
  });
});

describe("the interpreter", () => {
  const room = "firmware/runtime/interpreter/";
  const paths = projectFiles().filter((file) => file.startsWith(room) && /\.(c|inc)$/.test(file));
  // The handlers are a part of execute.c, which includes them.
  const handlers = paths.filter((path) => path.endsWith(".inc")).map(textOf);
  const files = paths.filter((path) => path.endsWith(".c")).map((path) => [basename(path), textOf(path)] as const);
  const calls = callsBetween(
    new Map(files.map(([name, text]) => [name, name === "execute.c" ? [text, ...handlers].join("\n") : text])),
  );

  it("has files that call each other", () => {
    expect(calls.get("load.c")).toContain("sections.c");
    expect(calls.get("execute.c")).toContain("rare.c");
    expect([...calls.values()].flat().length).toBeGreaterThan(30);
  });

  it("has no circle of files", () => {
    expect(circleIn(calls)).toBeUndefined();
  });
});
