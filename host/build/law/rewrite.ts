import type {
  BinaryExpression,
  ClassDeclaration,
  DeclarationStatement,
  Expression,
  ExpressionStatement,
  FieldDeclaration,
  FunctionDeclaration,
  ImportStatement,
  Parser,
  Source,
  Statement,
} from "assemblyscript";
import type { SignalRole } from "../../model/signals.ts";
import { CommonFlags, NodeKind } from "./as-enums.ts";
import { decoratorName } from "./ast.ts";
import { FRAME_OFFSET, type SignalDeclaration } from "./declaration.ts";
import type { ReadLaw } from "./read-law.ts";

/**
 * Turns a law into plain AssemblyScript. Signals become accessors of fixed addresses in one block of static memory, the law's
 * object lies in static memory as well, and two functions are added: the step that an engine calls, and the code that brings
 * everything to its first state. Nothing of it allocates, so the state of a law is as small as its data.
 */

/** Names that the build adds to the author's file; authors have no reason to start a name like this. */
const BLOCK = "__quorate_block";
const OBJECT = "__quorate_object";
export const STEP_EXPORT = "__quorate_step";
export const BLOCK_EXPORT = BLOCK;
const LAW_PATH = "~lib/quorate/law";
/** A trap that comes from here is an allocation beyond the end of memory. */
export const ALLOCATOR_PATH = "~lib/quorate/allocator";
const DECORATORS = ["law", "input", "output", "param", "probe"];
const SDK_PATH = /(?:^|\/)sdk(?:\/index)?$/;

export function rewriteLaw(parser: Parser, source: Source, law: ReadLaw): void {
  const { declaration, lawClass, classes } = law;
  const initialisers = initialisersOf(lawClass);
  const generated = parse(parser, LAW_PATH, generatedText(law, initialisers));
  for (const { node } of classes) replaceClass(node, generated);
  markUnmanaged(lawClass, generated);
  fillInitialisers(generated, initialisers);
  const helpers = new Set([...classes.map(({ node }) => className(node)), "__quorate_marked"]);
  source.statements.push(...generated.filter((statement) => !helpers.has(nameOf(statement))));
  for (const statement of source.statements) dropDecoratorImports(statement);
  limitAllocator(parser, declaration.memory);
}

interface Initialiser {
  readonly field: string;
  readonly value: Expression;
}

/**
 * The first values of the law's fields. The generated code assigns them; the fields keep them too, because the compiler would
 * test a reference without first value at each use, but no constructor is ever compiled.
 */
function initialisersOf(lawClass: ClassDeclaration): Initialiser[] {
  const taken: Initialiser[] = [];
  for (const member of lawClass.members) {
    if (member.kind !== NodeKind.FieldDeclaration || member.is(CommonFlags.Static)) continue;
    const field = member as FieldDeclaration;
    // The assignment comes from outside the class, after construction.
    field.flags &= ~(CommonFlags.Readonly | CommonFlags.Private | CommonFlags.Protected);
    if (field.initializer === null) continue;
    taken.push({ field: field.name.text, value: field.initializer });
  }
  return taken;
}

function generatedText(law: ReadLaw, initialisers: readonly Initialiser[]): string {
  const { declaration, lawClass, classes, stepTakes, blockSize } = law;
  const name = lawClass.name.text;
  const at = (offset: number): string => `${BLOCK} + ${offset}`;
  const typeOf = (role: SignalRole | "frame"): string =>
    role === "frame" ? "Frame" : (classes.find((each) => each.role === role)?.node.name.text ?? "");
  const given = stepTakes.map((role) => `changetype<${typeOf(role)}>(${at(FRAME_OFFSET)})`);
  const first = declaration.signals.filter(
    ({ role, value }) => (role === "output" || role === "parameter") && value !== 0,
  );
  return [
    `export const ${BLOCK}: usize = memory.data(${blockSize}, 8);`,
    `const ${OBJECT}: usize = memory.data(${hasFields(lawClass) ? `offsetof<${name}>()` : 8}, 8);`,
    ...classes.map(
      ({ node, signals }) =>
        `@final @unmanaged class ${className(node)} { ${signals.map((s) => accessors(s, at)).join(" ")} }`,
    ),
    "@final @unmanaged class __quorate_marked {}",
    `function __quorate_start(): void {`,
    `  const object: ${name} = changetype<${name}>(${OBJECT});`,
    ...initialisers.map(({ field }) => `  object.${field} = 0;`),
    ...first.map(
      ({ type, offset, value }) =>
        `  store<${type === "bool" ? "u32" : type}>(${at(offset)}, ${numberText(type, value)});`,
    ),
    "}",
    "__quorate_start();",
    `export function ${STEP_EXPORT}(): void { changetype<${name}>(${OBJECT}).step(${given.join(", ")}); }`,
  ].join("\n");
}

function hasFields(node: ClassDeclaration): boolean {
  return node.members.some((member) => member.kind === NodeKind.FieldDeclaration && !member.is(CommonFlags.Static));
}

function numberText(type: SignalDeclaration["type"], value: number): string {
  return type === "f32" ? `f32(${value})` : `${value}`;
}

function className(node: ClassDeclaration): string {
  return `__quorate_class_${node.name.text}`;
}

/** Readers, and for outputs and probes writers, of one signal's word. */
function accessors({ name, role, type, offset }: SignalDeclaration, at: (offset: number) => string): string {
  if (role === "input") {
    const held = { f32: "F32Input", i32: "I32Input", u32: "U32Input", bool: "BoolInput" }[type];
    return `@inline get ${name}(): ${held} { return changetype<${held}>(${at(offset)}); }`;
  }
  const read = type === "bool" ? `load<u32>(${at(offset)}) != 0` : `load<${type}>(${at(offset)})`;
  const reader = `@inline get ${name}(): ${type} { return ${read}; }`;
  if (role === "parameter") return reader;
  const write = type === "bool" ? `store<u32>(${at(offset)}, u32(value))` : `store<${type}>(${at(offset)}, value)`;
  return `${reader} @inline set ${name}(value: ${type}) { ${write}; }`;
}

function parse(parser: Parser, path: string, text: string): Statement[] {
  parser.parseFile(text, `${path}.ts`, false);
  const source = parser.sources.at(-1);
  if (source === undefined) throw new Error("the parser lost the generated source");
  return source.statements.splice(0);
}

function nameOf(statement: Statement): string {
  return statement.kind === NodeKind.ClassDeclaration ? (statement as DeclarationStatement).name.text : "";
}

function replaceClass(node: ClassDeclaration, generated: readonly Statement[]): void {
  const twin = generated.find((each) => nameOf(each) === className(node)) as ClassDeclaration;
  node.members = twin.members;
  node.decorators = twin.decorators;
}

function markUnmanaged(node: ClassDeclaration, generated: readonly Statement[]): void {
  const marked = generated.find((each) => nameOf(each) === "__quorate_marked") as ClassDeclaration;
  const kept = (node.decorators ?? []).filter((each) => decoratorName(each) !== "law");
  node.decorators = [...kept, ...(marked.decorators ?? [])];
}

/** Puts the author's own expressions into the generated assignments, so that errors in them name the author's line. */
function fillInitialisers(generated: readonly Statement[], initialisers: readonly Initialiser[]): void {
  const start = generated.find(
    (each) =>
      each.kind === NodeKind.FunctionDeclaration && (each as FunctionDeclaration).name.text === "__quorate_start",
  );
  const body = (start as FunctionDeclaration | undefined)?.body as { statements: Statement[] } | null | undefined;
  for (const [i, { value }] of initialisers.entries()) {
    const statement = body?.statements[i + 1] as ExpressionStatement | undefined;
    if (statement !== undefined) (statement.expression as BinaryExpression).right = value;
  }
}

function dropDecoratorImports(statement: Statement): void {
  if (statement.kind !== NodeKind.Import) return;
  const imported = statement as ImportStatement;
  if (!SDK_PATH.test(imported.internalPath)) return;
  imported.declarations = (imported.declarations ?? []).filter((each) => !DECORATORS.includes(each.foreignName.text));
}

/** Replaces the growing allocator of the stub runtime: memory ends where the law declared it, and growth does not exist. */
function limitAllocator(parser: Parser, memory: number): void {
  const stub = parser.sources.find((each) => each.normalizedPath === "~lib/rt/stub.ts");
  const [replacement] = parse(
    parser,
    ALLOCATOR_PATH,
    `function maybeGrowMemory(newOffset: usize): void { if (newOffset > ${memory}) unreachable(); offset = newOffset; }`,
  );
  const place = stub?.statements.findIndex(
    (each) =>
      each.kind === NodeKind.FunctionDeclaration && (each as FunctionDeclaration).name.text === "maybeGrowMemory",
  );
  if (stub === undefined || replacement === undefined || place === undefined || place < 0) {
    throw new Error("AssemblyScript's stub runtime is not the one this build knows (0.28)");
  }
  stub.statements[place] = replacement;
}
