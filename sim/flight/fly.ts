import type { Judge } from "../../host/judge/judge.ts";
import type { VoterLogWriter } from "../../host/log/file/voter-log-writer.ts";
import type { Channel } from "../channel/channel.ts";
import { Run, type RunOptions } from "./run.ts";
import { RunEvents } from "./run-events.ts";
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
/** Flies all frames of a run into its log and its judge. Gives the seconds it took and the output stage's hash. */
export async function fly(options: FlightOptions): Promise<{ readonly seconds: number; readonly outputHash: string }> {
  const flight = new Flight(options);
  const start = performance.now();
  for (let frame = 0; frame < options.frames; ) {
    const end = Math.min(frame + BATCH_FRAMES, options.frames);
    for (; frame < end; frame += 1) flight.step(frame);
    if (options.log !== undefined) await options.log.flush();
    await options.onProgress?.(frame);
  }
  flight.end();
  return { seconds: (performance.now() - start) / 1000, outputHash: flight.outputHash };
}

/** One run, and whoever listens to it. */
class Flight {
  readonly #options: FlightOptions;
  readonly #run: Run;
  readonly #records: RunRecords;
  readonly #events: RunEvents;
  readonly #twins: FlipTwins | undefined;

  constructor(options: FlightOptions) {
    const { judge, faults, log } = options;
    this.#options = options;
    this.#events = new RunEvents(faults, (event) => {
      judge?.event(event);
      log?.event(event);
    });
    const whole = { ...options, ...this.#events.sinks };
    this.#run = new Run(whole);
    this.#records = new RunRecords(this.#run.channels, this.#run.stage);
    this.#twins = judge === undefined ? undefined : new FlipTwins(whole, (fault) => judge.isNoticed(fault));
  }

  step(frame: number): void {
    const { judge, log } = this.#options;
    this.#events.begin(frame);
    this.#twins?.before(frame, this.#run);
    const view = this.#run.step(frame);
    this.#events.end(view);
    const records = this.#records.take(frame);
    judge?.frame(records);
    if (log !== undefined) this.#write(log, frame);
    this.#twins?.after(frame, this.#run, view.samples);
  }

  get outputHash(): string {
    return this.#run.stage.outputHash;
  }

  end(): void {
    this.#twins?.end(this.#options.frames - 1);
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
