import type { ResolvedFault } from "../faults/resolved-fault.ts";
import { CHANNELS } from "../model/enums.ts";
import { counted } from "../model/words.ts";
import type { AgreementResult } from "./agreement.ts";
import type { Hypothesis } from "./hypothesis.ts";
import type { Breach } from "./invariants.ts";
import type { OracleResult } from "./oracle.ts";
import type { ChannelTally, ModeTally, VoteTally } from "./tally.ts";

const VOTING: ReadonlySet<string> = new Set(["HEALTHY", "SUSPECT"]);
/** Invariants that hold whatever happens: they are the output stage's alone. */
const ALWAYS: ReadonlySet<string> = new Set(["A4", "A9"]);

export interface Verdict {
  readonly verdict: "pass" | "fail";
  readonly hypothesis: Hypothesis;
  /** Why it failed, in sentences; empty when it passed. */
  readonly reasons: readonly string[];
  /**
   * Whether an output was wrong, healthy channels disagreed, or a channel that was not where the voters are drove its line
   * without an error being counted: what exit number 9 says.
   */
  readonly isSafety: boolean;
}

/** Questions that a scenario's expectations answer: the general verdict leaves them to it. */
export interface Settled {
  readonly mode: boolean;
  readonly held: boolean;
  readonly oracle: boolean;
}

/** What a verdict is made of. */
export interface Findings {
  readonly hypothesis: Hypothesis;
  readonly faults: readonly ResolvedFault[];
  readonly vote: VoteTally;
  readonly mode: ModeTally;
  readonly channels: Readonly<Record<(typeof CHANNELS)[number], ChannelTally>>;
  readonly oracle: OracleResult;
  readonly agreement: AgreementResult;
  readonly breaches: readonly Breach[];
  /** Why steps gave no result, in sentences. */
  readonly stepFailures: readonly string[];
  /** What other engines gave where it differs, in sentences. */
  readonly enginesDiffer: readonly string[];
  readonly settled: Settled;
}

/** Judges a run by what may be claimed of it. */
export function verdictOf(findings: Findings): Verdict {
  const { hypothesis, settled, oracle } = findings;
  const isClaimed = hypothesis === "none" || hypothesis === "masking";
  const wrong = [
    ...(settled.oracle ? [] : wrongOutputs(oracle)),
    ...(hypothesis === "outside" ? [] : splits(findings.agreement)),
    ...breachesOf(findings),
  ];
  const stopped = [
    ...(isClaimed && !settled.held ? masking(findings) : []),
    ...(settled.mode ? [] : endInSafe(findings)),
  ];
  const failed = [
    // Behind a gap in a log nothing may be judged: then the gap is told, and the run is no failed one.
    ...(oracle.judged_frames === 0 && oracle.unjudged_frames === 0 ? ["no output was judged"] : []),
    ...(hypothesis === "safety" ? [] : excluded(findings)),
    ...stopped,
    // Without results outputs are held and then safe: the cause must stand beside its effect.
    ...(stopped.length === 0 ? [] : findings.stepFailures),
    ...findings.enginesDiffer,
  ];
  const reasons = [...wrong, ...failed];
  return { verdict: reasons.length === 0 ? "pass" : "fail", hypothesis, reasons, isSafety: wrong.length > 0 };
}

/** Adds what a scenario expected and did not get. */
export function withExpectations(verdict: Verdict, unmet: readonly string[]): Verdict {
  if (unmet.length === 0) return verdict;
  return { ...verdict, verdict: "fail", reasons: [...verdict.reasons, ...unmet] };
}

function endInSafe({ mode, vote }: Findings): string[] {
  return mode.final === "SAFE" ? [`the run ended in SAFE after ${counted(vote.held, "held frame")}`] : [];
}

function wrongOutputs({ first }: OracleResult): string[] {
  if (first === null) return [];
  const { frame, signal, expected, found } = first;
  const subject = signal === "" ? "the outputs were" : `${signal} was`;
  return [`frame ${frame}: ${subject} wrong: expected ${expected}, found ${found}`];
}

function splits({ split, undetected }: AgreementResult): string[] {
  if (undetected !== null) {
    return [`frame ${undetected.frame}: channel ${undetected.channel} had been wrong for frames and nobody counted it`];
  }
  if (split === null) return [];
  return [`frame ${split.frame}: healthy channels ${split.channels} disagree: ${split.problem}`];
}

function breachesOf({ breaches, hypothesis }: Findings): string[] {
  return breaches
    .filter(({ invariant }) => hypothesis !== "outside" || ALWAYS.has(invariant))
    .map(({ invariant, frame, problem }) => `frame ${frame}: ${problem} (invariant ${invariant})`);
}

function excluded(findings: Findings): string[] {
  const names = excludedGood(findings);
  if (names.length === 0) return [];
  const why =
    findings.hypothesis === "outside"
      ? ": it was outvoted by channels that were corrupted alike, or a forged relay made it differ"
      : "";
  return [`channel ${names.join(", ")} was excluded although nothing was wrong with it${why}`];
}

/** Channels that are out at the end and that no fault hit. */
function excludedGood({ channels, faults }: Findings): string[] {
  const hit = new Set(faults.flatMap((fault) => (fault.place === "channel" ? [CHANNELS[fault.channel]] : [])));
  return CHANNELS.filter((name) => !hit.has(name) && !VOTING.has(channels[name].state));
}

/** The masking claim: nothing held. */
function masking({ vote, hypothesis }: Findings): string[] {
  if (vote.held === 0) return [];
  const cause = hypothesis === "none" ? "without any fault" : "although one component failed";
  return [`outputs were held in ${counted(vote.held, "frame")} ${cause}`];
}
