import { type CoreConfiguration, configurationWords, coreConfiguration } from "../../host/model/configuration.ts";
import { qh64 } from "../../host/model/qh64.ts";
import { carryOut, type Hands } from "../../sim/channel/carry-out.ts";
import { Core } from "../../sim/channel/core.ts";
import { bytesOf } from "../../sim/explore/consolidation.ts";
import { TINY, tinyLaw } from "../../sim/explore/tiny-law.ts";
import { CORE, WINDOWS } from "../../sim/explore/tiny-table.ts";
import { Trio } from "../../sim/explore/trio.ts";
import { type Hooks, lossBit, X1, X2, X3 } from "../../sim/explore/trio-hooks.ts";

/**
 * Runs of channel A among three, as calls that its host makes and what its core has the host do: the vectors that every carrier of
 * effects must repeat, whatever language it is written in.
 */

/** One call and its answers. Numbers are decimal, bytes hexadecimal, records a QH64 of their words. */
export interface CarriedCall {
  readonly call: readonly (string | number)[];
  readonly hands: readonly (readonly (string | number)[])[];
}

export interface CarriedRun {
  readonly name: string;
  /** Words of CONFIG. */
  readonly configuration: readonly number[];
  readonly calls: readonly CarriedCall[];
}

interface Plan {
  readonly name: string;
  readonly flags?: number;
  readonly frames: readonly Hooks[];
}

const A = 0;
const STEP_END_US = 5000;
const TIMES = [0, 1000, 3000, 7000];
const CLOSES = [0, WINDOWS.x1CloseUs, WINDOWS.x2CloseUs, WINDOWS.x3CloseUs];
const QUIET: Hooks = {};
const FUEL = 2;
const OUTSIDE = 2;
/** Nothing of C's results arrives for long enough that it is opened. */
const WITHOUT_C: readonly Hooks[] = Array.from({ length: 5 }, () => ({ lost: lossBit(X3, 2, 0) | lossBit(X3, 2, 1) }));

export const PLANS: readonly Plan[] = [
  { name: "no fault", frames: [QUIET, QUIET, QUIET] },
  {
    name: "both results lost: pending, then committed late",
    frames: [QUIET, { lost: lossBit(X3, 1, A) | lossBit(X3, 2, A) }, QUIET, QUIET],
  },
  {
    name: "a step out of fuel is taken back",
    frames: [QUIET, { stepStatus: (channel) => (channel === A ? FUEL : 0) }, QUIET, QUIET],
  },
  { name: "a channel that starts outside", flags: OUTSIDE, frames: [QUIET, QUIET] },
  { name: "two miscompares in DUPLEX end in SAFE", frames: [...WITHOUT_C, { wrong: 2 }, { wrong: 2 }, QUIET, QUIET] },
];

/** Makes a core's host out of the recorded calls. */
export class Recorder implements Hands {
  readonly core = new Core(CORE);
  readonly configuration: CoreConfiguration;
  readonly #law = new Uint32Array(2);
  readonly #saved = new Uint32Array(2);
  #status = 0;
  #hands: (string | number)[][] = [];

  constructor(flags: number) {
    this.configuration = coreConfiguration({ windows: WINDOWS, flags });
    this.core.configure(this.configuration, TINY.table);
  }

  begin(frame: number, samples: readonly number[], status: number): CarriedCall {
    this.#status = status;
    this.core.samples.set(samples);
    return this.#carried(["begin", frame, ...samples.slice(0, 1), samples[16] ?? 0], this.core.begin(frame));
  }

  advance(timeUs: number): CarriedCall {
    return this.#carried(["advance", timeUs], this.core.advance(timeUs));
  }

  receive(from: number, bytes: Uint8Array, timeUs: number): CarriedCall {
    const refused = this.core.receive(from, bytes, 0, timeUs);
    return { call: ["receive", from, hex(bytes), 0, timeUs, refused], hands: [] };
  }

  #carried(call: (string | number)[], count: number): CarriedCall {
    this.#hands = [];
    carryOut(this.core, count, this);
    return { call, hands: this.#hands };
  }

  #words(address: number, size: number): Uint32Array {
    return this.core.words.subarray(address >>> 2, (address + size) >>> 2);
  }

  send(peers: number, address: number, size: number): void {
    this.#hands.push(["send", peers, hex(this.core.bytes.subarray(address, address + size))]);
  }

  snapshot(slot: number): void {
    this.#saved.set(this.#law);
    this.#hands.push(["snapshot", slot]);
  }

  restore(slot: number): void {
    this.#law.set(this.#saved);
    this.#hands.push(["restore", slot]);
  }

  step(): number {
    const { core } = this;
    const [frame = 0, dt = 0, base = 0] = core.stepping;
    tinyLaw(this.#law, { selected: core.selected, valid: core.valid, frame }, core.stepOut);
    core.stepOut.set([this.#law[0] as number, this.#law[1] as number, this.#status, 1], 8);
    const given = [core.selected[0] ?? 0, core.valid[0] ?? 0, frame, dt, base];
    this.#hands.push(["step", ...given, "gives", core.stepOut[0] ?? 0, ...core.stepOut.subarray(8)]);
    return core.stepped(STEP_END_US);
  }

  line(): void {
    this.#hands.push(["line", ...this.core.line.subarray(0, 3)]);
  }

  pull(channels: number): void {
    this.#hands.push(["pull", channels]);
  }

  gate(on: number): void {
    this.#hands.push(["gate", on]);
  }

  record(kind: number, address: number, size: number): void {
    this.#hands.push(["record", kind, size, qh64(this.#words(address, size))]);
  }

  event(code: number, subject: number, argument: number): void {
    this.#hands.push(["event", code, subject, argument]);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Flies three channels and has A's calls made again by a recorder. */
export function carriedRun({ name, flags = 0, frames }: Plan): CarriedRun {
  const recorder = new Recorder(flags);
  const calls: CarriedCall[] = [];
  let samples: number[] = [];
  const trio = new Trio({
    ...TINY,
    sample: (at, channel, into) => {
      TINY.sample(at, channel, into);
      if (channel === A) samples = [...into];
    },
  });
  for (const [frame, hooks] of frames.entries()) {
    const arrived: { from: number; kind: number; bytes: Uint8Array }[] = [];
    const lost = hooks.lost ?? 0;
    trio.frame({
      ...hooks,
      deliver: ({ kind, from, to, words }) => {
        if ((lost & lossBit(kind, from, to)) !== 0) return [];
        const bytes = bytesOf(words);
        if (to === A) arrived.push({ from, kind, bytes: bytes.slice() });
        return [{ bytes }];
      },
    });
    calls.push(recorder.begin(frame, samples, hooks.stepStatus?.(A) ?? 0));
    for (const kind of [X1, X2, X3]) {
      for (const message of arrived.filter((each) => each.kind === kind)) {
        calls.push(recorder.receive(message.from, message.bytes, TIMES[kind] as number));
      }
      calls.push(recorder.advance(CLOSES[kind] as number));
    }
  }
  return { name, configuration: configurationWords(recorder.configuration), calls };
}
