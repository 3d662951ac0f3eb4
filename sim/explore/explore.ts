/**
 * Exhaustive search over three built cores: breadth first, frame by frame. A state is what can still matter after a frame;
 * what cannot is cleared before it is kept, so that equal states are met as such and the search goes on from exactly what it
 * compared.
 */

import { type Finding, Judge, stateWords } from "./core-invariants.ts";
import { AGREED_AT, agreedSize, LOCAL_AT, LOCAL_SIZE, localWord, NEXT_AT, SLOTS_AT } from "./core-layout.ts";
import type { Liar } from "./impostor.ts";
import { SILENT } from "./impostor.ts";
import { Trio, type TrioOptions } from "./trio.ts";
import type { Hooks } from "./trio-hooks.ts";

/** One frame of trouble. */
export interface Trouble extends Hooks {
  readonly impostor?: Liar | undefined;
  readonly lies?: Liar["lies"];
  readonly text?: string;
}

export interface Search {
  readonly options: TrioOptions;
  /** Flown before the search begins, to get to its first state. */
  readonly prelude?: readonly Trouble[];
  /** Channels without a fault (bits). */
  readonly good: number;
  /** What may happen in the frame of this depth. */
  readonly troubles: (depth: number) => readonly Trouble[];
  readonly depth: number;
  /** Findings that the hypothesis allows. */
  readonly allowed?: readonly Finding[];
  /** States kept per depth; beyond it the search is not complete and says so. */
  readonly statesMax?: number;
}

export interface Found {
  readonly count: number;
  /** The troubles that led there first. */
  readonly path: string;
}

export interface SearchResult {
  readonly states: number;
  readonly transitions: number;
  readonly isComplete: boolean;
  readonly findings: Readonly<Record<string, Found>>;
}

const LOCAL_WORD = LOCAL_AT >>> 2;
const LOCAL_WORDS = LOCAL_SIZE >>> 2;
const AGREED_WORD = AGREED_AT >>> 2;
const NEXT_WORD = NEXT_AT >>> 2;

/** Local words that are made anew in the next frame before anything reads them, or only tell events apart. */
const DEAD = [
  "received stepped step_status fuel_used outcome driven matching pulls stepping digest_low digest_high missing",
  "x1_a x1_b x1_c source_a source_b source_c sources_before omissions_before accusations_before",
]
  .join(" ")
  .split(" ");
/** Dead as well when no frame is pending. */
const DEAD_UNLESS_PENDING =
  "pending_frame next_module_low next_module_high next_agreed_low next_agreed_high pending_low pending_high".split(" ");

const DEAD_WORDS = DEAD.map(localWord);
const DEAD_UNLESS_PENDING_WORDS = DEAD_UNLESS_PENDING.map(localWord);
const PENDING = localWord("pending");
/** Words of the stage's state that chain the output hash: they never decide. */
const STAGE_HASH_WORDS = [6, 7, 8, 13, 14];

/** Saves and restores what can still matter. */
export class Keeper {
  readonly #trio: Trio;
  readonly #states: readonly Uint32Array[];
  readonly #agreedWords: number;
  readonly size: number;

  constructor(trio: Trio, inputs = 1) {
    this.#trio = trio;
    this.#states = trio.cores.map(stateWords);
    this.#agreedWords = agreedSize(inputs) >>> 2;
    this.size = 3 * (LOCAL_WORDS + 2 * this.#agreedWords + 8) + trio.stage.state.length + 1;
  }

  /** Clears what cannot matter any more, in place. */
  clear(): void {
    for (let channel = 0; channel < 3; channel += 1) {
      const words = this.#states[channel] as Uint32Array;
      for (const word of DEAD_WORDS) words[word] = 0;
      words.fill(0, SLOTS_AT >>> 2, AGREED_WORD);
      if (words[PENDING] !== 0) continue;
      for (const word of DEAD_UNLESS_PENDING_WORDS) words[word] = 0;
      words.fill(0, NEXT_WORD, NEXT_WORD + this.#agreedWords);
      this.#trio.snapshots[channel]?.fill(0);
    }
    for (const word of STAGE_HASH_WORDS) this.#trio.stage.state[word] = 0;
  }

  save(): Uint32Array {
    const kept = new Uint32Array(this.size);
    let at = 0;
    const put = (words: Uint32Array, from: number, count: number) => {
      for (let i = 0; i < count; i += 1) kept[at + i] = words[from + i] as number;
      at += count;
    };
    const { trio, agreedWords } = { trio: this.#trio, agreedWords: this.#agreedWords };
    for (let channel = 0; channel < 3; channel += 1) {
      const words = this.#states[channel] as Uint32Array;
      put(words, LOCAL_WORD, LOCAL_WORDS);
      put(words, AGREED_WORD, agreedWords);
      put(words, NEXT_WORD, agreedWords);
      put(trio.laws[channel] as Uint32Array, 0, 2);
      put(trio.snapshots[channel] as Uint32Array, 0, 2);
      kept[at] = trio.gates[channel] as number;
      kept[at + 1] = trio.pulls[channel] as number;
      kept[at + 2] = trio.running[channel] === true ? 1 : 0;
      at += 4;
    }
    put(trio.stage.state, 0, trio.stage.state.length);
    kept[at] = trio.frameNumber;
    return kept;
  }

  restore(kept: Uint32Array): void {
    let at = 0;
    const take = (words: Uint32Array, to: number, count: number) => {
      for (let i = 0; i < count; i += 1) words[to + i] = kept[at + i] as number;
      at += count;
    };
    const { trio, agreedWords } = { trio: this.#trio, agreedWords: this.#agreedWords };
    for (let channel = 0; channel < 3; channel += 1) {
      const words = this.#states[channel] as Uint32Array;
      take(words, LOCAL_WORD, LOCAL_WORDS);
      take(words, AGREED_WORD, agreedWords);
      take(words, NEXT_WORD, agreedWords);
      take(trio.laws[channel] as Uint32Array, 0, 2);
      take(trio.snapshots[channel] as Uint32Array, 0, 2);
      trio.gates[channel] = kept[at] as number;
      trio.pulls[channel] = kept[at + 1] as number;
      trio.running[channel] = kept[at + 2] === 1;
      if (trio.running[channel]) trio.crashed[channel] = undefined;
      at += 4;
    }
    take(trio.stage.state, 0, trio.stage.state.length);
    trio.frameNumber = kept[at] as number;
  }
}

/** Two 32-bit lanes: among the states of a search no two were ever seen to collide, and a collision only hides a path. */
function keyOf(words: Uint32Array): string {
  let a = 0x811c9dc5;
  let b = 0x2545f491;
  for (let i = 0; i < words.length; i += 1) {
    a = Math.imul(a ^ (words[i] as number), 0x01000193);
    b = Math.imul((b << 7) ^ (b >>> 25) ^ (words[i] as number), 0x9e3779b1);
    a ^= a >>> 15;
  }
  return `${a >>> 0},${b >>> 0}`;
}

interface Node {
  readonly state: Uint32Array;
  readonly parent: Node | undefined;
  readonly text: string;
}

function fly(trio: Trio, trouble: Trouble): number {
  if (trouble.impostor !== undefined) trouble.impostor.lies = trouble.lies ?? SILENT;
  return trio.frame(trouble);
}

export function search(what: Search): SearchResult {
  const trio = new Trio(what.options);
  const keeper = new Keeper(trio);
  const judge = new Judge(trio);
  const allowed = new Set<string>(what.allowed ?? []);
  const findings: Record<string, { count: number; path: string }> = {};
  for (const trouble of what.prelude ?? []) fly(trio, trouble);
  keeper.clear();
  let level: Node[] = [{ state: keeper.save(), parent: undefined, text: "" }];
  let transitions = 0;
  let states = 1;
  let isComplete = true;
  for (let depth = 0; depth < what.depth; depth += 1) {
    const seen = new Set<string>();
    const next: Node[] = [];
    const troubles = what.troubles(depth);
    for (const node of level) {
      keeper.restore(node.state);
      const before = judge.before();
      for (const trouble of troubles) {
        keeper.restore(node.state);
        const outcome = fly(trio, trouble);
        transitions += 1;
        for (const finding of judge.findings(what.good, before, outcome)) {
          if (allowed.has(finding)) continue;
          const known = findings[finding];
          if (known !== undefined) known.count += 1;
          else findings[finding] = { count: 1, path: pathTo(node, trouble) };
        }
        keeper.clear();
        const state = keeper.save();
        const key = keyOf(state);
        if (seen.has(key)) continue;
        if (next.length >= (what.statesMax ?? 100_000)) {
          isComplete = false;
          continue;
        }
        seen.add(key);
        next.push({ state, parent: node, text: trouble.text ?? "" });
      }
    }
    states += next.length;
    level = next;
  }
  return { states, transitions, isComplete, findings };
}

function pathTo(node: Node, last: Trouble): string {
  const texts = [last.text ?? "?"];
  for (let at: Node | undefined = node; at?.parent !== undefined; at = at.parent) texts.unshift(at.text || "quiet");
  return texts.join("; ");
}
