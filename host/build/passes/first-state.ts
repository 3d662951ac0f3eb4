import { readConstant } from "../../wasm/code.ts";
import { readNames } from "../../wasm/names.ts";
import { ByteReader } from "../../wasm/wasm-bytes.ts";
import { addFuelGlobal, EXPORT_FUNCTION, EXPORT_GLOBAL, readModule } from "../../wasm/wasm-module.ts";
import { writeModule } from "../../wasm/write-module.ts";
import { BuildError } from "../law/build-error.ts";
import type { Compiled } from "../law/compiled.ts";
import { type LawDeclaration, MEMORY_MAX } from "../law/declaration.ts";
import { ALLOCATOR_PATH } from "../law/rewrite.ts";
import { placeOfTrap, placesOfTrap, type SourcePlace } from "../law/source-places.ts";
import { meter } from "./fuel.ts";

/** Where the stub runtime keeps the end of the heap, by the name the compiler gives it. */
const HEAP_END = "~lib/rt/stub/offset";
/** The unoptimised start-up has passed as optimised code already; this only keeps a mistake of ours from running for ever. */
const PLAIN_FUEL = 1_000_000_000;

/** A data segment that is copied into the memory when the module starts. */
const ACTIVE = 0;

interface Unmeasured {
  /** The module without signal table. */
  readonly wasm: Uint8Array;
  readonly compiled: Compiled;
  readonly places: readonly SourcePlace[];
}

type Exports = { init(): void; memory: WebAssembly.Memory; fuel?: WebAssembly.Global; heap?: WebAssembly.Global };

/**
 * Runs `init` once, here and now, and finds how much memory the law uses from then on: static data and what start-up
 * allocated. A law has no inputs at `init`, so what happens here happens on every engine.
 */
export async function measureState({
  wasm,
  compiled,
  places,
}: Unmeasured): Promise<{ stateSize: number; initFuel: number }> {
  const { declaration } = compiled.law;
  const exported = new WebAssembly.Instance(await WebAssembly.compile(wasm), {}).exports as Exports;
  const before = fuelOf(exported);
  let trap: unknown;
  try {
    exported.init();
  } catch (error) {
    trap = error;
  }
  if (trap !== undefined) {
    if (placesOfTrap(trap, places)[0]?.file.startsWith(ALLOCATOR_PATH)) refuseSize(declaration, declaration.memory);
    refuseStart(declaration, { trap, places, limit: before, isOutOfFuel: fuelOf(exported) < 0 });
  }
  const used = Math.max(await heapEnd(compiled), dataEnd(readModule(compiled.plain.wasm).data));
  const stateSize = Math.ceil(used / 8) * 8;
  if (stateSize > declaration.memory) refuseSize(declaration, stateSize - 1);
  const beyond = new Uint8Array(exported.memory.buffer, stateSize);
  if (beyond.some((byte) => byte !== 0))
    throw new Error("the law's first state reaches beyond the size that was measured");
  return { stateSize, initFuel: before - fuelOf(exported) };
}

function fuelOf(exported: Exports): number {
  return Number(exported.fuel?.value);
}

/**
 * The allocator's end of the heap after start-up; 0 when nothing is allocated. The optimiser folds allocations into constant
 * addresses, so this runs the binary as the compiler made it.
 */
async function heapEnd(compiled: Compiled): Promise<number> {
  const module = readModule(compiled.plain.wasm);
  const [heap] = [...readNames(module).globals].find(([, name]) => name === HEAP_END) ?? [];
  if (heap === undefined || module.start === undefined) return 0;
  meter(module, addFuelGlobal(module, PLAIN_FUEL));
  module.exports = [
    { name: "init", kind: EXPORT_FUNCTION, index: module.start },
    { name: "heap", kind: EXPORT_GLOBAL, index: heap },
  ];
  const exported = new WebAssembly.Instance(await WebAssembly.compile(writeModule(module, []).bytes), {})
    .exports as Exports;
  exported.init();
  return Number(exported.heap?.value);
}

function refuseSize(declaration: LawDeclaration, size: number): never {
  throw new BuildError({
    code: "memory-short",
    problem: "the law does not fit into its memory",
    place: declaration.lawPlace,
    expected: `at most ${declaration.memory} bytes`,
    found: `more than ${size} bytes of data`,
    hint: size >= MEMORY_MAX ? "Make its tables smaller: memory ends at 65536 bytes." : "Declare more memory in @law.",
  });
}

interface Start {
  readonly trap: unknown;
  readonly places: readonly SourcePlace[];
  readonly limit: number;
  readonly isOutOfFuel: boolean;
}

function refuseStart(declaration: LawDeclaration, { trap, places, limit, isOutOfFuel }: Start): never {
  const at = placeOfTrap(trap, places);
  throw new BuildError({
    code: isOutOfFuel ? "endless-init" : "init-trap",
    problem: isOutOfFuel ? "the law does not come to its first state" : "the law traps before its first step",
    place: at === undefined ? declaration.lawPlace : { file: at.file, line: at.line, column: at.column },
    expected: isOutOfFuel ? `at most ${limit} instructions` : "first values that can be computed",
    found: isOutOfFuel ? "more" : trap instanceof Error ? trap.message : String(trap),
    hint: isOutOfFuel ? "Shorten what it computes at the start." : "Mend the first values.",
    cause: trap,
  });
}

/** Where the last active data segment ends. The compiler writes zero-filled data too, so this is the end of all static data. */
function dataEnd(data: Uint8Array | undefined): number {
  if (data === undefined) return 0;
  const reader = new ByteReader(data);
  let end = 0;
  for (let count = reader.u32(); count > 0; count -= 1) {
    const kind = reader.u32();
    if (kind !== ACTIVE) throw new Error(`the compiler wrote a data segment of kind ${kind}`);
    const { value: offset } = readConstant(reader);
    const size = reader.u32();
    reader.take(size);
    end = Math.max(end, offset + size);
  }
  return end;
}
