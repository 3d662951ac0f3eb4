import type { ChannelFault, ResolvedFault } from "../faults/resolved-fault.ts";
import { EVENT } from "../model/events.ts";
import { DETAIL_WORD, STAGE_WORD } from "../model/record.ts";
import type { AgreedView } from "./agreed-view.ts";
import { UNNOTICED_FRAMES_MAX } from "./agreement.ts";
import type { FrameRecords } from "./frame-records.ts";
import type { JudgedEvent } from "./judged-event.ts";
import { STAGE_SAFE } from "./stage-outcome.ts";

interface Flip {
  readonly index: number;
  readonly fault: ChannelFault;
  /** Frame in which the channels first counted an error against its channel, had it out, or went to SAFE. */
  noticedAt: number | undefined;
  goneAt: number | undefined;
  latentAt: number | undefined;
}

/**
 * How long each flip lay in its memory unnoticed. When it is overwritten, and that it is still there at the end, only a
 * simulator can tell, which flies the same run without it (sim/flight/twins.ts): it states FAULT_GONE and FAULT_LATENT, and
 * what it states is taken as it is. That the channels noticed it is in their records.
 */
export class Lifetimes {
  readonly #flips: readonly Flip[];
  readonly #view: AgreedView;
  readonly #first: number;

  constructor(faults: readonly ResolvedFault[], view: AgreedView) {
    this.#view = view;
    this.#flips = faults.flatMap((fault, index) => {
      if (fault.place !== "channel" || fault.mode.name !== "bitflip") return [];
      return [{ index, fault, noticedAt: undefined, goneAt: undefined, latentAt: undefined }];
    });
    this.#first = Math.min(...this.#flips.map(({ fault }) => fault.frame));
  }

  event({ frame, code, subject }: JudgedEvent): void {
    if (code !== EVENT.FAULT_GONE && code !== EVENT.FAULT_LATENT) return;
    const flip = this.#flips.find(({ index }) => index === subject);
    if (flip === undefined) return;
    if (code === EVENT.FAULT_GONE) flip.goneAt = frame;
    else flip.latentAt = frame;
  }

  /** Call after the view took the frame in. */
  frame({ frame, details, stage }: FrameRecords): void {
    if (frame <= this.#first) return;
    const detail = details[this.#view.shownBy];
    const isSafe = stage?.[STAGE_WORD.outcome] === STAGE_SAFE;
    for (const flip of this.#flips) {
      if (flip.noticedAt !== undefined || frame <= flip.fault.frame) continue;
      const { channel } = flip.fault;
      const isCounted = (detail?.[DETAIL_WORD.err_a + channel] ?? 0) !== 0;
      if (isCounted || isSafe || !this.#view.isVoter(channel)) flip.noticedAt = frame;
    }
  }

  /** Whether the channels have counted an error against the flip's channel since, or had it out. */
  isNoticed(fault: number): boolean {
    return this.#flips.find(({ index }) => index === fault)?.noticedAt !== undefined;
  }

  /** Last frame in which a flip lay in its memory unnoticed; `undefined` for other faults, and where it was noticed at once. */
  until(fault: number): number | undefined {
    const flip = this.#flips.find(({ index }) => index === fault);
    if (flip === undefined) return undefined;
    if (flip.goneAt !== undefined) return flip.goneAt;
    if (flip.latentAt !== undefined) return flip.latentAt;
    const { noticedAt } = flip;
    if (noticedAt === undefined || noticedAt - flip.fault.frame <= UNNOTICED_FRAMES_MAX) return undefined;
    return noticedAt;
  }

  /** Flips that are still there at the end, unnoticed. */
  latent(): { readonly fault: ChannelFault; readonly until: number }[] {
    return this.#flips.flatMap(({ fault, latentAt }) => (latentAt === undefined ? [] : [{ fault, until: latentAt }]));
  }
}
