/** A channel in V8 as target/image.c is one: a core, a law, and the effects that reach the law. */
import { type CoreChoices, coreConfiguration } from "../../../host/model/configuration.ts";
import { qh64 } from "../../../host/model/qh64.ts";
import type { SignalTable } from "../../../host/model/signals.ts";
import { carryOut, type Hands } from "../../../sim/channel/carry-out.ts";
import { Core, STEP_OUT } from "../../../sim/channel/core.ts";
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

export class Member implements Hands {
  readonly core = new Core(loadFirmware("core").module);
  readonly law: Law;
  /** Kinds of effects carried out so far. */
  readonly seen = new Set<number>();
  /** Messages of the last call. */
  sent: Sent[] = [];
  readonly #table: { fuelBudget: number };
  readonly #stepEndUs: number;
  #frameWords: number[] = [];

  constructor({ wasm, table, tableBytes }: LawParts, config: CoreChoices) {
    const own = { ...table };
    this.#table = own;
    this.#stepEndUs = config.windows.stepCloseUs;
    this.law = new Law(new WebAssembly.Module(Buffer.from(wasm)), wasm, own);
    this.law.init();
    this.core.configure(coreConfiguration(config), tableBytes);
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

  step(): number {
    this.stepLaw();
    return this.#carried(this.core.stepped(this.#stepEndUs));
  }

  /** Steps the law on what the core last said, and tells the core nothing of it. */
  stepLaw(): void {
    const { core, law } = this;
    law.setInputs(core.selected, core.valid);
    const status = law.step(core.stepping[0] ?? 0, core.stepping[1] ?? 0);
    law.getOutputs(core.stepOut, STEP_OUT.outputs);
    core.stepOut[STEP_OUT.hashLow] = law.hashLow;
    core.stepOut[STEP_OUT.hashHigh] = law.hashHigh;
    core.stepOut[STEP_OUT.status] = status;
    core.stepOut[STEP_OUT.fuel] = law.fuelUsed;
  }

  send(peers: number, address: number, size: number): void {
    const bytes = this.core.bytes.slice(address, address + size);
    this.sent.push({ peers, bytes });
    this.#frameWords.push(...new Uint32Array(bytes.buffer));
  }

  snapshot(slot: number): void {
    this.law.snapshot(slot);
  }

  restore(slot: number): void {
    this.law.restore(slot);
  }

  line(): void {}

  pull(): void {}

  gate(): void {}

  record(): void {}

  event(): void {}

  #carryOut(count: number): void {
    carryOut(this.core, this.#carried(count), this);
  }

  /** Notes the kinds of the effects of a call. */
  #carried(count: number): number {
    for (let i = 0; i < count; i += 1) this.seen.add(this.core.effects[4 * i] ?? 0);
    return count;
  }
}
