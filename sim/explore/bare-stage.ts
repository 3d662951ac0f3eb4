/** The output stage as it is: every word of its interface (docs/core.md, "Stage record") open to a test. */
import { LINE, LINE_WORDS } from "../../host/model/line.ts";

export const OUTCOME = { agreed: 0, masked: 1, held: 2, safe: 3 } as const;

type Call = (...words: number[]) => number;

export class BareStage {
  readonly config: Uint32Array;
  readonly lines: Uint32Array;
  readonly gates: Uint32Array;
  readonly pulls: Uint32Array;
  readonly running: Uint32Array;
  readonly out: Uint32Array;
  readonly record: Uint32Array;
  readonly state: Uint32Array;
  readonly step: (frame: number) => number;
  readonly configure: () => number;
  readonly clear: () => void;
  readonly hashLow: () => number;
  readonly hashHigh: () => number;

  constructor(module: WebAssembly.Module) {
    const exported = new WebAssembly.Instance(module, {}).exports;
    const buffer = (exported.memory as WebAssembly.Memory).buffer;
    const at = (name: string) => Number((exported[name] as WebAssembly.Global).value);
    const view = (name: string, words: number) => new Uint32Array(buffer, at(name), words);
    this.config = view("CONFIG", 11);
    this.lines = view("LINES", 3 * LINE_WORDS);
    this.gates = view("GATES", 3);
    this.pulls = view("PULLS", 3);
    this.running = view("RUNNING", 3);
    this.out = view("OUT", 8);
    this.record = view("RECORD", 18);
    this.state = view("STATE", at("STATE_SIZE") >>> 2);
    this.step = exported.step as Call;
    this.configure = exported.configure as Call;
    this.clear = exported.clear as () => void;
    this.hashLow = exported.hash_low as Call;
    this.hashHigh = exported.hash_high as Call;
  }

  /** Outputs, HOLD_FRAMES, SIMPLEX allowed and a safe word per output. All gates on, everyone running, nobody pulls. */
  start(safe: readonly number[], holdFrames = 3, simplex = 0): number {
    this.config.fill(0);
    this.config.set([safe.length, holdFrames, simplex, ...safe]);
    this.gates.fill(1);
    this.running.fill(1);
    this.pulls.fill(0);
    this.lines.fill(0);
    return this.configure();
  }

  /** What a channel drives. */
  drive(channel: number, frame: number, values: ArrayLike<number>, driven = 1): void {
    const at = channel * LINE_WORDS;
    this.lines[at + LINE.frame] = frame;
    this.lines[at + LINE.driven] = driven;
    for (let i = 0; i < values.length; i += 1) this.lines[at + LINE.outputs + i] = values[i] as number;
  }

  /** Output hash so far, as the low and the high word. */
  get hash(): readonly [number, number] {
    return [this.hashLow() >>> 0, this.hashHigh() >>> 0];
  }
}
