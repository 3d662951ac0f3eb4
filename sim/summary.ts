import type { ResolvedFault, SensorFault } from "../host/faults/resolve-faults.ts";
import { CHANNELS } from "../host/model/enums.ts";
import { counted } from "../host/model/words.ts";
import type { Flight } from "./flight/fly.ts";
import type { OracleResult } from "./oracle/oracle.ts";

const VOTING: ReadonlySet<string> = new Set(["HEALTHY", "SUSPECT"]);

/** What may be claimed of a run: REDUNDANCY section 2. */
export type Hypothesis = "none" | "masking" | "safety" | "outside";

export interface Verdict {
  readonly verdict: "pass" | "fail";
  readonly hypothesis: Hypothesis;
  /** Why it failed, in sentences; empty when it passed. */
  readonly reasons: readonly string[];
  /** Whether a wrong output, or a fault that nobody noticed, is among the reasons. */
  readonly isSafety: boolean;
}

/** The component a fault hits: one channel with all that is on it, one direction of a link, or one sensor. */
function component(fault: ResolvedFault): string {
  switch (fault.place) {
    case "sensor":
      return `sensor ${fault.channel}.${fault.input}`;
    case "link":
      return `link ${fault.from}>${fault.to}`;
    case "channel":
      return `channel ${fault.channel}`;
    default:
      return fault satisfies never;
  }
}

/**
 * One faulty component: masking. Corruptions of several channels less than HOLD_FRAMES apart may be alike and then outvote the
 * good one: outside. Everything else: safety.
 */
export function hypothesisOf(faults: readonly ResolvedFault[], holdFrames: number): Hypothesis {
  if (faults.length === 0) return "none";
  if (faults.some((fault) => fault.mode.hypothesis === "outside")) return "outside";
  if (new Set(faults.map(component)).size === 1) return faults.every(isMasking) ? "masking" : "safety";
  if (sameInputTwice(faults)) return "outside";
  const hits = faults.filter((fault) => fault.place === "channel");
  const tooClose = hits.some((fault) =>
    hits.some((other) => other.channel !== fault.channel && Math.abs(other.frame - fault.frame) < holdFrames),
  );
  return tooClose ? "outside" : "safety";
}

/** Two bad sensors of one input, at once or before the first is out for good, may agree with each other and outvote the good one. */
function sameInputTwice(faults: readonly ResolvedFault[]): boolean {
  const sensors = faults.filter((fault) => fault.place === "sensor");
  return sensors.some((one) => sensors.some((other) => one.channel < other.channel && touchSameInput(one, other)));
}

/** A swap spoils both inputs. */
function touchSameInput(one: SensorFault, other: SensorFault): boolean {
  return [one.input, one.other].some((input) => input >= 0 && (input === other.input || input === other.other));
}

function isMasking(fault: ResolvedFault): boolean {
  return fault.mode.hypothesis === "masking";
}

/** What a verdict needs besides the run itself. */
export interface JudgeContext {
  readonly faults: readonly ResolvedFault[];
  readonly holdFrames: number;
  /** Questions that a scenario's expectations answer: the general verdict leaves them to it. */
  readonly settled?: { readonly mode: boolean; readonly held: boolean; readonly oracle: boolean } | undefined;
}

/** Judges a run by what may be claimed of it. */
export function judge(flight: Flight, oracle: OracleResult, { faults, holdFrames, settled }: JudgeContext): Verdict {
  const hypothesis = hypothesisOf(faults, holdFrames);
  const isClaimed = hypothesis === "none" || hypothesis === "masking";
  const wrong = [
    ...(settled?.oracle === true ? [] : wrongOutputs(oracle)),
    ...(hypothesis === "outside" ? [] : splits(flight)),
  ];
  const stopped = [
    ...(isClaimed && settled?.held !== true ? masking(flight, hypothesis) : []),
    ...(settled?.mode === true ? [] : endInSafe(flight)),
  ];
  const failed = [
    ...(oracle.judged_frames === 0 ? ["no output was judged"] : []),
    ...(hypothesis === "safety" ? [] : excluded(flight, faults, hypothesis)),
    ...stopped,
    // Without results outputs are held and then safe: the cause must stand beside its effect.
    ...(stopped.length === 0 ? [] : flight.stepFailures),
  ];
  return verdictOf(hypothesis, wrong, failed);
}

function endInSafe({ mode, vote }: Flight): string[] {
  return mode.final === "SAFE" ? [`the run ended in SAFE after ${counted(vote.held, "held frame")}`] : [];
}

/** Adds what a scenario expected and did not get. */
export function withExpectations(verdict: Verdict, unmet: readonly string[]): Verdict {
  if (unmet.length === 0) return verdict;
  return { ...verdict, verdict: "fail", reasons: [...verdict.reasons, ...unmet] };
}

function verdictOf(hypothesis: Hypothesis, wrong: readonly string[], failed: readonly string[]): Verdict {
  const reasons = [...wrong, ...failed];
  return { verdict: reasons.length === 0 ? "pass" : "fail", hypothesis, reasons, isSafety: wrong.length > 0 };
}

function wrongOutputs({ first }: OracleResult): string[] {
  if (first === null) return [];
  return [`frame ${first.frame}: ${first.signal} was wrong: expected ${first.expected}, found ${first.found}`];
}

function splits({ agreement: { split, undetected } }: Flight): string[] {
  if (undetected !== undefined) {
    return [`frame ${undetected.frame}: channel ${undetected.channel} had been wrong for frames and nobody counted it`];
  }
  if (split === undefined) return [];
  return [`frame ${split.frame}: healthy channels ${split.channels} disagree: ${split.problem}`];
}

function excluded(flight: Flight, faults: readonly ResolvedFault[], hypothesis: Hypothesis): string[] {
  const names = excludedGood(flight, faults);
  if (names.length === 0) return [];
  const why =
    hypothesis === "outside"
      ? ": it was outvoted by channels that were corrupted alike, or a forged relay made it differ"
      : "";
  return [`channel ${names.join(", ")} was excluded although nothing was wrong with it${why}`];
}

/** Channels that are out at the end and that no fault hit. */
function excludedGood({ channels }: Flight, faults: readonly ResolvedFault[]): string[] {
  const hit = new Set(faults.flatMap((fault) => (fault.place === "channel" ? [CHANNELS[fault.channel]] : [])));
  return CHANNELS.filter((name) => !hit.has(name) && !VOTING.has(channels[name].state));
}

/** The masking claim: nothing held. */
function masking({ vote }: Flight, hypothesis: Hypothesis): string[] {
  if (vote.held === 0) return [];
  const cause = hypothesis === "none" ? "without any fault" : "although one component failed";
  return [`outputs were held in ${counted(vote.held, "frame")} ${cause}`];
}
