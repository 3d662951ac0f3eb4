/** The fillings of engine.h on the PC and the boards: subjects as C data, and what target/chain.c prints about them. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runUncounted, TARGETS, type TargetName, targetFolder, type Workshop } from "../toolchain.ts";
import { type Shown, STEP_FUEL, STEP_OK, STEP_TRAP } from "./shown.ts";
import type { Subject } from "./subjects.ts";

/** A snapshot in the middle of a step, as an engine printed it. */
export interface Image {
  readonly step: number;
  readonly burnt: number;
  /** Both lanes before that step, the second one first. */
  readonly chain: string;
  readonly words: readonly string[];
}

export interface Followed {
  readonly whole: readonly Shown[];
  readonly broken: readonly Shown[];
  /** Number of stops and the hash of all snapshots by which the broken run moved. */
  readonly moved: string;
  readonly images: readonly Image[];
  /** From each image on. */
  readonly from: readonly (readonly Shown[])[];
}

export interface TableOptions {
  /** First steps of breakable subjects that are run again, stopped at every block. */
  readonly brokenSteps: number;
  readonly rarely: (subject: Subject) => number;
  readonly showsImages: boolean;
  readonly images: ReadonlyMap<string, readonly Image[]>;
}

export const NOTHING_BROKEN: TableOptions = {
  brokenSteps: 0,
  rarely: () => 1,
  showsImages: false,
  images: new Map(),
};

const NONE = "CHAIN_NONE";
/** The least length keeps C from being asked for an empty array. */
const numbers = (values: ArrayLike<number>): string =>
  `{${[...Array.from(values), 0].map((v) => `${v >>> 0}u`).join()}}`;
const pairs = (values: readonly (readonly [number, number])[]): string =>
  `{${[...values, [0, 0] as const].map(([address, value]) => `{${address >>> 0}u,${value >>> 0}u}`).join()}}`;

/** Writes the C file of a table of subjects and returns its path. */
export function writeTable(
  workshop: Workshop,
  name: string,
  subjects: readonly Subject[],
  options: TableOptions,
): string {
  const path = workshop.path(`${name}.c`);
  const parts = subjects.map((subject, n) => dataOf(subject, n, options));
  writeFileSync(
    path,
    `#include "chain.h"\n${parts.map(({ data }) => data).join("\n")}\n` +
      `const chain_subject chain_subjects[] = {\n${parts.map(({ row }) => row).join(",\n")}};\n` +
      `const uint32_t chain_subject_count = ${parts.length};\n`,
  );
  return path;
}

function dataOf(subject: Subject, n: number, options: TableOptions): { data: string; row: string } {
  const { plan, name, meter } = subject;
  const images = options.images.get(name) ?? [];
  const outputs = plan.outputs === "result" ? [] : plan.outputs;
  const presets = plan.presets.map(({ address, value }) => [address, value] as const);
  const constants = plan.constants.map(({ address, value }) => [address, value] as const);
  const feeds = plan.feeds.map(({ address, word }) => [address, word] as const);
  const imageBytes = images.map(({ words }, k) => `static const uint32_t b${n}_${k}[] = {0x${words.join(",0x")}};`);
  const imageRows = images.map(({ step, burnt, chain }, k) => {
    const lanes = `0x${chain.slice(8)},0x${chain.slice(0, 8)}`;
    return `{${step},${burnt},${lanes},(const uint8_t *)b${n}_${k},sizeof b${n}_${k}}`;
  });
  const data = [
    `static const uint8_t m${n}[] __attribute__((aligned(4))) = {${[...plan.wasm].join()}};`,
    `static const uint32_t w${n}[] = ${numbers(plan.words)}, o${n}[] = ${numbers(outputs)};`,
    `static const chain_pair p${n}[] = ${pairs(presets)}, c${n}[] = ${pairs(constants)}, f${n}[] = ${pairs(feeds)};`,
    ...imageBytes,
    `static const chain_image i${n}[] = {${[...imageRows, "{0,0,0,0,0,0}"].join()}};`,
  ];
  const { fuel } = plan;
  const fuelWords = fuel === undefined ? [NONE, -1] : "amount" in fuel ? [NONE, fuel.amount] : [fuel.word, 0];
  const broken = subject.isBreakable === true ? Math.min(options.brokenSteps, plan.steps) : 0;
  const row = [
    ...[`"${name}"`, `m${n}`, `sizeof m${n}`, meter, `w${n}`, plan.stride, plan.steps],
    ...[`p${n}`, presets.length, `c${n}`, constants.length, `f${n}`, feeds.length],
    ...[plan.argument ?? NONE, ...fuelWords, `o${n}`, outputs.length],
    ...[broken, options.rarely(subject), options.showsImages ? 1 : 0, `i${n}`, images.length],
  ];
  return { data: data.join("\n"), row: `{${row.join()}}` };
}

/** Compiles a table with the objects of a filling, runs it, and reads what it prints. */
export function follow(
  workshop: Workshop,
  target: TargetName,
  { name, table, filling }: { name: string; table: string; filling: readonly string[] },
): ReadonlyMap<string, Followed> {
  const own = ["chain.c", TARGETS[target].platform].map((file) =>
    workshop.compileOnce(target, join(targetFolder, file), ["-O2"], `chain-${file}`),
  );
  const data = workshop.compile(target, table, ["-O0", "-g0"], `${name}-table`);
  return readFollowed(runUncounted(target, workshop.link(target, [...own, data, ...filling], `${name}-${target}`)));
}

/** @throws Error when the program did not come to its end. */
export function readFollowed(text: string): ReadonlyMap<string, Followed> {
  const [last, ...parts] = [text.trimEnd().split("\n").at(-1), ...text.split(/^= /m).slice(1)];
  if (last !== "end") throw new Error(`the engine gave up: ${text.slice(-300)}`);
  const found = new Map<string, { -readonly [key in keyof Followed]: Followed[key] }>();
  for (const part of parts) {
    const [head = "", ...lines] = part.trimEnd().split("\n");
    const [kind = "", name = ""] = [head.slice(0, head.indexOf(" ")), head.slice(head.indexOf(" ") + 1)];
    const one = found.get(name) ?? { whole: [], broken: [], moved: "", images: [], from: [] };
    const { rest, images } = takeImages(lines);
    const steps = rest.filter((line) => !/^(moved|end)/.test(line)).map(readStep);
    if (kind === "whole") one.whole = steps;
    if (kind === "broken") {
      one.broken = steps;
      one.images = images;
      one.moved = rest.find((line) => line.startsWith("moved")) ?? "";
    }
    if (kind === "from") one.from = [...one.from, steps];
    found.set(name, one);
  }
  return found;
}

function takeImages(lines: readonly string[]): { rest: string[]; images: Image[] } {
  const rest: string[] = [];
  const images: Image[] = [];
  let words: string[] | undefined;
  for (const line of lines) {
    if (line.startsWith("+ ")) {
      const [step = "", burnt = "", chain = ""] = line.slice(2).split(" ");
      words = [];
      images.push({ step: Number(`0x${step}`), burnt: Number(`0x${burnt}`), chain, words });
    } else if (line === ".") words = undefined;
    else if (words !== undefined) words.push(...(line.match(/.{8}/g) ?? []));
    else rest.push(line);
  }
  return { rest, images };
}

function readStep(line: string): Shown {
  const [code = "", fuel = "", outputs = "", state = "", chain = ""] = line.split(" ");
  const status = Number(`0x${code}`) | 0;
  const isFuel = status === 1 || status === -41;
  return {
    status: status === 0 ? STEP_OK : isFuel ? STEP_FUEL : STEP_TRAP,
    traps: status < 0 && !isFuel ? [status] : undefined,
    fuel: Number(`0x${fuel}`) | 0,
    ...{ outputs, state, chain },
  };
}
