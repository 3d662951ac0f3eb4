import { CHANNELS } from "../host/protocol/enums.ts";
import type { ResolvedFault } from "./faults/resolve.ts";
import type { Flight } from "./fly.ts";
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
  const hits = faults.filter((fault) => fault.place === "channel");
  const tooClose = hits.some((fault) =>
    hits.some((other) => other.channel !== fault.channel && Math.abs(other.frame - fault.frame) < holdFrames),
  );
  return tooClose ? "outside" : "safety";
}

function isMasking(fault: ResolvedFault): boolean {
  return fault.mode.hypothesis === "masking";
}

/** Judges a run that no scenario gave expectations for. */
export function judge(
  flight: Flight,
  oracle: OracleResult,
  { faults, holdFrames }: { faults: readonly ResolvedFault[]; holdFrames: number },
): Verdict {
  const hypothesis = hypothesisOf(faults, holdFrames);
  const wrong: string[] = [];
  const failed: string[] = [];
  if (oracle.first !== null) {
    const { frame, signal, expected, found } = oracle.first;
    wrong.push(`frame ${frame}: ${signal} was wrong: expected ${expected}, found ${found}`);
  }
  if (oracle.judged_frames === 0) failed.push("no output was judged");
  const { split } = flight.agreement;
  if (split !== undefined && hypothesis !== "outside") {
    wrong.push(`frame ${split.frame}: healthy channels ${split.channels} disagree: ${split.problem}`);
  }
  if (hypothesis === "none" || hypothesis === "masking") failed.push(...masking(flight, hypothesis));
  const excluded = hypothesis === "safety" ? [] : excludedGood(flight, faults);
  if (excluded.length > 0) {
    const why = hypothesis === "outside" ? ": two channels that were corrupted alike outvoted it" : "";
    failed.push(`channel ${excluded.join(", ")} was excluded although nothing was wrong with it${why}`);
  }
  if (flight.mode.final === "SAFE") failed.push(`the run ended in SAFE after ${flight.vote.held} held frames`);
  const isSafety = wrong.length > 0;
  const reasons = [...wrong, ...failed];
  return { verdict: reasons.length === 0 ? "pass" : "fail", hypothesis, reasons, isSafety };
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
  return [`outputs were held in ${vote.held} frames ${cause}`];
}
