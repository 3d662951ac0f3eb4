import { type Flips, flipIn } from "../../host/faults/flips.ts";
import { activeIn, type ChannelFault, type ResolvedFault } from "../../host/faults/resolved-fault.ts";
import { LINE } from "../../host/model/line.ts";
import { Random } from "../../host/model/random.ts";

/** One bit to invert before the frame begins. */
export interface Flip {
  target: "core" | "module";
  address: number;
  /** 0 to 7. */
  bit: number;
}

/** What a channel suffers in one frame. The object is reused: read it before the next `at`. */
export interface ChannelState {
  /** False: no power or a stopped processor; the channel gets no call at all. */
  readonly running: boolean;
  /** True: no power, so that its gate falls off as well. */
  readonly isOff: boolean;
  /** True: the channel starts anew at the beginning of this frame, memory lost. */
  readonly reset: boolean;
  /** Use the first `flipCount` of `flips`. */
  readonly flips: readonly Readonly<Flip>[];
  readonly flipCount: number;
  /** Peers whose gates it pulls without a reason, bits. */
  readonly pulls: number;
  /** Whether `line` must see what the channel drives. */
  readonly badLine: boolean;
}

/** Faults that take a channel as a whole. */
export class ChannelFaults {
  readonly #faults: readonly (readonly ChannelFault[])[];
  readonly #first: number;
  readonly #end: number;
  readonly #state = {
    running: true,
    isOff: false,
    reset: false,
    flips: [] as Flip[],
    flipCount: 0,
    pulls: 0,
    badLine: false,
  };

  constructor(faults: readonly ResolvedFault[]) {
    const all = faults.filter((fault) => fault.place === "channel");
    this.#faults = [0, 1, 2].map((channel) => all.filter((fault) => fault.channel === channel));
    this.#first = Math.min(...all.map((fault) => fault.frame));
    // One frame more: power comes back at the end of `off`.
    this.#end = Math.max(0, ...all.map((fault) => fault.end + 1));
    this.#state.flips = all.map(() => ({ target: "module", address: 0, bit: 0 }));
  }

  /** What happens to a channel in this frame. */
  at(frame: number, channel: number): ChannelState {
    const state = this.#state;
    state.running = true;
    state.isOff = false;
    state.reset = false;
    state.flipCount = 0;
    state.pulls = 0;
    state.badLine = false;
    if (frame < this.#first || frame >= this.#end) return state;
    const faults = this.#faults[channel] as readonly ChannelFault[];
    for (let i = 0; i < faults.length; i += 1) this.#add(faults[i] as ChannelFault, frame);
    return state;
  }

  /** Makes the channel's line (docs/core.md, LINE) what the fault makes of it. Only when `badLine` says so. */
  line(frame: number, channel: number, words: Uint32Array): void {
    for (const fault of this.#faults[channel] as readonly ChannelFault[]) {
      if (fault.mode.name !== "line" || !activeIn(fault, frame)) continue;
      if (fault.choice === "silent") words[LINE.driven] = 0;
      else if (fault.choice === "stale") words[LINE.frame] = (frame - 1) >>> 0;
      else drive(fault, frame, words);
    }
  }

  #add(fault: ChannelFault, frame: number): void {
    const state = this.#state;
    if (!activeIn(fault, frame)) {
      if (fault.mode.name === "off" && frame === fault.end) state.reset = true;
      return;
    }
    switch (fault.mode.name) {
      case "hang":
        state.running = false;
        break;
      case "off":
        state.running = false;
        state.isOff = true;
        break;
      case "reset":
        state.reset = true;
        break;
      case "bitflip":
        if (fault.flips !== undefined) this.#flip(fault, fault.flips, frame);
        break;
      case "pull":
        state.pulls |= pulled(fault);
        break;
      case "line":
        state.badLine = true;
        break;
      default: // Two-faced, forging and babbling show on the links (links.ts).
        break;
    }
  }

  #flip(fault: ChannelFault, flips: Flips, frame: number): void {
    const state = this.#state;
    const flip = state.flips[state.flipCount] as Flip;
    const { address, bit } = flipIn(flips, fault, frame);
    flip.target = fault.choice === "core" ? "core" : "module";
    flip.address = address;
    flip.bit = bit;
    state.flipCount += 1;
  }
}

/** A wrong value that claims to be of this frame, even where the channel itself would drive nothing. */
function drive({ seed, stream }: ChannelFault, frame: number, words: Uint32Array): void {
  const random = new Random(seed);
  words[LINE.frame] = frame;
  words[LINE.driven] = 1;
  for (let i: number = LINE.outputs; i < words.length; i += 1) {
    const noise = random.word(stream, 16 * frame + i) | 1;
    words[i] = (words[i] as number) ^ noise;
  }
}

/** Bits of the peers that a `pull` names; "lower" and "higher" leave out the channel itself. */
function pulled({ channel, choice }: ChannelFault): number {
  const [lower, higher] = [0, 1, 2].filter((peer) => peer !== channel) as [number, number];
  if (choice === "lower") return 1 << lower;
  if (choice === "higher") return 1 << higher;
  return (1 << lower) | (1 << higher);
}
