import { describe, expect, it } from "vitest";
import { blocksOf, commandsOf, departure, shownIn } from "./blocks.ts";

describe("blocks of a page", () => {
  it("are found with language, line and text", () => {
    const page = "a\n```sh\nx\n```\n````md\n```\ninner\n```\n````\n```\nplain\n```\n";
    expect(blocksOf("p.md", page)).toEqual([
      { file: "p.md", line: 2, language: "sh", text: "x" },
      { file: "p.md", line: 5, language: "md", text: "```\ninner\n```" },
      { file: "p.md", line: 10, language: "", text: "plain" },
    ]);
  });

  it("must be closed", () => {
    expect(() => blocksOf("p.md", "```sh\nx\n")).toThrow("p.md:1");
  });
});

describe("commands", () => {
  it("are lines, joined at a backslash, without comments", () => {
    expect(commandsOf("# first\nnpm start   # go\nquorate sim \\\n  law.ts\n\n")).toEqual([
      "npm start",
      "quorate sim law.ts",
    ]);
  });

  it("of a console block carry the output shown below them", () => {
    expect(shownIn("$ a \\\n    b\none\n\ntwo\n$ c\n")).toEqual([
      { command: "a b", output: ["one", "", "two"] },
      { command: "c", output: [""] },
    ]);
    expect(() => shownIn("no command")).toThrow("$ command");
  });
});

describe("shown output", () => {
  it.each([
    [
      ["a", "b"],
      ["a", "b", ""],
    ],
    [
      ["...", "c"],
      ["a", "b", "c"],
    ],
    [
      ["a", "..."],
      ["a", "b", "c"],
    ],
    [
      ["a", "...", "b"],
      ["a", "b"],
    ],
  ])("%j is true of %j", (shown, real) => {
    expect(departure(shown, real)).toBeUndefined();
  });

  it.each([
    [["a"], ["b"]],
    [["a"], []],
    [["a"], ["a", "b"]],
    [
      ["...", "c"],
      ["a", "b"],
    ],
    [
      ["...", "c"],
      ["a", "c", "d"],
    ],
    [[], ["a"]],
  ])("%j is not true of %j", (shown, real) => {
    expect(departure(shown, real)).toBeDefined();
  });
});
