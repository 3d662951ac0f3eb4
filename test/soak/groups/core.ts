/**
 * The long form of test/core: deeper searches of the built core, every bit of its state flipped at every point of a frame, and
 * convictions too rare for `npm test`. The last line of progress of each part gives what REDUNDANCY 14 gives of its models.
 */
import { framesByRule, framesToConviction, LONG_RATES } from "../../../sim/explore/conviction.ts";
import { median } from "../../../sim/explore/draws.ts";
import { type SearchResult, search } from "../../../sim/explore/explore.ts";
import { Liar } from "../../../sim/explore/impostor.ts";
import { anyLie, anySingleLoss, NAMES, silence } from "../../../sim/explore/link-troubles.ts";
import {
  arbitraryChannel,
  CONVICTION_FRAMES,
  DIRECTIONS,
  duplexLosses,
  HOLDING,
  lossyDirection,
  singleLosses,
} from "../../../sim/explore/promises.ts";
import { every, fly, POINTS } from "../../../sim/explore/state-flips.ts";
import { TINY } from "../../../sim/explore/tiny-law.ts";
import { lossBit } from "../../../sim/explore/trio-hooks.ts";
import type { LongContext, LongResult } from "../../long.ts";

const RUNS = 151;
/** Ten times the mean time to a conviction at the lowest rate: a run that ends here has not been convicted at all. */
const FRAMES_MAX = 600_000;

interface Part {
  readonly name: string;
  readonly search: () => SearchResult;
}

const liar = new Liar(2);
const convicted = Array.from({ length: CONVICTION_FRAMES }, () => silence(liar));
const losses = [1, 2, 3].flatMap((kind) => [lossBit(kind, 0, 1), lossBit(kind, 1, 0)]);

const PARTS: readonly Part[] = [
  { name: "TRIPLEX, any one message lost a frame, 7 frames", search: () => singleLosses({}, 7) },
  ...DIRECTIONS.map(([from, to]) => ({
    name: `TRIPLEX, ${NAMES[from]}>${NAMES[to]} lossy, 24 frames`,
    search: () => lossyDirection({}, from, to, 24),
  })),
  ...[0, 1, 2].flatMap((channel) => [
    {
      name: `TRIPLEX, ${NAMES[channel]} arbitrary, whole alphabet`,
      search: () => arbitraryChannel({}, channel, "full", 1),
    },
    { name: `TRIPLEX, ${NAMES[channel]} arbitrary, 2 frames`, search: () => arbitraryChannel({}, channel, "small", 2) },
  ]),
  {
    name: "TRIPLEX, C arbitrary, 6 frames from 300 states each",
    search: () => {
      const lies = anyLie(liar, "small");
      return search({ options: TINY, good: 3, troubles: () => lies, depth: 6, statesMax: 300 });
    },
  },
  { name: "DUPLEX, any losses between A and B, 4 frames", search: () => duplexLosses({}, 4) },
  {
    name: "DUPLEX, C convicted and arbitrary, 3 frames",
    search: () => {
      const lies = anyLie(liar, "small");
      return search({ options: TINY, prelude: convicted, good: 3, troubles: () => lies, depth: 3 });
    },
  },
  {
    name: "DUPLEX, C convicted and arbitrary, one lost message a frame for 2 frames",
    search: () => {
      const lies = anyLie(liar, "small");
      const both = [0, ...losses].flatMap((lost) => lies.map((lie) => ({ ...lie, lost })));
      const troubles = (depth: number) => (depth < 2 ? both : [silence(liar)]);
      const what = { options: TINY, prelude: convicted, good: 3, troubles, depth: 5, allowed: HOLDING };
      return search({ ...what, statesMax: 300 });
    },
  },
  {
    name: "TRIPLEX across the wrap of frame numbers, 6 frames",
    search: () => {
      const options = { ...TINY, first: 0xfffffffd };
      return search({ options, good: 7, troubles: anySingleLoss, depth: 6 });
    },
  },
];

function explore({ say }: LongContext): { cases: number; failures: string[] } {
  let cases = 0;
  const failures: string[] = [];
  for (const { name, search: run } of PARTS) {
    const { states, transitions, isComplete, findings } = run();
    say(`  ${name}: ${states} states, ${transitions} transitions${isComplete ? "" : ", not complete"}`);
    cases += transitions;
    for (const [finding, { count, path }] of Object.entries(findings)) {
      failures.push(`${name}: ${finding} in ${count} transitions, first after ${path}`);
    }
  }
  return { cases, failures };
}

function flips({ say }: LongContext): { cases: number; failures: string[] } {
  let cases = 0;
  const failures: string[] = [];
  POINTS.forEach((name, point) => {
    for (const channel of [0, 1, 2]) {
      const result = fly({ channel, point, bits: every(1) });
      say(
        `  ${NAMES[channel]} ${name}: ${result.flights} bits, ${result.convicted} convicted, ${result.crashes} stopped`,
      );
      cases += result.flights;
      failures.push(...result.failures);
    }
  });
  return { cases, failures };
}

function latencies({ say }: LongContext): { cases: number; failures: string[] } {
  const failures: string[] = [];
  for (const rate of LONG_RATES) {
    const found = Array.from({ length: RUNS }, (_, i) => framesToConviction(rate, i + 1, FRAMES_MAX));
    say(`  error rate ${rate}: ${RUNS} convictions, after ${median(found)} frames in the median`);
    for (const [i, frame] of found.entries()) {
      const expected = framesByRule(rate, i + 1, FRAMES_MAX);
      if (frame !== expected) failures.push(`error rate ${rate}, seed ${i + 1}: frame ${frame}, expected ${expected}`);
    }
  }
  return { cases: RUNS * LONG_RATES.length, failures };
}

/** All parts; the seed is not used, nothing here is drawn. */
export function run(context: LongContext): LongResult {
  const parts = [explore(context), flips(context), latencies(context)];
  return {
    cases: parts.reduce((sum, { cases }) => sum + cases, 0),
    unit: "frames, flipped bits and convictions",
    failures: parts.flatMap(({ failures }) => failures),
  };
}
