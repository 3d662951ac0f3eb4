import { describe } from "vitest";
import { HEAD, INPUTS, lawText, OUTPUTS } from "./helpers.ts";
import { GOOD_INPUT, GOOD_OUTPUT, itRefuses, type RefusalCase, STEP, signals, withLaw } from "./refusal.ts";

const CASES: readonly RefusalCase[] = [
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
    name: "an array that grows",
    text: lawText("this.list[0] = inputs.a.value; outputs.b = this.list[0];", {
      fields: "private list: Array<f32> = new Array<f32>(4);",
    }),
    code: "allocation",
    at: "this.list[0] = inputs",
    advice: "StaticArray",
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

describe("a law that must not fly is refused where it stands:", () => itRefuses(CASES));
