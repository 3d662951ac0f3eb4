/** The adversary: a channel that may say anything, to each peer another thing, with right checksums. */
import { crc32c } from "../../host/model/crc32c.ts";
import { LINE, LINE_WORDS } from "../../host/model/line.ts";
import {
  CRC_SIZE,
  ECHO_PRESENT,
  RELAY_PRESENT,
  X1 as X1_AT,
  X2 as X2_AT,
  X3 as X3_AT,
} from "../../host/model/link-layout.ts";
import { f32 } from "./tiny-table.ts";
import { type Impostor, type Overheard, X1, X2 } from "./trio-hooks.ts";

/** What it says in X1 to one peer. */
export interface FalseX1 {
  /** A sample far off instead of a good one. */
  readonly isBad: boolean;
  /** Against its two peers, the lower first: 0 nothing, 1 omission, 2 value accusation. */
  readonly against: readonly [number, number];
  readonly declares: boolean;
  /** Its committed and pending hashes: 0 the first good channel's, 1 its own invention, 2 the second good channel's. */
  readonly hash: number;
}

/** One frame of an adversary. Pairs are for its two peers, the lower first. */
export interface Lies {
  readonly x1: readonly [FalseX1 | undefined, FalseX1 | undefined];
  readonly relays: readonly [boolean, boolean];
  readonly echoes: readonly [boolean, boolean];
  /** 0 none, 1 the lower peer's tuple, 2 the upper's, 3 an invention. */
  readonly x3: readonly [number, number];
  /** 0 nothing, 1 what a good channel drives, 2 an invention, 3 the stage's last output. */
  readonly line: number;
  readonly pulls: number;
}

export const SILENT: Lies = {
  x1: [undefined, undefined],
  relays: [false, false],
  echoes: [false, false],
  x3: [0, 0],
  line: 0,
  pulls: 0,
};

/** Words of an X1. `evidence` has the omissions and accusations in its upper half; `hashes`: committed, pending, agreed. */
const WORD = {
  source: 0,
  evidence: X1_AT.validity >>> 2,
  declaration: X1_AT.declaration >>> 2,
  hashes: X1_AT.committedFrame >>> 2,
  committedHash: X1_AT.committedHash >>> 2,
  agreedHash: X1_AT.agreedHash >>> 2,
  hashesEnd: X1_AT.parameterSet >>> 2,
  sample: X1_AT.samples >>> 2,
};
const RELAY_WORD = X2_AT.relay >>> 2;
const BAD_SAMPLE = f32(50);

/** Puts the right checksum at the end: a liar knows how to count. */
export function seal(words: Uint32Array): Uint32Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  words[words.length - 1] = crc32c(bytes, 0, bytes.length - 4);
  return words;
}

export class Liar implements Impostor {
  readonly channel: number;
  readonly peers: readonly [number, number];
  lies: Lies = SILENT;
  readonly #line = new Uint32Array(LINE_WORDS);

  constructor(channel: number) {
    this.channel = channel;
    this.peers = channel === 0 ? [1, 2] : channel === 1 ? [0, 2] : [0, 1];
  }

  get pulls(): number {
    return this.lies.pulls;
  }

  message(others: Overheard, kind: number, to: number): Uint32Array | undefined {
    const side = to === this.peers[0] ? 0 : 1;
    if (kind === X1) return this.#x1(others, this.lies.x1[side]);
    return kind === X2 ? this.#x2(others, to, side) : this.#x3(others, this.lies.x3[side]);
  }

  /** A message of a good channel to any peer: X1 and X3 go to both alike. */
  #of(others: Overheard, kind: number, from: number): Uint32Array | undefined {
    const box = others.outbox[kind - 1] as (Uint32Array | undefined)[];
    return box[3 * from + this.channel];
  }

  #x1(others: Overheard, said: FalseX1 | undefined): Uint32Array | undefined {
    const model = this.#of(others, X1, this.peers[0]) ?? this.#of(others, X1, this.peers[1]);
    if (said === undefined || model === undefined) return undefined;
    const words = model.slice();
    words[WORD.source] = ((model[0] as number) & 0xff00ffff) | (this.channel << 16);
    let omissions = 0;
    let values = 0;
    said.against.forEach((evidence, index) => {
      const bit = 1 << (this.peers[index] as number);
      if (evidence === 1) omissions |= bit;
      if (evidence === 2) values |= bit;
    });
    words[WORD.evidence] = ((model[WORD.evidence] as number) & 0xffff) | (omissions << 16) | (values << 24);
    words[WORD.declaration] = said.declares ? 1 : 0;
    const other = this.#of(others, X1, this.peers[1]);
    if (said.hash === 2 && other !== undefined) {
      words.set(other.subarray(WORD.hashes, WORD.hashesEnd), WORD.hashes);
    }
    if (said.hash === 1) {
      words.fill(1, WORD.committedHash, WORD.committedHash + 2);
      words.fill(1, WORD.agreedHash, WORD.agreedHash + 2);
    }
    if (said.isBad) words[WORD.sample] = BAD_SAMPLE;
    return seal(words);
  }

  #x2(others: Overheard, to: number, side: 0 | 1): Uint32Array | undefined {
    const third = 3 - this.channel - to;
    const relayed = this.lies.relays[side] ? this.#of(others, X1, third) : undefined;
    const echoed = this.lies.echoes[side] ? this.#of(others, X1, to) : undefined;
    if (!this.lies.relays[side] && !this.lies.echoes[side]) return undefined;
    const head = this.#of(others, X1, to) ?? this.#of(others, X1, third);
    if (head === undefined) return undefined;
    const words = new Uint32Array(RELAY_WORD + (relayed?.length ?? 0) + CRC_SIZE / 4);
    words[0] = ((head[0] as number) & 0xff) | (X2 << 8) | (this.channel << 16);
    words[1] = ((head[1] as number) & 0xffff) | ((words.length << 2) << 16);
    words[2] = head[2] as number;
    words[X2_AT.echo >>> 2] = echoed?.at(-1) ?? 0;
    words[X2_AT.flags >>> 2] = (relayed === undefined ? 0 : RELAY_PRESENT) | (echoed === undefined ? 0 : ECHO_PRESENT);
    if (relayed !== undefined) words.set(relayed, RELAY_WORD);
    return seal(words);
  }

  #x3(others: Overheard, how: number): Uint32Array | undefined {
    if (how === 0) return undefined;
    const first = this.#of(others, 3, this.peers[0]);
    const second = this.#of(others, 3, this.peers[1]);
    const model = how === 2 ? second : how === 1 ? first : (first ?? second);
    if (model === undefined) return undefined;
    const words = model.slice();
    words[0] = ((model[0] as number) & 0xff00ffff) | (this.channel << 16);
    if (how === 3) {
      words[X3_AT.moduleHash >>> 2] = 5;
      words[X3_AT.outputs >>> 2] = 999;
    }
    return seal(words);
  }

  line(others: Overheard): Uint32Array {
    const line = this.#line;
    line.fill(0);
    line[LINE.frame] = others.frameNumber;
    if (this.lies.line === 0) return line;
    line[LINE.driven] = 1;
    line[LINE.outputs] = this.#lineValue(others);
    return line;
  }

  #lineValue(others: Overheard): number {
    if (this.lies.line === 2) return 999;
    if (this.lies.line === 3) return others.stage.out[0] as number;
    const good = this.peers.find((peer) => others.cores[peer]?.line[LINE.driven] === 1) ?? this.peers[0];
    return others.cores[good]?.line[LINE.outputs] ?? 0;
  }
}
