/** A channel in V8 as target/image.c is one: a core, a law, and the effects that reach the law. */
import { qh64 } from "../../../host/model/qh64.ts";
import type { SignalTable } from "../../../host/model/signals.ts";
import { Core, type CoreConfig, EFFECT, STEP_OUT } from "../../../sim/channel/core.ts";
import { loadFirmware } from "../../../sim/channel/firmware.ts";
import { Law } from "../../../sim/channel/law.ts";

export interface LawParts {
  readonly wasm: Uint8Array;
  readonly table: SignalTable;
  /** The section's header and records. */
  readonly tableBytes: Uint8Array;
}

interface Sent {
  readonly peers: number;
  readonly bytes: Uint8Array;
}

export class Member {
  readonly core = new Core(loadFirmware("core").module);
  readonly law: Law;
  /** Kinds of effects carried out so far. */
  readonly seen = new Set<number>();
  /** Messages of the last call. */
  sent: Sent[] = [];
  readonly #table: { fuelBudget: number };
  readonly #stepEndUs: number;
  #frameWords: number[] = [];

  constructor({ wasm, table, tableBytes }: LawParts, config: CoreConfig) {
    const own = { ...table };
    this.#table = own;
    this.#stepEndUs = config.windows.stepCloseUs;
    this.law = new Law(new WebAssembly.Module(Buffer.from(wasm)), wasm, own);
    this.law.init();
    this.core.configure(config, tableBytes);
  }

  begin(frame: number, samples: Uint32Array, fuel: number): void {
    this.#table.fuelBudget = fuel;
    this.#frameWords = [];
    this.core.samples.set(samples);
    this.sent = [];
    this.#carryOut(this.core.begin(frame));
  }

  advance(timeUs: number): void {
    this.sent = [];
    this.#carryOut(this.core.advance(timeUs));
  }

  /** QH64 of all that was sent in this frame. */
  get sentHash(): string {
    return qh64(Uint32Array.from(this.#frameWords));
  }

  get lawHash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.law.hashHigh) + hex(this.law.hashLow);
  }

  step(): void {
    const { core, law } = this;
    law.setInputs(core.selected, core.valid);
    const status = law.step(core.stepping[0] ?? 0, core.stepping[1] ?? 0);
    law.getOutputs(core.stepOut, STEP_OUT.outputs);
    core.stepOut[STEP_OUT.hashLow] = law.hashLow;
    core.stepOut[STEP_OUT.hashHigh] = law.hashHigh;
    core.stepOut[STEP_OUT.status] = status;
    core.stepOut[STEP_OUT.fuel] = law.fuelUsed;
  }

  #carryOut(count: number): void {
    for (let i = 0; i < count; i += 1) {
      const [kind = 0, first = 0, second = 0, third = 0] = this.core.effects.subarray(4 * i, 4 * i + 4);
      this.seen.add(kind);
      if (kind === EFFECT.send) this.#send(first, this.core.bytes.slice(second, second + third));
      else if (kind === EFFECT.snapshot) this.law.snapshot(first);
      else if (kind === EFFECT.restore) this.law.restore(first);
      else if (kind === EFFECT.step) {
        this.step();
        this.#carryOut(this.core.stepped(this.#stepEndUs));
        return;
      }
    }
  }

  #send(peers: number, bytes: Uint8Array): void {
    this.sent.push({ peers, bytes });
    this.#frameWords.push(...new Uint32Array(bytes.buffer));
  }
}
