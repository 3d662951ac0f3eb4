/** What the output stage must do, written from REDUNDANCY 7 over the whole history of its inputs. */
import { Qh64 } from "../../host/model/qh64.ts";
import { OUTCOME } from "../../sim/explore/bare-stage.ts";

export interface LineIn {
  /** Frame number on the line, relative to the running frame: 0 is this frame. */
  readonly age: number;
  readonly isDriven: boolean;
  readonly values: readonly number[];
}

export interface ChannelIn {
  readonly line: LineIn;
  readonly gate: boolean;
  readonly isRunning: boolean;
  /** Channels it pulls (bits). */
  readonly pulls: number;
}

export type StageFrame = readonly [ChannelIn, ChannelIn, ChannelIn];

export interface StageOptions {
  readonly safe: readonly number[];
  readonly holdFrames: number;
  readonly simplex: boolean;
}

export interface StageExpected {
  readonly outcome: number;
  readonly enabled: number;
  readonly counted: number;
  readonly values: readonly number[];
}

export class StageOracle {
  readonly #options: StageOptions;
  readonly #history: readonly StageFrame[];

  constructor(options: StageOptions, history: readonly StageFrame[]) {
    this.#options = options;
    this.#history = history;
  }

  /** Pulled off by both peers at some time, and not let go by two running peers since. */
  #isPulled(index: number, channel: number): boolean {
    const peers = [0, 1, 2].filter((peer) => peer !== channel);
    for (let at = index; at >= 0; at -= 1) {
      const frame = this.#history[at] as StageFrame;
      const pulling = peers.filter((peer) => frame[peer]?.isRunning && ((frame[peer].pulls >>> channel) & 1) !== 0);
      if (pulling.length === 2) return true;
      if (pulling.length === 0 && peers.every((peer) => frame[peer]?.isRunning)) return false;
    }
    return false;
  }

  #enabled(index: number): number[] {
    const frame = this.#history[index] as StageFrame;
    return [0, 1, 2].filter((channel) => frame[channel]?.gate && !this.#isPulled(index, channel));
  }

  #counted(index: number): number[] {
    const frame = this.#history[index] as StageFrame;
    return this.#enabled(index).filter((channel) => frame[channel]?.line.age === 0 && frame[channel].line.isDriven);
  }

  /** What the lines of this frame give by themselves, `undefined` when they give nothing. */
  #vote(index: number): readonly number[] | undefined {
    const frame = this.#history[index] as StageFrame;
    const lines = this.#counted(index).map((channel) => frame[channel]?.line.values ?? []);
    const voted = this.#options.safe.map((_, output) => {
      const words = lines.map((values) => values[output] as number);
      return words.find((word) => words.filter((other) => other === word).length >= 2);
    });
    if (voted.every((word) => word !== undefined)) return voted;
    const isAlone = this.#options.simplex && this.#enabled(index).length === 1 && lines.length === 1;
    return isAlone ? lines[0] : undefined;
  }

  /** SAFE once and for all: nothing enabled, or more frames without a vote than may be held. */
  #isSafe(index: number): boolean {
    let held = 0;
    for (let at = 0; at <= index; at += 1) {
      if (this.#enabled(at).length === 0) return true;
      held = this.#vote(at) === undefined ? held + 1 : 0;
      if (held > this.#options.holdFrames) return true;
    }
    return false;
  }

  expected(index: number): StageExpected {
    const bits = (channels: readonly number[]) => channels.reduce((sum, channel) => sum | (1 << channel), 0);
    const enabled = this.#enabled(index);
    const seen = { enabled: bits(enabled), counted: bits(this.#counted(index)) };
    const { safe } = this.#options;
    if (this.#isSafe(index)) return { ...seen, outcome: OUTCOME.safe, values: safe };
    const voted = this.#vote(index);
    if (voted === undefined) return { ...seen, outcome: OUTCOME.held, values: this.#lastValues(index) };
    const frame = this.#history[index] as StageFrame;
    const isWhole = enabled.length > 1 && enabled.every((channel) => this.#gives(frame[channel] as ChannelIn, voted));
    return { ...seen, outcome: isWhole ? OUTCOME.agreed : OUTCOME.masked, values: voted };
  }

  #gives({ line }: ChannelIn, values: readonly number[]): boolean {
    return line.age === 0 && line.isDriven && values.every((value, output) => value === line.values[output]);
  }

  #lastValues(index: number): readonly number[] {
    for (let at = index - 1; at >= 0; at -= 1) {
      const voted = this.#vote(at);
      if (voted !== undefined) return voted;
    }
    return this.#options.safe;
  }
}

/** Hash over frames and outputs as docs/core.md chains it: low and high word. */
export function outputHash(
  frames: readonly { readonly frame: number; readonly values: readonly number[] }[],
): [number, number] {
  const hash = new Qh64();
  let count = 0;
  for (const { frame, values } of frames) {
    const words = [frame, ...values];
    for (let i = 0; i < words.length; i += 2) {
      hash.pair(words[i] as number, words[i + 1] ?? 0);
      count += 2;
    }
  }
  hash.end(count);
  return [hash.low, hash.high];
}
