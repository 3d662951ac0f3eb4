/** One core and a law of two words, driven call by call, so that a test may stop between any two of them. */
import { coreConfiguration } from "../../host/model/configuration.ts";
import { EFFECT } from "../channel/carry-out.ts";
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

export class Host {
  readonly core: Core;
  readonly law = new Uint32Array(2);
  readonly snapshot = new Uint32Array(2);
  /** What the step gave, until it is handed over. */
  readonly result = new Uint32Array(12);

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

  #step(): void {
    const { core, law } = this;
    tinyLaw(law, { selected: core.selected, valid: core.valid, frame: core.stepping[0] as number }, this.result);
    this.result.set([law[0] as number, law[1] as number, 0, 1], OUT_HASH);
  }

  #tell(count: number): string {
    const { core } = this;
    const told: string[] = [];
    for (let i = 0; i < count; i += 1) {
      const [kind, first = 0, second = 0, third = 0] = core.effects.slice(4 * i, 4 * i + 4);
      told.push([kind, first, second, third].join());
      if (kind === EFFECT.snapshot) this.snapshot.set(this.law);
      if (kind === EFFECT.restore) this.law.set(this.snapshot);
      if (kind === EFFECT.send) told.push(Buffer.from(core.bytes.subarray(second, second + third)).toString("hex"));
      if (kind === EFFECT.record) told.push(Buffer.from(core.bytes.subarray(first, first + second)).toString("hex"));
      if (kind === EFFECT.line) told.push(core.line.join());
      if (kind !== EFFECT.step) continue;
      told.push([...core.selected, ...core.valid, ...core.stepping].join());
      this.#step();
    }
    return told.join(" ");
  }

  /** Saved as docs/core.md asks: after the effects of the last call were carried out. */
  save(): { state: Uint8Array; own: readonly Uint32Array[] } {
    return { state: this.core.state.slice(), own: [this.law.slice(), this.snapshot.slice(), this.result.slice()] };
  }

  restore({ state, own }: ReturnType<Host["save"]>): void {
    this.core.state.set(state);
    [this.law, this.snapshot, this.result].forEach((words, index) => {
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
