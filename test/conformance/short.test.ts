/**
 * Goal: the fillings of engine.h do what WebAssembly says, and no failure hides among what they do not support. Method: a
 * short set of commands over every filling that is there; then fillings that lie, which the judge must see through.
 */
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Workshop } from "../runtime/toolchain.ts";
import { wasm3Sources } from "../runtime/wasm3.ts";
import { DIED, EMPTY, type Filling, Interpreter, type Talk } from "./filling.ts";
import { Ahead } from "./filling-aot.ts";
import { Wasm3 } from "./filling-wasm3.ts";
import { FileJudge, type Verdict } from "./judge.ts";
import { isGood, textOf } from "./report.ts";

const workshop = new Workshop();
let judge: FileJudge;
let interpreter: Filling;
beforeAll(() => {
  const folder = workshop.path("short");
  mkdirSync(folder);
  judge = new FileJudge(join(dirname(fileURLToPath(import.meta.url)), "short.wast"), folder);
  interpreter = new Interpreter(workshop, true);
}, 300_000);
afterAll(() => workshop.close());

const NOT_SUPPORTED = [
  "export names with a zero byte (names are C strings)",
  "imports",
  "multi-value",
  "text format (not the engine's business)",
];
const GROWTH = "memory.grow by more than nothing";

function failuresOf(verdicts: readonly Verdict[]): string[] {
  const failed = verdicts.filter(({ outcome }) => outcome === "failed");
  return failed.map(({ line, command, reason }) => `${line} ${command}: ${reason}`);
}

function reasonsOf(verdicts: readonly Verdict[]): string[] {
  const set = verdicts.filter(({ outcome }) => outcome === "unsupported").map(({ reason }) => reason);
  return [...new Set(set)].sort();
}

async function judged(filling: Filling): Promise<readonly Verdict[]> {
  await filling.prepare(judge.files);
  return judge.judge(filling);
}

describe("the short conformance set", () => {
  it("passes in the interpreter, but for what the engine declines by name", async () => {
    const verdicts = await judged(interpreter);
    expect(failuresOf(verdicts)).toEqual([]);
    expect(reasonsOf(verdicts)).toEqual([...NOT_SUPPORTED, GROWTH].sort());
    expect(verdicts.filter(({ outcome }) => outcome === "passed").length).toBeGreaterThan(50);
  });

  it("passes ahead of time, but for the traps of call_indirect, of which wasm2c has one", async () => {
    const verdicts = await judged(new Ahead(workshop, false));
    expect(failuresOf(verdicts)).toEqual([]);
    const traps = "telling the three traps of call_indirect apart (it did trap)";
    expect(reasonsOf(verdicts)).toEqual([...NOT_SUPPORTED, GROWTH, traps].sort());
  });

  it("passes in wasm3 where WASM3_DIR names it, which also grows memory", async () => {
    const sources = wasm3Sources();
    if (sources === undefined) {
      process.stderr.write("WASM3_DIR names no wasm3: it is not judged.\n");
      return;
    }
    const verdicts = await judged(new Wasm3(workshop, sources));
    expect(failuresOf(verdicts)).toEqual([]);
    expect(reasonsOf(verdicts)).toEqual(NOT_SUPPORTED);
  });
});

/** The interpreter's answers, with some of them changed. */
function liar(change: (answer: string, at: number, talk: Talk) => string): Filling {
  return {
    name: "interpreter",
    traits: interpreter.traits,
    prepare: () => Promise.resolve(),
    answers: (talks) => {
      honest ??= interpreter.answers(talks);
      return talks.map((talk, t) => (honest?.[t] ?? []).map((answer, at) => change(answer, at, talk)));
    },
  };
}
let honest: readonly (readonly string[])[] | undefined;

describe("the judge sees through a filling that", () => {
  const lines = (filling: Filling): number[] =>
    judge
      .judge(filling)
      .filter(({ outcome }) => outcome === "failed")
      .map(({ line }) => line);
  const all = (): readonly Verdict[] => judge.judge(liar((answer) => answer));
  const valid = (): number[] =>
    all()
      .filter(({ command, outcome }) => command === "module" && outcome === "passed")
      .map(({ line }) => line);

  it("declines every module for a feature that none has", () => {
    const filling = liar((_, at) => (at === 0 ? "refused -4 9 SIMD" : EMPTY));
    expect(lines(filling)).toEqual(expect.arrayContaining(valid()));
    expect(reasonsOf(judge.judge(filling))).toEqual(["text format (not the engine's business)"]);
  });

  it("declines every module because of imports", () => {
    const filling = liar((_, at) => (at === 0 ? "refused -5 9 none" : EMPTY));
    expect(lines(filling)).toEqual(expect.arrayContaining(valid()));
  });

  it("declines a module by the wrong name", () => {
    const filling = liar((answer) => answer.replace("multi-value", "threads"));
    expect(failuresOf(judge.judge(filling)).join()).toMatch(/declined for threads, but the module has multi-value/);
  });

  it("says that it declined and ran all the same", () => {
    const filling = liar((answer, at) => (at > 0 && answer === EMPTY ? "ok 1" : answer));
    expect(failuresOf(judge.judge(filling)).join()).toMatch(/declined for multi-value, but it ran: ok 1/);
  });

  it("says that every module is too large", () => {
    expect(lines(liar((_, at) => (at === 0 ? "refused -6 9 none" : EMPTY)))).toEqual(expect.arrayContaining(valid()));
  });

  it("takes what is invalid", () => {
    const filling = liar((answer, at) =>
      at === 0 ? answer.replace(/^refused -([123] .*|4 .*unknown instruction)$/, "ok 0 0 0") : answer,
    );
    const invalid = all().filter(
      ({ command, outcome }) => /assert_(invalid|malformed)/.test(command) && outcome === "passed",
    );
    expect(lines(filling)).toEqual(invalid.map(({ line }) => line));
  });

  it("gives a wrong answer in a module that grows memory, or to a name with a zero byte", () => {
    const asksFor = (line: string | undefined, name: string): boolean =>
      line === `call 0 x${Buffer.from(name).toString("hex")} ` ||
      line?.startsWith(`call 0 x${Buffer.from(name).toString("hex")} `) === true;
    const filling = liar((answer, at, { lines: asked }) =>
      at > 0 && (asksFor(asked[at - 1], "grow") || asksFor(asked[at - 1], "\0")) ? "ok 7" : answer,
    );
    expect(failuresOf(judge.judge(filling))).toHaveLength(3);
  });

  it("changes one bit, swaps a trap for another, or dies", () => {
    expect(lines(liar((answer) => (answer === "ok 80000000" ? "ok 80000001" : answer)))).toHaveLength(1);
    expect(lines(liar((answer) => answer.replace("status -33", "status -34"))).length).toBeGreaterThan(3);
    expect(lines(liar(() => DIED)).length).toBeGreaterThan(55);
  });

  it("has another NaN than the one", () => {
    const verdicts = judge.judge(liar((answer) => answer.replace("ok 7fc00000", "ok ffc00000")));
    expect(failuresOf(verdicts).join()).toMatch(/nan:canonical, found ok ffc00000/);
  });
});

describe("the report", () => {
  it("lists each failure, counts each reason, and lets no failure of ours pass", () => {
    const verdicts: Verdict[] = [
      { line: 1, command: "module", outcome: "passed", reason: "" },
      { line: 2, command: "assert_return", outcome: "failed", reason: "expected 1, found 2" },
      { line: 3, command: "module", outcome: "unsupported", reason: "SIMD" },
    ];
    const run = { filling: "interpreter" as const, results: [{ file: "a.wast", verdicts }] };
    expect(textOf(run)).toContain(
      "interpreter: 1 passed, 1 failed, 1 unsupported\n  a.wast:2 assert_return: expected 1",
    );
    expect(textOf(run)).toMatch(/unsupported, by what would be needed:\n +1 {2}SIMD/);
    expect(isGood(run)).toBe(false);
    expect(isGood({ ...run, filling: "wasm3" })).toBe(true);
    expect(isGood({ filling: "interpreter", results: [] })).toBe(false);
  });

  it("counts a known loss of wasm3 by its reason, and lists any other failure of the same file", () => {
    const says = "expected f32 2141192192, found ok 7fe00000";
    const verdicts: Verdict[] = [
      { line: 628, command: "assert_return", outcome: "failed", reason: says },
      { line: 629, command: "assert_return", outcome: "failed", reason: "expected a result, found died" },
      { line: 630, command: "assert_return", outcome: "failed", reason: says },
    ];
    const text = textOf({ filling: "wasm3", results: [{ file: "conversions.wast", verdicts }] });
    expect(text).toContain("  conversions.wast:629 ");
    expect(text).toContain("  conversions.wast:630 ");
    expect(text).toMatch(/failed, known:\n +1 {2}a signalling NaN of 32 bits/);
  });
});
