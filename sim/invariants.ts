import type { ResolvedFault } from "../host/faults/resolve-faults.ts";
import type { Channel } from "./channel/channel.ts";
import type { FrameView } from "./flight/run.ts";

/** Words of a channel record (docs/core.md). */
const WORD = { committed: 1, pending: 2, health: 11, errors: 23, moduleHash: 31, agreedHash: 33 };
/** A channel is opened after three errors in a row (REDUNDANCY 8), and the first is known one frame late. */
const UNNOTICED_FRAMES_MAX = 4;
const HEALTH_USED_MAX = 1;
/** Faults after which a channel is no healthy one, whatever its own state says. */
const DAMAGING = new Set(["bitflip", "hang", "reset", "off", "twofaced", "forge"]);

/** The first frame in which two healthy channels did not agree on what they must agree on. */
export interface Split {
  readonly frame: number;
  readonly channels: string;
  readonly problem: string;
}

/**
 * Agreed state is the same bits on every healthy channel in every frame; one whose frame is pending may lag by one
 * (REDUNDANCY 3 and invariant A10). Judged from the simulator's knowledge of who is damaged, not from what channels say.
 */
export class AgreementCheck {
  readonly #damagedFrom: readonly number[];
  readonly #lagFrames: number;
  split: Split | undefined;
  /** Pairs of healthy channels that were compared: no evidence is not health. */
  compared = 0;
  /** The first frame in which a channel had been wrong for too long without an error being counted against it. */
  undetected: { readonly frame: number; readonly channel: string } | undefined;
  readonly #unnoticed: number[] = [0, 0, 0];

  /** `lagFrames`: how far a healthy channel that is cut off may fall behind before it must have gated itself off. */
  constructor(faults: readonly ResolvedFault[], lagFrames: number) {
    this.#lagFrames = lagFrames;
    this.#damagedFrom = [0, 1, 2].map((channel) =>
      Math.min(
        ...faults
          .filter((fault) => fault.place === "channel" && fault.channel === channel && DAMAGING.has(fault.mode.name))
          .map((fault) => fault.frame),
      ),
    );
  }

  frame(view: FrameView): void {
    const { frame, channels, voter } = view;
    const [a, b, c] = channels as readonly [Channel, Channel, Channel];
    if (areEqual(a, b) && areEqual(b, c)) {
      if (voter !== undefined) for (let i = 0; i < 3; i += 1) this.#unnoticed[i] = 0;
      this.#countPairs(frame, channels);
      return;
    }
    if (voter !== undefined) for (const channel of channels) this.#watch(frame, channel, voter);
    if (this.split !== undefined) return;
    for (let first = 0; first < 2; first += 1) {
      for (let second = first + 1; second < 3; second += 1) {
        const p = channels[first] as Channel;
        const q = channels[second] as Channel;
        if (!this.#isHealthy(frame, p) || !this.#isHealthy(frame, q)) continue;
        this.compared += 1;
        const problem = difference(p, q, this.#lagFrames);
        if (problem !== undefined)
          this.split = { frame, channels: "ABC".charAt(first) + "ABC".charAt(second), problem };
      }
    }
  }

  /** Most frames: all three are equal, so no pair can differ. */
  #countPairs(frame: number, channels: readonly Channel[]): void {
    if (this.split !== undefined) return;
    let healthy = 0;
    for (let i = 0; i < 3; i += 1) if (this.#isHealthy(frame, channels[i] as Channel)) healthy += 1;
    this.compared += (healthy * (healthy - 1)) / 2;
  }

  /** Whether the voters notice a channel that drives its line and is not where they are. */
  #watch(frame: number, channel: Channel, voter: Channel): void {
    const { index } = channel;
    const trusted = word(voter, WORD.health + index) <= HEALTH_USED_MAX && word(voter, WORD.errors + index) === 0;
    const wrong = channel.recordSize === 0 || difference(channel, voter, 0) !== undefined;
    const row = channel.gate === 1 && trusted && wrong ? (this.#unnoticed[index] as number) + 1 : 0;
    this.#unnoticed[index] = row;
    if (row > UNNOTICED_FRAMES_MAX) this.undetected ??= { frame, channel: "ABC".charAt(index) };
  }

  #isHealthy(frame: number, channel: Channel): boolean {
    if (frame >= (this.#damagedFrom[channel.index] as number)) return false;
    if (!channel.running || channel.gate === 0 || channel.recordSize === 0) return false;
    return word(channel, WORD.health + channel.index) <= HEALTH_USED_MAX;
  }
}

function word(channel: Channel, index: number): number {
  return channel.core.words[(channel.recordAt >>> 2) + 1 + index] as number;
}

/** Whether both have a record of this frame, the same one as far as channels must agree. */
function areEqual(p: Channel, q: Channel): boolean {
  if (p.recordSize === 0 || q.recordSize === 0) return false;
  return (
    word(p, WORD.committed) === word(q, WORD.committed) && same(p, q, WORD.agreedHash) && same(p, q, WORD.moduleHash)
  );
}

function same(p: Channel, q: Channel, index: number): boolean {
  return word(p, index) === word(q, index) && word(p, index + 1) === word(q, index + 1);
}

function difference(p: Channel, q: Channel, lagFrames: number): string | undefined {
  const one = word(p, WORD.committed);
  const other = word(q, WORD.committed);
  if (one !== other) {
    if (word(p, WORD.pending) === other || word(q, WORD.pending) === one) return undefined;
    if (Math.abs(one - other) <= lagFrames) return undefined;
    return `committed frames ${one} and ${other}, none pending`;
  }
  if (!same(p, q, WORD.agreedHash)) return `agreed states differ after frame ${one}`;
  return same(p, q, WORD.moduleHash) ? undefined : `module states differ after frame ${one}`;
}
