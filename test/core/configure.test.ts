import { describe, expect, it } from "vitest";
import { CORE, signalTable } from "../../sim/explore/tiny-table.ts";

const STATUS = {
  ok: 0,
  magic: -1,
  version: -2,
  size: -3,
  counts: -4,
  channel: -5,
  limits: -6,
  windows: -7,
  signal: -8,
  ftti: -9,
};

/** docs/core.md's defaults, word by word. */
const CONFIG = [0, 1, 0, 3, 3, 1280, 100, 800, 4, 100, 360_000, 500, 2000, 3500, 6500, 8000, 8200, 0, 0];
const TABLE = signalTable([{}, {}], 2);
const RECORD = 64;

/** Fills a fresh core's CONFIG and TABLE and configures it. */
function configure(words: Readonly<Record<number, number>>, table: Uint8Array, size = table.length): number {
  const exported = new WebAssembly.Instance(CORE).exports;
  const buffer = (exported.memory as WebAssembly.Memory).buffer;
  const at = (name: string) => Number((exported[name] as WebAssembly.Global).value);
  const config = new Uint32Array(buffer, at("CONFIG"), CONFIG.length);
  config.set(CONFIG);
  for (const [word, value] of Object.entries(words)) config[Number(word)] = value;
  new Uint8Array(buffer, at("TABLE"), 8192).set(table.subarray(0, 8192));
  return (exported.configure as (size: number) => number)(size);
}

/** The table with some bytes changed. */
function edited(edit: (view: DataView) => void): Uint8Array {
  const table = TABLE.slice();
  edit(new DataView(table.buffer));
  return table;
}

describe("S25: configure", () => {
  it("takes the documented defaults on each channel", () => {
    for (const channel of [0, 1, 2]) expect(configure({ 0: channel }, TABLE)).toBe(STATUS.ok);
  });

  it.each([
    ["no bytes", TABLE.subarray(0, 0), STATUS.size],
    ["half a header", TABLE.subarray(0, 63), STATUS.size],
    ["a header alone that tells of signals", TABLE.subarray(0, 64), STATUS.size],
    ["its last byte missing", TABLE.subarray(0, TABLE.length - 1), STATUS.size],
    ["another magic", edited((view) => view.setUint8(0, 0)), STATUS.magic],
    ["version 2", edited((view) => view.setUint16(4, 2, true)), STATUS.version],
    ["a longer header", edited((view) => view.setUint16(6, 68, true)), STATUS.version],
    [
      "17 inputs",
      signalTable(
        Array.from({ length: 17 }, () => ({})),
        1,
      ),
      STATUS.counts,
    ],
    ["9 outputs", signalTable([{}], 9), STATUS.counts],
    ["no output", signalTable([{}], 0), STATUS.counts],
    ["65 535 parameters", edited((view) => view.setUint16(36, 0xffff, true)), STATUS.size],
    ["an unknown type", edited((view) => view.setUint8(64 + 9, 4)), STATUS.signal],
    ["an unknown selection", edited((view) => view.setUint8(64 + RECORD + 10, 2)), STATUS.signal],
    ["a range reversed", edited((view) => view.setFloat64(64 + 24, 2000, true)), STATUS.signal],
    ["NaN as the least", edited((view) => view.setFloat64(64 + 24, Number.NaN, true)), STATUS.signal],
    ["NaN as the greatest", edited((view) => view.setFloat64(64 + 32, Number.NaN, true)), STATUS.signal],
    ["NaN as the tolerance", edited((view) => view.setFloat64(64 + 40, Number.NaN, true)), STATUS.signal],
    ["a negative tolerance", edited((view) => view.setFloat64(64 + 40, -1, true)), STATUS.signal],
    ["a negative rate", edited((view) => view.setFloat64(64 + 48, -1, true)), STATUS.signal],
  ])("refuses a table with %s", (_what, table, status) => {
    expect(configure({}, table)).toBe(status);
  });

  it("refuses to hold as long as the plant can bear, where the law says how long that is", () => {
    const ftti = (us: number) => edited((view) => view.setUint32(60, us, true));
    expect(configure({}, ftti(30_000))).toBe(STATUS.ftti);
    expect(configure({}, ftti(30_001))).toBe(STATUS.ok);
    expect(configure({ 3: 254 }, ftti(2_540_000))).toBe(STATUS.ftti);
  });

  it("refuses a table longer than its place", () => {
    expect(configure({}, TABLE, 8193)).toBe(STATUS.size);
    expect(configure({}, TABLE, 0xffffffff)).toBe(STATUS.size);
  });

  it("takes as many signals as there may be", () => {
    expect(
      configure(
        {},
        signalTable(
          Array.from({ length: 16 }, () => ({})),
          8,
        ),
      ),
    ).toBe(STATUS.ok);
    expect(configure({}, signalTable([], 1))).toBe(STATUS.ok);
  });

  it.each([
    ["channel 3", { 0: 3 }, STATUS.channel],
    ["no held frame", { 3: 0 }, STATUS.limits],
    ["255 held frames", { 3: 255 }, STATUS.limits],
    ["conviction without an error", { 4: 0 }, STATUS.limits],
    ["256 errors", { 4: 256 }, STATUS.limits],
    ["alpha below one error", { 5: 255 }, STATUS.limits],
    ["alpha beyond its field", { 5: 0x10000 }, STATUS.limits],
    ["no cooldown", { 6: 0 }, STATUS.limits],
    ["a first cooldown longer than the longest", { 6: 801 }, STATUS.limits],
    ["a cooldown beyond its field", { 7: 0x10000 }, STATUS.limits],
    ["trips beyond their field", { 8: 255 }, STATUS.limits],
    ["a probation beyond its field", { 9: 0x10000 }, STATUS.limits],
    ["X1 that closes as it opens", { 11: 2000 }, STATUS.windows],
    ["X2 that closes before X1", { 13: 1999 }, STATUS.windows],
    ["no time to step", { 14: 3500 }, STATUS.windows],
    ["X3 that closes before the step", { 15: 6500 }, STATUS.windows],
    ["a line before X3 closes", { 16: 7999 }, STATUS.windows],
    ["a line after the period", { 16: 10_001 }, STATUS.windows],
  ])("refuses %s", (_what, words, status) => {
    expect(configure(words, TABLE)).toBe(status);
  });
});
