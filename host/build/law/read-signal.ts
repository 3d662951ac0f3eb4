import type { DecoratorNode, FieldDeclaration, TypeNode } from "assemblyscript";
import { nearestWhole, TYPE_RANGE } from "../../model/numbers.ts";
import {
  INPUTS_MAX,
  NAME_LENGTH_MAX,
  OUTPUTS_MAX,
  PARAMETERS_MAX,
  PROBES_MAX,
  type SignalRole,
  type SignalType,
} from "../../model/signals.ts";
import { CommonFlags, NodeKind } from "./as-enums.ts";
import { placeOf, refuse, sourceText } from "./ast.ts";
import type { SignalDeclaration } from "./declaration.ts";
import { Fields, type Scope } from "./declared-fields.ts";
import { unitFault } from "./declared-units.ts";

export const LIMIT_OF_ROLE: Readonly<Record<SignalRole, number>> = {
  input: INPUTS_MAX,
  output: OUTPUTS_MAX,
  parameter: PARAMETERS_MAX,
  probe: PROBES_MAX,
};

const FIELDS_OF_ROLE: Readonly<Record<SignalRole, readonly string[]>> = {
  input: ["unit", "min", "max", "tolerance", "rate", "selection", "single"],
  output: ["unit", "min", "max", "rate", "safe"],
  parameter: ["unit", "min", "max", "default"],
  probe: ["unit"],
};

const TYPES: Readonly<Record<string, SignalType>> = { f32: "f32", i32: "i32", u32: "u32", bool: "bool" };
const INPUT_TYPES: Readonly<Record<string, SignalType>> = {
  F32Input: "f32",
  I32Input: "i32",
  U32Input: "u32",
  BoolInput: "bool",
};
const NAME = /^[a-z][a-z0-9_]*$/;

interface Context {
  readonly role: SignalRole;
  readonly offset: number;
  readonly scope: Scope;
}

/** Reads one signal's field and decorator. */
export function readSignal(
  field: FieldDeclaration,
  decorator: DecoratorNode,
  { role, offset, scope }: Context,
): SignalDeclaration {
  const name = signalName(field, scope);
  const type = signalType(field, role, scope);
  refuseShape(field, name, { role, offset, scope });
  const fields = new Fields(decorator, FIELDS_OF_ROLE[role], scope);
  const unit = signalUnit(fields, type);
  const { min, max } = range(fields, role, type);
  const base = { name, role, type, unit, min, max, offset, place: placeOf(field.name, scope.nameFile) };
  const none = { tolerance: 0, rateLimit: 0, selection: "median", single: false, value: 0 } as const;
  if (role === "probe") return { ...base, ...none };
  if (role === "parameter") return { ...base, ...none, value: inRange(fields, "default", base) };
  const rateLimit = rate(fields, type);
  if (role === "output") return { ...base, ...none, rateLimit, value: inRange(fields, "safe", base) };
  return { ...base, ...none, rateLimit, ...inputRules(fields, type) };
}

function signalName(field: FieldDeclaration, scope: Scope): string {
  const name = field.name.text;
  if (NAME.test(name) && name.length <= NAME_LENGTH_MAX) return name;
  const snake = name
    .replaceAll(/([A-Z])/g, "_$1")
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, NAME_LENGTH_MAX);
  return refuse(placeOf(field.name, scope.nameFile), "signal-name", {
    problem: "a signal's name is not one",
    expected: `1 to ${NAME_LENGTH_MAX} characters: small letters, digits and _, a letter first`,
    found: name,
    hint: snake === "" ? "Rename it." : `Write ${snake}.`,
  });
}

function signalType(field: FieldDeclaration, role: SignalRole, scope: Scope): SignalType {
  const names = role === "input" ? INPUT_TYPES : TYPES;
  const written = field.type === null ? "no type" : sourceText(field.type);
  const type = names[written];
  if (type !== undefined) return type;
  const place =
    field.type === null ? placeOf(field.name, scope.nameFile) : placeOf(field.type as TypeNode, scope.nameFile);
  const plain = TYPES[written];
  const wide = /^(?:[iu]64|f64|isize|usize)$/.test(written);
  const instead =
    role === "input"
      ? plain === undefined
        ? "F32Input"
        : `${plain.charAt(0).toUpperCase()}${plain.slice(1)}Input`
      : "f32";
  return refuse(place, wide ? "wide-signal" : "signal-type", {
    problem: wide ? "a signal is one 32-bit word" : `${role}s cannot have this type`,
    expected: Object.keys(names).join(", "),
    found: written,
    hint: `Write ${field.name.text}: ${instead};${wide ? " inside the law wider numbers are welcome." : ""}`,
  });
}

function refuseShape(field: FieldDeclaration, name: string, { role, scope }: Context): void {
  if (field.kind !== NodeKind.FieldDeclaration || field.is(CommonFlags.Static)) {
    refuse(placeOf(field.name, scope.nameFile), "signal-shape", {
      problem: `${name} is not a plain field`,
      expected: `${name}: type;`,
      found: sourceText(field).split("\n")[0] ?? "",
      hint: "Declare signals as fields without static.",
    });
  }
  if (field.initializer === null) return;
  const start = {
    input: "inputs come from the sensors",
    output: "outputs start at their safe value",
    parameter: "parameters start at their default",
    probe: "probes start at 0",
  };
  refuse(placeOf(field.initializer, scope.nameFile), "signal-initialiser", {
    problem: `${name} has a first value of its own, but ${start[role]}`,
    expected: "no initialiser",
    found: `= ${sourceText(field.initializer)}`,
    hint: `Write ${name}: ${field.type === null ? "f32" : sourceText(field.type)};`,
  });
}

function signalUnit(fields: Fields, type: SignalType): string {
  if (type === "bool") {
    fields.forbid("unit", "a bool has no unit");
    return "";
  }
  const unit = fields.text("unit", "m/s");
  const fault = unitFault(unit);
  if (fault === undefined) return unit;
  return refuse(fields.placeOf("unit"), "unknown-unit", {
    problem: "this is not a unit",
    expected: 'SI symbols with prefixes joined by ".", "/" and "^", or deg, degC, rpm, %, min, h, 1',
    found: fault.part === unit ? `"${unit}"` : `"${fault.part}" in "${unit}"`,
    hint: fault.instead === undefined ? 'Write for example "rad/s", "N.m" or "m/s^2".' : `Write "${fault.instead}".`,
  });
}

function range(fields: Fields, role: SignalRole, type: SignalType): { min: number; max: number } {
  if (role === "probe") return { min: 0, max: 0 };
  if (type === "bool") {
    for (const name of ["min", "max"]) fields.forbid(name, "a bool is false or true");
    return { min: 0, max: 1 };
  }
  const [least, greatest] = TYPE_RANGE[type];
  // The example lies on the right side of the other limit as far as that one can be read.
  const top = fields.has("max") ? limit(fields, "max", { type, example: "10" }) : 10;
  const min = limit(fields, "min", { type, example: `${Math.max(Math.min(-10, top - 10), least)}` });
  const max = limit(fields, "max", { type, example: `${Math.min(Math.max(10, min + 10), greatest)}` });
  if (min < max) return { min, max };
  return refuse(fields.placeOf("min"), min > max ? "range-reversed" : "range-empty", {
    problem: min > max ? "the range is reversed" : "the range is empty",
    expected: "min below max",
    found: `min ${min}, max ${max}`,
    hint: min > max ? `Write min: ${max}, max: ${min}.` : "Write two different limits.",
  });
}

/** A number that the signal's type can hold. */
function limit(fields: Fields, name: string, { type, example }: { type: SignalType; example: string }): number {
  const value = fields.number(name, example);
  const [least, greatest] = TYPE_RANGE[type];
  if (value >= least && value <= greatest && (type === "f32" || Number.isInteger(value))) return value;
  return refuse(fields.placeOf(name), "not-in-type", {
    problem: `${name} does not fit the signal's type`,
    expected: type === "f32" ? `a number from ${least} to ${greatest}` : `a whole number from ${least} to ${greatest}`,
    found: fields.written(name),
    hint: `Write ${name}: ${Math.min(Math.max(nearestWhole(value), least), greatest)}.`,
  });
}

function inRange(
  fields: Fields,
  name: "safe" | "default",
  signal: { type: SignalType; min: number; max: number },
): number {
  const { type, min, max } = signal;
  if (type === "bool") return fields.bool(name) ? 1 : 0;
  const value = limit(fields, name, { type, example: `${min <= 0 && max >= 0 ? 0 : min}` });
  if (value >= min && value <= max) return value;
  const what = name === "safe" ? "safe value" : "default";
  return refuse(fields.placeOf(name), `${name}-outside`, {
    problem: `the ${what} lies outside the range`,
    expected: `${min} to ${max}`,
    found: fields.written(name),
    hint: `Write ${name}: ${value < min ? min : max}, or widen the range.`,
  });
}

function rate(fields: Fields, type: SignalType): number {
  if (type === "bool") {
    fields.forbid("rate", "a bool has no rate");
    return 0;
  }
  const value = fields.optionalNumber("rate", "100") ?? 0;
  if (value > 0 || !fields.has("rate")) return value;
  return refuse(fields.placeOf("rate"), "bad-rate", {
    problem: "the rate limit is not positive",
    expected: "a number above 0, per second",
    found: fields.written("rate"),
    hint: "Write the greatest honest change per second, or leave rate out.",
  });
}

function inputRules(fields: Fields, type: SignalType): Pick<SignalDeclaration, "tolerance" | "selection" | "single"> {
  const selection = fields.choice("selection", type === "bool" ? ["majority", "median"] : ["median", "majority"]);
  const single = fields.choice("single", ["use", "invalid"]) === "use";
  if (selection === "majority" && type === "f32") {
    refuse(fields.placeOf("selection"), "float-majority", {
      problem: "real numbers have no majority: three good sensors never agree to the bit",
      expected: '"median"',
      found: '"majority"',
      hint: 'Write selection: "median", or make the input an I32Input, U32Input or BoolInput.',
    });
  }
  if (selection === "median" && type === "bool") {
    refuse(fields.placeOf("selection"), "bool-median", {
      problem: "a bool has no median",
      expected: '"majority"',
      found: '"median"',
      hint: 'Write selection: "majority".',
    });
  }
  if (selection === "majority") {
    fields.forbid("tolerance", "a majority compares exactly");
    return { selection, single, tolerance: 0 };
  }
  const tolerance = fields.number("tolerance", "0.1");
  if (tolerance >= 0) return { selection, single, tolerance };
  return refuse(fields.placeOf("tolerance"), "bad-tolerance", {
    problem: "the tolerance is negative",
    expected: "a number of at least 0",
    found: fields.written("tolerance"),
    hint: `Write tolerance: ${-tolerance}.`,
  });
}
