import { describe, expect, it } from "vitest";
import { placeText, QuorateError } from "./errors.ts";

describe("an error for a person", () => {
  it("says where, what, expected, found and what to do", () => {
    const error = new QuorateError({
      code: "bad-period",
      kind: "file",
      problem: "the period is out of range",
      place: { file: "law.ts", line: 3, column: 7 },
      expected: "1000 to 1000000 us",
      found: "0",
      hint: "Write a period in microseconds.",
    });
    expect(error.message).toBe(
      "law.ts:3:7: the period is out of range: expected 1000 to 1000000 us, found 0. Write a period in microseconds.",
    );
    expect(error.code).toBe("bad-period");
    expect(error.kind).toBe("file");
  });

  it("leaves out what is not known", () => {
    const error = new QuorateError({ code: "x", kind: "usage", problem: "no law given" });
    expect(error.message).toBe("no law given");
    expect(error.place).toEqual({});
    expect(error.hint).toBeUndefined();
  });

  it("carries the name of the class that extends it, and its cause", () => {
    class TraceError extends QuorateError {}
    const cause = new Error("read failed");
    const error = new TraceError({ code: "x", kind: "file", problem: "p", cause });
    expect(error.name).toBe("TraceError");
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(QuorateError);
  });
});

describe("a place", () => {
  it("reads like a compiler's", () => {
    expect(placeText({ file: "a.csv", line: 4 })).toBe("a.csv:4");
    expect(placeText({ line: 4, column: 2 })).toBe("line 4:2");
    expect(placeText({ file: "a.ulg", offset: 0 })).toBe("a.ulg, byte 0");
    expect(placeText({ frame: 0 })).toBe("frame 0");
    expect(placeText({})).toBe("");
  });
});
