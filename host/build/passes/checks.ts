import type { Instruction } from "../../wasm/code.ts";
import { readNames } from "../../wasm/names.ts";
import { Op } from "../../wasm/opcodes.ts";
import { EXPORT_FUNCTION, readModule, type WasmModule } from "../../wasm/wasm-module.ts";
import { BuildError, type Place } from "../law/build-error.ts";
import type { Compiled } from "../law/compiled.ts";
import { STEP_EXPORT } from "../law/rewrite.ts";
import { placeOfCode, readPlaces, type SourcePlace } from "../law/source-places.ts";
import { type Call, callGraph, findCycle, pathTo } from "./calls.ts";

/**
 * What a law must not do although AssemblyScript allows it. The checks read the binary before optimisation: there every
 * function still has its name and every instruction its line.
 */
export function checkCompiled({ plain, nameFile }: Compiled): void {
  const module = readModule(plain.wasm);
  const facts: Facts = {
    module,
    names: readNames(module).functions,
    places: readPlaces(plain.map, nameFile),
    graph: callGraph(module),
  };
  refuseImports(facts);
  refuseInstruction(facts, Op.memoryGrow, {
    code: "memory-growth",
    problem: "the law asks for more memory at run time",
    expected: "memory of a fixed size",
    found: "memory.grow",
    hint: "Declare what it needs: @law({ memory: ... }).",
  });
  refuseInstruction(facts, Op.callIndirect, {
    code: "indirect-call",
    problem: "the law calls a function through a value",
    expected: "direct calls, so that stack and fuel have a bound",
    found: "an indirect call",
    hint: "Call the functions by name, in a switch if there are several.",
  });
  refuseRecursion(facts);
  refuseAllocation(facts);
}

interface Facts {
  readonly module: WasmModule;
  readonly names: ReadonlyMap<number, string>;
  readonly places: readonly SourcePlace[];
  readonly graph: readonly (readonly Call[])[];
}

interface Words {
  readonly code: string;
  readonly problem: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** What to write instead of the standard library's doors to the outside. */
const INSTEAD: Readonly<Record<string, string>> = {
  seed: "Channels must not roll dice: keep a generator with a fixed seed in a field, or give the value as an input.",
  "Date.now": "Take a parameter of type Frame in step: number and dt are the law's clock.",
  "performance.now": "Take a parameter of type Frame in step: number and dt are the law's clock.",
  trace: "Declare a @probe and assign it; it appears in the log.",
  "console.log": "Declare a @probe and assign it; it appears in the log.",
};

function refuseImports({ module, graph, places }: Facts): void {
  const [first] = module.imports;
  if (first === undefined) return;
  const roots = [
    ...module.exports.filter((each) => each.kind === EXPORT_FUNCTION).map((each) => each.index),
    module.start ?? 0,
  ];
  const path = roots.map((root) => pathTo(graph, root, (index) => index === 0)).find((each) => each !== undefined);
  throw new BuildError({
    code: "import",
    problem: "the law needs something from outside",
    place: placeOfCall(path ?? [], places),
    expected: "a module without imports",
    found: `${first.module}.${first.name}`,
    hint: INSTEAD[first.name] ?? "Give it to the law as an input or a parameter.",
  });
}

function refuseInstruction({ module, places }: Facts, op: number, words: Words): void {
  for (const { code } of module.functions) {
    const at = code.findIndex((instruction) => instruction.op === op);
    // An operand's inlined library code may be the last thing with a line; the author's own line stands before it.
    if (at >= 0) throw new BuildError({ ...words, place: userPlace(code.slice(0, at + 1), places) });
  }
}

function refuseRecursion({ graph, names, places }: Facts): void {
  const cycle = findCycle(graph);
  if (cycle === undefined) return;
  const round = cycle.map((call) => shortName(names.get(call.to)));
  throw new BuildError({
    code: "recursion",
    problem: "functions call each other in a circle",
    place: placeOfCall(cycle, places),
    expected: "calls whose depth the build can count",
    found: [round.at(-1), ...round].join(" -> "),
    hint: "Write a loop with a bound.",
  });
}

function refuseAllocation({ module, graph, names, places }: Facts): void {
  const step = module.exports.find((each) => each.name === STEP_EXPORT);
  const path = pathTo(graph, step?.index ?? 0, (index) => isAllocator(names.get(index)));
  if (path === undefined) return;
  const way = path.map((call) => shortName(names.get(call.to))).filter((name) => !name.startsWith("__"));
  throw new BuildError({
    code: "allocation",
    problem: "step allocates memory, and nothing ever frees it",
    place: placeOfCall(path, places),
    expected: "objects made once, at the fields of the law's class or at the top of the file",
    found: way.length === 0 ? "an allocation" : `an allocation in ${way.join(" -> ")}`,
    hint: "Make the object where the class is declared, and fill it in here. An Array grows when it is written, a StaticArray does not.",
  });
}

function isAllocator(name: string | undefined): boolean {
  return name !== undefined && /^~lib\/rt\/stub\/__(?:re)?alloc$/.test(name);
}

/** `firmware/law/Law#step` becomes `Law#step`. */
function shortName(name: string | undefined): string {
  return (name ?? "a function").replace(/^.*\//, "");
}

function placeOfCall(path: readonly Call[], places: readonly SourcePlace[]): Place {
  return userPlace(
    path.map((call) => call.instruction),
    places,
  );
}

/** The last of these instructions that the author wrote; library code is not his to mend. */
function userPlace(instructions: readonly Instruction[], places: readonly SourcePlace[]): Place {
  const all = instructions.map((instruction) => placeOfCode(places, instruction.at));
  return all.findLast((place) => place.file !== undefined && !place.file.startsWith("~lib/")) ?? all[0] ?? {};
}
