import { describe, expect, it } from "vitest";
import { type Checked, type JsonTrouble, parseJson } from "./checked-json.ts";

class Refusal extends Error {
  readonly trouble: JsonTrouble;

  constructor(trouble: JsonTrouble) {
    super(trouble.problem);
    this.trouble = trouble;
  }
}

function troubleOf(text: string, read: (root: Checked) => unknown = () => undefined): JsonTrouble {
  try {
    read(parseJson(text, (trouble) => new Refusal(trouble)));
  } catch (error) {
    if (error instanceof Refusal) return error.trouble;
    throw error;
  }
  throw new Error("the text was read");
}

describe("checked JSON", () => {
  it("is refused by the caller's own error, with the line where it stops being JSON", () => {
    expect(troubleOf('{\n "a": 1,\n}')).toMatchObject({ kind: "text", line: 3 });
    expect(troubleOf('{"a" 1}').problem).toMatch(/^expected JSON: .*\(column 6\)$/);
  });

  it.each<[string, (root: Checked) => unknown, string, string]>([
    ["[]", (root) => root.object(), "$", "expected an object; found []"],
    ['{"b": 1}', (root) => root.only(["a"]), "$", '"b" is not known here; expected a; did you mean "a"?'],
    [
      '{"a": {"b c": "x"}}',
      (root) => root.get("a")?.get("b c")?.number(),
      '$.a["b c"]',
      'expected a number; found "x"',
    ],
    [
      '{"a": [1, "x"]}',
      (root) => root.get("a")?.list(2)[1]?.number(0, 9),
      "$.a[1]",
      'expected a number from 0 to 9; found "x"',
    ],
    ['{"a": [1, 2, 3]}', (root) => root.get("a")?.list(2), "$.a", "expected at most 2 entries, not 3; found [1,2,3]"],
    [
      '"on"',
      (root) => root.oneOf(["one", "two"]),
      "$",
      'expected one of "one", "two"; found "on"; did you mean "one"?',
    ],
    ["null", (root) => root.boolean(), "$", "expected true or false; found null"],
  ])("%s is refused at its path", (text, read, path, problem) => {
    expect(troubleOf(text, read)).toEqual({ kind: "value", path, problem });
  });
});
