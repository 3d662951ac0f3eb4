import type { ResolvedFault } from "../faults/resolved-fault.ts";
import { CHANNELS } from "../model/enums.ts";
import { CHANNEL_WORD, DETAIL_WORD } from "../model/record.ts";
import { HEALTH_VOTES_MAX, hasSameState } from "./agreed-view.ts";
import type { FrameRecords } from "./frame-records.ts";
import type { Gates } from "./gates.ts";

/** A channel is opened after three errors in a row (REDUNDANCY 8), and the first is known one frame late. */
export const UNNOTICED_FRAMES_MAX = 4;
/** Faults after which a channel is no healthy one, whatever its own state says. */
const DAMAGING: ReadonlySet<string> = new Set(["bitflip", "hang", "reset", "off", "twofaced", "forge"]);

/** The first frame in which two healthy channels did not agree on what they must agree on. */
export interface Split {
  readonly frame: number;
  readonly channels: string;
  readonly problem: string;
}

export interface AgreementResult {
  /** Pairs of healthy channels that were compared: no evidence is not health. */
  readonly compared: number;
  readonly split: Split | null;
  /** The first frame in which a channel had been wrong for too long without an error being counted against it. */
  readonly undetected: { readonly frame: number; readonly channel: string } | null;
}

/**
 * Agreed state is the same bits on every healthy channel in every frame; one whose frame is pending may lag by one
 * (REDUNDANCY 3 and invariant A10). Who is damaged is known from the injected faults, not from what channels say.
 */
export class AgreementCheck {
  readonly #damagedFrom: readonly number[];
  readonly #lagFrames: number;
  readonly #gates: Gates;
  readonly #unnoticed: number[] = [0, 0, 0];
  #split: Split | null = null;
  #compared = 0;
  #undetected: AgreementResult["undetected"] = null;

  /** `lagFrames`: how far a healthy channel that is cut off may fall behind before it must have gated itself off. */
  constructor({
    faults,
    lagFrames,
    gates,
  }: {
    readonly faults: readonly ResolvedFault[];
    readonly lagFrames: number;
    readonly gates: Gates;
  }) {
    this.#lagFrames = lagFrames;
    this.#gates = gates;
    this.#damagedFrom = [0, 1, 2].map((channel) =>
      Math.min(
        ...faults
          .filter((fault) => fault.place === "channel" && fault.channel === channel && DAMAGING.has(fault.mode.name))
          .map((fault) => fault.frame),
      ),
    );
  }

  /** `voter`: a channel that committed what the output stage took, undefined when it took nothing. */
  frame(records: FrameRecords, voter: number | undefined): void {
    const [a, b, c] = records.channels;
    if (a !== undefined && b !== undefined && c !== undefined && hasSameState(a, b) && hasSameState(b, c)) {
      if (voter !== undefined) for (let i = 0; i < 3; i += 1) this.#unnoticed[i] = 0;
      this.#countPairs(records);
      return;
    }
    if (voter !== undefined) for (let i = 0; i < 3; i += 1) this.#watch(records, i, voter);
    if (this.#split === null) this.#comparePairs(records);
  }

  result(): AgreementResult {
    return { compared: this.#compared, split: this.#split, undetected: this.#undetected };
  }

  /** Most frames: all three are equal, so no pair can differ. */
  #countPairs(records: FrameRecords): void {
    if (this.#split !== null) return;
    let healthy = 0;
    for (let i = 0; i < 3; i += 1) if (this.#isHealthy(records, i)) healthy += 1;
    this.#compared += (healthy * (healthy - 1)) / 2;
  }

  #comparePairs(records: FrameRecords): void {
    for (let first = 0; first < 2; first += 1) {
      for (let second = first + 1; second < 3; second += 1) {
        if (!this.#isHealthy(records, first) || !this.#isHealthy(records, second)) continue;
        this.#compared += 1;
        const p = records.channels[first] as Uint32Array;
        const q = records.channels[second] as Uint32Array;
        const problem = difference(p, q, this.#lagFrames);
        const channels = `${CHANNELS[first]}${CHANNELS[second]}`;
        if (problem !== undefined) this.#split ??= { frame: records.frame, channels, problem };
      }
    }
  }

  /** Whether the voters notice a channel that drives its line and is not where they are. */
  #watch(records: FrameRecords, channel: number, voter: number): void {
    const seen = records.channels[voter] as Uint32Array;
    const errors = records.details[voter]?.[DETAIL_WORD.err_a + channel] ?? 0;
    const isTrusted = (seen[CHANNEL_WORD.health_a + channel] as number) <= HEALTH_VOTES_MAX && errors === 0;
    const words = records.channels[channel];
    const isWrong = words === undefined || difference(words, seen, 0) !== undefined;
    const row = this.#gates.isOn(channel) && isTrusted && isWrong ? (this.#unnoticed[channel] as number) + 1 : 0;
    this.#unnoticed[channel] = row;
    if (row > UNNOTICED_FRAMES_MAX) this.#undetected ??= { frame: records.frame, channel: CHANNELS[channel] ?? "" };
  }

  #isHealthy({ frame, channels }: FrameRecords, channel: number): boolean {
    const words = channels[channel];
    if (words === undefined || frame >= (this.#damagedFrom[channel] as number)) return false;
    return words[CHANNEL_WORD.gate] !== 0 && (words[CHANNEL_WORD.health_a + channel] as number) <= HEALTH_VOTES_MAX;
  }
}

function difference(p: Uint32Array, q: Uint32Array, lagFrames: number): string | undefined {
  const one = p[CHANNEL_WORD.committed_frame] as number;
  const other = q[CHANNEL_WORD.committed_frame] as number;
  if (one !== other) {
    if (p[CHANNEL_WORD.pending_frame] === other || q[CHANNEL_WORD.pending_frame] === one) return undefined;
    if (Math.abs(one - other) <= lagFrames) return undefined;
    return `committed frames ${one} and ${other}, none pending`;
  }
  if (p[CHANNEL_WORD.agreed_hash_low] !== q[CHANNEL_WORD.agreed_hash_low])
    return `agreed states differ after frame ${one}`;
  if (p[CHANNEL_WORD.agreed_hash_high] !== q[CHANNEL_WORD.agreed_hash_high]) {
    return `agreed states differ after frame ${one}`;
  }
  return hasSameState(p, q) ? undefined : `module states differ after frame ${one}`;
}
