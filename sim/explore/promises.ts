/**
 * The numbered promises of docs/safety.md that a short search or a played scene can break. Each gives the findings that
 * contradict it, none when it holds; the same list judges the built core and its mutants.
 */
import { OUTCOME } from "./bare-stage.ts";
import { consolidationSplits } from "./consolidation.ts";
import { type Finding, Judge } from "./core-invariants.ts";
import { type SearchResult, search, type Trouble } from "./explore.ts";
import { type FalseX1, Liar, type Lies, SILENT } from "./impostor.ts";
import { anyLie, anyLossBetween, anySingleLoss, oneDirection, type Size, silence } from "./link-troubles.ts";
import { TINY, tinyLaw } from "./tiny-law.ts";
import { Trio, type TrioOptions } from "./trio.ts";
import { lossBit, X3 } from "./trio-hooks.ts";

/** The modules under test; left out, the built ones. */
export interface Built {
  readonly core?: WebAssembly.Module;
  readonly stage?: WebAssembly.Module;
}

export interface Promised {
  readonly number: string;
  readonly text: string;
  /** Findings against it. */
  readonly broken: (built: Built) => string[];
}

/** Frames in which a silent channel is convicted: three errors, told one frame later each. */
export const CONVICTION_FRAMES = 5;
export const DIRECTIONS = [
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 2],
  [2, 0],
  [2, 1],
] as const;

const HOLD_FRAMES = 3;
const WRAP = 0x1_0000_0000;
const LOSSES_BETWEEN_A_AND_B = [1, 2, 3].flatMap((kind) => [lossBit(kind, 0, 1), lossBit(kind, 1, 0)]);

function findings({ findings }: SearchResult): string[] {
  return Object.entries(findings).map(([name, { count, path }]) => `${name} x${count}: ${path}`);
}

function options(built: Built): TrioOptions {
  return { ...TINY, ...built };
}

/** TRIPLEX; in every frame no message or any one is lost. */
export function singleLosses(built: Built, depth: number, first = 0): SearchResult {
  return search({ options: { ...options(built), first }, good: 7, troubles: anySingleLoss, depth });
}

/** TRIPLEX; of one direction of one link any messages are lost. */
export function lossyDirection(built: Built, from: number, to: number, depth: number): SearchResult {
  return search({ options: options(built), good: 7, troubles: () => oneDirection(from, to), depth });
}

/** TRIPLEX; one channel says anything to anybody. */
export function arbitraryChannel(built: Built, channel: number, size: Size, depth: number): SearchResult {
  const lies = anyLie(new Liar(channel), size);
  return search({ options: options(built), good: 7 & ~(1 << channel), troubles: () => lies, depth });
}

/** What DUPLEX with lossy links may show: held frames, and when they do not end, gates off and SAFE. */
export const HOLDING: readonly Finding[] = ["held", "gate off", "safe"];

/** DUPLEX of A and B; any of their messages are lost for `frames` frames, then none for three. */
export function duplexLosses(built: Built, frames: number, first = 0): SearchResult {
  const silent = new Liar(2);
  const prelude = Array.from({ length: CONVICTION_FRAMES }, () => silence(silent));
  const losses = anyLossBetween(0, 1, silent);
  return search({
    options: { ...options(built), first },
    prelude,
    good: 3,
    troubles: (depth) => (depth < frames ? losses : [silence(silent)]),
    depth: frames + 3,
    allowed: HOLDING,
  });
}

/** A played scene: what happens frame by frame, and what was found in each. */
export function play(trio: Trio, good: number, scene: readonly Trouble[]): { outcomes: number[]; found: Set<Finding> } {
  const judge = new Judge(trio);
  const outcomes: number[] = [];
  const found = new Set<Finding>();
  for (const trouble of scene) {
    if (trouble.impostor !== undefined && trouble.lies !== undefined) trouble.impostor.lies = trouble.lies;
    const before = judge.before();
    const outcome = trio.frame(trouble);
    outcomes.push(outcome);
    for (const finding of judge.findings(good, before, outcome)) found.add(finding);
  }
  return { outcomes, found };
}

export function frames(count: number, trouble: Trouble = {}): Trouble[] {
  return Array.from({ length: count }, () => trouble);
}

/** DUPLEX of A and B, as it is reached: C falls silent. */
export function duplex(built: Built, first = 0): { trio: Trio; quiet: Trouble } {
  const quiet = silence(new Liar(2));
  const trio = new Trio({ ...options(built), first });
  play(trio, 3, frames(CONVICTION_FRAMES, quiet));
  return { trio, quiet };
}

function expectOutcomes(outcomes: readonly number[], expected: readonly number[]): string[] {
  return outcomes.join() === expected.join() ? [] : [`outcomes ${outcomes.join()}, expected ${expected.join()}`];
}

/** A flipped bit in C's law that no output shows yet. */
function hiddenCorruption(built: Built): string[] {
  const law: typeof tinyLaw = (state, inputs, out) => {
    const hidden = state[1] as number;
    tinyLaw(state, inputs, out);
    state[1] = hidden;
  };
  const trio = new Trio({ ...options(built), law });
  play(trio, 7, frames(3));
  (trio.laws[2] as Uint32Array)[1] = 77;
  play(trio, 3, frames(1));
  const judge = new Judge(trio);
  const found =
    judge.committed(2) === judge.committed(0) ? ["a channel with another state committed with the others"] : [];
  play(trio, 3, frames(4));
  return ((judge.voters(0) >>> 2) & 1) === 0 ? found : [...found, "C still votes five frames after its state changed"];
}

/** B's results are lost to A and C says about it, and about itself, whatever convicts. */
function twoAccused(built: Built): string[] {
  const trio = new Trio(options(built));
  const liar = new Liar(2);
  const x1: FalseX1 = { isBad: false, against: [0, 2], declares: true, hash: 0 };
  const lies: Lies = { x1: [x1, x1], relays: [true, true], echoes: [true, true], x3: [1, 1], line: 1, pulls: 0 };
  // A's word about B's silence comes a frame later than C's about itself: let both count from the same frame.
  const quiet: FalseX1 = { ...x1, declares: false };
  const lost = lossBit(X3, 1, 0);
  const scene: Trouble[] = [
    { impostor: liar, lies: { ...lies, x1: [quiet, quiet] }, lost },
    ...frames(6, { impostor: liar, lies, lost }),
  ];
  const { found } = play(trio, 1, scene);
  return [...found].filter((finding) => finding === "fell");
}

/** In DUPLEX A's law traps in every fourth frame: each time a held frame, never more. */
function trappingInDuplex(built: Built): string[] {
  const { trio, quiet } = duplex(built);
  const once: Trouble = { ...quiet, stepStatus: (channel) => (channel === 0 ? 1 : 0) };
  const scene = frames(80).map((_, frame) => (frame % 4 === 3 ? once : quiet));
  const { outcomes, found } = play(trio, 3, scene);
  const expected = scene.map((_, frame) => (frame % 4 === 3 ? OUTCOME.held : OUTCOME.masked));
  const stage = outcomes.map((outcome) => (outcome === OUTCOME.agreed ? OUTCOME.masked : outcome));
  return [...expectOutcomes(stage, expected), ...[...found].filter((finding) => finding !== "held")];
}

function miscompares(built: Built, wrong: readonly number[]): { outcomes: number[]; found: Set<Finding>; trio: Trio } {
  const { trio, quiet } = duplex(built);
  return {
    ...play(
      trio,
      3,
      wrong.map((channels) => ({ ...quiet, wrong: channels })),
    ),
    trio,
  };
}

/** One wrong step in DUPLEX costs a held frame; a second in a row ends in SAFE, for good. */
function computeFaults(built: Built): string[] {
  const { agreed, held, safe } = OUTCOME;
  const once = miscompares(built, [0, 1, 0, 0, 2, 0]).outcomes;
  const twice = miscompares(built, [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]);
  const left = twice.found.has("left SAFE") ? ["SAFE was left"] : [];
  const modes = [0, 1].filter((channel) => new Judge(twice.trio).mode(channel) !== 0);
  return [
    ...expectOutcomes(once, [agreed, held, agreed, agreed, held, agreed]),
    ...expectOutcomes(twice.outcomes, [agreed, held, safe, safe, safe, safe, safe, safe, safe, safe]),
    ...left,
    ...modes.map((channel) => `${"AB"[channel]} is not in SAFE`),
  ];
}

/** Two channels corrupted one frame apart: nobody can be believed. */
function twoCorrupted(built: Built): string[] {
  const { held, safe } = OUTCOME;
  const found: string[] = [];
  for (let apart = 1; apart < 3; apart += 1) {
    const trio = new Trio(options(built));
    play(trio, 7, frames(3));
    (trio.laws[2] as Uint32Array)[0] = 21;
    const first = play(trio, 1, frames(apart));
    (trio.laws[1] as Uint32Array)[0] = 22;
    const { outcomes, found: later } = play(trio, 1, frames(8));
    const wrong = [...first.found, ...later].filter((finding) => finding === "wrong output");
    found.push(...wrong.map((finding) => `${apart} frames apart: ${finding}`));
    found.push(
      ...expectOutcomes(outcomes.slice(0, 2), [held, held]),
      ...expectOutcomes(
        outcomes.slice(3),
        frames(5).map(() => safe),
      ),
    );
  }
  return found;
}

/**
 * C tells each of two good channels that it agrees with it, and one message between them is lost: they may part, but must notice
 * within HOLD_FRAMES.
 */
function kingmaker(built: Built): string[] {
  const found: string[] = [];
  const liar = new Liar(2);
  const honest: FalseX1 = { isBad: false, against: [0, 0], declares: false, hash: 0 };
  const other: FalseX1 = { ...honest, hash: 2 };
  const says = [undefined, honest, other];
  for (const lost of LOSSES_BETWEEN_A_AND_B) {
    for (const first of says) {
      for (const second of says) {
        for (const x3 of [
          [1, 2],
          [1, 1],
          [2, 2],
          [1, 0],
          [0, 2],
        ] as const) {
          const lies: Lies = { ...SILENT, x1: [first, second], x3, line: 2 };
          const trio = new Trio(options(built));
          const longest = longestSplit(trio, [{ impostor: liar, lies, lost }, ...frames(8, { impostor: liar, lies })]);
          if (longest > HOLD_FRAMES) found.push(`A and B apart for ${longest} frames, lost ${lost}, X3 ${x3.join("")}`);
        }
      }
    }
  }
  return found;
}

function longestSplit(trio: Trio, scene: readonly Trouble[]): number {
  let longest = 0;
  let now = 0;
  for (const trouble of scene) {
    now = play(trio, 3, [trouble]).found.has("split") ? now + 1 : 0;
    longest = Math.max(longest, now);
  }
  return longest;
}

/** Losses in the frames around the wrap have the outcomes that they have anywhere else. */
function wrapping(built: Built): string[] {
  return anyLossBetween(0, 1, new Liar(2)).flatMap(({ lost = 0, text = "" }) => {
    const [here, elsewhere] = [WRAP - CONVICTION_FRAMES, 0].map((first) => {
      const { trio, quiet } = duplex(built, first);
      return play(trio, 3, [{ ...quiet, lost }, ...frames(6, quiet)]).outcomes;
    });
    return expectOutcomes(here ?? [], elsewhere ?? []).map((problem) => `${text}: ${problem}`);
  });
}

/** A channel that stops driving keeps its last line: it must not count in a later frame. */
function staleLine(built: Built): string[] {
  const trio = new Trio(options(built));
  play(trio, 7, frames(3));
  const { stage } = trio;
  const old = stage.lines.slice();
  const before = stage.out[0];
  stage.lines.set(old);
  const outcome = stage.step(trio.frameNumber);
  return outcome === OUTCOME.held && stage.out[0] === before
    ? []
    : [`lines of the frame before gave outcome ${outcome}`];
}

/** A step that traps, that comes too late and that never ends is taken back, on one channel and on all. */
function abandonedSteps(built: Built): string[] {
  const found: string[] = [];
  const kinds: Record<string, (channels: number) => Trouble> = {
    trap: (channels) => ({ stepStatus: (channel) => (channels >>> channel) & 1 }),
    "no fuel": (channels) => ({ stepStatus: (channel) => 2 * ((channels >>> channel) & 1) }),
    late: (channels) => ({ stepEndUs: (channel) => ((channels >>> channel) & 1) * 1500 + 5001 }),
    overrun: (channels) => ({ overrun: channels }),
  };
  for (const [name, make] of Object.entries(kinds)) {
    for (let channels = 1; channels < 8; channels += 1) {
      const trio = new Trio(options(built));
      play(trio, 7, frames(3));
      const { found: seen } = play(trio, 7, [make(channels), ...frames(6)]);
      if (seen.has("strayed"))
        found.push(`${name} on channels ${channels}: a step from a state that was not committed`);
      if (channels === 7 && seen.has("safe")) found.push(`${name} on all channels once ends in SAFE`);
    }
  }
  return found;
}

export const PROMISES: readonly Promised[] = [
  { number: "S1", text: "channels consolidate the same data", broken: ({ core }) => consolidationSplits(core) },
  { number: "S2", text: "any one lost message a frame is masked", broken: (built) => findings(singleLosses(built, 3)) },
  {
    number: "S3",
    text: "a lossy or dead link direction is masked",
    broken: (built) => DIRECTIONS.flatMap(([from, to]) => findings(lossyDirection(built, from, to, 7))),
  },
  {
    number: "S4",
    text: "one arbitrary channel is masked",
    broken: (built) => [0, 1, 2].flatMap((channel) => findings(arbitraryChannel(built, channel, "small", 1))),
  },
  {
    number: "S5",
    text: "losses between two channels hold at most",
    broken: (built) => findings(duplexLosses(built, 2)),
  },
  { number: "S6", text: "a wrong step in DUPLEX costs a frame, two in a row SAFE", broken: computeFaults },
  { number: "S7", text: "two corrupted channels end in hold and SAFE", broken: twoCorrupted },
  { number: "S8", text: "a changed state is found although no output shows it", broken: hiddenCorruption },
  { number: "S9", text: "at most one channel is convicted in a frame", broken: twoAccused },
  { number: "S10", text: "the alpha count opens nothing in DUPLEX", broken: trappingInDuplex },
  { number: "S11", text: "a line of an earlier frame does not count", broken: staleLine },
  { number: "S12", text: "an abandoned step is taken back", broken: abandonedSteps },
  {
    number: "S27",
    text: "nothing changes when frame numbers wrap around",
    broken: (built) => [
      ...findings(singleLosses(built, 3, WRAP - 2)),
      ...findings(duplexLosses(built, 2, WRAP - CONVICTION_FRAMES - 1)),
      ...wrapping(built),
    ],
  },
  { number: "S13", text: "a liar and a lost message part good channels for HOLD_FRAMES at most", broken: kingmaker },
];
