import type { ResolvedFault } from "../../host/faults/resolve-faults.ts";
import type { LoggedEvent, VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { CHANNELS, type ChannelName } from "../../host/model/enums.ts";
import type { Reporter } from "../../host/model/events.ts";
import type { Channel } from "../channel/channel.ts";
import { CommitTracker, type CommittedStep } from "../committed.ts";
import { AgreementCheck } from "../invariants.ts";
import { StepFailures } from "../step-failures.ts";
import { type ChannelTally, type InputTally, type ModeTally, type SensorTally, Tally } from "../tally.ts";
import { STAGE_AGREED, STAGE_HELD, STAGE_MASKED, STAGE_SAFE } from "../world/stage.ts";
import { type FrameView, Run, type RunOptions } from "./run.ts";

/** Judges a run as it flies (sim/oracle). */
export interface FlightJudge {
  /** A step that the channels committed, in order. */
  committed(step: CommittedStep): void;
  /** After the step of this frame, if any, was handed over. */
  frame(view: FrameView): void;
}

export interface FlightOptions extends Omit<RunOptions, "onEvent"> {
  readonly frames: number;
  readonly log?: VoterLogWriter | undefined;
  readonly judges?: readonly FlightJudge[];
  /** How far a healthy channel that is cut off may fall behind: 0 when one faulty component cuts nobody off. */
  readonly lagFrames: number;
  /** Called now and then with the number of frames flown, and awaited; what it throws ends the flight. */
  readonly onProgress?: (frames: number) => void | Promise<void>;
}

export interface Flight {
  readonly frames: number;
  readonly seconds: number;
  readonly vote: { readonly agreed: number; readonly masked: number; readonly held: number; readonly safe: number };
  readonly longestHold: number;
  readonly channels: Readonly<Record<ChannelName, ChannelTally>>;
  readonly sensors: readonly SensorTally[];
  readonly inputs: readonly InputTally[];
  readonly mode: ModeTally;
  /** Every event of the run in order; `eventsDropped` more were only counted. */
  readonly events: readonly LoggedEvent[];
  readonly eventsDropped: number;
  readonly eventCounts: Readonly<Record<string, number>>;
  /** Why steps gave no result, in sentences; empty when all did. */
  readonly stepFailures: readonly string[];
  readonly agreement: Pick<AgreementCheck, "compared" | "split" | "undetected">;
  readonly unknownBases: number;
  readonly outputHash: string;
}

/** Frames between two looks at the log's queue and the caller's progress. */
const BATCH_FRAMES = 256;
/** A flickering fault reports every frame for ever; the log has them all, the summary the first ones. */
const EVENTS_MAX = 100_000;
const STAGE_EVENT: Readonly<Record<number, number>> = {
  [STAGE_AGREED]: 83,
  [STAGE_MASKED]: 80,
  [STAGE_HELD]: 81,
  [STAGE_SAFE]: 82,
};
const FAULT_BEGINS = 90;
const FAULT_ENDS = 91;

/** Flies a whole run: frames, judges, log and counts. */
export async function fly(options: FlightOptions): Promise<Flight> {
  const flight = new FlightRecorder(options);
  const start = performance.now();
  for (let frame = 0; frame < options.frames; ) {
    const end = Math.min(frame + BATCH_FRAMES, options.frames);
    for (; frame < end; frame += 1) flight.step(frame);
    if (options.log !== undefined) await options.log.flush();
    await options.onProgress?.(frame);
  }
  return flight.result((performance.now() - start) / 1000);
}

class FlightRecorder {
  readonly #options: FlightOptions;
  readonly #run: Run;
  readonly #tally: Tally;
  readonly #stepFailures = new StepFailures();
  readonly #agreement: AgreementCheck;
  readonly #tracker: CommitTracker;
  readonly #judges: readonly FlightJudge[];
  readonly #events: LoggedEvent[] = [];
  /** One view per channel: a record never moves and never changes its size. */
  readonly #records: (Uint8Array | undefined)[] = [undefined, undefined, undefined];
  readonly #edges: ReadonlyMap<number, readonly FaultEdge[]>;
  #eventsDropped = 0;
  #outcome: number = STAGE_AGREED;

  constructor(options: FlightOptions) {
    this.#options = options;
    this.#tally = new Tally(options.parts.table.inputs);
    this.#agreement = new AgreementCheck(options.faults, options.lagFrames);
    this.#judges = options.judges ?? [];
    this.#tracker = new CommitTracker(0, (step) => {
      for (const judge of this.#judges) judge.committed(step);
    });
    this.#edges = faultEdges(options.faults);
    this.#run = new Run({
      ...options,
      onEvent: (frame, channel, code, subject, argument) =>
        this.#event({ frame, by: CHANNELS[channel] as Reporter, code, subject, argument }),
    });
  }

  step(frame: number): void {
    const edges = this.#edges.get(frame);
    if (edges !== undefined) for (const edge of edges) this.#fault(frame, edge);
    const view = this.#run.step(frame);
    this.#stageEvent(view);
    this.#agreement.frame(view);
    this.#tracker.frame(frame, view.voter, view.channels);
    this.#tally.frame(view);
    for (const judge of this.#judges) judge.frame(view);
    if (this.#options.log !== undefined) this.#write(this.#options.log, view);
  }

  #event(event: LoggedEvent): void {
    this.#tally.event(event.code);
    this.#stepFailures.event(event);
    if (this.#events.length < EVENTS_MAX) this.#events.push(event);
    else this.#eventsDropped += 1;
    this.#options.log?.event(event);
  }

  #fault(frame: number, { fault, code }: FaultEdge): void {
    const begins = code === FAULT_BEGINS;
    if (begins && fault.mode.name === "reset" && fault.place === "channel") {
      this.#tally.resets[fault.channel] = (this.#tally.resets[fault.channel] ?? 0) + 1;
    }
    const text = `${begins ? "Injected" : "Ended"}: ${fault.text}. ${fault.sentence}`;
    this.#event({ frame, by: "host", code, subject: 0, argument: 0, text });
  }

  /** The stage itself reports nothing; its host says when the outcome changes, and how long a hold lasts. */
  #stageEvent({ frame, outcome, stage }: FrameView): void {
    if (outcome === this.#outcome && outcome !== STAGE_HELD) return;
    this.#outcome = outcome;
    const masked = outcome === STAGE_MASKED;
    const subject = masked ? stage.enabled & ~stage.agreeing : 0;
    const missing = masked ? stage.enabled & ~stage.counted : 0;
    const argument = outcome === STAGE_HELD ? stage.heldFrames : missing;
    this.#event({ frame, by: "stage", code: STAGE_EVENT[outcome] ?? 0, subject, argument });
  }

  #write(log: VoterLogWriter, view: FrameView): void {
    for (const channel of view.channels) {
      if (channel.recordSize === 0) continue;
      const record = this.#recordOf(channel);
      log.channelFrame(channel.index, view.frame, record);
    }
    log.stageFrame(view.frame, view.stage.record);
  }

  /** The core's record with the probes behind it: its buffer has room for both (docs/core.md, RECORD). */
  #recordOf(channel: Channel): Uint8Array {
    const { core, law, recordAt, recordSize } = channel;
    const probes = law.probes;
    const at = (recordAt + recordSize) >>> 2;
    for (let i = 0; i < probes.length; i += 1) core.words[at + i] = probes[i] as number;
    this.#records[channel.index] ??= core.bytes.subarray(recordAt, recordAt + recordSize + probes.byteLength);
    return this.#records[channel.index] as Uint8Array;
  }

  result(seconds: number): Flight {
    const [agreed = 0, masked = 0, held = 0, safe = 0] = this.#tally.vote;
    return {
      frames: this.#options.frames,
      seconds,
      vote: { agreed, masked, held, safe },
      longestHold: this.#tally.longestHold,
      channels: this.#tally.channels(this.#run.channels),
      sensors: this.#tally.sensors(),
      inputs: this.#tally.inputs(),
      mode: this.#tally.mode(),
      events: this.#events,
      eventsDropped: this.#eventsDropped,
      eventCounts: Object.fromEntries([...this.#tally.events].sort(([a], [b]) => (a < b ? -1 : 1))),
      stepFailures: this.#stepFailures.sentences(),
      agreement: this.#agreement,
      unknownBases: this.#tracker.unknownBases,
      outputHash: this.#run.stage.outputHash,
    };
  }
}

interface FaultEdge {
  readonly fault: ResolvedFault;
  readonly code: number;
}

function faultEdges(faults: readonly ResolvedFault[]): Map<number, FaultEdge[]> {
  const edges = new Map<number, FaultEdge[]>();
  for (const fault of faults) {
    for (const [frame, code] of [
      [fault.frame, FAULT_BEGINS],
      [fault.end, FAULT_ENDS],
    ] as const) {
      if (code === FAULT_ENDS && fault.end - fault.frame === 1 && fault.mode.lasts === "once") continue;
      edges.set(frame, [...(edges.get(frame) ?? []), { fault, code }]);
    }
  }
  return edges;
}
