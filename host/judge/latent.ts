import type { ChannelFault, ResolvedFault } from "../faults/resolved-fault.ts";
import { CHANNELS } from "../model/enums.ts";
import { DETAIL_WORD, STAGE_WORD } from "../model/record.ts";
import type { AgreedView } from "./agreed-view.ts";
import { UNNOTICED_FRAMES_MAX } from "./agreement.ts";
import type { FrameRecords } from "./frame-records.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { STAGE_MASKED } from "./stage-outcome.ts";

/**
 * What was wrong for a time and nobody noticed (REDUNDANCY section 2): a class of its own, neither masked nor a failure. A second
 * fault may meet it.
 */
export interface LatentFault {
  /** As it was injected; empty where no injected fault explains it. */
  readonly fault: string;
  readonly channel: string;
  /** `memory`: a flip that lay there. `line`: the output stage outvoted it. `pull`: a peer's gate was pulled without effect. */
  readonly where: "memory" | "line" | "pull";
  readonly from: number;
  /** The last frame; `open`: it was still there at the end of the run. */
  readonly until: number;
  readonly open: boolean;
}

interface Row {
  from: number;
  last: number;
}

/** Watches lines that the stage outvotes while all channels hold their sender for healthy. */
export class LatentFaults {
  readonly #faults: readonly ResolvedFault[];
  readonly #view: AgreedView;
  readonly #rows: (Row | undefined)[] = [undefined, undefined, undefined];
  readonly #lines: { readonly channel: number; readonly from: number; readonly until: number }[] = [];
  /** Per channel: the last frame in which its line was disabled: a pull that both peers give is no hidden one. */
  readonly #disabled: number[] = [-1, -1, -1];
  #last = 0;

  constructor(faults: readonly ResolvedFault[], view: AgreedView) {
    this.#faults = faults;
    this.#view = view;
  }

  frame(records: FrameRecords): void {
    const { frame, stage } = records;
    this.#last = frame;
    if (stage === undefined) return;
    const enabled = stage[STAGE_WORD.enabled] as number;
    const agreeing = stage[STAGE_WORD.agreeing] as number;
    if (enabled === 7 && agreeing === 7) {
      for (let channel = 0; channel < 3; channel += 1) this.#end(channel);
      return;
    }
    const isVoted = (stage[STAGE_WORD.outcome] as number) <= STAGE_MASKED;
    for (let channel = 0; channel < 3; channel += 1) {
      const bit = 1 << channel;
      if ((enabled & bit) === 0) this.#disabled[channel] = frame;
      if (isVoted && (enabled & bit) !== 0 && (agreeing & bit) === 0) this.#outvoted(records, channel);
      else this.#end(channel);
    }
  }

  /** The channel's line differs or is missing; that its sender is in error is what its peers would say. */
  #outvoted({ frame, details }: FrameRecords, channel: number): void {
    const errors = details[this.#view.shownBy]?.[DETAIL_WORD.err_a + channel] ?? 0;
    if (!this.#view.isVoter(channel) || errors !== 0) {
      this.#end(channel);
      return;
    }
    const row = this.#rows[channel];
    if (row === undefined) this.#rows[channel] = { from: frame, last: frame };
    else row.last = frame;
  }

  #end(channel: number): void {
    const row = this.#rows[channel];
    if (row === undefined) return;
    this.#rows[channel] = undefined;
    // An error is counted a frame late, so a few frames are no long time.
    if (row.last - row.from >= UNNOTICED_FRAMES_MAX) this.#lines.push({ channel, from: row.from, until: row.last });
  }

  result(lifetimes: Lifetimes): LatentFault[] {
    const lines = this.#lines.concat(this.#openRows()).map(({ channel, from, until }) => ({
      ...this.#named(channel, from, (fault) => fault.mode.name === "line"),
      ...{ where: "line" as const, from, until, open: until === this.#last },
    }));
    const memory = lifetimes.latent().map(({ fault, until }) => {
      const channel = CHANNELS[fault.channel] ?? "";
      return { fault: fault.text, channel, where: "memory" as const, from: fault.frame, until, open: true };
    });
    return [...memory, ...lines, ...this.#pulls()].sort((a, b) => a.from - b.from);
  }

  #openRows(): { readonly channel: number; readonly from: number; readonly until: number }[] {
    return this.#rows.flatMap((row, channel) => {
      if (row === undefined || row.last - row.from < UNNOTICED_FRAMES_MAX) return [];
      return [{ channel, from: row.from, until: row.last }];
    });
  }

  #named(channel: number, frame: number, fits: (fault: ChannelFault) => boolean): { fault: string; channel: string } {
    const found = this.#faults.find(
      (fault) =>
        fault.place === "channel" &&
        fault.channel === channel &&
        fits(fault) &&
        frame >= fault.frame &&
        frame < fault.end,
    );
    return { fault: found?.text ?? "", channel: CHANNELS[channel] ?? "" };
  }

  /** One channel's pull alone does nothing and no record shows it: the list of faults is all there is. */
  #pulls(): LatentFault[] {
    return this.#faults.flatMap((fault) => {
      if (fault.place !== "channel" || fault.mode.name !== "pull") return [];
      const until = Math.min(fault.end - 1, this.#last);
      if (until - fault.frame < UNNOTICED_FRAMES_MAX || !this.#isHidden(fault)) return [];
      const channel = CHANNELS[fault.channel] ?? "";
      return [
        { fault: fault.text, channel, where: "pull" as const, from: fault.frame, until, open: until === this.#last },
      ];
    });
  }

  /** A channel that was taken out for something else pulls nobody in the end. */
  #isHidden({ channel, frame }: ChannelFault): boolean {
    return (this.#disabled[channel] as number) < frame;
  }
}
