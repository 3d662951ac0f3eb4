import {
  decodeSignalTable,
  SIGNAL_HEADER_SIZE,
  SIGNAL_RECORD_SIZE,
  SIGNAL_TABLE_MAGIC,
  SIGNAL_TABLE_VERSION,
} from "../../model/signal-table.ts";
import type { Signal, SignalTable } from "../../model/signals.ts";
import { WasmError } from "../../wasm/wasm-error.ts";
import { readModule } from "../../wasm/wasm-module.ts";
import { BuildError } from "./build-error.ts";

/** Name of the custom section that holds the table. */
export const SIGNAL_SECTION = "quorate.signals";

const ROLES = { input: 0, output: 1, parameter: 2, probe: 3 } as const;
const TYPES = { f32: 0, i32: 1, u32: 2, bool: 3 } as const;

/** Writes a table as docs/module.md lays it out. Equal tables give equal bytes. */
export function encodeSignalTable(table: SignalTable): Uint8Array {
  const signals = [...table.inputs, ...table.outputs, ...table.parameters, ...table.probes];
  const pool = new StringPool();
  const poolAt = SIGNAL_HEADER_SIZE + signals.length * SIGNAL_RECORD_SIZE;
  const head = new DataView(new ArrayBuffer(poolAt));
  const lawName = pool.add(table.law);
  for (const [i, signal] of signals.entries())
    writeRecord(head, SIGNAL_HEADER_SIZE + i * SIGNAL_RECORD_SIZE, signal, pool);
  const strings = pool.bytes();
  head.setUint32(0, SIGNAL_TABLE_MAGIC, true);
  head.setUint16(4, SIGNAL_TABLE_VERSION, true);
  head.setUint16(6, SIGNAL_HEADER_SIZE, true);
  const words: [number, number][] = [
    [8, table.periodUs],
    [12, table.fuelBudget],
    [16, table.memorySize],
    [20, table.stateSize],
    [24, table.worstFuel],
    [40, table.frameAddress],
    [44, table.dtAddress],
    [48, poolAt],
    [52, strings.length],
    [56, lawName],
    [60, table.fttiUs],
  ];
  for (const [at, value] of words) head.setUint32(at, value, true);
  head.setUint16(28, table.callDepth, true);
  head.setUint16(30, table.valueStackDepth, true);
  for (const [i, list] of [table.inputs, table.outputs, table.parameters, table.probes].entries()) {
    head.setUint16(32 + 2 * i, list.length, true);
  }
  const bytes = new Uint8Array(poolAt + strings.length);
  bytes.set(new Uint8Array(head.buffer));
  bytes.set(strings, poolAt);
  return bytes;
}

function writeRecord(view: DataView, at: number, signal: Signal, pool: StringPool): void {
  view.setUint32(at, pool.add(signal.name), true);
  view.setUint32(at + 4, pool.add(signal.unit), true);
  view.setUint8(at + 8, ROLES[signal.role]);
  view.setUint8(at + 9, TYPES[signal.type]);
  view.setUint8(at + 10, signal.selection === "majority" ? 1 : 0);
  view.setUint8(at + 11, signal.single ? 1 : 0);
  view.setUint32(at + 12, signal.address, true);
  view.setUint32(at + 16, signal.validAddress, true);
  const value = signal.role === "output" ? signal.safe : signal.initial;
  for (const [i, number] of [signal.min, signal.max, signal.tolerance, signal.rateLimit, value].entries()) {
    view.setFloat64(at + 24 + 8 * i, number, true);
  }
}

/** Strings behind one another, each with its 0; equal strings are stored once. */
class StringPool {
  readonly #offsets = new Map<string, number>([["", 0]]);
  readonly #bytes: number[] = [0];

  add(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.#bytes.length;
    this.#bytes.push(...new TextEncoder().encode(text), 0);
    this.#offsets.set(text, offset);
    return offset;
  }

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/**
 * Reads the signal table out of a built module. Throws BuildError with the byte offset in the file when the file is no module,
 * has no table or a damaged one.
 */
export function readSignalTable(wasm: Uint8Array): SignalTable {
  const sections = customSections(wasm).filter((each) => each.name === SIGNAL_SECTION);
  const [section, second] = sections;
  if (section === undefined || second !== undefined) {
    throw new BuildError({
      code: section === undefined ? "no-signal-table" : "two-signal-tables",
      problem: "this WebAssembly file is not a built control law",
      place: { offset: second?.offset ?? wasm.length },
      expected: `one custom section ${SIGNAL_SECTION}`,
      found: `${sections.length}`,
      hint: "Build the control law with quorate build.",
    });
  }
  const result = decodeSignalTable(section.body);
  if (result.kind === "value") return result.table;
  throw new BuildError({
    code: `signal-table-${result.code}`,
    problem: `the signal table is damaged: ${result.problem}`,
    place: { offset: section.offset + result.offset },
    expected: result.expected,
    found: result.found,
    hint: "Build the control law again with quorate build.",
  });
}

function customSections(wasm: Uint8Array): { name: string; body: Uint8Array; offset: number }[] {
  try {
    return readModule(wasm).customs;
  } catch (error) {
    if (!(error instanceof WasmError)) throw error;
    throw new BuildError({
      code: `wasm-${error.code}`,
      problem: `this is not a WebAssembly module that quorate can read: ${error.message}`,
      place: { offset: error.offset },
      hint: "Build the control law with quorate build.",
      cause: error,
    });
  }
}
