/** The alphabets of the searches: what may go wrong in one frame. */
import type { Trouble } from "./explore.ts";
import { type FalseX1, type Liar, type Lies, SILENT } from "./impostor.ts";
import { lossBit } from "./trio-hooks.ts";

export const NAMES = "ABC";
const QUIET: Trouble = { text: "quiet" };

function lossText(lost: number): string {
  const texts: string[] = [];
  for (let bit = 0; bit < 18; bit += 1) {
    if (((lost >>> bit) & 1) === 0) continue;
    const from = Math.floor((bit % 6) / 2);
    const to = bit % 2 >= from ? (bit % 2) + 1 : bit % 2;
    texts.push(`X${Math.floor(bit / 6) + 1} ${NAMES[from]}>${NAMES[to]}`);
  }
  return texts.length === 0 ? "quiet" : `lost ${texts.join(", ")}`;
}

/** No message or any single one lost. */
export function anySingleLoss(): Trouble[] {
  const losses = Array.from({ length: 18 }, (_, bit) => 1 << bit);
  return [QUIET, ...losses.map((lost) => ({ lost, text: lossText(lost) }))];
}

/** Every subset of the three messages that go one way. */
export function oneDirection(from: number, to: number): Trouble[] {
  return Array.from({ length: 8 }, (_, set) => {
    let lost = 0;
    for (let kind = 1; kind <= 3; kind += 1) if (((set >>> (kind - 1)) & 1) !== 0) lost |= lossBit(kind, from, to);
    return { lost, text: lossText(lost) };
  });
}

/** Every subset of the six messages between two channels, while the third is silent. */
export function anyLossBetween(first: number, second: number, silent: Liar): Trouble[] {
  return Array.from({ length: 64 }, (_, set) => {
    let lost = 0;
    for (let kind = 1; kind <= 3; kind += 1) {
      if (((set >>> (kind - 1)) & 1) !== 0) lost |= lossBit(kind, first, second);
      if (((set >>> (kind + 2)) & 1) !== 0) lost |= lossBit(kind, second, first);
    }
    return { lost, impostor: silent, lies: SILENT, text: lossText(lost) };
  });
}

export function silence(liar: Liar): Trouble {
  return { impostor: liar, lies: SILENT, text: `${NAMES[liar.channel]} silent` };
}

/** How large an adversary's alphabet is. */
export type Size = "small" | "medium" | "full";

const HONEST: FalseX1 = { isBad: false, against: [0, 0], declares: false, hash: 0 };

function falseX1s(size: Size): FalseX1[] {
  if (size === "small") {
    return [
      HONEST,
      { ...HONEST, against: [2, 0] },
      { ...HONEST, isBad: true, against: [0, 2] },
      { ...HONEST, against: [1, 1], hash: 1 },
    ];
  }
  const all: FalseX1[] = [];
  for (const isBad of [false, true]) {
    for (const declares of [false, true]) {
      for (const hash of size === "full" ? [0, 1, 2] : [0, 1]) {
        for (let evidence = 0; evidence < 9; evidence += 1) {
          const against = [evidence % 3, Math.floor(evidence / 3)] as const;
          if (size === "medium" && hash === 1 && (isBad || declares)) continue;
          if (size === "medium" && against[0] !== 0 && against[1] !== 0 && against[0] !== against[1]) continue;
          all.push({ isBad, against, declares, hash });
        }
      }
    }
  }
  return all;
}

/** X1 to both peers: the same, to one only, and two-faced. */
function x1Pairs(size: Size): Lies["x1"][] {
  const said = falseX1s(size);
  const pairs: Lies["x1"][] = [[undefined, undefined]];
  for (const x1 of said) pairs.push([x1, undefined], [undefined, x1]);
  if (size === "small") {
    for (const first of said) for (const second of said) pairs.push([first, second]);
    return pairs;
  }
  for (const x1 of said) pairs.push([x1, x1]);
  for (const [first, second] of [
    [0, 1],
    [-1, 1],
    [0, -1],
  ] as const) {
    pairs.push([said.at(first), said.at(second)]);
  }
  return pairs;
}

const PAIRS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

/** Everything one channel may do in a frame, from an alphabet of the size asked for. */
export function anyLie(liar: Liar, size: Size): Trouble[] {
  const troubles: Trouble[] = [];
  const seconds = size === "full" ? PAIRS : [undefined];
  for (const x1 of x1Pairs(size)) {
    for (const relays of PAIRS) {
      for (const echoes of seconds) {
        for (let x3 = 0; x3 < 16; x3 += 1) {
          for (const line of size === "full" ? [0, 1, 2, 3] : [2, 1].slice(0, size === "small" ? 1 : 2)) {
            for (const pulls of size === "small" ? [7] : [0, 7]) {
              const lies: Lies = { x1, relays, echoes: echoes ?? relays, x3: [x3 & 3, x3 >>> 2], line, pulls };
              troubles.push({ impostor: liar, lies, text: lieText(lies) });
            }
          }
        }
      }
    }
  }
  return troubles;
}

function lieText(lies: Lies): string {
  const say = (x1: FalseX1 | undefined) =>
    x1 === undefined
      ? "-"
      : `${x1.isBad ? "bad " : ""}ev${x1.against.join("")}${x1.declares ? " decl" : ""} h${x1.hash}`;
  const yes = (pair: readonly boolean[]) => pair.map(Number).join("");
  return `X1 ${say(lies.x1[0])} | ${say(lies.x1[1])} relay ${yes(lies.relays)} echo ${yes(lies.echoes)} X3 ${lies.x3.join("")} line ${lies.line} pulls ${lies.pulls}`;
}
