import { clashingField } from "../../model/record.ts";
import type { Signal, SignalTable } from "../../model/signals.ts";
import { refuse } from "./ast.ts";
import type { Compiled } from "./compiled.ts";
import { DT_OFFSET, FRAME_OFFSET, type LawDeclaration, type SignalDeclaration } from "./declaration.ts";

/** What only the finished code can tell. */
export interface Measured {
  readonly stateSize: number;
  readonly worst: number;
  readonly callDepth: number;
  readonly slots: number;
}

/** The signal table of a law: what it declares, where its signals lie, and what was measured. */
export function tableOf({ law, blockAddress }: Compiled, measured: Measured): SignalTable {
  const { declaration } = law;
  const signals = declaration.signals.map((each) => signalOf(each, blockAddress));
  return {
    ...facts(declaration),
    stateSize: measured.stateSize,
    worstFuel: measured.worst,
    callDepth: measured.callDepth,
    valueStackDepth: measured.slots,
    frameAddress: declaration.usesFrame ? blockAddress + FRAME_OFFSET : 0,
    dtAddress: declaration.usesFrame ? blockAddress + DT_OFFSET : 0,
    inputs: signals.filter((each) => each.role === "input"),
    outputs: signals.filter((each) => each.role === "output"),
    parameters: signals.filter((each) => each.role === "parameter"),
    probes: signals.filter((each) => each.role === "probe"),
  };
}

function facts(
  declaration: LawDeclaration,
): Pick<SignalTable, "law" | "periodUs" | "fuelBudget" | "memorySize" | "fttiUs"> {
  const { name, periodUs, fuel, memory, fttiUs } = declaration;
  return { law: name, periodUs, fuelBudget: fuel, memorySize: memory, fttiUs };
}

function signalOf(signal: SignalDeclaration, block: number): Signal {
  const { name, unit, role, type, selection, single, min, max, tolerance, rateLimit, value, offset } = signal;
  const address = block + offset;
  return {
    name,
    unit,
    role,
    type,
    selection,
    single,
    address,
    validAddress: role === "input" ? address + 4 : 0,
    min,
    max,
    tolerance,
    rateLimit,
    safe: role === "output" ? value : 0,
    initial: role === "parameter" ? value : 0,
  };
}

/** Refuses a signal whose name a record of the voter log needs for something else (docs/core.md, "Records"). */
export function refuseTakenNames({ signals }: LawDeclaration): void {
  const all = signals.map((each) => signalOf(each, 0));
  const [inputs, outputs, probes] = (["input", "output", "probe"] as const).map((role) =>
    all.filter((each) => each.role === role),
  );
  const taken = clashingField({ inputs: inputs ?? [], outputs: outputs ?? [], probes: probes ?? [] });
  const signal = signals.find((each) => each.name === taken);
  if (signal === undefined) return;
  refuse(signal.place, "name-taken", {
    problem: "the voter log needs this name itself",
    expected: "a name that is no field of the log's records",
    found: signal.name,
    hint: `Write ${signal.name}_value, or another name.`,
  });
}
