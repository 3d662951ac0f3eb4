/** One flipped bit in the state of one core, at any point of a frame: the channel may do what it likes, the output may not. */
import { OUTCOME } from "./bare-stage.ts";
import { Judge } from "./core-invariants.ts";
import { STATE_SIZE } from "./core-layout.ts";
import { SENSORS, TINY } from "./tiny-law.ts";
import { f32 } from "./tiny-table.ts";
import { type Sampler, Trio } from "./trio.ts";
import { X1, X2, X3 } from "./trio-hooks.ts";

export const POINTS = ["before the frame", "before X1 arrives", "before X2 arrives", "before X3 arrives"] as const;
export const STATE_BITS: number = 8 * STATE_SIZE;
const KIND_AT = [0, X1, X2, X3];
const WARM_UP = 4;
/** Conviction takes three errors, and what a flip breaks may take a frame to show. */
const FRAMES = 7;

/** All sensors alike, so that a channel that falls silent moves no selected value and the output must stay as it was. */
const alike: Sampler = (_frame, _channel, samples) => {
  samples[0] = f32(SENSORS[1]);
  samples[16] = 1;
};

export interface Flips {
  readonly channel: number;
  /** Index into POINTS. */
  readonly point: number;
  /** Bits to flip, one flight each. */
  readonly bits: Iterable<number>;
}

export interface FlipResult {
  flights: number;
  /** Flights in which the channel's core trapped. */
  crashes: number;
  /** Flights in which its vote was taken away. */
  convicted: number;
  readonly failures: string[];
}

export function fly({ channel, point, bits }: Flips): FlipResult {
  const trio = new Trio({ ...TINY, sample: alike });
  const judge = new Judge(trio);
  for (let frame = 0; frame < WARM_UP; frame += 1) trio.frame({});
  const start = everything(trio);
  const golden = Array.from({ length: FRAMES }, () => {
    trio.frame({});
    return trio.stage.out[0];
  });
  const good = 7 & ~(1 << channel);
  const witness = channel === 0 ? 1 : 0;
  const result: FlipResult = { flights: 0, crashes: 0, convicted: 0, failures: [] };
  for (const bit of bits) {
    start();
    const problem = flight(trio, judge, { channel, point, bit, good, golden });
    result.flights += 1;
    if (trio.crashed[channel] !== undefined) result.crashes += 1;
    if (((judge.voters(witness) >>> channel) & 1) === 0) result.convicted += 1;
    if (problem !== undefined) result.failures.push(`${"ABC"[channel]} bit ${bit} ${POINTS[point]}: ${problem}`);
  }
  return result;
}

function flight(
  trio: Trio,
  judge: Judge,
  what: { channel: number; point: number; bit: number; good: number; golden: readonly (number | undefined)[] },
): string | undefined {
  const state = trio.cores[what.channel]?.state as Uint8Array;
  let isFlipped = false;
  const flip = () => {
    if (isFlipped) return;
    state[what.bit >>> 3] = (state[what.bit >>> 3] as number) ^ (1 << (what.bit & 7));
    isFlipped = true;
  };
  if (what.point === 0) flip();
  for (const [frame, value] of what.golden.entries()) {
    const before = judge.before();
    const outcome = trio.frame({
      deliver: ({ kind }) => {
        if (kind === KIND_AT[what.point]) flip();
        return undefined;
      },
    });
    const found = judge.findings(what.good, before, outcome);
    if (found.length > 0) return `frame ${frame}: ${found.join()}`;
    if (outcome !== OUTCOME.agreed && outcome !== OUTCOME.masked) return `frame ${frame}: outcome ${outcome}`;
    if (trio.stage.out[0] !== value) return `frame ${frame}: the output differs`;
  }
  return undefined;
}

/** Takes a picture of all memory, not of the state alone: a damaged core may write anywhere in its own. */
function everything(trio: Trio): () => void {
  const memories = trio.cores.map(({ bytes }) => bytes.slice());
  const kept = [...trio.laws, ...trio.snapshots, trio.stage.state].map((words) => words.slice());
  const { frameNumber } = trio;
  return () => {
    trio.cores.forEach(({ bytes }, channel) => {
      bytes.set(memories[channel] as Uint8Array);
    });
    [...trio.laws, ...trio.snapshots, trio.stage.state].forEach((words, index) => {
      words.set(kept[index] as Uint32Array);
    });
    for (let channel = 0; channel < 3; channel += 1) {
      trio.running[channel] = true;
      trio.crashed[channel] = undefined;
      trio.gates[channel] = 1;
      trio.pulls[channel] = 0;
    }
    trio.frameNumber = frameNumber;
  };
}

export function* every(stride: number, from = 0): Generator<number> {
  for (let bit = from; bit < STATE_BITS; bit += stride) yield bit;
}
