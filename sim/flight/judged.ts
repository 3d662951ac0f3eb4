import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import type { RunStep } from "../../host/judge/committed-steps.ts";
import type { Expectation } from "../../host/judge/expectation.ts";
import { Judge, type Judgement } from "../../host/judge/judge.ts";
import { CORE_DEFAULTS, type CoreConfiguration, HOLD_FRAMES } from "../../host/model/configuration.ts";
import { computeWindows } from "../../host/model/windows.ts";
import { Law } from "../channel/law.ts";
import { type FlightOptions, fly } from "./fly.ts";
import type { RunParts } from "./run.ts";

export interface JudgeSetup {
  readonly parts: Pick<RunParts, "lawModule" | "wasm" | "table" | "parameters">;
  readonly faults: readonly ResolvedFault[];
  readonly expect?: readonly Expectation[];
  readonly onStep?: ((step: RunStep) => void) | undefined;
  /** The cores' configuration, where it is not the defaults of docs/core.md. */
  readonly core?: Partial<CoreConfiguration>;
}

/** A judge with an instance of the law of its own. */
export function makeJudge({ parts, core, ...rest }: JudgeSetup): Judge {
  const { table, parameters } = parts;
  const replay = new Law(parts.lawModule, parts.wasm, table);
  replay.init();
  for (const [index, word] of parameters.entries()) replay.setParameter(index, word);
  const { hold_frames, trips_max, forgive_frames } = { ...CORE_DEFAULTS, ...core };
  const limits = { holdFrames: hold_frames, tripsMax: trips_max, forgiveFrames: forgive_frames };
  return new Judge({ table, limits, replay, ...rest });
}

/** Windows that fit the law's period at a baud rate, and what else every simulated run has in common. */
export function benchOf(
  { table }: Pick<RunParts, "table">,
  baud: number,
): Pick<FlightOptions, "windows" | "holdFrames"> {
  const sizes = { periodUs: table.periodUs, inputs: table.inputs.length, outputs: table.outputs.length };
  return { windows: computeWindows({ ...sizes, baud }), holdFrames: HOLD_FRAMES };
}

export interface JudgedOptions extends Omit<FlightOptions, "windows" | "holdFrames" | "judge"> {
  readonly expect?: readonly Expectation[];
}

export interface JudgedFlight {
  readonly judge: Judge;
  readonly judgement: Judgement & { readonly isSafety: boolean };
  readonly seconds: number;
}

/** Flies a run and judges it. */
export async function flyJudged(options: JudgedOptions): Promise<JudgedFlight> {
  const { parts, faults, baud, expect = [] } = options;
  const judge = makeJudge({ parts, faults, expect });
  const { seconds } = await fly({ ...options, ...benchOf(parts, baud), judge });
  return { judge, judgement: judge.result(), seconds };
}
