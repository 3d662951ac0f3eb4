import type { VerifyEngine } from "../../sim/verify/verify.ts";
import { QuorateError } from "../errors.ts";
import { loadScenario, type Scenario, type ScenarioSource } from "../scenario/scenario.ts";
import type { SimOptions } from "./sim-flight.ts";

/** The flags of `quorate sim`. */
export interface SimFlags {
  readonly trace?: string;
  readonly map?: string;
  readonly plant?: string;
  readonly scenario?: string;
  readonly fault: readonly string[];
  readonly param: readonly string[];
  readonly verify: readonly VerifyEngine[];
  readonly frames?: number;
  readonly seed?: number;
  readonly baud: number;
  readonly log?: string;
  readonly json?: true;
}

/**
 * Puts flags and scenario together. The scenario's source and faults are what its expectations are about, so flags may name
 * another law, seed or length, and may not add a source or a fault.
 */
export async function planSimulation(law: string | undefined, flags: SimFlags): Promise<SimOptions> {
  if (flags.scenario === undefined) {
    if (law === undefined)
      throw usage("no control law is named", "quorate sim <law> ..., or --scenario <file>", "neither");
    return { ...flags, law, scenario: undefined };
  }
  const scenario = await loadScenario(flags.scenario);
  for (const flag of ["trace", "map", "plant"] as const) {
    if (flags[flag] !== undefined) throw usage("the scenario has a source", "no source in the flags", `--${flag}`);
  }
  if (flags.fault.length > 0) throw usage("the scenario has its faults", "no --fault", flags.fault.join(" "));
  return fromScenario(scenario, law ?? scenario.law, flags);
}

function fromScenario(scenario: Scenario, law: string | undefined, flags: SimFlags): SimOptions {
  if (law === undefined)
    throw usage("the scenario names no control law", `"law" in it, or quorate sim <law>`, "neither");
  const settings = [...scenario.parameters].map(([name, value]) => `${name}=${value}`);
  return {
    law,
    ...sourceOf(scenario.source),
    ...(flags.frames === undefined ? {} : { frames: flags.frames }),
    fault: [],
    param: [...settings, ...flags.param],
    seed: flags.seed ?? scenario.seed,
    baud: flags.baud,
    log: flags.log,
    verify: flags.verify,
    scenario,
    scenarioFile: flags.scenario,
  };
}

function sourceOf(source: ScenarioSource): Pick<SimOptions, "trace" | "map" | "plant" | "frames"> {
  const frames = source.frames === undefined ? {} : { frames: source.frames };
  if (source.kind === "plant") return { plant: source.plant, ...frames };
  return { trace: source.trace, ...(source.map === undefined ? {} : { map: source.map }), ...frames };
}

function usage(problem: string, expected: string, found: string): QuorateError {
  return new QuorateError({ code: "bad-plan", kind: "usage", problem, expected, found });
}
