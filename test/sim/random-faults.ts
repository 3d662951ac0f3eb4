/**
 * Random runs under one fault or two, judged by what is claimed of them: one faulty component reaches nothing and holds
 * nothing; two, with corruptions at least HOLD_FRAMES apart, never make an output wrong.
 */
import { type LoadedLaw, loadLawFile } from "../../host/commands/law-file.ts";
import { parameterWords } from "../../host/commands/parameters.ts";
import { FAULT_MODES, type FaultMode } from "../../host/faults/fault-modes.ts";
import { parseFault } from "../../host/faults/parse-fault.ts";
import { resolveFaults } from "../../host/faults/resolve-faults.ts";
import { HOLD_FRAMES } from "../../host/model/configuration.ts";
import { Random } from "../../host/model/random.ts";
import { loadFirmware } from "../../sim/channel/firmware.ts";
import { coreStateSize, lawStateSize } from "../../sim/channel/state-sizes.ts";
import { flyJudged } from "../../sim/flight/judged.ts";
import { createPlant } from "../../sim/world/plants/plant.ts";

const BENCHES = [
  { law: "firmware/control/motor-speed.ts", plant: "dc-motor" },
  { law: "firmware/control/altitude-hold.ts", plant: "vertical-axis" },
];
const FRAMES = 320;
const FIRST_MAX = 150;
const CHANNELS = "ABC";
const MASKING = FAULT_MODES.filter((mode) => mode.hypothesis === "masking");

interface Bench {
  readonly law: LoadedLaw;
  readonly plant: string;
}

/** Draws numbers one after the other. */
export class Dice {
  readonly #random: Random;
  readonly #stream: number;
  #index = 0;

  constructor(seed: number, stream: number) {
    this.#random = new Random(seed);
    this.#stream = stream;
  }

  /** 0 to `below` - 1. */
  roll(below: number): number {
    return this.#random.word(this.#stream, this.#index++) % below;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)] as T;
  }
}

function where(mode: FaultMode, dice: Dice, { law }: Bench): string {
  const channel = dice.roll(3);
  const name = CHANNELS.charAt(channel);
  if (mode.place === "channel") return name;
  if (mode.place === "link") return `${name}>${CHANNELS.charAt((channel + 1 + dice.roll(2)) % 3)}`;
  return `${name}.${dice.pick(law.table.inputs).name}`;
}

function drawFault(dice: Dice, bench: Bench, first: number): string {
  const several = bench.law.table.inputs.length > 1;
  const mode = dice.pick(MASKING.filter(({ name }) => several || name !== "swap"));
  const place = where(mode, dice, bench);
  const choices = mode.arguments.find(({ type }) => type.kind === "choice")?.type;
  const other = bench.law.table.inputs.find(({ name }) => !place.endsWith(`.${name}`))?.name ?? "";
  let text = choices?.kind === "choice" ? `(${dice.pick(choices.words)})` : "";
  if (mode.name === "swap") text = `(${other})`;
  const lasts = dice.roll(3) === 0 ? "" : `+${1 + dice.roll(80)}`;
  return `${place}:${mode.name}${text}@${first}${lasts}`;
}

/** So many faults of any kind for a run of a law, at any time. */
export async function drawFaults(
  dice: Dice,
  path: string,
  { count, frames }: { readonly count: number; readonly frames: number },
): Promise<string[]> {
  const law = await loadLawFile(path);
  return Array.from({ length: count }, () => drawFault(dice, { law, plant: "" }, dice.roll(frames)));
}

export interface RandomRuns {
  /** One sentence for each run that broke a claim, with what it takes to fly it again. */
  readonly failures: readonly string[];
  readonly runs: number;
  /** Runs in which any voter disagreed or was missing: the faults did something. */
  readonly effective: number;
}

/** Flies `runs` runs of a seed. */
export async function flyRandom(seed: number, runs: number, say?: (text: string) => void): Promise<RandomRuns> {
  const benches = await Promise.all(BENCHES.map(async ({ law, plant }) => ({ law: await loadLawFile(law), plant })));
  const failures: string[] = [];
  let effective = 0;
  for (let run = 0; run < runs; run += 1) {
    const dice = new Dice(seed, run);
    const bench = dice.pick(benches);
    const first = dice.roll(FIRST_MAX);
    const faults = [drawFault(dice, bench, first)];
    if (dice.roll(2) === 1) faults.push(drawFault(dice, bench, first + HOLD_FRAMES + dice.roll(40)));
    const found = await flyOne(bench, faults, run);
    if (found.problem !== undefined)
      failures.push(`${bench.law.path} --seed ${run} ${faults.join(" ")}: ${found.problem}`);
    if (found.isEffective) effective += 1;
    if (run % 500 === 499) say?.(`${run + 1} runs, ${failures.length} failures`);
  }
  return { failures, runs, effective };
}

async function flyOne({ law, plant }: Bench, texts: readonly string[], seed: number) {
  const { table } = law;
  const core = loadFirmware("core").module;
  const target = {
    frames: FRAMES,
    coreStateSize: coreStateSize(core),
    moduleStateSize: lawStateSize(law.wasm, table),
    seed,
    table,
  };
  const { judge, judgement } = await flyJudged({
    parts: {
      coreModule: core,
      stageModule: loadFirmware("stage").module,
      lawModule: law.module,
      wasm: law.wasm,
      table,
      tableBytes: law.tableBytes,
      parameters: parameterWords(table.parameters, []),
    },
    world: createPlant(plant, { ...table, frames: FRAMES, seed }),
    faults: resolveFaults(texts.map(parseFault), target),
    baud: 921_600,
    frames: FRAMES,
  });
  const isEffective = judge.events.some(({ by, code }) => by !== "host" && code !== 28);
  const isBroken = judgement.hypothesis === "masking" ? judgement.verdict === "fail" : judgement.isSafety;
  const judged = judgement.hypothesis === "masking" || judgement.hypothesis === "safety";
  return { problem: judged && isBroken ? judgement.reasons.join("; ") : undefined, isEffective };
}
