import { CHANNEL_WORD } from "../model/record.ts";
import { type FrameRecords, isLater } from "./frame-records.ts";

/** Greatest health that still votes (SUSPECT). */
export const HEALTH_VOTES_MAX = 1;
const NO_CHANNEL = -1;

/**
 * What the channels agree on at the end of each frame: mode, health and trips of all three. One answer for everybody who tells
 * of a run, also where nobody votes any more.
 *
 * It is the state that two voters recorded alike, or in SIMPLEX that of the only voter. A channel that is out has no say, and a
 * frame in which no two voters are at the same state leaves the view where it was: the one that is ahead waits for the
 * other, and a frame that two committed late is seen when they did.
 */
export class AgreedView {
  mode: number;
  readonly health: number[] = [0, 0, 0];
  readonly trips: number[] = [0, 0, 0];
  /** Frame of this state; `undefined` before any. */
  frame: number | undefined;
  /** Channel whose record of this frame shows the view, when its state is that of this very frame; else -1. */
  shownBy: number = NO_CHANNEL;

  /** `mode`: until the first record says otherwise. */
  constructor(mode: number) {
    this.mode = mode;
  }

  take(records: FrameRecords): void {
    const { frame, channels } = records;
    const channel = this.#chosen(channels);
    const words = channels[channel];
    if (words === undefined) {
      this.shownBy = NO_CHANNEL;
      return;
    }
    const committed = words[CHANNEL_WORD.committed_frame] as number;
    this.shownBy = committed === frame ? channel : NO_CHANNEL;
    if (this.frame !== undefined && isLater(this.frame, committed)) return;
    this.frame = committed;
    this.mode = words[CHANNEL_WORD.mode] as number;
    for (let i = 0; i < 3; i += 1) {
      this.health[i] = words[CHANNEL_WORD.health_a + i] as number;
      this.trips[i] = words[CHANNEL_WORD.trips_a + i] as number;
    }
  }

  isVoter(channel: number): boolean {
    return (this.health[channel] as number) <= HEALTH_VOTES_MAX;
  }

  get voters(): number {
    return Number(this.isVoter(0)) + Number(this.isVoter(1)) + Number(this.isVoter(2));
  }

  /** The lower of two voters with the same state; of a single voter itself. */
  #chosen(channels: FrameRecords["channels"]): number {
    const [a, b, c] = [this.#heard(channels, 0), this.#heard(channels, 1), this.#heard(channels, 2)];
    if (a !== undefined && b !== undefined && hasSameState(a, b)) return 0;
    if (a !== undefined && c !== undefined && hasSameState(a, c)) return 0;
    if (b !== undefined && c !== undefined && hasSameState(b, c)) return 1;
    if (this.voters !== 1) return NO_CHANNEL;
    return [0, 1, 2].find((channel) => this.isVoter(channel)) ?? NO_CHANNEL;
  }

  #heard(channels: FrameRecords["channels"], channel: number): Uint32Array | undefined {
    return this.isVoter(channel) ? channels[channel] : undefined;
  }
}

/** Whether two channels committed the same frame with the same module and agreed state. */
export function hasSameState(p: Uint32Array, q: Uint32Array): boolean {
  return (
    p[CHANNEL_WORD.committed_frame] === q[CHANNEL_WORD.committed_frame] &&
    p[CHANNEL_WORD.agreed_hash_low] === q[CHANNEL_WORD.agreed_hash_low] &&
    p[CHANNEL_WORD.agreed_hash_high] === q[CHANNEL_WORD.agreed_hash_high] &&
    p[CHANNEL_WORD.module_hash_low] === q[CHANNEL_WORD.module_hash_low] &&
    p[CHANNEL_WORD.module_hash_high] === q[CHANNEL_WORD.module_hash_high]
  );
}
