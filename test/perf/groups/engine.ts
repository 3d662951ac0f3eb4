/**
 * The on-board engine in executed instructions, on a Cortex-M3 and an RV32 in QEMU: the same in every run, and no cycles.
 * Native C and the module compiled ahead of time are measured beside it; the figures of wasm3 and WAMR were recorded
 * with the same kernels and the same counting (docs/engine.md, "Speed").
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { aotObjects } from "../../runtime/ahead.ts";
import { buildKernel, embed, figures, KERNELS, type KernelName } from "../../runtime/kernels.ts";
import { root, runOn, TARGETS, targetFolder, textBytes, Workshop } from "../../runtime/toolchain.ts";
import { type Row, row } from "../row.ts";

type Board = "m3" | "rv32";
const GROUP = "engine";
const BOARD_NAME = { m3: "Cortex-M3", rv32: "RV32" } as const;

/** wasm3 0.9.0 -O3 tuned and WAMR 2.4.3 fast -O3, instructions per step. */
const RECORDED: Readonly<Record<Board, Readonly<Record<"wasm3" | "WAMR fast", Readonly<Record<KernelName, number>>>>>> =
  {
    m3: {
      wasm3: { nop: 181, pid: 2769, kf32: 320_424, kf64: 247_452, crc: 67_105 },
      "WAMR fast": { nop: 324, pid: 2014, kf32: 190_153, kf64: 218_109, crc: 54_439 },
    },
    rv32: {
      wasm3: { nop: 216, pid: 5406, kf32: 517_323, kf64: 332_006, crc: 56_861 },
      "WAMR fast": { nop: 365, pid: 3155, kf32: 347_120, kf64: 384_961, crc: 89_330 },
    },
  };
/**
 * Most instructions per step that are still good: the best row of the plan that was reached (docs/engine.md). nop on RV32
 * reached none (docs/decisions/0306) and is held where it is.
 */
const BUDGET: Readonly<Record<Board, Readonly<Record<KernelName, number>>>> = {
  m3: { nop: 60, pid: 1500, kf32: 110_000, kf64: 130_000, crc: 27_000 },
  rv32: { nop: 80, pid: 2300, kf32: 220_000, kf64: 270_000, crc: 48_000 },
};
const TEXT_BYTES_MAX = 20 * 1024;
const RAM_BYTES_MAX = 4 * 1024;
const LOAD_MAX = 250_000;
const FUEL_COST_MAX = 0.1;
const WASM3_LOAD = 391_000;
const WAMR_TEXT_LEAST = 63 * 1024;

type Printed = ReadonlyMap<string, number>;

/** Builds and runs a kernel in one of three ways. */
class Bench {
  readonly #workshop = new Workshop();
  readonly #modules = new Map<KernelName, string>();

  close(): void {
    this.#workshop.close();
  }

  #module(name: KernelName): string {
    const path = this.#modules.get(name) ?? buildKernel(this.#workshop, name);
    this.#modules.set(name, path);
    return path;
  }

  #run(board: Board, name: string, flags: readonly string[], objects: readonly string[]): Printed {
    const own = ["kernel_main.c", TARGETS[board].platform].map((file) =>
      this.#workshop.compile(board, join(targetFolder, file), ["-O2", ...flags]),
    );
    return figures(runOn(board, this.#workshop.link(board, [...objects, ...own], `${board}-${name}`)));
  }

  engine(board: Board, name: KernelName, meter: "RT_METER_NONE" | "RT_METER_ENGINE"): Printed {
    const embedded = this.#workshop.compile(board, embed(this.#workshop, this.#module(name), name));
    const flags = [`-DKERNEL_METER=${meter}`, '-DKERNEL_FILE="kernel_engine.c"'];
    return this.#run(board, `engine-${name}`, flags, [...this.#workshop.engine(board), embedded]);
  }

  native(board: Board, name: KernelName): Printed {
    const real = name === "kf64" ? "double" : "float";
    const file = join(root, "test/kernels/native.c");
    return this.#run(board, `native-${name}`, [`-DKERNEL_${name}`, `-DREAL=${real}`, `-DKERNEL_FILE="${file}"`], []);
  }

  ahead(board: Board, name: KernelName): Printed {
    const module = this.#module(name);
    const embedded = this.#workshop.compile(board, embed(this.#workshop, module, name));
    const objects = aotObjects(this.#workshop, board, name, readFileSync(module));
    const math = board === "m3" ? ["-lm"] : [];
    return this.#run(board, `ahead-${name}`, ['-DKERNEL_FILE="kernel_engine.c"'], [...objects, embedded, ...math]);
  }

  /** Text and read-only data of the engine's objects. The sentences for people (texts.c) are left out, as a board's linker does. */
  textBytes(board: Board): number {
    const objects = this.#workshop.engine(board).filter((object) => basename(object) !== "texts.c.o");
    return textBytes(board, objects);
  }
}

function stepRows(bench: Bench, board: Board, name: KernelName, engine: Printed): Row[] {
  const title = `${BOARD_NAME[board]} ${name}`;
  const figure = { group: GROUP, value: engine.get("step") ?? Number.NaN, unit: "instructions" };
  const recorded = Object.entries(RECORDED[board]).map(([peer, values]) =>
    row({
      ...figure,
      name: `${title} step`,
      peer: { name: peer, value: values[name], recorded: true },
      goal: { of: "ratio", atMost: 1 },
    }),
  );
  const native = bench.native(board, name).get("step") ?? Number.NaN;
  const ahead = bench.ahead(board, name).get("step") ?? Number.NaN;
  return [
    row({
      ...figure,
      name: `${title} step`,
      // An empty step in C costs nothing beside the loop around it.
      ...(native > 0 ? { peer: { name: "C, gcc -O2", value: native } } : {}),
      goal: { of: "value", atMost: BUDGET[board][name] },
    }),
    row({ ...figure, name: `${title} step`, peer: { name: "ahead of time (wasm2c -O2)", value: ahead } }),
    ...recorded,
  ];
}

function boardRows(bench: Bench, board: Board): Row[] {
  const rows: Row[] = [];
  for (const name of KERNELS) {
    const engine = bench.engine(board, name, "RT_METER_NONE");
    rows.push(...stepRows(bench, board, name, engine));
    if (name === "nop") continue;
    const metered = bench.engine(board, name, "RT_METER_ENGINE").get("step") ?? Number.NaN;
    const cost = metered / (engine.get("step") ?? Number.NaN) - 1;
    const title = `${BOARD_NAME[board]} ${name}`;
    rows.push(
      row({
        group: GROUP,
        name: `${title} fuel cost`,
        value: cost,
        unit: "of a step",
        goal: { of: "value", atMost: FUEL_COST_MAX },
      }),
    );
    if (name !== "kf32") continue;
    const bytes = { group: GROUP, unit: "bytes" };
    const isM3 = board === "m3";
    rows.push(
      row({
        ...bytes,
        name: `${title} RAM beyond linear memory`,
        value: engine.get("ram") ?? Number.NaN,
        goal: { of: "value", atMost: RAM_BYTES_MAX },
      }),
      row({
        group: GROUP,
        unit: "instructions",
        name: `${title} load`,
        value: engine.get("load") ?? Number.NaN,
        ...(isM3
          ? { peer: { name: "wasm3", value: WASM3_LOAD, recorded: true }, goal: { of: "value", atMost: LOAD_MAX } }
          : {}),
      }),
    );
  }
  return rows;
}

export function measure(): readonly Row[] {
  const bench = new Bench();
  try {
    const text = row({
      group: GROUP,
      name: "Cortex-M3 text + rodata",
      value: bench.textBytes("m3"),
      unit: "bytes",
      peer: { name: "WAMR fast, least", value: WAMR_TEXT_LEAST, recorded: true },
      goal: { of: "value", atMost: TEXT_BYTES_MAX },
    });
    return [text, ...boardRows(bench, "m3"), ...boardRows(bench, "rv32")];
  } finally {
    bench.close();
  }
}
