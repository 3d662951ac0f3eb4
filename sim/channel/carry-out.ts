/**
 * Carries out what a core asks for: the one carrier of effects for simulator, exploration and tests; the C program of a board repeats
 * its recorded calls (docs/core.md, "Effects", "Carrying out").
 */

/** Effects a core asks for (docs/core.md, "Effects"). */
export const EFFECT = {
  send: 1,
  snapshot: 2,
  step: 3,
  restore: 4,
  line: 5,
  pull: 6,
  gate: 7,
  record: 8,
  event: 9,
} as const;
const WORDS_PER_EFFECT = 4;

/** As much of a core as a carrier needs. */
export interface Effects {
  readonly words: Uint32Array;
  /** Word at which the effects of the last call begin. */
  readonly effectsAt: number;
}

/** What a host can do for its core. Addresses are bytes in the core's memory. */
export interface Hands {
  /** Peers as bits. The bytes are good until the core's next call: who sends later copies them. */
  send(peers: number, address: number, size: number): void;
  /** Copies the module's state into a slot. */
  snapshot(slot: number): void;
  /** Copies a slot back into the module. */
  restore(slot: number): void;
  /** Runs the step and calls the core's `stepped`; gives the number of effects that came of it. */
  step(): number;
  /** The line is to be driven from what `LINE` has now. */
  line(): void;
  /** Pulls these peers' gates (bits) and releases the others. */
  pull(channels: number): void;
  /** Switches the own gate: 0 or 1. */
  gate(on: number): void;
  /** A record of this frame: `RECORD_FRAME` or `RECORD_DETAIL`. Good until the core's next call. */
  record(kind: number, address: number, size: number): void;
  event(code: number, subject: number, argument: number): void;
}

/** Carries out `count` effects of the last call in their order. STEP is the last of its call: the list is then another one. */
export function carryOut({ words, effectsAt }: Effects, count: number, hands: Hands): void {
  let left = count;
  for (let at = effectsAt; left > 0; left -= 1) {
    const first = words[at + 1] as number;
    const second = words[at + 2] as number;
    const third = words[at + 3] as number;
    switch (words[at]) {
      case EFFECT.send:
        hands.send(first, second, third);
        break;
      case EFFECT.snapshot:
        hands.snapshot(first);
        break;
      case EFFECT.step:
        left = hands.step() + 1;
        at = effectsAt - WORDS_PER_EFFECT;
        break;
      case EFFECT.restore:
        hands.restore(first);
        break;
      case EFFECT.line:
        hands.line();
        break;
      case EFFECT.pull:
        hands.pull(first);
        break;
      case EFFECT.gate:
        hands.gate(first);
        break;
      case EFFECT.record:
        hands.record(third, first, second);
        break;
      case EFFECT.event:
        hands.event(first, second, third);
        break;
      default: // Only damaged memory asks for anything else: it is not carried out.
        break;
    }
    at += WORDS_PER_EFFECT;
  }
}
