/**
 * What must hold after every frame (REDUNDANCY 14), judged from outside: from who is good, what each good channel committed
 * and what the stage gave. Each finding is a short name; the text behind it is for the reader of a failure.
 */
import { LINE } from "../../host/model/line.ts";
import type { Core } from "../channel/core.ts";
import { OUTCOME } from "./bare-stage.ts";
import {
  AGREED,
  AGREED_AT,
  agreedSize,
  fieldOf,
  HEALTH_AT,
  HEALTH_SIZE,
  INPUT,
  INPUT_AT,
  localWord,
} from "./core-layout.ts";
import { SENSORS, TOLERANCE } from "./tiny-law.ts";
import { floatOf } from "./tiny-table.ts";
import type { Trio } from "./trio.ts";

export type Finding =
  | "wrong output" // the stage voted what no good channel committed in this frame
  | "two outputs" // two good channels committed different outputs in one frame
  | "split" // agreed or module states of good channels differ, and not by a pending frame
  | "excluded" // a good channel lost its vote
  | "gate off" // a good channel gated itself off although the mode is not SAFE
  | "held"
  | "safe"
  | "fell" // TRIPLEX fell below DUPLEX in one frame
  | "mode" // mode is not the number of voters
  | "left SAFE"
  | "strayed" // a step did not start from the committed state
  | "miscompare" // a link event was read as a compute fault
  | "range" // a selected value outside the good samples
  | "late driver" // a line was driven without a commit in this frame
  | "crashed";

/** What a look at the frame before is needed for. */
export interface Before {
  readonly modes: readonly number[];
  readonly voters: readonly number[];
  readonly gates: readonly number[];
}

const MODE_SAFE = 0;
const TRIPLEX = 3;
const MISCOMPARE = 66;
const COMMITTED_AT = (AGREED_AT + fieldOf(AGREED, "frame").at) >>> 2;
const MODE_BYTE = AGREED_AT + fieldOf(AGREED, "mode").at;
const AGREED_WORDS = agreedSize(1) >>> 2;
const STATE_OF = AGREED_AT + HEALTH_AT;
const SELECTED_AT = (AGREED_AT + INPUT_AT + fieldOf(INPUT, "selected").at) >>> 2;
const VALID_BYTE = AGREED_AT + INPUT_AT + fieldOf(INPUT, "valid").at;
const HOLD_BYTE = AGREED_AT + INPUT_AT + fieldOf(INPUT, "hold").at;
const USED_BYTE = AGREED_AT + INPUT_AT + fieldOf(INPUT, "used").at;

const GATE = localWord("gate");
const PENDING = localWord("pending");
const PENDING_FRAME = localWord("pending_frame");
const MODULE = localWord("module_low");
const NEXT_MODULE = localWord("next_module_low");
const PENDING_HASH = localWord("pending_low");
const COMMITTED_HASH = localWord("committed_low");

/** The words of a core's STATE. */
export function stateWords(core: Core): Uint32Array {
  return new Uint32Array(core.state.buffer, core.state.byteOffset, core.state.length >>> 2);
}

export class Judge {
  readonly #words: readonly Uint32Array[];
  readonly #bytes: readonly Uint8Array[];
  readonly #trio: Trio;

  constructor(trio: Trio) {
    this.#trio = trio;
    this.#words = trio.cores.map(stateWords);
    this.#bytes = trio.cores.map(({ state }) => state);
  }

  mode(channel: number): number {
    return this.#bytes[channel]?.[MODE_BYTE] ?? 0;
  }

  /** Channels that vote in this channel's view (bits). */
  voters(channel: number): number {
    let bits = 0;
    for (let of = 0; of < 3; of += 1) {
      if ((this.#bytes[channel]?.[STATE_OF + of * HEALTH_SIZE] ?? 9) <= 1) bits |= 1 << of;
    }
    return bits;
  }

  committed(channel: number): number {
    return this.#words[channel]?.[COMMITTED_AT] ?? 0;
  }

  before(): Before {
    const each = [0, 1, 2];
    return {
      modes: each.map((channel) => this.mode(channel)),
      voters: each.map((channel) => this.voters(channel)),
      gates: [...this.#trio.gates],
    };
  }

  /** Everything that is wrong with the frame just flown. `good` are the channels without a fault (bits). */
  findings(good: number, before: Before, outcome: number): Finding[] {
    const found: Finding[] = [];
    const goods = [0, 1, 2].filter((channel) => ((good >>> channel) & 1) !== 0);
    this.#judgeStage(goods, outcome, found);
    for (const channel of goods) this.#judgeChannel({ channel, goods, before, found });
    for (const first of goods) for (const second of goods) if (first < second) this.#judgePair(first, second, found);
    return found;
  }

  #line(channel: number): number | undefined {
    const line = this.#trio.cores[channel]?.line;
    return line !== undefined && line[LINE.frame] === this.#last && line[LINE.driven] === 1
      ? (line[LINE.outputs] as number)
      : undefined;
  }

  get #last(): number {
    return (this.#trio.frameNumber - 1) >>> 0;
  }

  #judgeStage(goods: readonly number[], outcome: number, found: Finding[]): void {
    if (outcome === OUTCOME.held) found.push("held");
    if (outcome === OUTCOME.safe) found.push("safe");
    const lines = goods.map((channel) => this.#line(channel)).filter((value) => value !== undefined);
    if (new Set(lines).size > 1) found.push("two outputs");
    const isVoted = outcome === OUTCOME.agreed || outcome === OUTCOME.masked;
    if (isVoted && !lines.includes(this.#trio.stage.out[0] as number)) found.push("wrong output");
  }

  #judgeChannel(look: { channel: number; goods: readonly number[]; before: Before; found: Finding[] }): void {
    const { channel, goods, before, found } = look;
    const mode = this.mode(channel);
    const voters = this.voters(channel);
    const count = (voters & 1) + ((voters >> 1) & 1) + ((voters >> 2) & 1);
    if (mode !== MODE_SAFE && mode !== count) found.push("mode");
    if (before.modes[channel] === MODE_SAFE && mode !== MODE_SAFE) found.push("left SAFE");
    if (before.modes[channel] === TRIPLEX && mode < 2) found.push("fell");
    for (const other of goods) {
      const did = ((before.voters[channel] ?? 0) >>> other) & 1;
      if (did !== 0 && ((voters >>> other) & 1) === 0) found.push("excluded");
    }
    if (before.gates[channel] === 1 && this.#trio.gates[channel] === 0 && mode !== MODE_SAFE) found.push("gate off");
    if (this.#trio.crashed[channel] !== undefined) found.push("crashed");
    if (this.#trio.strayed === channel) found.push("strayed");
    const { events } = this.#trio;
    for (let i = 0; i < events.length; i += 4) {
      if (events[i] === channel && events[i + 1] === MISCOMPARE) found.push("miscompare");
    }
    if (this.#line(channel) !== undefined && this.committed(channel) !== this.#last) found.push("late driver");
    this.#judgeSelection(channel, goods, found);
  }

  /** Between the least and the greatest good sample, by the tolerance wider where fewer than three were used. */
  #judgeSelection(channel: number, goods: readonly number[], found: Finding[]): void {
    const bytes = this.#bytes[channel] as Uint8Array;
    if (this.committed(channel) !== this.#last || bytes[VALID_BYTE] === 0 || bytes[HOLD_BYTE] !== 0) return;
    const samples = goods.map((good) => SENSORS[good] as number);
    const wider = bytes[USED_BYTE] === 7 ? 0 : TOLERANCE;
    const selected = floatOf(this.#words[channel]?.[SELECTED_AT] as number);
    if (selected < Math.min(...samples) - wider || selected > Math.max(...samples) + wider) found.push("range");
  }

  #judgePair(first: number, second: number, found: Finding[]): void {
    const p = this.#words[first] as Uint32Array;
    const q = this.#words[second] as Uint32Array;
    if (p[GATE] === 0 || q[GATE] === 0) return;
    if (((this.voters(first) >>> first) & 1) === 0 || ((this.voters(second) >>> second) & 1) === 0) return;
    if (this.#isSame(p, q) || lags(p, q) || lags(q, p)) return;
    found.push("split");
  }

  #isSame(p: Uint32Array, q: Uint32Array): boolean {
    const at = AGREED_AT >>> 2;
    for (let i = at; i < at + AGREED_WORDS; i += 1) if (p[i] !== q[i]) return false;
    return p[MODULE] === q[MODULE] && p[MODULE + 1] === q[MODULE + 1];
  }
}

/** Whether the one's pending frame is what the other committed. */
function lags(slow: Uint32Array, fast: Uint32Array): boolean {
  if (slow[PENDING] === 0 || slow[PENDING_FRAME] !== fast[COMMITTED_AT]) return false;
  return (
    slow[PENDING_HASH] === fast[COMMITTED_HASH] &&
    slow[PENDING_HASH + 1] === fast[COMMITTED_HASH + 1] &&
    slow[NEXT_MODULE] === fast[MODULE]
  );
}
