import type { ResolvedFault } from "../faults/resolved-fault.ts";
import { MODES } from "../model/enums.ts";
import { EVENT, eventKind } from "../model/events.ts";
import { STAGE_WORD } from "../model/record.ts";
import type { SignalTable } from "../model/signals.ts";
import { AgreedView } from "./agreed-view.ts";
import { AgreementCheck, type AgreementResult } from "./agreement.ts";
import type { Replay, RunStep } from "./committed-steps.ts";
import { evaluate, type Finding, settledBy } from "./evaluate.ts";
import type { Expectation } from "./expectation.ts";
import { FaultFreeSamples } from "./fault-free.ts";
import type { FrameRecords } from "./frame-records.ts";
import { Gates } from "./gates.ts";
import { type Hypothesis, hypothesisOf } from "./hypothesis.ts";
import { type InvariantLimits, Invariants } from "./invariants.ts";
import type { JudgedEvent } from "./judged-event.ts";
import { type LatentFault, LatentFaults } from "./latent.ts";
import { Lifetimes } from "./lifetimes.ts";
import { Oracle, type OracleResult } from "./oracle.ts";
import { Presence, type Unjudged } from "./presence.ts";
import { STAGE_MASKED } from "./stage-outcome.ts";
import { StepFailures } from "./step-failures.ts";
import { type InputTally, type ModeTally, type SensorTally, Tally, type VoteTally } from "./tally.ts";
import { verdictOf, withExpectations } from "./verdict.ts";

export interface JudgeOptions {
  readonly table: SignalTable;
  readonly faults: readonly ResolvedFault[];
  readonly limits: InvariantLimits;
  /** The law, `init` done and parameters set; the judge alone uses it. */
  readonly replay: Replay;
  readonly expect?: readonly Expectation[];
  /** Told of every step that was committed, in order. */
  readonly onStep?: ((step: RunStep) => void) | undefined;
}

/** What is known of a run: the same object whoever tells of it. */
export interface Judgement {
  readonly frames: number;
  /** `not judged`: nothing was wrong as far as there are records, and some are missing. */
  readonly verdict: "pass" | "fail" | "not judged";
  readonly hypothesis: Hypothesis;
  /** Why it failed, in sentences; empty when it passed. */
  readonly reasons: readonly string[];
  readonly vote: VoteTally;
  readonly mode: ModeTally;
  readonly channels: ReturnType<Tally["channels"]>;
  readonly sensors: readonly SensorTally[];
  readonly inputs: readonly InputTally[];
  readonly oracle: OracleResult;
  readonly agreement: AgreementResult;
  readonly expectations: readonly Finding[];
  readonly latent: readonly LatentFault[];
  /** What has no record and was not judged, in the order of frames. */
  readonly not_judged: readonly Unjudged[];
  readonly output_hash: string;
}

/** A flickering fault reports every frame for ever; the log has them all, expectations are judged over the first ones. */
export const EVENTS_MAX = 100_000;

/**
 * Judges a run from its records and events, frame by frame: a simulated one as it flies, a log as it is read.
 *
 * ```ts
 * judge.event(event); // those of a frame before its records
 * judge.frame(records);
 * judge.result();
 * ```
 */
export class Judge {
  readonly #options: JudgeOptions;
  readonly #view = new AgreedView(MODES.length - 1);
  readonly #gates = new Gates();
  readonly #tally: Tally;
  readonly #oracle: Oracle;
  readonly #agreement: AgreementCheck;
  readonly #invariants: Invariants;
  readonly #latent: LatentFaults;
  readonly #lifetimes: Lifetimes;
  readonly #stepFailures = new StepFailures();
  readonly #enginesDiffer: string[] = [];
  readonly #events: JudgedEvent[] = [];
  readonly #eventCounts = new Map<string, number>();
  readonly #presence = new Presence();
  #eventsDropped = 0;
  #frames = 0;
  #hashLow = 0;
  #hashHigh = 0;

  constructor(options: JudgeOptions) {
    const { table, faults, limits, replay, onStep } = options;
    const { holdFrames } = limits;
    // How long a flip lies in a memory decides between safety and outside only.
    const hypothesis = hypothesisOf(faults, { holdFrames });
    const isStrict = hypothesis === "none" || hypothesis === "masking";
    this.#options = options;
    this.#tally = new Tally(table.inputs, this.#view);
    this.#agreement = new AgreementCheck({ faults, lagFrames: isStrict ? 0 : holdFrames, gates: this.#gates });
    this.#invariants = new Invariants(limits, this.#view);
    this.#latent = new LatentFaults(faults, this.#view);
    this.#lifetimes = new Lifetimes(faults, this.#view);
    this.#oracle = new Oracle({
      replay,
      table,
      onStep,
      faultFree: new FaultFreeSamples(faults, table.inputs.length),
      // Without a fault nothing is claimed about noisy sensors: a dispute may hold its input, and is counted.
      holdFrames: hypothesis === "masking" ? 0 : holdFrames,
      roughHoldFrames: holdFrames,
    });
  }

  event(event: JudgedEvent): void {
    const { code, text } = event;
    const { name } = eventKind(code);
    this.#eventCounts.set(name, (this.#eventCounts.get(name) ?? 0) + 1);
    if (this.#events.length < EVENTS_MAX) this.#events.push(event);
    else this.#eventsDropped += 1;
    this.#gates.event(event);
    this.#presence.event(event);
    this.#tally.event(event);
    this.#stepFailures.event(event);
    this.#lifetimes.event(event);
    if (code === EVENT.ENGINE_DIFFERS) this.#enginesDiffer.push(text ?? "another engine gives other results");
  }

  /** The records of the next frame, after its events. Frames rise. */
  frame(records: FrameRecords): void {
    const { stage } = records;
    this.#frames += 1;
    if (this.#presence.frame(records)) this.#oracle.gap();
    this.#gates.frame(records);
    this.#view.take(records);
    this.#agreement.frame(records, this.#voter(records));
    this.#invariants.frame(records);
    this.#tally.frame(records);
    this.#latent.frame(records);
    this.#lifetimes.frame(records);
    this.#oracle.frame(records);
    if (stage === undefined) return;
    this.#hashLow = stage[STAGE_WORD.hash_low] as number;
    this.#hashHigh = stage[STAGE_WORD.hash_high] as number;
  }

  /** Whether the channels noticed a flip, by its place in the list of faults. */
  isNoticed(fault: number): boolean {
    return this.#lifetimes.isNoticed(fault);
  }

  get events(): readonly JudgedEvent[] {
    return this.#events;
  }

  get eventsDropped(): number {
    return this.#eventsDropped;
  }

  /** How often each event was reported, by its name. */
  eventCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#eventCounts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** `frames`: how many the run was to have; the last ones may be missing. */
  result(frames: number = 0): Judgement & { readonly isSafety: boolean } {
    const { faults, limits, expect = [], table } = this.#options;
    const { holdFrames } = limits;
    const facts = {
      vote: this.#tally.vote(),
      mode: this.#tally.mode(),
      channels: this.#tally.channels(),
      oracle: this.#oracle.result(),
      agreement: this.#agreement.result(),
    };
    const general = verdictOf({
      ...facts,
      hypothesis: hypothesisOf(faults, { holdFrames, lifetimes: this.#lifetimes }),
      faults,
      breaches: this.#invariants.breaches,
      stepFailures: this.#stepFailures.sentences(),
      enginesDiffer: this.#enginesDiffer,
      settled: settledBy(expect),
    });
    const sensors = this.#tally.sensors();
    const outputHash = hex(this.#hashHigh) + hex(this.#hashLow);
    const { events, eventsDropped } = this;
    const told = { frames: this.#frames, sensors, events, eventsDropped, signals: table, outputHash };
    const expectations = evaluate(expect, { ...facts, ...told, verdict: general.verdict });
    const unmet = expectations.filter(({ isMet }) => !isMet).map(({ path, text }) => `${path}: ${text}`);
    const unjudged = this.#presence.result(frames);
    // What is missing may be what was expected.
    const { verdict, hypothesis, reasons, isSafety } = withExpectations(general, unjudged.length > 0 ? [] : unmet);
    return {
      frames: this.#frames,
      verdict: verdict === "pass" && unjudged.length > 0 ? "not judged" : verdict,
      hypothesis,
      reasons,
      ...facts,
      sensors,
      inputs: this.#tally.inputs(),
      expectations,
      latent: this.#latent.result(this.#lifetimes),
      not_judged: unjudged,
      output_hash: outputHash,
      isSafety,
    };
  }

  /** A channel that shows what the output stage took. */
  #voter({ stage }: FrameRecords): number | undefined {
    if (stage === undefined || (stage[STAGE_WORD.outcome] as number) > STAGE_MASKED) return undefined;
    return this.#view.shownBy < 0 ? undefined : this.#view.shownBy;
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
