/**
 * What the channels and the output stage recorded of one frame (docs/core.md, "Channel record", "Channel detail", "Stage record"):
 * the only thing a judge reads of a run besides its events. Words are those behind the encapsulation. The arrays may be
 * reused for the next frame: who keeps something copies it.
 */
export interface FrameRecords {
  readonly frame: number;
  /** `undefined`: this channel wrote no record. */
  readonly channels: readonly (Uint32Array | undefined)[];
  /** `undefined`: nothing was amiss, every word is zero. */
  readonly details: readonly (Uint32Array | undefined)[];
  /** `undefined` only in a log that lost it. */
  readonly stage: Uint32Array | undefined;
}

/** Order of frame numbers that survives their wrap-around. */
export function isLater(frame: number, than: number): boolean {
  return ((frame - than) | 0) > 0;
}

/** The frame before another one. */
export function frameBefore(frame: number): number {
  return (frame - 1) >>> 0;
}
