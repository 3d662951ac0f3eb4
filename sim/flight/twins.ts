import type { ResolvedFault } from "../../host/faults/resolved-fault.ts";
import { EVENT } from "../../host/model/events.ts";
import type { Samples } from "../../host/model/samples.ts";
import { type HostSink, Run, type RunOptions } from "./run.ts";

/** What a flip left behind shows only beside the same run without it. */
interface Twin {
  readonly index: number;
  readonly fault: ResolvedFault;
  run: Run | undefined;
}

/**
 * Flies beside a run the same one without a flip, for each flip, from its first frame until nothing differs any more (the flip is
 * overwritten: FAULT_GONE) or the channels have noticed it. One that does neither until the end is FAULT_LATENT.
 *
 * A twin sees the samples of the run it belongs to: where the outputs of the two differ, somebody noticed.
 */
export class FlipTwins {
  readonly #options: RunOptions;
  readonly #onHost: HostSink;
  readonly #isNoticed: (fault: number) => boolean;
  #twins: Twin[];

  /** `isNoticed`: whether the channels noticed a fault, by its place in the list. */
  constructor(options: RunOptions, isNoticed: (fault: number) => boolean) {
    this.#options = options;
    this.#onHost = options.onHost;
    this.#isNoticed = isNoticed;
    this.#twins = options.faults.flatMap((fault, index) => {
      return fault.place === "channel" && fault.mode.name === "bitflip" ? [{ index, fault, run: undefined }] : [];
    });
  }

  /** Call before the run flies a frame. */
  before(frame: number, run: Run): void {
    for (const twin of this.#twins) {
      if (twin.fault.frame !== frame) continue;
      twin.run = new Run({ ...this.#options, faults: this.#without(twin), onEvent: silent, onHost: silent });
      twin.run.copyFrom(run);
    }
  }

  /** Call after the run flew a frame on these samples, and was judged. */
  after(frame: number, run: Run, samples: Samples): void {
    if (this.#twins.length === 0) return;
    this.#twins = this.#twins.filter((twin) => {
      if (twin.run === undefined) return true;
      twin.run.stepOn(frame, samples);
      return !this.#isSettled(frame, run, twin);
    });
  }

  /** The last frame was flown: what still differs lies there. */
  end(frame: number): void {
    for (const { run, index, fault } of this.#twins) {
      if (run !== undefined) this.#onHost(frame, EVENT.FAULT_LATENT, index, fault.frame);
    }
  }

  #isSettled(frame: number, run: Run, { run: twin, fault, index }: Twin): boolean {
    if (frame < fault.end - 1 || twin === undefined) return false;
    if (this.#isNoticed(index)) return true;
    if (!run.equals(twin)) return false;
    // In the flip's own frame already, or from the next frame on.
    this.#onHost(frame, EVENT.FAULT_GONE, index, fault.frame);
    return true;
  }

  #without(twin: Twin): readonly ResolvedFault[] {
    return this.#options.faults.filter((_, index) => index !== twin.index);
  }
}

function silent(): void {}
