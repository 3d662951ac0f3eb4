import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { flySimulation } from "../../host/commands/sim-flight.ts";
import { evaluate } from "../../host/judge/evaluate.ts";
import { EXPECTATION_KINDS } from "../../host/judge/expectation.ts";
import { loadScenario, parseScenario, type Scenario } from "../../host/scenario/scenario.ts";

/**
 * Goal: every shipped scenario is true of the built core, the incident patterns of REDUNDANCY section 15 among them.
 * Method: each file is flown as `quorate sim` would fly it and its own expectations are judged.
 */
const FOLDER = fileURLToPath(new URL("../../examples/scenarios/", import.meta.url));
const SCHEMA = fileURLToPath(new URL("../../docs/schema/scenario.schema.json", import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

/** Flies a scenario with these faults and gives the expectations that are not met. */
async function unmet(scenario: Scenario, fault: readonly string[]): Promise<string[]> {
  const { law, source, seed, parameters, expect: expected } = scenario;
  if (law === undefined || source.kind !== "plant") throw new Error("shipped scenarios fly a plant");
  const param = [...parameters].map(([parameter, value]) => `${parameter}=${value}`);
  const { plant, frames } = source;
  const result = await flySimulation({ law, plant, frames, seed, fault, param, baud: 921_600 });
  const { judgement, judge, law: flown } = result;
  const { events, eventsDropped } = judge;
  const told = { events, eventsDropped, signals: flown.table, outputHash: judgement.output_hash };
  const findings = evaluate(expected, { ...judgement, ...told });
  return findings.filter(({ isMet }) => !isMet).map(({ path, text }) => `${path}: ${text}`);
}

describe("the shipped scenarios", () => {
  it.each(FILES)("%s is true of the core", async (name) => {
    const scenario = await loadScenario(`${FOLDER}${name}`);
    expect(`${scenario.name}.json`).toBe(name);
    const faults = scenario.faults.map(({ text }) => text);
    expect(await unmet(scenario, faults)).toEqual([]);
    expect(scenario.expect.length).toBeGreaterThan(2);
    // What passes without its faults too does not show that they did anything.
    if (faults.length > 0) expect(await unmet(scenario, [])).not.toEqual([]);
  });
});

describe("the published schema", () => {
  it("knows the same expectations as the parser", () => {
    const schema: unknown = JSON.parse(readFileSync(SCHEMA, "utf8"));
    const kinds = JSON.stringify(schema).match(/"that":\{"const":"[^"]+"/g) ?? [];
    expect(kinds.map((kind) => kind.split('"')[5])).toEqual([...EXPECTATION_KINDS]);
  });
});

describe("docs/scenario.md", () => {
  const page = readFileSync(new URL("../../docs/scenario.md", import.meta.url), "utf8");

  it("shows a scenario that can be read", () => {
    const [, text = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(parseScenario(text, `${FOLDER}example.json`)).toMatchObject({ name: "stuck-accelerometer", seed: 1 });
  });

  it("has a row for every expectation", () => {
    for (const kind of EXPECTATION_KINDS) expect(page).toMatch(new RegExp(`^\\| .*\`${kind}\`.* \\|`, "m"));
  });
});
