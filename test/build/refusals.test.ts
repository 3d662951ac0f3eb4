import { describe, expect, it } from "vitest";
import { HEAD, INPUTS, lawText, OUTPUTS, refusalOf } from "./helpers.ts";

/**
 * Goal: every wrong declaration is refused where it stands, with its own code and with what to write.
 * Method: each text holds one mistake; the place is found by searching the text for the words it is expected at.
 */
interface Case {
  readonly name: string;
  readonly text: string;
  readonly code: string;
  /** The place: where these words start. */
  readonly at: string;
  /** Words of the advice. */
  readonly advice: string;
}

const STEP = `@law({ name: "test", period_us: 10000, fuel: 1000 })
class Law { step(inputs: Inputs, outputs: Outputs): void { outputs.b = inputs.a.value; } }
`;
const input = (fields: string, type = "F32Input", name = "a"): string =>
  `${HEAD}class Inputs { @input({ ${fields} }) ${name}: ${type}; }\n${OUTPUTS}${STEP}`;
const output = (fields: string, field = "b: f32;"): string =>
  `${HEAD}${INPUTS}class Outputs { @output({ ${fields} }) ${field} }\n${STEP}`;
const withParam = (fields: string, field = "p: f32;"): string =>
  `${HEAD}${INPUTS}${OUTPUTS}class Params { @param({ ${fields} }) ${field} }\n${STEP.replace("outputs: Outputs", "outputs: Outputs, params: Params")}`;
const withLaw = (fields: string): string =>
  `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace('name: "test", period_us: 10000, fuel: 1000', fields)}`;
const signals = (role: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `  ${role} s${i}: ${role.startsWith("@input") ? "F32Input" : "f32"};`).join(
    "\n",
  );

const GOOD_INPUT = 'unit: "V", min: -1, max: 1, tolerance: 0.1, selection: "median", single: "use"';
const GOOD_OUTPUT = 'unit: "V", min: -1, max: 1, safe: 0';

const CASES: readonly Case[] = [
  {
    name: "a unit in plain words",
    text: input(GOOD_INPUT.replace('"V"', '"volts"')),
    code: "unknown-unit",
    at: '"volts"',
    advice: '"V"',
  },
  {
    name: "a unit with an unknown part",
    text: input(GOOD_INPUT.replace('"V"', '"foo/s"')),
    code: "unknown-unit",
    at: '"foo/s"',
    advice: "rad/s",
  },
  {
    name: "a unit with two slashes",
    text: input(GOOD_INPUT.replace('"V"', '"m/s/s"')),
    code: "unknown-unit",
    at: '"m/s/s"',
    advice: "m/s.s",
  },
  {
    name: "a missing unit",
    text: input(GOOD_INPUT.replace('unit: "V", ', "")),
    code: "missing-field",
    at: "@input({",
    advice: "unit",
  },
  {
    name: "a unit that is no text",
    text: input(GOOD_INPUT.replace('"V"', "5")),
    code: "not-a-text",
    at: "5, min",
    advice: "unit:",
  },
  {
    name: "a reversed range",
    text: input(GOOD_INPUT.replace("min: -1, max: 1", "min: 7, max: 3")),
    code: "range-reversed",
    at: "7, max",
    advice: "min: 3, max: 7",
  },
  {
    name: "an empty range",
    text: input(GOOD_INPUT.replace("min: -1", "min: 1")),
    code: "range-empty",
    at: "1, max: 1",
    advice: "different",
  },
  {
    name: "NaN as a limit",
    text: input(GOOD_INPUT.replace("min: -1", "min: NaN")),
    code: "not-a-number",
    at: "NaN",
    advice: "min: -10",
  },
  {
    name: "an infinite limit",
    text: input(GOOD_INPUT.replace("max: 1", "max: 1/0")),
    code: "not-a-number",
    at: "1/0",
    advice: "max: 10",
  },
  {
    name: "a limit beyond f32",
    text: input(GOOD_INPUT.replace("max: 1", "max: 1e39")),
    code: "not-in-type",
    at: "1e39",
    advice: "Write max",
  },
  {
    name: "a limit beyond u32",
    text: input(GOOD_INPUT, "U32Input"),
    code: "not-in-type",
    at: "-1, max",
    advice: "min: 0",
  },
  {
    name: "a broken limit for a whole number",
    text: input(GOOD_INPUT.replace("max: 1", "max: 1.5"), "I32Input"),
    code: "not-in-type",
    at: "1.5",
    advice: "max: 2",
  },
  {
    name: "a negative tolerance",
    text: input(GOOD_INPUT.replace("0.1", "-0.1")),
    code: "bad-tolerance",
    at: "-0.1",
    advice: "tolerance: 0.1",
  },
  {
    name: "a missing tolerance",
    text: input(GOOD_INPUT.replace("tolerance: 0.1, ", "")),
    code: "missing-field",
    at: "@input({",
    advice: "tolerance",
  },
  {
    name: "a rate of zero",
    text: input(`${GOOD_INPUT}, rate: 0`),
    code: "bad-rate",
    at: "0 })",
    advice: "leave rate out",
  },
  {
    name: "an unknown selection",
    text: input(GOOD_INPUT.replace("median", "medain")),
    code: "unknown-selection",
    at: '"medain"',
    advice: '"median"',
  },
  {
    name: "an unknown single",
    text: input(GOOD_INPUT.replace('"use"', '"used"')),
    code: "unknown-single",
    at: '"used"',
    advice: '"use"',
  },
  {
    name: "a majority of floats",
    text: input('unit: "V", min: -1, max: 1, selection: "majority", single: "use"'),
    code: "float-majority",
    at: '"majority"',
    advice: "median",
  },
  {
    name: "a median of bools",
    text: input('selection: "median", single: "use"', "BoolInput"),
    code: "bool-median",
    at: '"median"',
    advice: "majority",
  },
  {
    name: "a bool with a unit",
    text: input('unit: "1", selection: "majority", single: "use"', "BoolInput"),
    code: "useless-field",
    at: '"1", sel',
    advice: "Delete unit",
  },
  {
    name: "a tolerance for a majority",
    text: input(GOOD_INPUT.replace("median", "majority"), "I32Input"),
    code: "useless-field",
    at: "0.1",
    advice: "Delete tolerance",
  },
  {
    name: "a misspelt field",
    text: input(`${GOOD_INPUT}, tolerence: 1`),
    code: "unknown-field",
    at: "tolerence",
    advice: "tolerance",
  },
  {
    name: "a field given twice",
    text: input(`${GOOD_INPUT}, min: 1`),
    code: "field-twice",
    at: "min: 1 }",
    advice: "Delete",
  },
  {
    name: "an input of plain f32",
    text: input(GOOD_INPUT, "f32"),
    code: "signal-type",
    at: "f32; }\nclass Outputs",
    advice: "F32Input",
  },
  {
    name: "a 64-bit input",
    text: input(GOOD_INPUT, "f64"),
    code: "wide-signal",
    at: "f64; }\nclass Outputs",
    advice: "F32Input",
  },
  {
    name: "a name with capitals",
    text: input(GOOD_INPUT, "F32Input", "gyroX"),
    code: "signal-name",
    at: "gyroX",
    advice: "gyro_x",
  },
  {
    name: "a name of 49 letters",
    text: input(GOOD_INPUT, "F32Input", "a".repeat(49)),
    code: "signal-name",
    at: "a".repeat(49),
    advice: "a".repeat(48),
  },
  {
    name: "a decorator without an object",
    text: `${HEAD}class Inputs { @input() a: F32Input; }\n${OUTPUTS}${STEP}`,
    code: "decorator-arguments",
    at: "@input()",
    advice: "@input({",
  },
  {
    name: "a misspelt decorator",
    text: `${HEAD}class Inputs { @inptu({ ${GOOD_INPUT} }) a: F32Input; }\n${OUTPUTS}${STEP}`,
    code: "unknown-decorator",
    at: "@inptu",
    advice: "@input",
  },
  {
    name: "two roles for one field",
    text: `${HEAD}class Inputs { @input({ ${GOOD_INPUT} }) @probe({ unit: "V" }) a: F32Input; }\n${OUTPUTS}${STEP}`,
    code: "two-roles",
    at: "@probe({",
    advice: "two fields",
  },
  {
    name: "a safe value above the range",
    text: output(GOOD_OUTPUT.replace("safe: 0", "safe: 2")),
    code: "safe-outside",
    at: "2 })",
    advice: "safe: 1",
  },
  {
    name: "a missing safe value",
    text: output('unit: "V", min: -1, max: 1'),
    code: "missing-field",
    at: "@output({",
    advice: "safe",
  },
  {
    name: "a number as the safe value of a bool",
    text: output("safe: 1", "b: bool;"),
    code: "not-a-bool",
    at: "1 })",
    advice: "false",
  },
  { name: "a 64-bit output", text: output(GOOD_OUTPUT, "b: i64;"), code: "wide-signal", at: "i64", advice: "f32" },
  {
    name: "an output with a first value",
    text: output(GOOD_OUTPUT, "b: f32 = 1;"),
    code: "signal-initialiser",
    at: "1; }",
    advice: "b: f32;",
  },
  {
    name: "a static output",
    text: output(GOOD_OUTPUT, "static b: f32;"),
    code: "signal-shape",
    at: "b: f32",
    advice: "without static",
  },
  {
    name: "a method among outputs",
    text: output(GOOD_OUTPUT, "b: f32; reset(): void {}"),
    code: "mixed-class",
    at: "reset()",
    advice: "law's class",
  },
  {
    name: "a default below the range",
    text: withParam('unit: "V", min: 1, max: 2, default: 0'),
    code: "default-outside",
    at: "0 })",
    advice: "default: 1",
  },
  {
    name: "a missing default",
    text: withParam('unit: "V", min: 1, max: 2'),
    code: "missing-field",
    at: "@param({",
    advice: "default",
  },
  {
    name: "a name used by an input and a parameter",
    text: withParam('unit: "V", min: 1, max: 2, default: 1', "a: f32;"),
    code: "name-twice",
    at: "a: f32",
    advice: "Rename",
  },
  {
    name: "a period of zero",
    text: withLaw('name: "test", period_us: 0, fuel: 1000'),
    code: "bad-period",
    at: "0, fuel",
    advice: "1000",
  },
  {
    name: "a period above a second",
    text: withLaw('name: "test", period_us: 1000001, fuel: 1000'),
    code: "bad-period",
    at: "1000001",
    advice: "1000000",
  },
  {
    name: "a broken period",
    text: withLaw('name: "test", period_us: 1000.5, fuel: 1000'),
    code: "bad-period",
    at: "1000.5",
    advice: "1001",
  },
  {
    name: "no fuel",
    text: withLaw('name: "test", period_us: 1000, fuel: 0'),
    code: "bad-fuel",
    at: "0 })",
    advice: "fuel: 1",
  },
  {
    name: "a missing fuel budget",
    text: withLaw('name: "test", period_us: 1000'),
    code: "missing-field",
    at: "@law({",
    advice: "fuel",
  },
  {
    name: "more memory than a page",
    text: withLaw('name: "test", period_us: 1000, fuel: 1, memory: 65544'),
    code: "bad-memory",
    at: "65544",
    advice: "65536",
  },
  {
    name: "memory that is no whole word",
    text: withLaw('name: "test", period_us: 1000, fuel: 1, memory: 1001'),
    code: "bad-memory",
    at: "1001",
    advice: "1008",
  },
  {
    name: "an FTTI shorter than the period",
    text: withLaw('name: "test", period_us: 1000, fuel: 1, ftti_us: 999'),
    code: "bad-ftti",
    at: "999",
    advice: "1000",
  },
  {
    name: "a law's name with blanks",
    text: withLaw('name: "My Law", period_us: 1000, fuel: 1'),
    code: "law-name",
    at: '"My Law"',
    advice: "my-law",
  },
  { name: "no law", text: `${HEAD}${INPUTS}${OUTPUTS}`, code: "missing-law", at: HEAD, advice: "@law" },
  {
    name: "two laws",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP}${STEP.replace("class Law", "class Other").replace("@law", "@law ")}`,
    code: "second-law",
    at: "@law ",
    advice: "file of its own",
  },
  {
    name: "no step",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace("step(", "stop(")}`,
    code: "missing-step",
    at: "Law {",
    advice: "call stop step",
  },
  {
    name: "a step with a result",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace("void", "f32")}`,
    code: "step-result",
    at: "f32 { outputs",
    advice: "outputs",
  },
  {
    name: "a step that asks for a number",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace("outputs: Outputs", "outputs: Outputs, x: f32")}`,
    code: "step-parameter",
    at: "f32): void",
    advice: "fields",
  },
  {
    name: "a step that takes no inputs",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace("inputs: Inputs, ", "").replace("inputs.a.value", "0")}`,
    code: "unused-class",
    at: "Inputs {",
    advice: "Inputs",
  },
  {
    name: "a law without outputs",
    text: `${HEAD}${INPUTS}${STEP.replace(", outputs: Outputs", "").replace("outputs.b = inputs.a.value;", "")}`,
    code: "no-outputs",
    at: "Law {",
    advice: "@output",
  },
  {
    name: "a constructor",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace("class Law {", "class Law { constructor() {}")}`,
    code: "law-constructor",
    at: "constructor",
    advice: "initialisers",
  },
  {
    name: "a generic law",
    text: `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace("class Law", "class Law<T>")}`,
    code: "class-shape",
    at: "Law<T>",
    advice: "Write",
  },
  {
    name: "17 inputs",
    text: `${HEAD}class Inputs {\n${signals(`@input({ ${GOOD_INPUT} })`, 17)}\n}\n${OUTPUTS}${STEP}`,
    code: "too-many-signals",
    at: "@input",
    advice: "Split",
  },
  {
    name: "9 outputs",
    text: `${HEAD}${INPUTS}class Outputs {\n${signals(`@output({ ${GOOD_OUTPUT} })`, 9)}\n}\n${STEP}`,
    code: "too-many-signals",
    at: "@output",
    advice: "Split",
  },
  {
    name: "a second class of outputs",
    text: `${HEAD}${INPUTS}${OUTPUTS}${OUTPUTS.replace("Outputs", "More").replace("  b", "  c")}${STEP}`,
    code: "second-class",
    at: "More",
    advice: "Outputs",
  },
  {
    name: "an import of JavaScript",
    text: lawText("outputs.b = outside();", { before: '@external("env", "outside") declare function outside(): f32;' }),
    code: "import",
    at: "outside();\n",
    advice: "input",
  },
  {
    name: "random numbers",
    text: lawText("outputs.b = f32(Math.random());"),
    code: "import",
    at: "outputs.b = f32(Math.random());",
    advice: "fixed seed",
  },
  {
    name: "the time of day",
    text: lawText("outputs.b = f32(Date.now());"),
    code: "import",
    at: "outputs.b = f32(Date.now());",
    advice: "Frame",
  },
  {
    name: "printing",
    text: lawText('console.log("hello");'),
    code: "import",
    at: 'console.log("hello");',
    advice: "@probe",
  },
  { name: "memory growth", text: lawText("memory.grow(1);"), code: "memory-growth", at: "1);", advice: "memory" },
  {
    name: "SIMD",
    text: lawText("outputs.b = f32x4.extract_lane(f32x4.splat(1), 0);"),
    code: "as103",
    at: "f32x4.extract_lane",
    advice: "simd",
  },
  {
    name: "recursion",
    text: lawText("outputs.b = f32(down(3));", {
      before: "function down(n: i32): i32 { return n < 1 ? 0 : down(n - 1) + 1; }",
    }),
    code: "recursion",
    at: "down(n - 1)",
    advice: "loop",
  },
  {
    name: "mutual recursion",
    text: lawText("outputs.b = f32(one(3));", {
      before:
        "function one(n: i32): i32 { return n < 1 ? 0 : two(n - 1); }\nfunction two(n: i32): i32 { return one(n) + 1; }",
    }),
    code: "recursion",
    at: "two(n - 1)",
    advice: "loop",
  },
  {
    name: "a function held in a variable",
    text: lawText("outputs.b = pick(inputs.a.value); pick = other;", {
      before:
        "function some(x: f32): f32 { return x; }\nfunction other(x: f32): f32 { return x + 1; }\nlet pick: (x: f32) => f32 = some;",
    }),
    code: "indirect-call",
    at: "inputs.a",
    advice: "switch",
  },
  {
    name: "an object made in step",
    text: lawText("const p: P = new P(); p.x = 1; this.last = p; outputs.b = this.last.x;", {
      before: "class P { x: f32 = 0; }",
      fields: "private last: P = new P();",
    }),
    code: "allocation",
    at: "new P(); p.x",
    advice: "class is declared",
  },
  {
    name: "data beyond the declared memory",
    text: lawText("outputs.b = this.table[3];", {
      fields: "private table: StaticArray<f32> = new StaticArray<f32>(1000);",
      options: ", memory: 1024",
    }),
    code: "memory-short",
    at: "Law {",
    advice: "more memory",
  },
  {
    name: "data beyond a page",
    text: lawText("outputs.b = f32(table[3]);", {
      before: "const table: StaticArray<f64> = new StaticArray<f64>(9000);",
    }),
    code: "memory-short",
    at: "Law {",
    advice: "smaller",
  },
  {
    name: "a first value that never comes",
    text: lawText("outputs.b = f32(count);", {
      before: "let count: i32 = 1;\nwhile (count != 0) count = count * 3 | 1;",
    }),
    code: "endless-init",
    at: "count != 0) count",
    advice: "Shorten",
  },
  {
    name: "a first value that traps",
    text: lawText("outputs.b = f32(count);", { before: "let zero: i32 = 0;\nlet count: i32 = 5 / zero;" }),
    code: "init-trap",
    at: "5 / zero",
    advice: "Mend",
  },
  {
    name: "a write to an input",
    text: lawText("inputs.a.value = 1;"),
    code: "as2540",
    at: "inputs.a.value",
    advice: "read-only",
  },
  {
    name: "a mistake in types",
    text: lawText('outputs.b = "text";'),
    code: "as2322",
    at: '"text"',
    advice: "not assignable",
  },
  {
    name: "a mistake in grammar",
    text: lawText("outputs.b = ;"),
    code: "as1109",
    at: ";\n",
    advice: "Expression expected",
  },
];

describe("a wrong law is refused where it stands:", () => {
  for (const { name, text, code, at, advice } of CASES) {
    it(name, async () => {
      const error = await refusalOf(text);
      expect(error.code, error.message).toBe(code);
      expect(error.message).toContain(advice);
      expect(error.kind).toBe("file");
      expect(error.file).toMatch(/law\.ts$/);
      const lines = text.split("\n");
      const line = lines[(error.line ?? 0) - 1] ?? "";
      const found = `${line.slice((error.column ?? 0) - 1)}\n${lines.slice(error.line ?? 0).join("\n")}`;
      expect(found.slice(0, at.length), error.message).toBe(at);
    });
  }
});
