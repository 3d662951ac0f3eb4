import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFault } from "../faults/parse-fault.ts";
import { parseScenario } from "./scenario.ts";
import { ScenarioError } from "./scenario-error.ts";

const MINIMAL = { schema: "quorate/scenario/1", name: "one", source: { plant: "dc-motor", frames: 100 } };

function read(other: Record<string, unknown> = {}) {
  return parseScenario(JSON.stringify({ ...MINIMAL, ...other }), "/base/s/one.json");
}

function fault(where: string, name: string, args: Record<string, unknown>): Record<string, unknown> {
  return { faults: [{ where, fault: name, arguments: args, frame: 1 }] };
}

function errorOf(text: string): ScenarioError {
  try {
    parseScenario(text, "s.json");
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error("the text was read");
}

describe("a scenario file", () => {
  it("needs a name and a source, nothing else", () => {
    expect(read()).toEqual({
      file: "/base/s/one.json",
      name: "one",
      about: "",
      source: { kind: "plant", plant: "dc-motor", frames: 100 },
      parameters: new Map(),
      faults: [],
      expect: [],
    });
  });

  it("finds law, trace and map relative to itself", () => {
    const scenario = read({
      law: "../law.ts",
      source: { trace: "t/a.ulg", map: "/m.json" },
      seed: 7,
      parameters: { gain: 2 },
    });
    expect(scenario).toMatchObject({
      law: "/base/law.ts",
      source: { kind: "trace", trace: "/base/s/t/a.ulg", map: "/m.json" },
      seed: 7,
    });
    expect(scenario.parameters.get("gain")).toBe(2);
  });

  it("takes faults as the command line has them, or spelled out", () => {
    const faults = [
      "B.gyro_x:stuck@500+200",
      { where: "C", fault: "bitflip", arguments: { target: "core", address: 16, bit: 3 }, frame: 9, note: "why" },
      { where: "A>B", fault: "drop", arguments: { messages: "X1|X2", probability: 2.5e-7 }, frame: 1, frames: 4 },
    ];
    const origin = { file: "/base/s/one.json", path: "$.faults[1]", form: "fields" };
    const specs = read({ faults }).faults;
    expect(specs.map(({ text }) => text)).toEqual([
      "B.gyro_x:stuck@500+200",
      "C:bitflip(target=core,address=16,bit=3)@9",
      "A>B:drop(messages=X1|X2,probability=2.5e-7)@1+4",
    ]);
    expect(specs[1]).toMatchObject({ origin, where: { place: "channel", channel: 2 }, frame: 9, frames: undefined });
    for (const { origin: _, ...spec } of specs) expect(parseFault(spec.text)).toMatchObject(spec);
  });

  it("fills in the ranges of its expectations", () => {
    const expectations = [
      { that: "mode", is: "DUPLEX" },
      { that: "event", name: "SENSOR_OPEN" },
      { that: "event", name: "SENSOR_OPEN", most: 0 },
      { that: "quiet", from: 5 },
      { that: "opens", what: "B.gyro_x", after: 500, within: 3, note: "three in a row" },
    ];
    expect(read({ expect: expectations }).expect).toEqual([
      { path: "$.expect[0]", that: "mode", is: "DUPLEX" },
      { path: "$.expect[1]", that: "event", name: "SENSOR_OPEN", from: 0, to: 0xfffffffe, least: 1, most: 0xfffffffe },
      { path: "$.expect[2]", that: "event", name: "SENSOR_OPEN", from: 0, to: 0xfffffffe, least: 0, most: 0 },
      { path: "$.expect[3]", that: "quiet", level: "warning", from: 5, to: 0xfffffffe },
      { path: "$.expect[4]", that: "opens", what: "B.gyro_x", after: 500, within: 3 },
    ]);
  });

  it.each<[Record<string, unknown>, string, string]>([
    [{ schema: "quorate/scenario/2" }, "$.schema", '"quorate/scenario/1"'],
    [{ name: "Has Space" }, "$.name", "lower-case"],
    [{ fautls: [] }, "$", '"fautls" is not known here'],
    [{ source: {} }, "$.source", 'either "plant" or "trace"'],
    [{ source: { plant: "p", map: "m" } }, "$.source", '"map" is not known here'],
    [{ source: { plant: "p", frames: 0 } }, "$.source.frames", "from 1"],
    [{ source: { plant: "p", frames: 1.5 } }, "$.source.frames", "a whole number"],
    [{ seed: -1 }, "$.seed", "from 0 to 4294967295"],
    [{ seed: 0.5 }, "$.seed", "a whole number"],
    [{ parameters: { gain: "2" } }, "$.parameters.gain", "a number"],
    [{ faults: {} }, "$.faults", "a list"],
    [{ faults: [3] }, "$.faults[0]", "an object"],
    [{ faults: [{ where: "B", fault: "hang" }] }, "$.faults[0]", '"frame" in this object'],
    [{ faults: [{ where: "B", fault: "hang", frame: -1 }] }, "$.faults[0].frame", "from 0"],
    [{ faults: [{ where: "B", fault: "hang", frame: 1, frames: 0 }] }, "$.faults[0].frames", "from 1"],
    [{ faults: ["B:hung@5"] }, "$.faults[0]", "character 3: this fault is not known: expected one of bitflip"],
    [{ faults: ["B:hang@1", "B:hang"] }, "$.faults[1]", "character 7: this is not <where>:<fault>"],
    [{ faults: [{ where: "D", fault: "hang", frame: 1 }] }, "$.faults[0].where", "this is no channel"],
    [{ faults: [{ where: "B:hang", fault: "hang", frame: 1 }] }, "$.faults[0].where", 'found ":hang"'],
    [{ faults: [{ where: "B.x", fault: "stick", frame: 1 }] }, "$.faults[0].fault", "Did you mean stuck?"],
    [{ faults: [{ where: "B", fault: "stuck", frame: 1 }] }, "$.faults[0].fault", "stuck happens to a sensor"],
    [{ faults: [{ where: "B.x", fault: "swap", frame: 1 }] }, "$.faults[0]", "expected swap(with)"],
    [
      fault("B.x", "old", { age: 0 }),
      "$.faults[0].arguments.age",
      'expected a whole number from 1 to 10000 (frames), found "0"',
    ],
    [fault("B.x", "old", { ages: 1 }), "$.faults[0].arguments.ages", "Did you mean age?"],
    [fault("B.x", "old", { "a b": 1 }), '$.faults[0].arguments["a b"]', "old has no such argument"],
    [fault("B.x", "old", { age: true }), "$.faults[0].arguments.age", "a number"],
    [fault("C", "bitflip", { target: 1 }), "$.faults[0].arguments.target", "one of module, core"],
    [fault(`B.${"x".repeat(200)}`, "hang", {}), "$.faults[0].fault", "hang happens to a channel"],
    [fault(`B.${"x".repeat(200)}`, "stuck", {}), "$.faults[0]", "at most 200 characters"],
    [{ faults: Array.from({ length: 65 }, () => "B:hang@1") }, "$.faults", "at most 64 entries"],
    [{ expect: [{}] }, "$.expect[0]", '"that"'],
    [{ expect: [{ that: "mod" }] }, "$.expect[0].that", 'did you mean "mode"'],
    [{ expect: [{ that: "mode" }] }, "$.expect[0]", '"is" in this object'],
    [{ expect: [{ that: "mode", is: "OFF" }] }, "$.expect[0].is", '"TRIPLEX"'],
    [{ expect: [{ that: "mode", is: "SAFE", at: 3 }] }, "$.expect[0]", '"at" is not known here'],
    [{ expect: [{ that: "channel", channel: "D", is: "OPEN" }] }, "$.expect[0].channel", '"A", "B", "C"'],
    [{ expect: [{ that: "sensor", sensor: "gyro_x", is: "OPEN" }] }, "$.expect[0].sensor", "B.gyro_x"],
    [{ expect: [{ that: "opens", what: "D", after: 0, within: 1 }] }, "$.expect[0].what", "a channel"],
    [{ expect: [{ that: "opens", what: "C", after: 0, within: 0 }] }, "$.expect[0].within", "from 1"],
    [{ expect: [{ that: "held", most: -1 }] }, "$.expect[0].most", "from 0"],
    [{ expect: [{ that: "event", name: "SENSOR_OPENED" }] }, "$.expect[0].name", 'did you mean "SENSOR_OPEN"'],
    [{ expect: [{ that: "event", name: "SAFE", from: 5, to: 4 }] }, "$.expect[0].to", "at least 5"],
    [{ expect: [{ that: "event", name: "SAFE", least: 5, most: 4 }] }, "$.expect[0].least", "at most 4"],
    [{ expect: [{ that: "output-hash", is: "12" }] }, "$.expect[0].is", "16 hexadecimal digits"],
  ])("%j is refused at %s", (other, path, words) => {
    const error = errorOf(JSON.stringify({ ...MINIMAL, ...other }));
    expect(error).toMatchObject({ code: "bad-scenario", kind: "file", path });
    expect(error.message).toContain(`s.json: ${path}: `);
    expect(error.message).toContain(words);
  });

  it("that is no JSON is refused with its line", () => {
    expect(errorOf('{\n "schema": "quorate/scenario/1",\n}')).toMatchObject({ code: "bad-json", place: { line: 3 } });
    expect(errorOf("")).toMatchObject({ code: "bad-json" });
    expect(errorOf(" ".repeat(1_000_001))).toMatchObject({ code: "too-large" });
    expect(errorOf("[]")).toMatchObject({ code: "bad-scenario", path: "$" });
    expect(errorOf("null")).toMatchObject({ code: "bad-scenario", path: "$" });
  });

  it("is read or refused, whatever stands in it", () => {
    const whole = JSON.stringify({
      ...MINIMAL,
      faults: ["B:hang@1"],
      expect: [
        { that: "event", name: "SAFE", most: 0 },
        { that: "mode", is: "SAFE" },
      ],
    });
    for (let size = 0; size < whole.length; size += 1) expect(errorOf(whole.slice(0, size)).code).toBe("bad-json");
    const keys = fc.constantFrom("schema", "name", "source", "faults", "expect", "seed", "parameters", "about", "law");
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue({ maxDepth: 3 })), (other) => {
        try {
          read(other);
        } catch (error) {
          expect(error).toBeInstanceOf(ScenarioError);
        }
      }),
      { seed: 2026, numRuns: 1000 },
    );
  });
});
