import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FaultListError } from "./fault-list-error.ts";
import { faultsFromJson } from "./faults-from-json.ts";
import { FAULTS_SCHEMA, faultsToJson, SEEDED } from "./faults-to-json.ts";
import { FLIPS_LISTED_MAX } from "./flips.ts";
import { parseFault } from "./parse-fault.ts";
import { resolveFaults } from "./resolve-faults.ts";
import type { ResolvedFault } from "./resolved-fault.ts";
import { TARGET } from "./testing.ts";

const TARGET_LONG = { ...TARGET, frames: 9000 };
const { table } = TARGET;
/** One of every place and of every form that flips are written in. */
const TEXTS = [
  "B.gyro_x:stuck@500+200",
  "A.gyro_y:swap(gyro_x)@7",
  "A>B:drop(X1|X3,0.25)@40",
  "C:twofaced(validity)@9+3",
  "B:hang@8000+2000",
  "C:bitflip@900",
  "A:bitflip(core,bit=5)@100+3",
  "A:bitflip(core,16,3)@100+3000",
  `C:bitflip(module)@1+${FLIPS_LISTED_MAX + 1}`,
];
const LIST = resolveFaults(TEXTS.map(parseFault), TARGET_LONG);

type Json = Record<string, unknown> & { faults: Record<string, unknown>[] };

/** The list as an object that a test may spoil. */
function opened(faults: readonly ResolvedFault[] = LIST): Json {
  return JSON.parse(faultsToJson(faults)) as Json;
}

function one(text: string): Json {
  return opened(resolveFaults([parseFault(text)], TARGET_LONG));
}

function errorOf(value: unknown): FaultListError {
  try {
    faultsFromJson(typeof value === "string" ? value : JSON.stringify(value), { table });
  } catch (error) {
    if (error instanceof FaultListError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(value).slice(0, 2000)} was read`);
}

describe("resolved faults as JSON", () => {
  it("come back as they were", () => {
    expect(faultsFromJson(faultsToJson(LIST), { table })).toEqual(LIST);
    expect(faultsFromJson(faultsToJson([]), { table })).toEqual([]);
    // JSON writes -0 as 0.
    const zero = resolveFaults([parseFault("B.gyro_x:stuck(-0)@5")], TARGET_LONG);
    expect(faultsFromJson(faultsToJson(zero), { table })).toEqual(zero);
  });

  it("say in names and numbers what was done", () => {
    const { schema, faults } = opened();
    expect(schema).toBe(FAULTS_SCHEMA);
    expect(faults[0]).toEqual({
      text: "B.gyro_x:stuck@500+200",
      place: "sensor",
      channel: "B",
      input: "gyro_x",
      fault: "stuck",
      arguments: { value: 35 },
      frame: 500,
      end: 700,
      asked: 200,
      touches_samples: true,
      seed: 7,
      stream: LIST[0]?.stream,
    });
    expect(faults[2]).toMatchObject({
      from: "A",
      to: "B",
      arguments: { messages: "X1|X3", probability: 0.25 },
      asked: null,
    });
    expect(faults[3]).toMatchObject({ arguments: { what: "validity", to: "B" } });
    expect(faults[4]).toMatchObject({ frame: 8000, end: 9000, asked: 2000 });
    expect(Object.keys(faults[5]?.arguments ?? {})).toEqual(["target", "address", "bit"]);
    expect(faults[6]?.flips).toEqual([
      [expect.any(Number), 5],
      [expect.any(Number), 5],
      [expect.any(Number), 5],
    ]);
    expect(faults[7]).not.toHaveProperty("flips");
    expect(faults[8]?.flips).toEqual({ drawn_from: SEEDED, memory_bytes: 64 });
  });

  it("are refused when they are cut anywhere", () => {
    const whole = faultsToJson(LIST.slice(0, 6));
    for (let size = 0; size < whole.length; size += 1) expect(errorOf(whole.slice(0, size)).code).toBe("bad-json");
    expect(errorOf(`${whole}${" ".repeat(2_000_000)}`).code).toBe("too-large");
  });

  it("are refused without any of their fields, and with one that is of another type", () => {
    for (const path of paths(opened())) {
      // A list with one fault less is a list.
      if (path.length !== 2) expect(errorOf(without(opened(), path)).code).toBe("bad-faults");
      for (const other of [null, true, "", "x", -1, 0.5, 1e300, [], {}, [[]], { x: 1 }]) {
        if (kindOf(valueAt(opened(), path)) === kindOf(other)) continue;
        expect(errorOf(replaced(opened(), path, other)).path).toMatch(/^\$/);
      }
    }
  });

  it.each<[string, Json | Record<string, unknown>, string, string]>([
    ["another schema", { ...opened(), schema: "quorate/faults/2" }, "$.schema", '"quorate/faults/1"'],
    ["an unknown key", { ...opened(), note: "x" }, "$", '"note" is not known here'],
    ["too many", { ...opened(), faults: Array(65).fill({}) }, "$.faults", "at most 64 entries"],
    ["no such place", changed("B:hang@1", { place: "stage" }), "$.faults[0].place", "one of sensor, link, channel"],
    ["a fault of another place", changed("B:hang@1", { fault: "stuck" }), "$.faults[0].fault", "one of bitflip"],
    ["flips of no bitflip", changed("B:hang@1", { flips: [] }), "$.faults[0]", '"flips" is not known here'],
    ["another text", changed("B:hang@1", { text: "B:off@1" }), "$.faults[0].text", "of another fault"],
    ["no text", changed("B:hang@1", { text: "B:hung@1" }), "$.faults[0].text", "this fault is not known"],
    ["another channel", changed("B:hang@1", { channel: "C" }), "$.faults[0].text", "of another fault"],
    ["another frame", changed("B:hang@1", { frame: 2 }), "$.faults[0].text", "of another fault"],
    ["no end", changed("B:hang@1", { end: 1 }), "$.faults[0].end", "from 2"],
    ["more than asked", changed("B:hang@1+3", { end: 5 }), "$.faults[0].asked", "from 4"],
    ["a flip of two frames", changed("B:bitflip(core,1,1)@1", { end: 3 }), "$.faults[0].end", "expected 2"],
    ["an unknown input", changed("B.gyro_x:stuck@1", { input: "gyro" }), "$.faults[0].input", "one of gyro_x"],
    ["numbers of a bool", changed("B.gyro_x:drift@1", { input: "armed" }), "$.faults[0].fault", "is a bool"],
    ["a link to itself", changed("A>B:drop@1", { to: "A" }), "$.faults[0].to", "B or C"],
    ["samples untouched", changed("B:hang@1", { touches_samples: false }), "$.faults[0].touches_samples", "true"],
    ["another stream", changed("B:hang@1", { stream: 5 }), "$.faults[0].stream", "expected 4"],
    [
      "a peer that it is itself",
      changed("B:twofaced@1", { arguments: { what: "sample", to: "B" } }),
      "$.faults[0].arguments.to",
      "no second face",
    ],
    [
      "another value than in the text",
      changed("A.gyro_x:stuck(2)@1", { arguments: { value: 3 } }),
      "$.faults[0].text",
      "of another fault",
    ],
    [
      "a bit too many",
      changed("C:bitflip(core)@1+2", {
        flips: [
          [1, 1],
          [1, 1],
          [1, 1],
        ],
      }),
      "$.faults[0].flips",
      "at most 2",
    ],
    ["a bit too few", changed("C:bitflip(core)@1+2", { flips: [[1, 1]] }), "$.faults[0].flips", "2 entries"],
    [
      "a third number",
      changed("C:bitflip(core)@1+2", {
        flips: [
          [1, 1],
          [1, 1, 1],
        ],
      }),
      "$.faults[0].flips[1]",
      "2 entries",
    ],
    ["one number", changed("C:bitflip(core)@1+2", { flips: [[1, 1], [1]] }), "$.faults[0].flips[1]", "[address, bit]"],
    [
      "bit 8",
      changed("C:bitflip(core)@1+2", {
        flips: [
          [1, 1],
          [1, 8],
        ],
      }),
      "$.faults[0].flips[1][1]",
      "from 0 to 7",
    ],
    [
      "another bit than the given one",
      changed("C:bitflip(core,bit=3)@1+2", {
        flips: [
          [1, 3],
          [1, 4],
        ],
      }),
      "$.faults[0].flips[1][1]",
      "expected 3",
    ],
    [
      "flips beside a place",
      changed("C:bitflip(core,1,1)@1+2", {
        flips: [
          [1, 1],
          [1, 1],
        ],
      }),
      "$.faults[0].flips",
      "nothing beside",
    ],
    [
      "a memory without the address",
      changed("C:bitflip(module,20)@1+2000", { flips: { drawn_from: SEEDED, memory_bytes: 20 } }),
      "$.faults[0].flips.memory_bytes",
      "from 21",
    ],
    [
      "a memory that nobody has",
      changed("C:bitflip(module)@1+2000", { flips: { drawn_from: SEEDED, memory_bytes: 4e9 } }),
      "$.faults[0].flips.memory_bytes",
      "to 1048576",
    ],
  ])("with %s are refused", (_, json, path, words) => {
    const error = errorOf(json);
    expect(error).toMatchObject({ code: "bad-faults", kind: "file", path });
    expect(error.message).toContain(words);
  });

  it("are read or refused, whatever stands there", () => {
    const places = paths(opened());
    const nested = fc.integer({ min: 1, max: 50_000 }).map((depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`);
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(null)),
        (path, value) => {
          const text = JSON.stringify(replaced(opened(), path, value));
          try {
            expect(faultsToJson(faultsFromJson(text, { table }))).toBe(text);
          } catch (error) {
            if (!(error instanceof FaultListError)) throw error;
          }
        },
      ),
      { seed: 2026, numRuns: 3000 },
    );
    fc.assert(
      fc.property(nested, (text) => {
        expect(errorOf(text).code).toBe("bad-faults");
        expect(errorOf(`{"schema":"quorate/faults/1","faults":${text}}`).code).toBe("bad-faults");
      }),
      { seed: 2026, numRuns: 20 },
    );
  });
});

function changed(text: string, fields: Record<string, unknown>): Json {
  const json = one(text);
  return { ...json, faults: json.faults.map((fault) => ({ ...fault, ...fields })) };
}

type Path = readonly (string | number)[];

/** Every place in a JSON value, the root left out. */
function paths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  // Of a long list the first entries stand for all.
  const keys = Array.isArray(value) ? [...value.keys()].slice(0, 9) : Object.keys(value);
  const inner = keys.flatMap((key) => paths((value as Record<string | number, unknown>)[key], [...at, key]));
  return at.length === 0 ? inner : [at, ...inner];
}

function holder(json: Json, path: Path): Record<string | number, unknown> {
  let value: unknown = json;
  for (const key of path.slice(0, -1)) value = (value as Record<string | number, unknown>)[key];
  return value as Record<string | number, unknown>;
}

function valueAt(json: Json, path: Path): unknown {
  return holder(json, path)[path.at(-1) ?? ""];
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function replaced(json: Json, path: Path, value: unknown): Json {
  holder(json, path)[path.at(-1) ?? ""] = value;
  return json;
}

function without(json: Json, path: Path): Json {
  const parent = holder(json, path);
  const key = path.at(-1) ?? "";
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return json;
}
