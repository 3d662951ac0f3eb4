/**
 * Goal: the tables that log, simulator and boards share say what docs/core.md and docs/module.md say. Method: read the
 * pages themselves, and hand-made signal tables with every byte cut, bits flipped and limits passed by one.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ENUMS } from "../../host/model/enums.ts";
import { EVENTS, eventCode } from "../../host/model/events.ts";
import { channelLayout, clashingField, detailLayout, stageLayout } from "../../host/model/record.ts";
import { decodeSignalTable } from "../../host/model/signal-table.ts";
import { eventSentence } from "../../host/model/words.ts";
import {
  CHANNEL_WORDS,
  DETAIL_WORDS,
  HAND_SIGNALS,
  type HandSignal,
  handTable,
  STAGE_WORDS,
  signalTableBytes,
} from "./fixture.ts";
import { goldenText } from "./golden.ts";

const CORE = readFileSync(new URL("../../docs/core.md", import.meta.url), "utf8");

describe("the event table", () => {
  it("has the codes, names and levels of docs/core.md", () => {
    const rows = [...CORE.matchAll(/^\| (\d+) \| ([A-Z_]+) \| (info|warning|error) \|/gm)];
    expect(rows.length).toBeGreaterThan(30);
    expect(EVENTS.map(({ code, name, level }) => [code, name, level])).toEqual(
      rows.map(([, code, name, level]) => [Number(code), name, level]),
    );
    expect(eventCode("CHANNEL_OPEN")).toBe(33);
    expect(eventCode("NOTHING")).toBeUndefined();
  });

  it("says every event as in the golden file", () => {
    const said = EVENTS.flatMap(({ code, name }) => [
      `${name}: ${eventSentence({ by: "A", code, subject: 1, argument: 2 }, handTable())}`,
      `${name}: ${eventSentence({ by: "A", code, subject: 6, argument: 5 }, handTable(), ["A", "B"])}`,
    ]);
    const printed = `${said.join("\n")}\n`;
    expect(printed).toBe(goldenText("log-sentences.txt", printed));
  });

  it("tells a line that is not there from one that is outvoted", () => {
    const masked = (subject: number, argument: number) =>
      eventSentence({ by: "stage", code: 80, subject, argument }, handTable());
    expect(masked(4, 0)).toBe("the output stage outvotes the line of C");
    expect(masked(4, 4)).toBe("the output stage has no line of C");
  });
});

describe("the enumerations", () => {
  it.each([
    ["mode", "mode"],
    ["health", "health"],
    ["outcome", "outcome"],
    ["source", "source"],
    ["sample", "sample"],
    ["why", "why"],
    ["step", "step status"],
  ] as const)("%s are those of docs/core.md", (key, title) => {
    const text = new RegExp(`(?:^|; |;\n)${title} ([^;.]*)`, "m").exec(CORE)?.[1] ?? "";
    const named = [...text.replace(/\([^)]*\)/g, "").matchAll(/(\d+) (\w+)/g)];
    // A reserved number at the end of a list needs no name.
    while (named.at(-1)?.[2] === "reserved") named.pop();
    expect(ENUMS[key]).toEqual(named.map(([, , name]) => name?.toUpperCase()));
    expect(named.map(([, number]) => Number(number))).toEqual(ENUMS[key].map((_, i) => i));
  });
});

describe("the record layouts", () => {
  it("have every word where docs/core.md has it", () => {
    const table = handTable();
    expect(channelLayout(table).fields.map(({ name }) => name)).toEqual(CHANNEL_WORDS);
    expect(stageLayout(table).fields.map(({ name }) => name)).toEqual(STAGE_WORDS);
    expect(detailLayout().fields.map(({ name }) => name)).toEqual(DETAIL_WORDS);
    expect(channelLayout(table).size).toBe(4 + 4 * CHANNEL_WORDS.length);
    const types = new Map(channelLayout(table).fields.map(({ name, type }) => [name, type]));
    expect([types.get("gyro_x"), types.get("armed"), types.get("ticks")]).toEqual(["float32", "uint32", "int32"]);
  });

  it("name the first of two fields that would be called alike", () => {
    const table = handTable();
    expect(clashingField(table)).toBeUndefined();
    const [input] = table.inputs;
    if (input === undefined) throw new Error("the hand-made law has an input");
    expect(clashingField({ ...table, probes: [{ ...input, name: "mode" }] })).toBe("mode");
    expect(clashingField({ ...table, probes: [{ ...input, name: "gyro_x_valid" }] })).toBe("gyro_x_valid");
  });
});

describe("the signal table", () => {
  const good = signalTableBytes();

  it("is read as it was drawn", () => {
    const table = handTable();
    expect(table).toMatchObject({
      law: "hand_law",
      periodUs: 10_000,
      fuelBudget: 5000,
      stateSize: 4096,
      fttiUs: 100_000,
    });
    expect(table.inputs).toMatchObject([
      { name: "gyro_x", unit: "rad/s", type: "f32", selection: "median", min: -10, max: 10, tolerance: 0.1 },
      { name: "armed", unit: "", type: "bool", selection: "majority" },
    ]);
    expect(table.outputs).toMatchObject([{ name: "torque_x", unit: "N.m", safe: 0.5, initial: 0 }]);
    expect(table.parameters).toMatchObject([{ name: "gain", initial: 1, safe: 0 }]);
    expect(table.probes).toMatchObject([{ name: "ticks", type: "i32" }]);
  });

  it("is refused when it is cut anywhere", () => {
    for (let size = 0; size < good.length; size++) {
      expect(decodeSignalTable(good.subarray(0, size)).kind).toBe("damage");
    }
  });

  it("is read or refused, and never crashes, with any bit flipped", () => {
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const bytes = good.slice();
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = decodeSignalTable(bytes);
      if (result.kind === "damage") expect(result.expected === "" || result.found === "").toBe(false);
    }
  });

  const input = HAND_SIGNALS[0] as HandSignal;
  const many = (count: number, role: number) =>
    Array.from({ length: count }, (_, i): HandSignal => ({ ...input, role, name: `s${i}`, value: 0 }));

  it.each([
    ["17 inputs", many(17, 0), "count"],
    ["9 outputs", many(9, 1), "count"],
    ["33 parameters", many(33, 2), "count"],
    ["33 probes", many(33, 3), "count"],
    ["a name of 49 characters", [{ ...input, name: "n".repeat(49) }], "name"],
    ["a name with a capital", [{ ...input, name: "Gyro" }], "name"],
    ["an empty name", [{ ...input, name: "" }], "name"],
    ["two signals of one name", [input, input], "name-twice"],
    ["a signal called mode", [{ ...input, name: "mode" }], "name-taken"],
    ["a reversed range", [{ ...input, range: [1, -1] }], "range"],
    ["a range that is no number", [{ ...input, range: [Number.NaN, 1] }], "number"],
    ["a negative tolerance", [{ ...input, tolerance: -1 }], "tolerance"],
    ["a safe value outside its range", [{ ...input, role: 1, value: 11 }], "safe"],
    ["an unknown type", [{ ...input, type: 4 }], "type"],
  ] satisfies [string, HandSignal[], string][])("with %s is refused", (_what, signals, code) => {
    expect(decodeSignalTable(signalTableBytes(signals))).toMatchObject({ kind: "damage", code });
  });

  it("takes every limit itself", () => {
    const result = decodeSignalTable(
      signalTableBytes([...many(16, 0), { ...input, role: 1, name: "n".repeat(48), value: 0 }]),
    );
    expect(result.kind).toBe("value");
  });

  it.each([
    ["magic", 0, 1],
    ["version", 4, 2],
    ["header-size", 6, 65],
    ["period", 8, 999],
    ["period", 8, 1_000_001],
    ["memory", 16, 65_537],
    ["state", 20, 65_540],
    ["pool", 48, 0],
    ["pool", 52, 1_000_000],
    ["string", 56, 0xffffffff],
    ["address", 40, 65_534],
  ])("with a wrong %s at byte %i is refused", (code, at, value) => {
    const bytes = good.slice();
    new DataView(bytes.buffer).setUint32(at, value, true);
    const result = decodeSignalTable(bytes);
    expect(result).toMatchObject({ kind: "damage" });
    if (result.kind === "damage") expect([code, "header-size", "count"]).toContain(result.code);
  });
});
