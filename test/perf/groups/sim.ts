/**
 * One simulated frame against the least a simulation could do: three instances of the same module and a vote in
 * JavaScript. What lies between is the redundancy: eighteen messages encoded, checksummed, relayed and checked, states hashed
 * and kept, the output stage.
 */
import { fileURLToPath } from "node:url";
import { type LoadedLaw, loadLawFile } from "../../../host/commands/law-file.ts";
import { parameterWords } from "../../../host/commands/parameters.ts";
import { VoterLogWriter } from "../../../host/log/file/voter-log-writer.ts";
import type { Samples } from "../../../host/model/samples.ts";
import { computeWindows } from "../../../host/model/windows.ts";
import { loadFirmware } from "../../../sim/channel/firmware.ts";
import { Law } from "../../../sim/channel/law.ts";
import { fly } from "../../../sim/flight/fly.ts";
import { Run, type RunOptions } from "../../../sim/flight/run.ts";
import { measureChecked } from "../checked.ts";
import { measureLog, officialRate, Sink } from "../log.ts";
import { median, type Row, row } from "../row.ts";
import { measure as measureCli } from "./cli.ts";

const FRAMES = 100_000;
const BARE_FRAMES = 2_000_000;
/** The peer makes garbage, and its rate wanders by a third from round to round: the median wants several. */
const ROUNDS = 11;
const BAUD = 921_600;
/** The bare loop refuels rarely: setting a global from JavaScript costs more than the step. */
const REFUEL_MASK = 1023;
const FUEL_MAX = 0x7fffffff;

/** Samples that move and stay within every tolerance; cheap, so that the frame is what is measured. */
class Wave {
  readonly frames = Number.POSITIVE_INFINITY;
  readonly provenance = [];
  readonly period_us: number;
  readonly #words: Uint32Array;

  constructor(periodUs: number) {
    this.period_us = periodUs;
    const values = Float32Array.from({ length: 1024 }, (_, i) => Math.abs((i % 256) - 128) / 256);
    this.#words = new Uint32Array(values.buffer);
  }

  word(frame: number): number {
    return this.#words[frame & 1023] as number;
  }

  sample(frame: number, into: Samples): void {
    const word = this.word(frame);
    for (let i = 0; i < into.words.length; i += 1) into.words[i] = word;
    for (let i = 0; i < 3; i += 1) into.fresh[i] = 0xffff;
  }
}

function optionsOf(law: LoadedLaw, wave: Wave): Omit<RunOptions, "onEvent" | "onHost"> {
  const { table } = law;
  const sizes = { periodUs: table.periodUs, inputs: table.inputs.length, outputs: table.outputs.length };
  return {
    parts: {
      coreModule: loadFirmware("core").module,
      stageModule: loadFirmware("stage").module,
      lawModule: law.module,
      wasm: law.wasm,
      table,
      tableBytes: law.tableBytes,
      parameters: parameterWords(table.parameters, []),
    },
    world: wave,
    faults: [],
    windows: computeWindows({ ...sizes, baud: BAUD }),
    baud: BAUD,
    holdFrames: 3,
  };
}

function makeRun(law: LoadedLaw, wave: Wave): Run {
  return new Run({ ...optionsOf(law, wave), onEvent: () => undefined, onHost: () => undefined });
}

/** MB/s of log that a whole simulation writes, cores, laws and counts included. */
async function measureLogged(law: LoadedLaw, wave: Wave): Promise<number> {
  const sink = new Sink();
  const { table, tableBytes } = law;
  const log = new VoterLogWriter(sink, {
    ...{ controller: table.law, periodUs: table.periodUs, signals: table, seed: "1", engines: {}, source: {} },
    ...{ moduleHash: "", coreHash: "", stageHash: "" },
    attachments: [{ name: "signals.bin", mediaType: "application/octet-stream", data: tableBytes }],
  });
  const start = performance.now();
  const { outputHash } = await fly({ ...optionsOf(law, wave), frames: FRAMES, log });
  await log.finish({ frames: FRAMES, verdict: "pass", outputHash, mode: "TRIPLEX" });
  return sink.size / (performance.now() - start) / 1000;
}

/** Nanoseconds of one full frame. */
function measureFrames(law: LoadedLaw, wave: Wave): number {
  const run = makeRun(law, wave);
  for (let frame = 0; frame < FRAMES / 4; frame += 1) run.step(frame);
  const start = performance.now();
  for (let frame = FRAMES / 4; frame < FRAMES; frame += 1) run.step(frame);
  return ((performance.now() - start) * 1e6) / (FRAMES * 0.75);
}

interface Bare {
  readonly words: Uint32Array;
  readonly step: () => void;
  readonly fuel: WebAssembly.Global;
}

function instantiate(law: LoadedLaw): Bare {
  const exported = new WebAssembly.Instance(law.module, {}).exports;
  (exported.init as () => void)();
  const memory = exported.memory as WebAssembly.Memory;
  return {
    words: new Uint32Array(memory.buffer),
    step: exported.step as () => void,
    fuel: exported.fuel as WebAssembly.Global,
  };
}

/** Nanoseconds of three bare steps and a vote of their outputs. */
function measureBare(law: LoadedLaw, wave: Wave): number {
  const lanes = [instantiate(law), instantiate(law), instantiate(law)];
  const inputs = law.table.inputs.flatMap((input) => [input.address >>> 2, input.validAddress >>> 2]);
  const outputs = law.table.outputs.map((output) => output.address >>> 2);
  const start = performance.now();
  let disagreed = 0;
  for (let frame = 0; frame < BARE_FRAMES; frame += 1) {
    const word = wave.word(frame);
    for (let lane = 0; lane < 3; lane += 1) {
      const { words, step, fuel } = lanes[lane] as Bare;
      for (let i = 0; i < inputs.length; i += 2) {
        words[inputs[i] as number] = word;
        words[inputs[i + 1] as number] = 1;
      }
      if ((frame & REFUEL_MASK) === 0) fuel.value = FUEL_MAX;
      step();
    }
    const [a, b, c] = lanes as [Bare, Bare, Bare];
    for (const at of outputs) {
      const value = a.words[at];
      if (value !== b.words[at] && value !== c.words[at]) disagreed += 1;
    }
  }
  if (disagreed > 0) throw new Error(`three equal modules disagreed in ${disagreed} votes`);
  return ((performance.now() - start) * 1e6) / BARE_FRAMES;
}

/** The simulator and the law it wraps must be the same computation: one short run checks the outputs. */
function checkSame(law: LoadedLaw, wave: Wave): void {
  const run = makeRun(law, wave);
  const alone = new Law(law.module, law.wasm, law.table);
  alone.init();
  for (let frame = 0; frame < 1000; frame += 1) {
    alone.setInputs(new Uint32Array(16).fill(wave.word(frame)), new Uint32Array(16).fill(1));
    alone.step(frame);
    run.step(frame);
    if (alone.outputs.some((word, i) => word !== run.stage.outputs[i]))
      throw new Error(`frame ${frame}: outputs differ`);
  }
}

/** A log is judged by itself in at most three times of what it took to fly, judge and write it. */
async function checkedRow(): Promise<Row> {
  const law = fileURLToPath(new URL("../../../../firmware/control/motor-speed.ts", import.meta.url));
  const { flown_s, checked_s } = await measureChecked(law, FRAMES);
  return row({
    group: "sim",
    name: "log check, 100 000 frames",
    value: checked_s,
    unit: "s",
    peer: { name: "the same run flown and logged", value: flown_s },
    goal: { of: "ratio", atMost: 3 },
  });
}

export async function measure(): Promise<Row[]> {
  const path = fileURLToPath(new URL("../../../../firmware/control/rate-damper.ts", import.meta.url));
  const law = await loadLawFile(path);
  const wave = new Wave(law.table.periodUs);
  checkSame(law, wave);
  // One after the other in each round, so that a busy machine slows all.
  const rounds: { frame: number; bare: number; logged: number; official: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      frame: measureFrames(law, wave),
      bare: measureBare(law, wave),
      logged: await measureLogged(law, wave),
      official: await officialRate(),
    });
  }
  const middle = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  const frame = middle((round) => round.frame);
  const peer = { name: "three bare modules and a vote in JS", value: middle((round) => round.bare) };
  const writer = { name: "@mcap/core alone, records as large", value: middle((round) => round.official) };
  const logged = middle((round) => round.logged);
  return [
    row({
      group: "sim",
      name: "one frame, no log",
      value: frame,
      unit: "ns",
      peer,
      goal: { of: "ratio", atMost: 30 },
    }),
    row({ group: "sim", name: "frames per second", value: 1e9 / frame, unit: "1/s" }),
    row({
      group: "sim",
      name: "simulated and logged",
      value: logged,
      unit: "MB/s",
      peer: writer,
      goal: { of: "ratio", atLeast: 0.7 },
    }),
    await checkedRow(),
    ...(await measureLog()),
    ...measureCli(),
  ];
}
