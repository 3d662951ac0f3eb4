import { QuorateError } from "../errors.ts";
import { didYouMean } from "../model/near.ts";
import { wordOf } from "../model/numbers.ts";
import type { Signal } from "../model/signals.ts";

/** Raw words of the parameters in table order: defaults, with each `name=value` put in. */
export function parameterWords(parameters: readonly Signal[], settings: readonly string[]): Uint32Array {
  const values = parameters.map((parameter) => parameter.initial);
  for (const setting of settings) {
    const [name = "", text = "", ...rest] = setting.split("=");
    const index = parameters.findIndex((parameter) => parameter.name === name);
    const parameter = parameters[index];
    if (parameter === undefined) {
      const names = parameters.map((each) => each.name);
      const known = names.length === 0 ? "a law with parameters" : `one of ${names.join(", ")}`;
      throw refuse("the control law has no such parameter", `${known}${didYouMean(name, names)}`, `"${setting}"`);
    }
    values[index] = numberFor(parameter, text, rest.length > 0 ? setting : text);
  }
  return Uint32Array.from(parameters, (parameter, index) => wordOf(parameter.type, values[index] ?? 0));
}

function numberFor(parameter: Signal, text: string, found: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (found === text && value >= parameter.min && value <= parameter.max) return value;
  const range = `${parameter.name}=<a number from ${parameter.min} to ${parameter.max}> ${parameter.unit}`;
  throw refuse("a parameter cannot have this value", range.trim(), `"${found}"`);
}

function refuse(problem: string, expected: string, found: string): QuorateError {
  return new QuorateError({ code: "bad-parameter", kind: "usage", problem, expected, found });
}
