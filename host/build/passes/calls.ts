import type { Instruction } from "../../wasm/code.ts";
import { opensLabel } from "../../wasm/code.ts";
import { Op, opcodeOf } from "../../wasm/opcodes.ts";
import { BLOCK_EMPTY } from "../../wasm/value-types.ts";
import { EXPORT_FUNCTION, parameterCount, type WasmFunction, type WasmModule } from "../../wasm/wasm-module.ts";

/** One direct call: the callee's index and the instruction that calls. */
export interface Call {
  readonly to: number;
  readonly instruction: Instruction;
}

/** Direct calls of each function, in code order. Index is the function's own, imports counted first. */
export function callGraph(module: WasmModule): readonly (readonly Call[])[] {
  const imported = module.imports.filter((each) => each.kind === EXPORT_FUNCTION).length;
  const graph: Call[][] = Array.from({ length: imported }, () => []);
  for (const f of module.functions) {
    graph.push(
      f.code.filter((each) => each.op === Op.call).map((instruction) => ({ to: instruction.value, instruction })),
    );
  }
  return graph;
}

/** A way through the graph from `from` to the first function that `isWanted`, as function indices; undefined when none leads there. */
export function pathTo(
  graph: readonly (readonly Call[])[],
  from: number,
  isWanted: (index: number) => boolean,
): Call[] | undefined {
  const cameBy = new Map<number, { readonly caller: number; readonly call: Call }>();
  const queue = [from];
  for (const caller of queue) {
    for (const call of graph[caller] ?? []) {
      if (call.to === from || cameBy.has(call.to)) continue;
      cameBy.set(call.to, { caller, call });
      queue.push(call.to);
      if (!isWanted(call.to)) continue;
      const path: Call[] = [];
      for (let at = cameBy.get(call.to); at !== undefined; at = cameBy.get(at.caller)) path.unshift(at.call);
      return path;
    }
  }
  return undefined;
}

/** The first cycle of calls, as the calls that close it; undefined when the program never recurses. */
export function findCycle(graph: readonly (readonly Call[])[]): Call[] | undefined {
  const finished = new Set<number>();
  for (let root = 0; root < graph.length; root += 1) {
    const path: Call[] = [];
    const onPath: number[] = [root];
    const next = [0];
    while (onPath.length > 0 && !finished.has(root)) {
      const index = onPath[onPath.length - 1] as number;
      const call = graph[index]?.[next[next.length - 1] as number];
      next[next.length - 1] = (next[next.length - 1] as number) + 1;
      if (call === undefined) {
        finished.add(index);
        onPath.pop();
        next.pop();
        path.pop();
        continue;
      }
      const seen = onPath.indexOf(call.to);
      if (seen >= 0) return [...path.slice(seen), call];
      if (finished.has(call.to)) continue;
      path.push(call);
      onPath.push(call.to);
      next.push(0);
    }
  }
  return undefined;
}

export interface StackUse {
  /** Functions on the deepest path, the entry itself counted. */
  readonly callDepth: number;
  /** Slots of 64 bits: parameters, locals and the most operands of each function on the way. */
  readonly slots: number;
}

/** Most stack that calls of `roots` use. The graph must have no cycle. */
export function stackUse(module: WasmModule, graph: readonly (readonly Call[])[], roots: readonly number[]): StackUse {
  const known = new Map<number, StackUse>();
  const visit = (index: number): StackUse => {
    const cached = known.get(index);
    if (cached !== undefined) return cached;
    const f = module.functions[index - (graph.length - module.functions.length)];
    const own = f === undefined ? 0 : parameterCount(module, f) + f.locals.length + operandHeight(module, f);
    const inner = (graph[index] ?? []).map((call) => visit(call.to));
    const use = {
      callDepth: 1 + Math.max(0, ...inner.map((each) => each.callDepth)),
      slots: own + Math.max(0, ...inner.map((each) => each.slots)),
    };
    known.set(index, use);
    return use;
  };
  const uses = roots.map(visit);
  return { callDepth: Math.max(...uses.map((u) => u.callDepth)), slots: Math.max(...uses.map((u) => u.slots)) };
}

/** Most operands that a function has on the stack at once. */
export function operandHeight(module: WasmModule, f: WasmFunction): number {
  const labels: { base: number; results: number }[] = [{ base: 0, results: 0 }];
  let height = 0;
  let most = 0;
  for (const instruction of f.code) {
    const { op, value } = instruction;
    const label = labels[labels.length - 1] as { base: number; results: number };
    if (op === Op.if) height -= 1;
    if (opensLabel(op)) {
      labels.push({ base: height, results: value === BLOCK_EMPTY ? 0 : 1 });
    } else if (op === Op.else) {
      height = label.base;
    } else if (op === Op.end) {
      height = label.base + label.results;
      labels.pop();
    } else {
      const { takes, gives } = stackEffect(module, instruction);
      // Behind a branch the stack is anything; it never holds less than the block began with.
      height = Math.max(height - takes, label.base) + gives;
    }
    most = Math.max(most, height);
  }
  return most;
}

/** How many operands an instruction takes and gives; branches are left to the labels. */
export function stackEffect(module: WasmModule, { op, value }: Instruction): { takes: number; gives: number } {
  switch (op) {
    case Op.drop:
    case Op.localSet:
    case Op.globalSet:
    case Op.brIf:
    case Op.brTable:
      return { takes: 1, gives: 0 };
    case Op.select:
      return { takes: 3, gives: 1 };
    case Op.localGet:
    case Op.globalGet:
      return { takes: 0, gives: 1 };
    case Op.localTee:
      return { takes: 1, gives: 1 };
    case Op.call: {
      const type = module.types[functionType(module, value)];
      return { takes: type?.parameters.length ?? 0, gives: type?.results.length ?? 0 };
    }
    case Op.br:
    case Op.return:
    case Op.unreachable:
    case Op.nop:
      return { takes: 0, gives: 0 };
    default: {
      const { takes = "", gives = "" } = opcodeOf(op) ?? {};
      return { takes: takes.length, gives: gives.length };
    }
  }
}

function functionType(module: WasmModule, index: number): number {
  const imported = module.imports.filter((each) => each.kind === EXPORT_FUNCTION);
  return index < imported.length
    ? (imported[index]?.type ?? 0)
    : (module.functions[index - imported.length]?.type ?? 0);
}
