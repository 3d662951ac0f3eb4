/** One core and a law of two words, driven call by call, so that a test may stop between any two of them. */
import { coreConfiguration } from "../../host/model/configuration.ts";
import { carryOut, type Hands } from "../channel/carry-out.ts";
import { Core } from "../channel/core.ts";
import { bytesOf } from "./consolidation.ts";
import { TINY, tinyLaw } from "./tiny-law.ts";
import { CORE, WINDOWS } from "./tiny-table.ts";
import { Trio } from "./trio.ts";
import { lossBit, X1, X2, X3 } from "./trio-hooks.ts";

export type Op =
  | { readonly call: "begin"; readonly frame: number; readonly samples: readonly number[] }
  | { readonly call: "receive"; readonly from: number; readonly bytes: Uint8Array; readonly timeUs: number }
  | { readonly call: "advance"; readonly timeUs: number }
  | { readonly call: "step" };

const SAMPLES = 17;
const OUT_HASH = 8;

export class Host implements Hands {
  readonly core: Core;
  readonly law = new Uint32Array(2);
  /** The law's snapshot. */
  readonly saved = new Uint32Array(2);
  /** What the step gave, until it is handed over. */
  readonly result = new Uint32Array(12);
  #told: string[] = [];

  constructor(channel: number) {
    this.core = new Core(CORE);
    this.core.configure(coreConfiguration({ channel, windows: WINDOWS }), TINY.table);
  }

  /** Makes one call and tells, as text, everything the core answered: effects, sent bytes, record, line. */
  run(op: Op): string {
    const { core } = this;
    switch (op.call) {
      case "begin":
        core.samples.set(op.samples);
        return this.#tell(core.begin(op.frame));
      case "receive":
        return `${core.receive(op.from, op.bytes, 0, op.timeUs)}`;
      case "advance":
        return this.#tell(core.advance(op.timeUs));
      case "step":
        core.stepOut.set(this.result);
        return this.#tell(core.stepped(5000));
      default:
        return op satisfies never;
    }
  }

  #tell(count: number): string {
    this.#told = [];
    carryOut(this.core, count, this);
    return this.#told.join(" ");
  }

  #bytes(address: number, size: number): string {
    return Buffer.from(this.core.bytes.subarray(address, address + size)).toString("hex");
  }

  send(peers: number, address: number, size: number): void {
    this.#told.push(`send ${peers} ${this.#bytes(address, size)}`);
  }

  snapshot(slot: number): void {
    this.#told.push(`snapshot ${slot}`);
    this.saved.set(this.law);
  }

  restore(slot: number): void {
    this.#told.push(`restore ${slot}`);
    this.law.set(this.saved);
  }

  /** Runs the law; its result is handed over by a call of its own. */
  step(): number {
    const { core, law } = this;
    this.#told.push(`step ${[...core.selected, ...core.valid, ...core.stepping].join()}`);
    tinyLaw(law, { selected: core.selected, valid: core.valid, frame: core.stepping[0] as number }, this.result);
    this.result.set([law[0] as number, law[1] as number, 0, 1], OUT_HASH);
    return 0;
  }

  line(): void {
    this.#told.push(`line ${this.core.line.join()}`);
  }

  pull(channels: number): void {
    this.#told.push(`pull ${channels}`);
  }

  gate(on: number): void {
    this.#told.push(`gate ${on}`);
  }

  record(kind: number, address: number, size: number): void {
    this.#told.push(`record ${kind} ${this.#bytes(address, size)}`);
  }

  event(code: number, subject: number, argument: number): void {
    this.#told.push(`event ${code} ${subject} ${argument}`);
  }

  /** Saved as docs/core.md asks: after the effects of the last call were carried out. */
  save(): { state: Uint8Array; own: readonly Uint32Array[] } {
    return { state: this.core.state.slice(), own: [this.law.slice(), this.saved.slice(), this.result.slice()] };
  }

  load({ state, own }: ReturnType<Host["save"]>): void {
    this.core.state.set(state);
    [this.law, this.saved, this.result].forEach((words, index) => {
      words.set(own[index] as Uint32Array);
    });
  }
}

/** Troubles of the script, by frame: pending frames, a two-faced source and a conviction are among them. */
const LOST = [
  0,
  lossBit(X3, 1, 0) | lossBit(X3, 2, 0),
  lossBit(X1, 2, 0),
  lossBit(X2, 1, 0),
  ...Array.from({ length: 5 }, () => lossBit(X3, 2, 0) | lossBit(X3, 2, 1)),
  lossBit(X3, 1, 0),
  lossBit(X1, 1, 0) | lossBit(X1, 0, 1),
  0,
  0,
];
const TIMES = [0, 1000, 3000, 7000];
const CLOSES = [0, WINDOWS.x1CloseUs, WINDOWS.x2CloseUs, WINDOWS.x3CloseUs];

/** Every call that channel A's host makes in a flight with troubles. */
export function script(): Op[] {
  const ops: Op[] = [];
  let frame = 0;
  let samples: number[] = [];
  const trio = new Trio({
    ...TINY,
    sample: (at, channel, into) => {
      TINY.sample(at, channel, into);
      if (channel === 0) samples = [...into.subarray(0, SAMPLES)];
    },
  });
  for (const lost of LOST) {
    const arrived: Op[][] = [[], [], [], []];
    trio.frame({
      deliver: ({ kind, from, to, words }) => {
        if ((lost & lossBit(kind, from, to)) !== 0) return [];
        const bytes = bytesOf(words);
        if (to === 0) arrived[kind]?.push({ call: "receive", from, bytes, timeUs: TIMES[kind] as number });
        return [{ bytes }];
      },
    });
    ops.push({ call: "begin", frame, samples });
    for (let kind = X1; kind <= X3; kind += 1) {
      ops.push(...(arrived[kind] as Op[]), { call: "advance", timeUs: CLOSES[kind] as number });
      if (kind === X2 && trio.stepped[0] === true) ops.push({ call: "step" });
    }
    frame += 1;
  }
  return ops;
}
