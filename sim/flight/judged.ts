import { CHANNEL_HEAD_WORDS, WORDS_PER_INPUT } from "../../host/model/record.ts";
import type { SignalTable } from "../../host/model/signals.ts";
import { computeWindows } from "../../host/model/windows.ts";
import { Law } from "../channel/law.ts";
import { SensorFaults } from "../injection/sensor-faults.ts";
import { Oracle, type OracleResult } from "../oracle/oracle.ts";
import { hypothesisOf, type JudgeContext, judge, type Verdict } from "../summary.ts";
import { type Flight, type FlightJudge, type FlightOptions, fly } from "./fly.ts";
import type { FrameView } from "./run.ts";

/** Frames that an output may be held (REDUNDANCY section 6). */
export const HOLD_FRAMES = 3;
/** Of an input's words in a channel record: how its samples were judged (docs/core.md). */
const REASONS_WORD = 5;

export interface JudgedOptions extends Omit<FlightOptions, "windows" | "holdFrames" | "lagFrames"> {
  readonly settled?: JudgeContext["settled"];
}

export interface JudgedFlight {
  readonly flight: Flight;
  readonly oracle: OracleResult;
  readonly verdict: Verdict;
}

/** Flies a run with the oracle listening, in windows that fit the law's period. */
export async function flyJudged(options: JudgedOptions): Promise<JudgedFlight> {
  const { parts, faults, baud, settled } = options;
  const { table } = parts;
  const hypothesis = hypothesisOf(faults, HOLD_FRAMES);
  const strict = hypothesis === "none" || hypothesis === "masking";
  // Without a fault nothing is claimed about noisy sensors: a dispute may hold its input, and is counted.
  const listener = makeOracle(options, hypothesis === "masking" ? 0 : HOLD_FRAMES);
  const sizes = { periodUs: table.periodUs, inputs: table.inputs.length, outputs: table.outputs.length };
  const flight = await fly({
    ...options,
    windows: computeWindows({ ...sizes, baud }),
    holdFrames: HOLD_FRAMES,
    lagFrames: strict ? 0 : HOLD_FRAMES,
    judges: [...(options.judges ?? []), listener.judge],
  });
  const oracle = listener.result();
  return { flight, oracle, verdict: judge(flight, oracle, { faults, holdFrames: HOLD_FRAMES, settled }) };
}

/** The oracle with a law of its own, listening to the flight. */
function makeOracle({ parts, faults, seed }: JudgedOptions, holdFrames: number) {
  const { table, parameters } = parts;
  const law = new Law(parts.lawModule, parts.wasm, table);
  law.init();
  for (const [index, word] of parameters.entries()) law.setParameter(index, word);
  const faultFree = new SensorFaults(faults, { inputs: table.inputs.length, seed });
  const oracle = new Oracle({ law, table, faultFree, holdFrames, roughHoldFrames: HOLD_FRAMES });
  const judgeOfFlight: FlightJudge = {
    committed: (step) => oracle.committed(step),
    frame: (view) => {
      const { frame, outcome, stage, samples } = view;
      oracle.frame({ frame, outcome, outputs: stage.outputs, samples, threeValid: threeValid(view, table) });
    },
  };
  return { judge: judgeOfFlight, result: () => oracle.result() };
}

/** Inputs of which all three samples were judged good, as the channels recorded it. */
function threeValid({ voter }: FrameView, table: SignalTable): number {
  if (voter === undefined) return 0;
  const words = voter.core.words;
  const inputs = (voter.recordAt >>> 2) + 1 + CHANNEL_HEAD_WORDS;
  let bits = 0;
  for (let input = 0; input < table.inputs.length; input += 1) {
    if (words[inputs + input * WORDS_PER_INPUT + REASONS_WORD] === 0) bits |= 1 << input;
  }
  return bits;
}
