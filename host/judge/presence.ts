import { CHANNELS } from "../model/enums.ts";
import { EVENT } from "../model/events.ts";
import type { FrameRecords } from "./frame-records.ts";
import type { JudgedEvent } from "./judged-event.ts";

/** Records that should be there and are not. */
export interface Unjudged {
  /** `frames`: nothing at all; else whose record. */
  readonly of: "frames" | "A" | "B" | "C" | "stage";
  readonly from: number;
  readonly to: number;
}

/**
 * Which records a run should have: of every frame from the first to the last, by the output stage and by each channel that its host
 * does not report as stopped. What is missing is not judged, and never taken for good.
 */
export class Presence {
  readonly #runs: boolean[] = [true, true, true];
  readonly #missing: { of: Unjudged["of"]; from: number; to: number }[] = [];
  #next = 0;

  event({ code, subject }: JudgedEvent): void {
    if (code === EVENT.CHANNEL_STOPPED) this.#runs[subject] = false;
    if (code === EVENT.CHANNEL_RESET || code === EVENT.CHANNEL_RUNS) this.#runs[subject] = true;
  }

  /** Returns whether anything is missing before or in this frame. */
  frame({ frame, channels, stage }: FrameRecords): boolean {
    const before = this.#missing.length;
    let isMissing = frame !== this.#next;
    if (isMissing) this.#missing.push({ of: "frames", from: this.#next, to: frame - 1 });
    this.#next = frame + 1;
    if (stage !== undefined && channels[0] !== undefined && channels[1] !== undefined && channels[2] !== undefined) {
      return isMissing;
    }
    for (const [i, of] of CHANNELS.entries()) {
      if (this.#runs[i] === true && channels[i] === undefined) this.#miss(of, frame);
    }
    if (stage === undefined) this.#miss("stage", frame);
    isMissing ||= this.#missing.length > before || this.#missing.some(({ to }) => to === frame);
    return isMissing;
  }

  /** `frames`: how many there should be; fewer than there are change nothing. */
  result(frames: number): Unjudged[] {
    const tail: Unjudged[] = frames > this.#next ? [{ of: "frames", from: this.#next, to: frames - 1 }] : [];
    return [...this.#missing, ...tail];
  }

  #miss(of: Unjudged["of"], frame: number): void {
    const last = this.#missing.findLast((span) => span.of === of);
    if (last !== undefined && last.to === frame - 1) last.to = frame;
    else this.#missing.push({ of, from: frame, to: frame });
  }
}
