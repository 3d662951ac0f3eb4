import { QuorateError } from "../../../host/errors.ts";
import { CHANNELS } from "../../../host/model/enums.ts";
import { didYouMean } from "../../../host/model/near.ts";
import { numberOf, wordOf } from "../../../host/model/numbers.ts";
import { Random } from "../../../host/model/random.ts";
import type { Samples } from "../../../host/model/samples.ts";
import type { Signal } from "../../../host/model/signals.ts";
import { convert, parseUnit } from "../../../host/model/units.ts";
import type { SampleSource, SignalProvenance } from "../../../host/trace/sampling/sample-source.ts";
import { Sensor } from "../sensors.ts";
import { DcMotor } from "./dc-motor.ts";
import type { Process, Quantity } from "./process.ts";
import { VerticalAxis } from "./vertical-axis.ts";

/**
 * A simulated process in closed loop: it gives samples and takes the output stage's values.
 *
 * Per frame first `sample`, then `actuate`. A command acts from the next frame on, as on a bench where the line is driven
 * at the end of the frame that computed it.
 */
export interface Plant extends SampleSource {
  readonly name: string;
  readonly about: string;
  /** Quantities it offers as inputs and takes as outputs. */
  readonly offers: readonly Quantity[];
  readonly takes: readonly Quantity[];
  /** `outputs`: one raw word for each output of the law, from the output stage. Moves the process on by one frame. */
  actuate(frame: number, outputs: Uint32Array): void;
  /** True values at the beginning of the present frame, by name. */
  truth(): ReadonlyMap<string, number>;
  /** Back to frame 0. */
  reset(): void;
}

export interface PlantOptions {
  readonly inputs: readonly Signal[];
  readonly outputs: readonly Signal[];
  readonly periodUs: number;
  readonly frames: number;
  /** 0 to 2^32 - 1. Loads, gusts and sensor errors come from it. */
  readonly seed: number;
}

const PROCESSES: Readonly<Record<string, () => Process>> = {
  "dc-motor": () => new DcMotor(),
  "vertical-axis": () => new VerticalAxis(),
};

/** Names that `createPlant` knows. */
export const PLANT_NAMES: readonly string[] = Object.keys(PROCESSES);

/**
 * Makes a plant and connects it to a law's signals by name; units are converted.
 *
 * ```ts
 * const plant = createPlant("dc-motor", { ...table, frames: 3000, seed: 1 });
 * ```
 *
 * Throws `QuorateError`: an unknown plant, an input that it does not offer, an output it needs, units that do not fit.
 */
export function createPlant(name: string, options: PlantOptions): Plant {
  const make = Object.hasOwn(PROCESSES, name) ? PROCESSES[name] : undefined;
  if (make !== undefined) return new ConnectedPlant(make(), options);
  throw new QuorateError({
    code: "unknown-plant",
    kind: "usage",
    problem: "this plant is not known",
    expected: `one of ${PLANT_NAMES.join(", ")}${didYouMean(name, PLANT_NAMES)}`,
    found: `"${name}"`,
  });
}

/** One input of the law: which quantity, and how its number becomes the signal's. */
interface Wire {
  readonly quantity: number;
  readonly signal: Signal;
  readonly scale: number;
  readonly offset: number;
}

class ConnectedPlant implements Plant {
  readonly name: string;
  readonly about: string;
  readonly offers: readonly Quantity[];
  readonly takes: readonly Quantity[];
  readonly frames: number;
  readonly period_us: number;
  readonly provenance: readonly SignalProvenance[];
  readonly #process: Process;
  readonly #random: Random;
  readonly #inputs: readonly Wire[];
  /** For each commanded quantity the law's output. */
  readonly #outputs: readonly (Wire & { readonly index: number })[];
  readonly #sensors: readonly Sensor[];
  readonly #now: Float64Array;
  readonly #before: Float64Array;
  readonly #commands: Float64Array;
  readonly #moment: { now: number; before: number; periodUs: number };
  #frame = 0;

  constructor(process: Process, { inputs, outputs, periodUs, frames, seed }: PlantOptions) {
    this.name = process.name;
    this.about = process.about;
    this.offers = process.measured;
    this.takes = process.commanded;
    this.frames = frames;
    this.period_us = periodUs;
    this.#process = process;
    this.#random = new Random(seed);
    this.#inputs = inputs.map((signal) => connectInput(signal, process));
    this.#outputs = process.commanded.map((_, quantity) => connectOutput(quantity, outputs, process));
    this.#sensors = CHANNELS.flatMap((_, channel) =>
      this.#inputs.map(({ quantity }, input) => {
        const model = process.measured[quantity]?.sensor(periodUs);
        if (model === undefined) throw new Error("a connected input measures something");
        return new Sensor(model, this.#random, 16 * channel + input);
      }),
    );
    this.#now = new Float64Array(process.measured.length);
    this.#before = new Float64Array(process.measured.length);
    this.#commands = new Float64Array(process.commanded.length);
    this.#moment = { now: 0, before: 0, periodUs };
    this.provenance = this.#describe();
    this.reset();
  }

  reset(): void {
    this.#process.reset(this.#random);
    for (let i = 0; i < this.#now.length; i += 1) this.#now[i] = this.#process.read(i);
    this.#before.set(this.#now);
    for (let i = 0; i < this.#commands.length; i += 1) this.#commands[i] = this.#taken(i).initial;
    this.#frame = 0;
  }

  sample(frame: number, into: Samples): void {
    if (frame !== this.#frame) throw new Error(`a plant in frame ${this.#frame} cannot be sampled in frame ${frame}`);
    const count = this.#inputs.length;
    const moment = this.#moment;
    for (let i = 0; i < this.#sensors.length; i += 1) {
      const wire = this.#inputs[i % count] as Wire;
      moment.now = this.#now[wire.quantity] as number;
      moment.before = this.#before[wire.quantity] as number;
      const reading = (this.#sensors[i] as Sensor).read(frame, moment);
      into.words[i] = wordOf(wire.signal.type, reading * wire.scale + wire.offset);
    }
    into.fresh.fill((1 << count) - 1);
  }

  actuate(frame: number, outputs: Uint32Array): void {
    if (frame !== this.#frame) throw new Error(`a plant in frame ${this.#frame} cannot be driven in frame ${frame}`);
    this.#process.advance(frame, this.#commands, this.period_us);
    this.#before.set(this.#now);
    for (let i = 0; i < this.#now.length; i += 1) this.#now[i] = this.#process.read(i);
    for (let i = 0; i < this.#outputs.length; i += 1) {
      const wire = this.#outputs[i] as Wire & { readonly index: number };
      const value = numberOf(wire.signal.type, outputs[wire.index] as number) * wire.scale + wire.offset;
      const { least, greatest } = this.#taken(i);
      this.#commands[i] = Number.isNaN(value)
        ? Math.max(least, Math.min(0, greatest))
        : Math.min(Math.max(value, least), greatest);
    }
    this.#frame += 1;
  }

  truth(): ReadonlyMap<string, number> {
    return this.#process.truth();
  }

  #taken(index: number) {
    const quantity = this.#process.commanded[index];
    if (quantity === undefined) throw new Error(`no commanded quantity ${index}`);
    return quantity;
  }

  #describe(): SignalProvenance[] {
    return CHANNELS.flatMap((channel, c) =>
      this.#inputs.map(({ quantity, signal, scale, offset }, i) => {
        const measured = this.#process.measured[quantity];
        const sensor = this.#sensors[c * this.#inputs.length + i];
        if (measured === undefined || sensor === undefined) throw new Error("a connected input has a sensor");
        const { noise, quantum } = measured.sensor(this.period_us);
        return {
          signal: signal.name,
          unit: signal.unit,
          channel,
          column: `${this.name}.${measured.name}`,
          column_unit: measured.unit,
          kind: "derived" as const,
          conversion: "unit" as const,
          scale: 1,
          offset,
          noise: noise * scale,
          bias: sensor.bias * scale,
          skew_us: sensor.skewUs,
          staleness_us: this.period_us,
          note: `simulated; quantum ${quantum * scale} ${signal.unit}`,
        };
      }),
    );
  }
}

function connectInput(signal: Signal, process: Process): Wire {
  const quantity = process.measured.findIndex(({ name }) => name === signal.name);
  const found = process.measured[quantity];
  const names = process.measured.map(({ name, unit }) => `${name} (${unit})`).join(", ");
  if (found === undefined) {
    const near = didYouMean(
      signal.name,
      process.measured.map(({ name }) => name),
    );
    throw misfit(
      "no-such-quantity",
      `the plant ${process.name} offers no input ${signal.name}`,
      names,
      `${signal.name}${near}`,
    );
  }
  return { quantity, signal, ...converted(found, signal, process) };
}

function connectOutput(quantity: number, outputs: readonly Signal[], process: Process): Wire & { index: number } {
  const taken = process.commanded[quantity] as Quantity;
  const index = outputs.findIndex(({ name }) => name === taken.name);
  const signal = outputs[index];
  if (signal === undefined) {
    const found = outputs.map(({ name }) => name).join(", ");
    const problem = `the plant ${process.name} is driven by ${taken.name} and the control law has no such output`;
    throw misfit("no-such-quantity", problem, `${taken.name} (${taken.unit})`, found);
  }
  const { scale, offset } = converted(signal, taken, process);
  return { quantity, signal, index, scale, offset };
}

/** `to = from * scale + offset`, or a clear refusal. */
function converted(from: Pick<Quantity, "name" | "unit">, to: Pick<Quantity, "unit">, process: Process) {
  try {
    return convert(parseUnit(from.unit), parseUnit(to.unit));
  } catch (cause) {
    const problem = `the units of ${from.name} do not fit the plant ${process.name}`;
    throw misfit("unit-mismatch", problem, `a unit like ${from.unit}`, to.unit === "" ? "none" : to.unit, cause);
  }
}

function misfit(code: string, problem: string, expected: string, found: string, cause?: unknown): QuorateError {
  const hint = "Choose the plant that belongs to the control law, or replay a trace.";
  return new QuorateError({ code, kind: "file", problem, expected, found, hint, cause });
}
