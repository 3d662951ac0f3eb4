import { LINE, LINE_WORDS } from "../../host/model/line.ts";
import { ENCAPSULATION_SIZE, STAGE_HEAD_WORDS, STAGE_WORD } from "../../host/model/record.ts";

type Call = (...words: number[]) => number;

/** One instance of `stage.wasm`: three lines in, one actuator command out. */
export class Stage {
  readonly gates: Uint32Array;
  readonly pulls: Uint32Array;
  readonly running: Uint32Array;
  /** Output words after `step`. */
  readonly outputs: Uint32Array;
  /** The stage record of the last step, as CDR. */
  readonly record: Uint8Array;
  readonly step: (frame: number) => number;
  readonly #bytes: Uint8Array;
  readonly #lines: Uint32Array;
  /** Of the record, without the encapsulation. */
  readonly #fields: Uint32Array;
  readonly #lineWords: number;
  readonly #hashLow: Call;
  readonly #hashHigh: Call;

  /** `configuration`: the words of `CONFIG` (host/model/configuration.ts), the number of outputs first. */
  constructor(module: WebAssembly.Module, configuration: readonly number[]) {
    const outputs = configuration[0] as number;
    const exported = new WebAssembly.Instance(module, {}).exports;
    const buffer = (exported.memory as WebAssembly.Memory).buffer;
    const at = (name: string) => Number((exported[name] as WebAssembly.Global).value);
    const view = (name: string, count: number) => new Uint32Array(buffer, at(name), count);
    this.#bytes = new Uint8Array(buffer);
    this.gates = view("GATES", 3);
    this.pulls = view("PULLS", 3);
    this.running = view("RUNNING", 3);
    this.outputs = view("OUT", outputs);
    this.#lineWords = LINE.outputs + outputs;
    this.#lines = view("LINES", 3 * LINE_WORDS);
    const words = STAGE_HEAD_WORDS + outputs;
    this.record = new Uint8Array(buffer, at("RECORD"), ENCAPSULATION_SIZE + 4 * words);
    this.#fields = new Uint32Array(buffer, at("RECORD") + ENCAPSULATION_SIZE, words);
    this.step = exported.step as Call;
    this.#hashLow = exported.hash_low as Call;
    this.#hashHigh = exported.hash_high as Call;
    const config = view("CONFIG", 11);
    config.set(configuration);
    if ((exported.configure as Call)() !== 0) throw new RangeError(`stage refused ${outputs} outputs`);
  }

  /** Takes over the state of another stage. */
  copyFrom(other: Stage): void {
    this.#bytes.set(other.#bytes);
  }

  /** Copies a core's LINE, as far as this law has outputs. */
  setLine(channel: number, line: Uint32Array): void {
    const at = channel * LINE_WORDS;
    for (let i = 0; i < this.#lineWords; i += 1) this.#lines[at + i] = line[i] as number;
  }

  /** Channels whose lines agreed on the value taken (bits). */
  get agreeing(): number {
    return this.#fields[STAGE_WORD.agreeing] as number;
  }

  get enabled(): number {
    return this.#fields[STAGE_WORD.enabled] as number;
  }

  /** Enabled channels whose line of this frame was there (bits). */
  get counted(): number {
    return this.#fields[STAGE_WORD.counted] as number;
  }

  get heldFrames(): number {
    return this.#fields[STAGE_WORD.held_frames] as number;
  }

  /** Output hash so far, 16 hexadecimal digits. */
  get outputHash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#hashHigh()) + hex(this.#hashLow());
  }
}
