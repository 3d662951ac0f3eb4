import type {
  ClassDeclaration,
  DeclarationStatement,
  DecoratorNode,
  Expression,
  FieldDeclaration,
  MethodDeclaration,
  NamedTypeNode,
  Source,
  VariableStatement,
} from "assemblyscript";
import { nearWord } from "../../model/near.ts";
import { nearestWhole } from "../../model/numbers.ts";
import type { SignalRole } from "../../model/signals.ts";
import { PERIOD_US_MAX, PERIOD_US_MIN } from "../../model/signals.ts";
import { CommonFlags, NodeKind } from "./as-enums.ts";
import { decoratorName, type NameFile, placeOf, refuse, sourceText } from "./ast.ts";
import type { Place } from "./build-error.ts";
import { FIRST_SIGNAL_OFFSET, type LawDeclaration, MEMORY_MAX, type SignalDeclaration } from "./declaration.ts";
import { Fields, type Scope } from "./declared-fields.ts";
import { LIMIT_OF_ROLE, readSignal } from "./read-signal.ts";

/** A class of signals as it stands in the source. */
export interface SignalClass {
  readonly role: SignalRole;
  readonly node: ClassDeclaration;
  readonly signals: readonly SignalDeclaration[];
}

/** What the transform needs besides the declaration: the nodes to rewrite. */
export interface ReadLaw {
  readonly declaration: LawDeclaration;
  readonly lawClass: ClassDeclaration;
  readonly classes: readonly SignalClass[];
  /** What to hand to `step`, in order: a role, or the frame. */
  readonly stepTakes: readonly (SignalRole | "frame")[];
  /** Size of the signal block in bytes. */
  readonly blockSize: number;
}

const ROLE_OF: Readonly<Record<string, SignalRole>> = {
  input: "input",
  output: "output",
  param: "parameter",
  probe: "probe",
};
const ROLE_ORDER: readonly SignalRole[] = ["input", "output", "parameter", "probe"];
const LAW_FIELDS = ["name", "period_us", "fuel", "memory", "ftti_us"];
const LAW_NAME = /^[a-z][a-z0-9-]{0,47}$/;
const FUEL_MAX = 0x7fffffff;
const MEMORY_MIN = 64;
const EXAMPLE = `@law({ name: "my-law", period_us: 10000, fuel: 20000 })`;

/** Reads every declaration of a law's source file. Throws BuildError at the first wrong one. */
export function readLaw(source: Source, nameFile: NameFile): ReadLaw {
  const scope: Scope = { constants: constantsOf(source), nameFile };
  const classes = source.statements.filter((s) => s.kind === NodeKind.ClassDeclaration) as ClassDeclaration[];
  const signalClasses = orderedClasses(classes, scope);
  const { lawClass, decorator } = theLawClass(classes, source, scope);
  const step = theStep(lawClass, scope);
  const stepTakes = stepParameters(step, signalClasses, scope);
  const signals = signalClasses.flatMap((each) => each.signals);
  refuseTwice(signalClasses, scope);
  if (!signals.some((signal) => signal.role === "output")) {
    refuse(placeOf(lawClass.name, nameFile), "no-outputs", {
      problem: "the law drives nothing",
      expected: "a class with at least one @output field",
      found: "none",
      hint: 'Write class Outputs { @output({ unit: "V", min: -12, max: 12, safe: 0 }) voltage: f32; } and take it in step.',
    });
  }
  const size = signals.reduce((sum, signal) => sum + (signal.role === "input" ? 8 : 4), FIRST_SIGNAL_OFFSET);
  const declaration: LawDeclaration = {
    ...lawFacts(new Fields(decorator, LAW_FIELDS, scope)),
    signals,
    usesFrame: stepTakes.includes("frame"),
    stepPlace: placeOf(step.name, nameFile),
    lawPlace: placeOf(lawClass.name, nameFile),
  };
  return { declaration, lawClass, classes: signalClasses, stepTakes, blockSize: Math.ceil(size / 8) * 8 };
}

function constantsOf(source: Source): Map<string, Expression> {
  const constants = new Map<string, Expression>();
  for (const statement of source.statements) {
    if (statement.kind !== NodeKind.Variable) continue;
    for (const each of (statement as VariableStatement).declarations) {
      if (each.initializer !== null && each.is(CommonFlags.Const)) constants.set(each.name.text, each.initializer);
    }
  }
  return constants;
}

function decoratorsOf(node: DeclarationStatement): readonly DecoratorNode[] {
  return node.decorators ?? [];
}

/** Reads the classes that hold signals, in table order, and lays their signals out one behind the other. */
function orderedClasses(classes: readonly ClassDeclaration[], scope: Scope): SignalClass[] {
  const byRole = new Map<SignalRole, ClassDeclaration>();
  for (const node of classes) {
    const role = roleOfClass(node, scope);
    if (role === undefined) continue;
    const other = byRole.get(role);
    if (other !== undefined) {
      refuse(placeOf(node.name, scope.nameFile), "second-class", {
        problem: `a second class of ${role}s`,
        expected: `all ${role}s in ${other.name.text}`,
        found: node.name.text,
        hint: `Move its fields into ${other.name.text}.`,
      });
    }
    byRole.set(role, node);
  }
  let offset = FIRST_SIGNAL_OFFSET;
  return ROLE_ORDER.flatMap((role) => {
    const node = byRole.get(role);
    if (node === undefined) return [];
    const signals = node.members.map((member) => {
      const signal = readSignal(member as FieldDeclaration, signalDecorator(member), { role, offset, scope });
      offset += role === "input" ? 8 : 4;
      return signal;
    });
    const limit = LIMIT_OF_ROLE[role];
    const tooMany = node.members[limit];
    if (tooMany !== undefined) {
      refuse(placeOf(tooMany, scope.nameFile), "too-many-signals", {
        problem: `too many ${role}s`,
        expected: `at most ${limit}`,
        found: `${node.members.length}`,
        hint: "Split the law, or leave some out.",
      });
    }
    return [{ role, node, signals }];
  });
}

function signalDecorator(member: DeclarationStatement): DecoratorNode {
  const found = decoratorsOf(member).find((each) => ROLE_OF[decoratorName(each)] !== undefined);
  if (found === undefined) throw new Error("a member without signal decorator passed roleOfClass");
  return found;
}

/** The role of a class that holds signals; undefined for any other class. All members must then be signals of that role. */
function roleOfClass(node: ClassDeclaration, scope: Scope): SignalRole | undefined {
  const roles = node.members.map((member) => memberRole(member, scope));
  const role = roles.find((each) => each !== undefined);
  if (role === undefined) return undefined;
  const odd = roles.findIndex((each) => each !== role);
  const member = node.members[odd];
  if (member !== undefined) {
    refuse(placeOf(member, scope.nameFile), "mixed-class", {
      problem: `${node.name.text} holds ${role}s only`,
      expected: `fields with @${Object.keys(ROLE_OF).find((word) => ROLE_OF[word] === role)}`,
      found: sourceText(member).split("\n")[0] ?? "",
      hint: roles[odd] === undefined ? "Move it to the law's class." : "Move it to a class of its own.",
    });
  }
  if (node.isGeneric || node.extendsType !== null) {
    refuse(placeOf(node.name, scope.nameFile), "class-shape", {
      problem: "a class of signals is flat",
      expected: `class ${node.name.text} { ... }`,
      found: "type parameters or a base class",
      hint: "Write the fields out.",
    });
  }
  return role;
}

function memberRole(member: DeclarationStatement, scope: Scope): SignalRole | undefined {
  const marks = decoratorsOf(member).filter((each) => ROLE_OF[decoratorName(each)] !== undefined);
  const [first, second] = marks;
  if (second !== undefined) {
    refuse(placeOf(second, scope.nameFile), "two-roles", {
      problem: "one field has two roles",
      expected: "one decorator",
      found: marks.map((mark) => `@${decoratorName(mark)}`).join(" "),
      hint: "Declare two fields with two names.",
    });
  }
  if (first === undefined) {
    const known = [...Object.keys(ROLE_OF), "law"];
    for (const each of decoratorsOf(member)) {
      const near = nearWord(decoratorName(each), known);
      if (near !== undefined) {
        refuse(placeOf(each, scope.nameFile), "unknown-decorator", {
          problem: `there is no decorator @${decoratorName(each)}`,
          expected: known.map((name) => `@${name}`).join(", "),
          found: `@${decoratorName(each)}`,
          hint: `Did you mean @${near}?`,
        });
      }
    }
    return undefined;
  }
  return ROLE_OF[decoratorName(first)];
}

function theLawClass(
  classes: readonly ClassDeclaration[],
  source: Source,
  scope: Scope,
): { lawClass: ClassDeclaration; decorator: DecoratorNode } {
  const marked = classes.flatMap((lawClass) =>
    decoratorsOf(lawClass)
      .filter((each) => decoratorName(each) === "law")
      .map((decorator) => ({ lawClass, decorator })),
  );
  const [first, second] = marked;
  if (first === undefined) {
    refuse({ file: scope.nameFile(source.normalizedPath), line: 1, column: 1 }, "missing-law", {
      problem: "the file declares no law",
      expected: "one class with @law and a method step",
      found: "none",
      hint: `Write ${EXAMPLE} class MyLaw { step(inputs: Inputs, outputs: Outputs): void { ... } }.`,
    });
  }
  if (second !== undefined) {
    refuse(placeOf(second.decorator, scope.nameFile), "second-law", {
      problem: "the file declares two laws",
      expected: "one class with @law",
      found: second.lawClass.name.text,
      hint: "Give each law a file of its own.",
    });
  }
  const { lawClass } = first;
  if (lawClass.isGeneric || lawClass.extendsType !== null) {
    refuse(placeOf(lawClass.name, scope.nameFile), "class-shape", {
      problem: "the class of a law is flat",
      expected: `class ${lawClass.name.text} { ... }`,
      found: "type parameters or a base class",
      hint: "Write the fields and methods out.",
    });
  }
  return first;
}

function theStep(lawClass: ClassDeclaration, scope: Scope): MethodDeclaration {
  const methods = lawClass.members.filter((m) => m.kind === NodeKind.MethodDeclaration) as MethodDeclaration[];
  for (const method of methods) {
    if (!method.is(CommonFlags.Constructor)) continue;
    refuse(placeOf(method.name, scope.nameFile), "law-constructor", {
      problem: "the class of a law has no constructor",
      expected: "first values at the fields",
      found: "a constructor",
      hint: "Write them as initialisers: count: i32 = 0.",
    });
  }
  const step = methods.find((method) => method.name.text === "step" && !method.is(CommonFlags.Static));
  if (step !== undefined) {
    if (sourceText(step.signature.returnType) !== "void") {
      refuse(placeOf(step.signature.returnType, scope.nameFile), "step-result", {
        problem: "step returns a value",
        expected: "step(...): void",
        found: sourceText(step.signature.returnType),
        hint: "Write results into the outputs.",
      });
    }
    return step;
  }
  const near = nearWord(
    "step",
    methods.map((method) => method.name.text),
  );
  return refuse(placeOf(lawClass.name, scope.nameFile), "missing-step", {
    problem: `${lawClass.name.text} has no step`,
    expected: "a method step(inputs: Inputs, outputs: Outputs): void",
    found: methods.length === 0 ? "no methods" : methods.map((method) => method.name.text).join(", "),
    hint: near === undefined ? "Add it: it runs once a frame." : `Did you mean to call ${near} step?`,
  });
}

function stepParameters(
  step: MethodDeclaration,
  classes: readonly SignalClass[],
  scope: Scope,
): (SignalRole | "frame")[] {
  const taken = step.signature.parameters.map((parameter) => {
    const type = sourceText((parameter.type as NamedTypeNode).name ?? parameter.type);
    const role = type === "Frame" ? "frame" : classes.find((each) => each.node.name.text === type)?.role;
    if (role !== undefined && parameter.initializer === null) return role;
    const known = ["Frame", ...classes.map((each) => each.node.name.text)];
    const near = nearWord(type, known);
    return refuse(placeOf(parameter.type, scope.nameFile), "step-parameter", {
      problem: `step cannot be given a ${type}`,
      expected: known.join(", "),
      found: type === "" ? sourceText(parameter) : type,
      hint: near === undefined ? "Keep other values in fields of the law's class." : `Did you mean ${near}?`,
    });
  });
  for (const { node, role } of classes) {
    if (taken.includes(role)) continue;
    refuse(placeOf(node.name, scope.nameFile), "unused-class", {
      problem: `step does not take the law's ${role}s`,
      expected: `a parameter of type ${node.name.text}`,
      found: "none",
      hint: `Write step(..., ${role}s: ${node.name.text}): void, or delete the class.`,
    });
  }
  return taken;
}

function refuseTwice(classes: readonly SignalClass[], scope: Scope): void {
  const seen = new Map<string, Place>();
  for (const { node } of classes) {
    for (const member of node.members) {
      const name = member.name.text;
      const place = placeOf(member.name, scope.nameFile);
      const first = seen.get(name);
      if (first !== undefined) {
        refuse(place, "name-twice", {
          problem: `two signals are called ${name}`,
          expected: "names that no other signal of the law has",
          found: `${name}, also in line ${first.line}`,
          hint: "Rename one: names are columns of the log.",
        });
      }
      seen.set(name, place);
    }
  }
}

type LawFacts = Pick<LawDeclaration, "name" | "periodUs" | "fuel" | "memory" | "fttiUs">;

function lawFacts(fields: Fields): LawFacts {
  const name = fields.text("name", "my-law");
  if (!LAW_NAME.test(name)) {
    refuse(fields.placeOf("name"), "law-name", {
      problem: "the law's name is not one",
      expected: "1 to 48 small letters, digits and dashes, a letter first",
      found: `"${name}"`,
      hint: `Write name: "${
        name
          .toLowerCase()
          .replaceAll(/[^a-z0-9]+/g, "-")
          .replaceAll(/^[^a-z]+|-$/g, "") || "my-law"
      }".`,
    });
  }
  const periodUs = whole(fields, "period_us", {
    least: PERIOD_US_MIN,
    greatest: PERIOD_US_MAX,
    unit: "us",
    example: "10000",
  });
  const fuel = whole(fields, "fuel", { least: 1, greatest: FUEL_MAX, unit: "instructions", example: "20000" });
  const memory = fields.has("memory")
    ? whole(fields, "memory", { least: MEMORY_MIN, greatest: MEMORY_MAX, unit: "bytes", example: "4096" })
    : MEMORY_MAX;
  if (memory % 8 !== 0) {
    refuse(fields.placeOf("memory"), "bad-memory", {
      problem: "the memory is not a whole number of 8-byte words",
      expected: "a multiple of 8",
      found: `${memory}`,
      hint: `Write memory: ${Math.ceil(memory / 8) * 8}.`,
    });
  }
  const fttiUs = fields.has("ftti_us")
    ? whole(fields, "ftti_us", { least: periodUs, greatest: 0xffffffff, unit: "us", example: `${10 * periodUs}` })
    : 0;
  return { name, periodUs, fuel, memory, fttiUs };
}

interface Whole {
  readonly least: number;
  readonly greatest: number;
  readonly unit: string;
  readonly example: string;
}

function whole(fields: Fields, name: string, { least, greatest, unit, example }: Whole): number {
  const value = fields.number(name, example);
  if (Number.isInteger(value) && value >= least && value <= greatest) return value;
  return refuse(fields.placeOf(name), `bad-${name.replace("_us", "")}`, {
    problem: `${name} is out of range`,
    expected: `a whole number of ${unit} from ${least} to ${greatest}`,
    found: fields.written(name),
    hint: `Write ${name}: ${Number.isNaN(value) ? example : Math.min(Math.max(nearestWhole(value), least), greatest)}.`,
  });
}
