import type { LatentFault } from "../../judge/latent.ts";
import type { Span } from "../file/frame-span.ts";

/**
 * What a story takes from the records of the whole run, up to the last frame that is told. Events say what happened and
 * when; what is so in the end the records alone say, so that no two sentences of a story can deny each other.
 */
export interface ToldState {
  /** Channels (`C`) and sensors (`B.gyro_x`) that the channels agree to leave out. */
  readonly out: ReadonlySet<string>;
  /** Channels whose own gate is off. */
  readonly gatesOff: ReadonlySet<string>;
  /** Rows of frames in which the output stage outvoted or missed the same lines, in order. */
  readonly masked: readonly MaskedSpan[];
  /** What was wrong for long and nobody noticed. */
  readonly latent: readonly LatentFault[];
}

export interface MaskedSpan extends Span {
  /** Bits, A lowest. */
  readonly lines: number;
}
