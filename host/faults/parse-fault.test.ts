import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultError } from "./fault-error.ts";
import { FAULT_MODES, type FaultArgument, type FaultMode } from "./fault-modes.ts";
import { parseFault } from "./parse-fault.ts";

function given(text: string): Record<string, number | string> {
  return Object.fromEntries([...parseFault(text).given].map(([name, { value }]) => [name, value]));
}

function errorOf(text: string): FaultError {
  try {
    parseFault(text);
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}

describe("a fault's text", () => {
  it("names a sensor, a channel or a link direction", () => {
    expect(parseFault("B.gyro_x:stuck@500+200")).toMatchObject({
      where: { place: "sensor", channel: 1, input: "gyro_x" },
      frame: 500,
      frames: 200,
      mode: { name: "stuck" },
    });
    expect(parseFault("C:bitflip(module)@900")).toMatchObject({
      where: { place: "channel", channel: 2 },
      frame: 900,
      frames: undefined,
    });
    expect(parseFault("A>B:drop@0").where).toEqual({ place: "link", from: 0, to: 1 });
  });

  it("takes arguments by place or by name, with space and hexadecimal numbers", () => {
    expect(given("C:bitflip(core,0x10,3)@1")).toEqual({ target: "core", address: 16, bit: 3 });
    expect(given("C:bitflip(bit=3, address = 16 ,target=core )@1")).toEqual({ target: "core", address: 16, bit: 3 });
    expect(given("A>C:drop(X1|X3,0.5)@1")).toEqual({ messages: 5, probability: 0.5 });
    expect(given("A.t:offset(-1.5e-3)@1")).toEqual({ by: -0.0015 });
    expect(given("A.t:swap(u)@1")).toEqual({ with: "u" });
    expect(given("B:twofaced(sample,to=C)@1")).toEqual({ what: "sample", to: 2 });
    expect(given("B:hang()@1")).toEqual({});
  });

  it.each([
    ["", 1, "bad-place", "the end"],
    ["D:hang@1", 1, "bad-place", 'found "D"'],
    ["b:hang@1", 1, "bad-place", "Did you mean B?"],
    ["A>A:drop@1", 3, "bad-place", "expected B or C"],
    ["A>:drop@1", 3, "bad-place", 'found ":drop@1"'],
    ["A.:stuck@1", 3, "bad-place", "the name of an input"],
    ["A", 2, "bad-syntax", 'expected ":", then bitflip'],
    ["A:@1", 3, "unknown-fault", 'found "@1"'],
    ["B:hung@5", 3, "unknown-fault", "Did you mean hang?"],
    ["B:stuck@5", 3, "cannot-do", "stuck happens to a sensor (B.gyro_x)"],
    ["B.x:hang@5", 5, "cannot-do", "hang happens to a channel (B)"],
    ["B.x:stuck", 10, "bad-syntax", 'expected "@"'],
    ["B.x:stuck(1", 12, "bad-syntax", "or ) after an argument"],
    ["B.x:stuck(1;2)@3", 12, "bad-syntax", "or ) after an argument"],
    ["B.x:stuck(one)@3", 11, "bad-argument", 'found "one"'],
    ["B.x:stuck(1,2)@3", 13, "bad-argument", "at most 1: value"],
    ["B.x:stuck(valu=2)@3", 11, "bad-argument", "Did you mean value?"],
    ["B.x:stuck(value=2,value=2)@3", 19, "bad-argument", "given twice"],
    ["B.x:freeze(2)@3", 12, "bad-argument", "expected no arguments"],
    ["B.x:old(0)@3", 9, "bad-argument", "a whole number from 1 to 10000 (frames)"],
    ["B.x:old(1.5)@3", 9, "bad-argument", 'found "1.5"'],
    ["B.x:swap@3", 9, "bad-argument", "expected swap(with)"],
    ["C:bitflip(memory)@3", 11, "bad-argument", "one of module, core"],
    ["C:bitflip(core,0,8)@3", 18, "bad-argument", "from 0 to 7"],
    ["A>B:drop(X4)@3", 10, "bad-argument", "X1, X2, X3"],
    ["A>B:drop(X1,1.5)@3", 13, "bad-argument", "from 0 to 1"],
    ["B:twofaced(to=D)@3", 15, "bad-argument", "A, B or C"],
    ["B:hang@", 8, "bad-frame", "a frame from 0"],
    ["B:hang@-1", 8, "bad-frame", 'found "-1"'],
    ["B:hang@5000000000", 8, "bad-frame", "4294967294"],
    ["B:hang@5+", 10, "bad-frame", "a number of frames from 1"],
    ["B:hang@5+0", 10, "bad-frame", "from 1"],
    ["B:hang@5 ", 9, "bad-syntax", "something follows"],
    [`B:hang@${"0".repeat(200)}`, 1, "bad-syntax", "at most 200 characters"],
  ])("%j is refused at character %i", (text, column, code, words) => {
    const error = errorOf(text);
    expect(error).toMatchObject({ column, code, kind: "usage" });
    expect(error.message).toContain(words);
    expect(error.pointer).toBe(`${text}\n${" ".repeat(column - 1)}^`);
  });

  it("is refused with a FaultError or read, whatever it is", () => {
    const pieces = fc.constantFrom(
      "A",
      "B",
      ">",
      ".",
      ":",
      "(",
      ")",
      "@",
      "+",
      ",",
      "=",
      "|",
      "stuck",
      "drop",
      "X1",
      "1",
      "é",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 14 }).map((list) => list.join("")),
        ),
        (text) => {
          try {
            parseFault(text);
          } catch (error) {
            expect(error).toBeInstanceOf(FaultError);
          }
        },
      ),
      { seed: 2026, numRuns: 2000 },
    );
  });

  it("is read for every mode of the list with every argument", () => {
    for (const mode of FAULT_MODES) {
      const args = mode.arguments.map((argument) => `${argument.name}=${some(argument)}`).join(",");
      expect(parseFault(`${where(mode)}:${mode.name}(${args})@5+2`).given.size).toBe(mode.arguments.length);
    }
  });
});

function where(mode: FaultMode): string {
  return mode.place === "channel" ? "A" : mode.place === "link" ? "A>B" : "A.t";
}

function some({ type }: FaultArgument): string {
  switch (type.kind) {
    case "choice":
      return type.words[0] ?? "";
    case "input":
      return "u";
    case "channel":
      return "B";
    case "messages":
      return "X2";
    default:
      return `${Math.max(0, type.least)}`;
  }
}
