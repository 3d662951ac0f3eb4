/**
 * Goal: a mapping file says exactly what is meant or is refused with place, expectation and finding.
 * Method: the schema, the page and the parser are held against each other; each field is given wrong.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadMapping, parseMapping } from "../../host/trace/mapping/mapping.ts";
import { TraceError } from "../../host/trace/recording/trace-error.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

function mapOf(signal: object, rest: object = {}): string {
  return JSON.stringify({ schema: "quorate/map/1", ...rest, signals: { a: signal } });
}

describe("a mapping file", () => {
  it("states a figure for all channels or for one", () => {
    const text = mapOf(
      { column: "x", unit: "m", noise: 1, channels: { B: { noise: 2, column: "y" }, C: { skew_us: -5 } } },
      { staleness_us: 9 },
    );
    const a = parseMapping(text, "m.json").signals.get("a");
    expect(a?.A).toMatchObject({
      column: "x",
      unit: "m",
      noise: 1,
      bias: 0,
      scale: 1,
      skew_us: 0,
      staleness_us: 9,
      path: "$.signals.a",
    });
    expect(a?.B).toMatchObject({ column: "y", noise: 2, path: "$.signals.a.channels.B" });
    expect(a?.C).toMatchObject({ column: "x", noise: 1, skew_us: -5 });
  });

  it("may name a column per channel and none for all", () => {
    const channels = { A: { column: "x" }, B: { column: "y" }, C: { column: "z" } };
    expect(parseMapping(mapOf({ channels }), "m.json").signals.get("a")?.C.column).toBe("z");
    expect(() => parseMapping(mapOf({ channels: { A: { column: "x" } } }), "m.json")).toThrow(
      /\$\.signals\.a: expected "column"/,
    );
  });

  it.each([
    ["[]", /\$: expected an object; found \[\]/],
    ["{", /m\.json:1: expected JSON/],
    ['{\n "schema": "quorate/map/1",\n "signals": }', /m\.json:3: .*column 13/],
    ['{"schema": "quorate/map/1",\n "signals": {"a": [1 2]}}', /m\.json:2: .*column 22/],
    ['{"schema": "quorate/map/1",\n', /m\.json:2: .*column 1/],
    ["{} {}", /m\.json:1: .*column 4/],
    ['{"signals":{}}', /expected "schema": "quorate\/map\/1"/],
    [
      '{"schema":"quorate/map/2","signals":{}}',
      /\$\.schema: expected one of "quorate\/map\/1"; found "quorate\/map\/2"/,
    ],
    ['{"schema":"quorate/map/1"}', /expected "signals"/],
    ['{"schema":"quorate/map/1","signals":{}}', /at least one signal/],
    ['{"schema":"quorate/map/1","signal":{}}', /"signal" is not known here.*did you mean "signals"/],
    ['{"schema":"quorate/map/1","signals":{"Gyro X":{"column":"x"}}}', /signal name/],
    ['{"schema":"quorate/map/1","signals":{"__proto__":{"column":"x"}}}', /signal name/],
    [mapOf({}), /\$\.signals\.a: expected "column"/],
    [mapOf({ column: "x", nois: 1 }), /\$\.signals\.a: "nois" is not known here.*did you mean "noise"/],
    [mapOf({ column: "x", channels: { D: {} } }), /\$\.signals\.a\.channels: "D" is not known here; expected A, B, C/],
    [mapOf({ column: "x", channels: { B: { channels: {} } } }), /channels\.B: "channels" is not known/],
    [
      mapOf({ column: "x" }, { time: { start_s: 5, end_s: 5 } }),
      /\$\.time\.end_s: expected a time after start_s, 5; found 5/,
    ],
    [
      mapOf({ column: "x" }, { time: { speed: 2, rows_per_frame: 1 } }),
      /\$\.time\.speed: expected no speed beside rows_per_frame/,
    ],
    [mapOf({ column: "x" }, { csv: { delimiter: ";;" } }), /\$\.csv\.delimiter: expected one character/],
    [mapOf({ column: "x" }, { csv: { time_unit: "iso8601" } }), /expected one of "s", "ms".*did you mean "iso"/],
    [" ".repeat(1_000_001), /at most 1000000 characters/],
  ])("is refused with its place: %s", (text, reason) => {
    expect(() => parseMapping(text, "m.json")).toThrow(reason);
    expect(() => parseMapping(text, "m.json")).toThrow(TraceError);
    expect(() => parseMapping(text, "m.json")).toThrow(/^m\.json/);
  });

  it.each([
    ["noise", -1],
    ["noise", "1"],
    ["noise", null],
    ["scale", []],
    ["skew_us", 60_000_001],
    ["skew_us", -60_000_001],
    ["staleness_us", 0],
    ["staleness_us", 86_400_000_001],
    ["convert", "altitude"],
    ["column", 5],
    ["unit", 5],
    ["note", {}],
  ])("refuses %s: %j and names its path", (key, value) => {
    expect(() => parseMapping(mapOf({ column: "x", [key]: value }), "m.json")).toThrow(`$.signals.a.${key}: expected`);
  });

  it("that is not there is said", async () => {
    await expect(loadMapping(join(ROOT, "examples/maps/none.json"))).rejects.toThrow(
      /none\.json: there is no such file/,
    );
  });

  it("is the same in the page: its example parses", () => {
    const page = readFileSync(join(ROOT, "docs/trace.md"), "utf8");
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    expect(parseMapping(example, "docs/trace.md").signals.get("gyro_x")?.B.bias).toBe(0.0045);
  });
});

interface SchemaNode {
  readonly properties?: { readonly time?: SchemaNode; readonly csv?: SchemaNode };
  readonly $defs?: { readonly signal: SchemaNode; readonly source: SchemaNode };
}

describe("the published schema", () => {
  const schema = JSON.parse(readFileSync(join(ROOT, "docs/schema/map.schema.json"), "utf8")) as SchemaNode;
  const keys = (node: SchemaNode | undefined): string[] => Object.keys(node?.properties ?? {});

  /** The keys the parser knows, from its own refusal of one it does not know. */
  function known(text: string): string[] {
    try {
      parseMapping(text, "m.json");
    } catch (error) {
      return /expected (.*?)(?:;|$)/.exec(error instanceof Error ? error.message : "")?.[1]?.split(", ") ?? [];
    }
    return [];
  }

  it("has the same fields as the parser", () => {
    expect(known(mapOf({ column: "x" }, { "?": 1 }))).toEqual(keys(schema));
    expect(known(mapOf({ column: "x" }, { time: { "?": 1 } }))).toEqual(keys(schema.properties?.time));
    expect(known(mapOf({ column: "x" }, { csv: { "?": 1 } })).sort()).toEqual(keys(schema.properties?.csv).sort());
    expect(known(mapOf({ "?": 1 }))).toEqual(keys(schema.$defs?.signal));
    expect(known(mapOf({ channels: { A: { "?": 1 } } }))).toEqual(keys(schema.$defs?.source));
  });
});
