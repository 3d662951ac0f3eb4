import type { ResolvedFault } from "../../host/faults/resolve-faults.ts";
import type { Judge } from "../../host/judge/judge.ts";
import { STAGE_AGREED, STAGE_HELD, STAGE_MASKED, STAGE_SAFE } from "../../host/judge/stage-outcome.ts";
import type { LoggedEvent, VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import { CHANNELS } from "../../host/model/enums.ts";
import { EVENT, type Reporter } from "../../host/model/events.ts";
import type { Channel } from "../channel/channel.ts";
import { type FrameView, type HostSink, Run, type RunOptions } from "./run.ts";
import { RunRecords } from "./run-records.ts";
import { FlipTwins } from "./twins.ts";

export interface FlightOptions extends Omit<RunOptions, "onEvent" | "onHost"> {
  readonly frames: number;
  readonly log?: VoterLogWriter | undefined;
  /** Is told of every event and record; left out, nobody judges the run. */
  readonly judge?: Judge | undefined;
  /** Called now and then with the number of frames flown, and awaited; what it throws ends the flight. */
  readonly onProgress?: ((frames: number) => void | Promise<void>) | undefined;
}

/** Frames between two looks at the log's queue and the caller's progress. */
const BATCH_FRAMES = 256;
const STAGE_EVENT: Readonly<Record<number, number>> = {
  [STAGE_AGREED]: EVENT.OUTPUT_AGREED,
  [STAGE_MASKED]: EVENT.OUTPUT_MASKED,
  [STAGE_HELD]: EVENT.OUTPUT_HELD,
  [STAGE_SAFE]: EVENT.OUTPUT_SAFE,
};

/** Flies all frames of a run into its log and its judge. Returns the seconds it took. */
export async function fly(options: FlightOptions): Promise<number> {
  const flight = new Flight(options);
  const start = performance.now();
  for (let frame = 0; frame < options.frames; ) {
    const end = Math.min(frame + BATCH_FRAMES, options.frames);
    for (; frame < end; frame += 1) flight.step(frame);
    if (options.log !== undefined) await options.log.flush();
    await options.onProgress?.(frame);
  }
  flight.end();
  return (performance.now() - start) / 1000;
}

/** One run, its host's events, and whoever listens. */
class Flight {
  readonly #options: FlightOptions;
  readonly #run: Run;
  readonly #records: RunRecords;
  readonly #twins: FlipTwins | undefined;
  readonly #edges: ReadonlyMap<number, readonly FaultEdge[]>;
  #outcome: number = STAGE_AGREED;

  constructor(options: FlightOptions) {
    const { judge } = options;
    const onHost: HostSink = (frame, code, subject, argument, text) =>
      this.#event({ frame, by: "host", code, subject, argument, ...(text === undefined ? {} : { text }) });
    const sinks = {
      onEvent: (frame: number, channel: number, code: number, subject: number, argument: number) =>
        this.#event({ frame, by: CHANNELS[channel] as Reporter, code, subject, argument }),
      onHost,
    };
    this.#options = options;
    this.#edges = faultEdges(options.faults);
    this.#run = new Run({ ...options, ...sinks });
    this.#records = new RunRecords(this.#run.channels, this.#run.stage);
    this.#twins =
      judge === undefined ? undefined : new FlipTwins({ ...options, ...sinks }, (fault) => judge.isNoticed(fault));
  }

  step(frame: number): void {
    const { judge, log } = this.#options;
    const edges = this.#edges.get(frame);
    if (edges !== undefined) for (const edge of edges) this.#fault(frame, edge);
    this.#twins?.before(frame, this.#run);
    const view = this.#run.step(frame);
    this.#stageEvent(view);
    const records = this.#records.take(frame);
    judge?.frame(records);
    if (log !== undefined) this.#write(log, frame);
    this.#twins?.after(frame, this.#run, view.samples);
  }

  end(): void {
    this.#twins?.end(this.#options.frames - 1);
  }

  #event(event: LoggedEvent): void {
    this.#options.judge?.event(event);
    this.#options.log?.event(event);
  }

  #fault(frame: number, { fault, index, code }: FaultEdge): void {
    const text = `${code === EVENT.FAULT_BEGINS ? "Injected" : "Ended"}: ${fault.text}. ${fault.sentence}`;
    this.#event({ frame, by: "host", code, subject: index, argument: 0, text });
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

  #write(log: VoterLogWriter, frame: number): void {
    const records = this.#records;
    for (let i = 0; i < 3; i += 1) {
      if (records.channels[i] === undefined) continue;
      log.channelFrame(i, frame, records.frameBytes(i), (this.#run.channels[i] as Channel).law.probeBytes);
      if (records.details[i] !== undefined) log.channelDetail(i, frame, records.detailBytes(i));
    }
    log.stageFrame(frame, this.#run.stage.record);
  }
}

interface FaultEdge {
  readonly fault: ResolvedFault;
  /** Place in the list of faults. */
  readonly index: number;
  readonly code: number;
}

function faultEdges(faults: readonly ResolvedFault[]): Map<number, FaultEdge[]> {
  const edges = new Map<number, FaultEdge[]>();
  for (const [index, fault] of faults.entries()) {
    for (const [frame, code] of [
      [fault.frame, EVENT.FAULT_BEGINS],
      [fault.end, EVENT.FAULT_ENDS],
    ] as const) {
      if (code === EVENT.FAULT_ENDS && fault.end - fault.frame === 1 && fault.mode.lasts === "once") continue;
      edges.set(frame, [...(edges.get(frame) ?? []), { fault, index, code }]);
    }
  }
  return edges;
}
