/** What consolidation must give, worked out from what was really delivered (REDUNDANCY 4), and every way to disturb it once. */
import { ECHO_PRESENT, RELAY_PRESENT, X1 as X1_AT, X2 as X2_AT, X3 as X3_AT } from "../../host/model/link-layout.ts";
import { Qh64 } from "../../host/model/qh64.ts";
import { seal } from "./impostor.ts";
import { TINY } from "./tiny-law.ts";
import { Trio } from "./trio.ts";
import { type Delivery, type Hooks, type Message, X1, X2, X3 } from "./trio-hooks.ts";

const ECHO_WORD = X2_AT.echo >>> 2;
const FLAGS_WORD = X2_AT.flags >>> 2;
const RELAY_WORD = X2_AT.relay >>> 2;
const SAMPLE_WORD = X1_AT.samples >>> 2;
const DIGEST_WORD = X3_AT.digest >>> 2;

export function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.slice().buffer);
}

/** Messages of a frame as they arrived: kind, from, to. */
export class History {
  readonly #arrived = new Map<string, Uint32Array>();
  readonly #sent = new Map<number, Uint32Array>();

  add({ kind, from, to }: Message, words: Uint32Array): void {
    this.#arrived.set(`${kind}${from}${to}`, words);
  }

  sent(from: number, words: Uint32Array): void {
    this.#sent.set(from, words);
  }

  get(kind: number, from: number, to: number): Uint32Array | undefined {
    return this.#arrived.get(`${kind}${from}${to}`);
  }

  /** Digest of what `at` must have consolidated, low and high word. */
  digest(at: number): readonly [number, number] {
    const hash = new Qh64();
    let count = 0;
    for (let source = 0; source < 3; source += 1) {
      const used = source === at ? this.#own(at) : this.#peer(source, at);
      hash.pair(used === undefined ? 0 : used === "two-faced" ? 2 : 1, source);
      count += 2;
      if (!(used instanceof Uint32Array)) continue;
      hash.pair(...Qh64.lanes(used));
      count += 2;
    }
    hash.end(count);
    return [hash.low, hash.high];
  }

  #own(at: number): Uint32Array | undefined {
    const own = this.#sent.get(at);
    const checksum = own?.at(-1);
    const isEchoed = [0, 1, 2].some((peer) => {
      const x2 = peer === at ? undefined : this.get(X2, peer, at);
      return x2 !== undefined && ((x2[FLAGS_WORD] as number) & ECHO_PRESENT) !== 0 && x2[ECHO_WORD] === checksum;
    });
    return isEchoed ? own : undefined;
  }

  #peer(source: number, at: number): Uint32Array | "two-faced" | undefined {
    const direct = this.get(X1, source, at);
    const x2 = this.get(X2, 3 - source - at, at);
    const relayed =
      x2 !== undefined && ((x2[FLAGS_WORD] as number) & RELAY_PRESENT) !== 0
        ? x2.subarray(RELAY_WORD, x2.length - 1)
        : undefined;
    if (direct === undefined || relayed === undefined) return direct ?? relayed;
    return direct.length === relayed.length && direct.every((word, i) => word === relayed[i]) ? direct : "two-faced";
  }
}

/** How a source's X1 reaches one peer. */
type Face = "as sent" | "lost" | "other";
const FACES: readonly Face[] = ["as sent", "lost", "other"];

/** What disturbs one frame: a source's two faces, and lost messages (bits as `lossBit`). */
export interface Disturbance {
  readonly source: number;
  readonly faces: readonly [Face, Face];
  readonly lost: number;
}

/** Every single lost X1 or X2, and every source that is silent or two-faced to either or both. */
export function singleDisturbances(): Disturbance[] {
  const all: Disturbance[] = [];
  for (let bit = 0; bit < 12; bit += 1) all.push({ source: 0, faces: ["as sent", "as sent"], lost: 1 << bit });
  for (let source = 0; source < 3; source += 1) {
    for (const first of FACES) for (const second of FACES) all.push({ source, faces: [first, second], lost: 0 });
  }
  return all;
}

/** Flies one frame with a disturbance. Gives the history and the digest each channel sent in its X3. */
export function flyDisturbed(core: WebAssembly.Module | undefined, what: Disturbance) {
  const trio = new Trio({ ...TINY, ...(core === undefined ? {} : { core }) });
  trio.frame({});
  const history = new History();
  const digests: (readonly [number, number] | undefined)[] = [undefined, undefined, undefined];
  const isLost = (message: Message) =>
    ((what.lost >>>
      (6 * (message.kind - 1) + 2 * message.from + (message.to > message.from ? message.to - 1 : message.to))) &
      1) !==
    0;
  const deliver = (message: Message): readonly Delivery[] => {
    const words = message.words.slice();
    if (message.kind === X1) history.sent(message.from, message.words.slice());
    if (message.kind === X3) digests[message.from] = [words[DIGEST_WORD] as number, words[DIGEST_WORD + 1] as number];
    if (isLost(message)) return [];
    if (message.kind === X1 && message.from === what.source) {
      const lower = message.from === 0 ? 1 : 0;
      const face = what.faces[message.to === lower ? 0 : 1];
      if (face === "lost") return [];
      if (face === "other") {
        words[SAMPLE_WORD] = (words[SAMPLE_WORD] as number) ^ 1;
        seal(words);
      }
    }
    history.add(message, words);
    return [{ bytes: bytesOf(words) }];
  };
  const hooks: Hooks = { deliver };
  const outcome = trio.frame(hooks);
  return { history, digests, outcome, trio };
}

/** Channels that must agree: a source with two faces stands outside. */
export function judged(what: Disturbance): number[] {
  return [0, 1, 2].filter((channel) => channel !== what.source || !what.faces.includes("other"));
}

export function describeDisturbance(what: Disturbance): string {
  return `source ${"ABC"[what.source]} ${what.faces.join("/")} lost ${what.lost.toString(2)}`;
}

/** Disturbances by which channels that must agree consolidated different things. */
export function consolidationSplits(core: WebAssembly.Module | undefined): string[] {
  return singleDisturbances()
    .filter((what) => {
      const { digests } = flyDisturbed(core, what);
      return new Set(judged(what).map((channel) => digests[channel]?.join())).size > 1;
    })
    .map(describeDisturbance);
}
