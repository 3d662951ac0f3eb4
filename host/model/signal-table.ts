import { clashingField } from "./record.ts";
import {
  INPUTS_MAX,
  NAME_LENGTH_MAX,
  OUTPUTS_MAX,
  PARAMETERS_MAX,
  PERIOD_US_MAX,
  PERIOD_US_MIN,
  PROBES_MAX,
  type Selection,
  type Signal,
  type SignalRole,
  type SignalTable,
  type SignalType,
} from "./signals.ts";

/**
 * Reader of the custom section `quorate.signals` (docs/module.md, "Signal table"): header, one record
 * per signal, string pool. A table decides what every other number means, so it is checked in full:
 * one wrong byte and nothing of it is used.
 */

export const SIGNAL_TABLE_MAGIC = 0x47495351;
export const SIGNAL_TABLE_VERSION = 1;
export const SIGNAL_HEADER_SIZE = 64;
export const SIGNAL_RECORD_SIZE = 64;
/** Every limit at its greatest, names and units of 48 characters: no honest table is longer. */
export const SIGNAL_TABLE_SIZE_MAX = 16_384;

export interface SignalTableDamage {
  readonly kind: "damage";
  /** Stable name of the trouble. */
  readonly code: string;
  /** Byte offset from the start of the section. */
  readonly offset: number;
  readonly problem: string;
  readonly expected: string;
  readonly found: string;
}

export type SignalTableResult = { readonly kind: "value"; readonly table: SignalTable } | SignalTableDamage;

const ROLES: readonly SignalRole[] = ["input", "output", "parameter", "probe"];
const TYPES: readonly SignalType[] = ["f32", "i32", "u32", "bool"];
const SELECTIONS: readonly Selection[] = ["median", "majority"];
const LIMITS: readonly number[] = [INPUTS_MAX, OUTPUTS_MAX, PARAMETERS_MAX, PROBES_MAX];
const NAME = /^[a-z][a-z0-9_]*$/;

/** Leaves the parse with the first damage; never crosses `decodeSignalTable`. */
class Damage extends Error {
  readonly damage: SignalTableDamage;
  constructor(damage: Omit<SignalTableDamage, "kind">) {
    super(damage.problem);
    this.damage = { kind: "damage", ...damage };
  }
}

/** Reads a whole section. Damage is a value: first wrong byte, what was expected and what was found. */
export function decodeSignalTable(bytes: Uint8Array): SignalTableResult {
  try {
    return { kind: "value", table: parse(bytes) };
  } catch (error) {
    if (error instanceof Damage) return error.damage;
    throw error;
  }
}

function parse(bytes: Uint8Array): SignalTable {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const counts = checkedCounts(view);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const pool = checkedPool(view, SIGNAL_HEADER_SIZE + total * SIGNAL_RECORD_SIZE);
  const facts = checkedFacts(view);
  const names = new Set<string>();
  const signals: Signal[][] = [];
  let at = SIGNAL_HEADER_SIZE;
  for (const [role, count] of counts.entries()) {
    const list: Signal[] = [];
    for (let i = 0; i < count; i++) {
      const signal = parseSignal(view, { at, role, pool, memorySize: facts.memorySize });
      if (names.has(signal.name))
        fail({
          code: "name-twice",
          offset: at,
          problem: "two signals share a name",
          expected: "unique names",
          found: signal.name,
        });
      names.add(signal.name);
      list.push(signal);
      at += SIGNAL_RECORD_SIZE;
    }
    signals.push(list);
  }
  const [inputs = [], outputs = [], parameters = [], probes = []] = signals;
  const clash = clashingField({ inputs, outputs, probes });
  if (clash !== undefined) {
    const problem = "a signal has the name of another field of the voter log";
    fail({ code: "name-taken", offset: SIGNAL_HEADER_SIZE, problem, expected: "another name", found: clash });
  }
  return { ...facts, law: pool.text(56, view.getUint32(56, true)), inputs, outputs, parameters, probes };
}

function checkedCounts(view: DataView): number[] {
  const size = view.byteLength;
  if (size < SIGNAL_HEADER_SIZE)
    fail({
      code: "short",
      offset: size,
      problem: "the section ends inside its header",
      expected: "64 bytes",
      found: `${size}`,
    });
  if (size > SIGNAL_TABLE_SIZE_MAX) {
    fail({
      code: "long",
      offset: 0,
      problem: "the section is too long",
      expected: `at most ${SIGNAL_TABLE_SIZE_MAX} bytes`,
      found: `${size}`,
    });
  }
  exactly(view.getUint32(0, true), SIGNAL_TABLE_MAGIC, "magic", 0);
  exactly(view.getUint16(4, true), SIGNAL_TABLE_VERSION, "version", 4);
  exactly(view.getUint16(6, true), SIGNAL_HEADER_SIZE, "header-size", 6);
  return LIMITS.map((limit, role) => {
    const at = 32 + 2 * role;
    const count = view.getUint16(at, true);
    if (count > limit)
      fail({
        code: "count",
        offset: at,
        problem: `too many ${ROLES[role]}s`,
        expected: `at most ${limit}`,
        found: `${count}`,
      });
    return count;
  });
}

type Facts = Omit<SignalTable, "law" | "inputs" | "outputs" | "parameters" | "probes">;

function checkedFacts(view: DataView): Facts {
  const facts: Facts = {
    periodUs: view.getUint32(8, true),
    fuelBudget: view.getUint32(12, true),
    memorySize: view.getUint32(16, true),
    stateSize: view.getUint32(20, true),
    worstFuel: view.getUint32(24, true),
    callDepth: view.getUint16(28, true),
    valueStackDepth: view.getUint16(30, true),
    frameAddress: view.getUint32(40, true),
    dtAddress: view.getUint32(44, true),
    fttiUs: view.getUint32(60, true),
  };
  const { periodUs, memorySize, stateSize } = facts;
  if (periodUs < PERIOD_US_MIN || periodUs > PERIOD_US_MAX) {
    fail({
      code: "period",
      offset: 8,
      problem: "the period is out of range",
      expected: `${PERIOD_US_MIN} to ${PERIOD_US_MAX} us`,
      found: `${periodUs} us`,
    });
  }
  if (memorySize > 65_536)
    fail({
      code: "memory",
      offset: 16,
      problem: "the memory is too large",
      expected: "at most 65536 bytes",
      found: `${memorySize}`,
    });
  if (stateSize > memorySize) {
    fail({
      code: "state",
      offset: 20,
      problem: "the state is larger than the memory",
      expected: `at most ${memorySize} bytes`,
      found: `${stateSize}`,
    });
  }
  for (const [at, address] of [[40, facts.frameAddress] as const, [44, facts.dtAddress] as const]) {
    checkAddress(address, { at, memorySize, optional: true });
  }
  return facts;
}

interface Pool {
  /** The string at `offset` of the pool; `at` is where the table says so, for the error. */
  text(at: number, offset: number): string;
}

function checkedPool(view: DataView, recordsEnd: number): Pool {
  const start = view.getUint32(48, true);
  const size = view.getUint32(52, true);
  if (start < recordsEnd)
    fail({
      code: "pool",
      offset: 48,
      problem: "the string pool overlaps the records",
      expected: `at least ${recordsEnd}`,
      found: `${start}`,
    });
  if (start + size > view.byteLength) {
    fail({
      code: "pool",
      offset: 52,
      problem: "the string pool leaves the section",
      expected: `an end of at most ${view.byteLength}`,
      found: `${start + size}`,
    });
  }
  const bytes = new Uint8Array(view.buffer, view.byteOffset + start, size);
  if (bytes[0] !== 0)
    fail({
      code: "pool",
      offset: start,
      problem: "offset 0 of the pool is not the empty string",
      expected: "0",
      found: `${bytes[0]}`,
    });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return {
    text(at, offset) {
      const end = offset < size ? bytes.indexOf(0, offset) : -1;
      if (end < 0)
        fail({
          code: "string",
          offset: at,
          problem: "a string has no end in the pool",
          expected: `an offset below ${size}`,
          found: `${offset}`,
        });
      try {
        return decoder.decode(bytes.subarray(offset, end));
      } catch {
        return fail({
          code: "string",
          offset: start + offset,
          problem: "a string is not UTF-8",
          expected: "UTF-8",
          found: "other bytes",
        });
      }
    },
  };
}

interface Spot {
  readonly at: number;
  readonly role: number;
  readonly pool: Pool;
  readonly memorySize: number;
}

function parseSignal(view: DataView, { at, role, pool, memorySize }: Spot): Signal {
  exactly(view.getUint8(at + 8), role, "role", at + 8);
  const name = pool.text(at, view.getUint32(at, true));
  if (!NAME.test(name) || name.length > NAME_LENGTH_MAX) {
    fail({
      code: "name",
      offset: at,
      problem: "a signal's name is not one",
      expected: `1 to ${NAME_LENGTH_MAX} characters [a-z][a-z0-9_]*`,
      found: `"${name}"`,
    });
  }
  const unit = pool.text(at + 4, view.getUint32(at + 4, true));
  const type = named(TYPES, view.getUint8(at + 9), "type", at + 9);
  const selection = named(SELECTIONS, view.getUint8(at + 10), "selection", at + 10);
  const single = named([false, true], view.getUint8(at + 11), "single", at + 11);
  const address = view.getUint32(at + 12, true);
  checkAddress(address, { at: at + 12, memorySize, optional: false });
  const validAddress = view.getUint32(at + 16, true);
  if (role === 0) checkAddress(validAddress, { at: at + 16, memorySize, optional: false });
  else exactly(validAddress, 0, "validity address", at + 16);
  exactly(view.getUint32(at + 20, true), 0, "reserved word", at + 20);
  const [min = 0, max = 0, tolerance = 0, rateLimit = 0, value = 0] = checkedNumbers(view, at, role);
  const safe = role === 1 ? value : 0;
  const initial = role === 2 ? value : 0;
  return {
    name,
    unit,
    role: ROLES[role] ?? "probe",
    type,
    selection,
    single,
    address,
    validAddress,
    min,
    max,
    tolerance,
    rateLimit,
    safe,
    initial,
  };
}

function checkedNumbers(view: DataView, at: number, role: number): number[] {
  const numbers = [24, 32, 40, 48, 56].map((offset) => view.getFloat64(at + offset, true));
  const [min = 0, max = 0, tolerance = 0, rateLimit = 0, value = 0] = numbers;
  for (const [i, number] of numbers.entries()) {
    if (Number.isNaN(number))
      fail({
        code: "number",
        offset: at + 24 + 8 * i,
        problem: "a limit is not a number",
        expected: "a number",
        found: "NaN",
      });
  }
  if (min > max)
    fail({
      code: "range",
      offset: at + 24,
      problem: "the range is reversed",
      expected: `least <= greatest`,
      found: `${min} > ${max}`,
    });
  if (tolerance < 0)
    fail({
      code: "tolerance",
      offset: at + 40,
      problem: "the tolerance is negative",
      expected: "at least 0",
      found: `${tolerance}`,
    });
  if (rateLimit < 0)
    fail({
      code: "rate",
      offset: at + 48,
      problem: "the rate limit is negative",
      expected: "at least 0",
      found: `${rateLimit}`,
    });
  const ranged = ROLES[role] === "output" || ROLES[role] === "parameter";
  if (ranged && (value < min || value > max)) {
    fail({
      code: "safe",
      offset: at + 56,
      problem: "the safe value or default lies outside the range",
      expected: `${min} to ${max}`,
      found: `${value}`,
    });
  }
  return numbers;
}

function checkAddress(address: number, spot: { at: number; memorySize: number; optional: boolean }): void {
  if (spot.optional && address === 0) return;
  if (address === 0 || address % 4 !== 0 || address + 4 > spot.memorySize) {
    const expected = `a multiple of 4 from 4 to ${spot.memorySize - 4}`;
    fail({
      code: "address",
      offset: spot.at,
      problem: "an address lies outside the memory",
      expected,
      found: `${address}`,
    });
  }
}

function named<T>(names: readonly T[], index: number, what: string, at: number): T {
  const name = names[index];
  if (name === undefined)
    return fail({
      code: what,
      offset: at,
      problem: `the ${what} is unknown`,
      expected: `0 to ${names.length - 1}`,
      found: `${index}`,
    });
  return name;
}

function exactly(found: number, expected: number, what: string, at: number): void {
  if (found !== expected)
    fail({
      code: what.replaceAll(" ", "-"),
      offset: at,
      problem: `the ${what} is wrong`,
      expected: `${expected}`,
      found: `${found}`,
    });
}

function fail(damage: Omit<SignalTableDamage, "kind">): never {
  throw new Damage(damage);
}
