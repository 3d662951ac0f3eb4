/** Where a test or a search takes part in a frame of three cores: lost and changed messages, wrong steps, an adversary. */
export const X1 = 1;
export const X2 = 2;
export const X3 = 3;

/** A message on its way. The words are good until the sender's next message of this kind: copy what must last. */
export interface Message {
  readonly frame: number;
  readonly kind: number;
  readonly from: number;
  readonly to: number;
  readonly words: Uint32Array;
}

/** What a hook makes of a message. Left out: this frame, this kind's window, no flag. */
export interface Delivery {
  readonly bytes: Uint8Array;
  readonly frame?: number;
  /** The window in which it arrives, as the kind that belongs there. */
  readonly window?: number;
  readonly timeUs?: number;
  readonly flags?: number;
}

/** What an adversary hears and sees of the others. */
export interface Overheard {
  readonly frameNumber: number;
  /** Messages of the frame: kind - 1, then 3 * from + to. */
  readonly outbox: readonly (readonly (Uint32Array | undefined)[])[];
  readonly cores: readonly { readonly line: Uint32Array }[];
  readonly stage: { readonly out: Uint32Array };
}

/** Stands in for a channel whose core is not run. */
export interface Impostor {
  readonly channel: number;
  message(others: Overheard, kind: number, to: number): Uint32Array | undefined;
  line(others: Overheard): Uint32Array;
  readonly pulls: number;
}

export interface Hooks {
  /** Lost messages, as `lossBit` numbers them. */
  readonly lost?: number;
  readonly impostor?: Impostor | undefined;
  /** Channels that compute wrongly in this frame (bits). */
  readonly wrong?: number;
  /** Status and end of a channel's step; default 0 in time. */
  readonly stepStatus?: (channel: number) => number;
  readonly stepEndUs?: (channel: number) => number;
  /** Channels whose step does not end before its window (bits). */
  readonly overrun?: number;
  readonly deliver?: (message: Message) => readonly Delivery[] | undefined;
}

/** Bit of a lost message in `Hooks.lost`: kind by kind, A>B A>C B>A B>C C>A C>B. */
export function lossBit(kind: number, from: number, to: number): number {
  return 1 << (6 * (kind - 1) + 2 * from + (to > from ? to - 1 : to));
}
