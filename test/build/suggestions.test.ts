import { describe, expect, it } from "vitest";
import { buildText, HEAD, INPUTS, OUTPUTS, refusalOf } from "./helpers.ts";
import { GOOD_INPUT, STEP } from "./refusal.ts";

/**
 * Goal: what a refusal tells to add can be added. Method: a field is missing, the field of the hint is put in first place, and the
 * law builds.
 */
const inputLaw = (fields: string, type = "F32Input"): string =>
  `${HEAD}class Inputs { @input({ ${fields} }) a: ${type}; }\n${OUTPUTS}${STEP.replace("outputs.b = inputs.a.value", "outputs.b = f32(inputs.a.value)")}`;
const outputLaw = (fields: string, type = "f32"): string =>
  `${HEAD}${INPUTS}class Outputs { @output({ ${fields} }) b: ${type}; }\n${STEP.replace("inputs.a.value", type === "bool" ? "false" : "0")}`;
const paramLaw = (fields: string, type = "f32"): string =>
  `${HEAD}${INPUTS}${OUTPUTS}class Params { @param({ ${fields} }) p: ${type}; }\n${STEP.replace("outputs: Outputs", "outputs: Outputs, params: Params")}`;
const declaredLaw = (fields: string): string =>
  `${HEAD}${INPUTS}${OUTPUTS}${STEP.replace('name: "test", period_us: 10000, fuel: 1000', fields)}`;

const CASES: readonly (readonly [name: string, field: string, fields: string, law: (fields: string) => string])[] = [
  ["a unit", "unit", GOOD_INPUT.replace('unit: "V", ', ""), inputLaw],
  ["a selection", "selection", GOOD_INPUT.replace('selection: "median", ', ""), inputLaw],
  ["the selection of a bool", "selection", 'single: "use"', (fields) => inputLaw(fields, "BoolInput")],
  ["what one source means", "single", GOOD_INPUT.replace(', single: "use"', ""), inputLaw],
  ["a tolerance", "tolerance", GOOD_INPUT.replace("tolerance: 0.1, ", ""), inputLaw],
  [
    "the tolerance of a whole number",
    "tolerance",
    GOOD_INPUT.replace("tolerance: 0.1, ", ""),
    (f) => inputLaw(f, "I32Input"),
  ],
  ["a lower limit", "min", 'unit: "V", max: 1, safe: 0', outputLaw],
  ["a lower limit below a negative upper one", "min", 'unit: "V", max: -50, safe: -50', outputLaw],
  ["the lower limit of a count", "min", 'unit: "V", max: 5, safe: 5', (fields) => outputLaw(fields, "u32")],
  ["an upper limit", "max", 'unit: "V", min: -1, safe: 0', outputLaw],
  ["an upper limit above a high lower one", "max", 'unit: "V", min: 20, safe: 20', outputLaw],
  [
    "an upper limit near the end of the type",
    "max",
    'unit: "V", min: 2147483640, safe: 2147483640',
    (f) => outputLaw(f, "i32"),
  ],
  ["a safe value from 0 to 1", "safe", 'unit: "V", min: 0, max: 1', outputLaw],
  ["a safe value below zero", "safe", 'unit: "V", min: -80, max: -20.5', outputLaw],
  ["the safe value of a count", "safe", 'unit: "V", min: 3, max: 4', (fields) => outputLaw(fields, "u32")],
  ["the safe value of a bool", "safe", "", (fields) => outputLaw(fields, "bool")],
  ["a default from 20 to 80", "default", 'unit: "V", min: 20, max: 80', paramLaw],
  ["a default around zero", "default", 'unit: "V", min: -1, max: 1', paramLaw],
  ["the law's name", "name", "period_us: 10000, fuel: 1000", declaredLaw],
  ["the period", "period_us", 'name: "test", fuel: 1000', declaredLaw],
  ["the budget", "fuel", 'name: "test", period_us: 10000', declaredLaw],
];

describe("the suggestion for a missing field builds", () => {
  it.each(CASES)("%s", async (_, field, fields, law) => {
    const { code, hint = "" } = await refusalOf(law(fields));
    expect(code).toBe("missing-field");
    const [, suggestion = ""] = /for example (.*)\.$/.exec(hint) ?? [];
    expect(suggestion.startsWith(`${field}: `), hint).toBe(true);
    await expect(buildText(law(`${suggestion}, ${fields}`))).resolves.toBeDefined();
  });
});
