import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FaultError } from "../faults/fault-error.ts";
import { FAULTS_MAX, type FaultSpec } from "../faults/fault-spec.ts";
import { parseFaultOf } from "../faults/parse-fault.ts";
import { spelledFault } from "../faults/spelled-fault.ts";
import { type Expectation, FRAME_MAX } from "../judge/expectation.ts";
import { type Checked, parseJson, type Refuse } from "../model/checked-json.ts";
import { need, parseExpectation, whole } from "./parse-expectation.ts";
import { ScenarioError } from "./scenario-error.ts";

/** The scenario file (docs/scenario.md, docs/schema/scenario.schema.json): source, faults, expectations. */
export const SCENARIO_SCHEMA = "quorate/scenario/1";

export type ScenarioSource =
  | { readonly kind: "plant"; readonly plant: string; readonly frames?: number }
  | { readonly kind: "trace"; readonly trace: string; readonly map?: string; readonly frames?: number };

export interface Scenario {
  readonly file: string;
  readonly name: string;
  readonly about: string;
  /** Paths are absolute: the file gives them relative to itself. */
  readonly law?: string;
  readonly source: ScenarioSource;
  readonly seed?: number;
  readonly parameters: ReadonlyMap<string, number>;
  readonly faults: readonly FaultSpec[];
  readonly expect: readonly Expectation[];
}

const SCENARIO_BYTES_MAX = 1_000_000;
const EXPECTATIONS_MAX = 256;
const SEED_MAX = 0xffffffff;
const NAME = /^[a-z0-9][a-z0-9-]{0,79}$/;

/** Reads and checks a scenario file. Throws `ScenarioError`. */
export async function loadScenario(path: string): Promise<Scenario> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ScenarioError("unreadable", `cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      file: path,
    });
  });
  return parseScenario(text, path);
}

/** Checks the text of a scenario. `file` is used in errors and to find the files it names. */
export function parseScenario(text: string, file: string): Scenario {
  if (text.length > SCENARIO_BYTES_MAX) {
    const problem = `a scenario has at most ${SCENARIO_BYTES_MAX} characters: found ${text.length}`;
    throw new ScenarioError("too-large", problem, { file });
  }
  const refuse: Refuse = ({ kind, problem, ...where }) =>
    new ScenarioError(kind === "text" ? "bad-json" : "bad-scenario", problem, { file, ...where });
  try {
    return scenarioOf(parseJson(text, refuse), file);
  } catch (error) {
    throw error instanceof FaultError ? faultRefused(error, file) : error;
  }
}

function scenarioOf(root: Checked, file: string): Scenario {
  root.only(["$schema", "schema", "name", "about", "law", "source", "seed", "parameters", "faults", "expect"]);
  need(root, "schema").oneOf([SCENARIO_SCHEMA]);
  const name = need(root, "name");
  if (!NAME.test(name.string())) name.fail("a name of lower-case letters, digits and dashes, up to 80");
  const law = root.get("law")?.string();
  const seed = root.get("seed");
  const path = (text: string): string => resolve(dirname(file), text);
  return {
    file,
    name: name.string(),
    about: root.get("about")?.string() ?? "",
    ...(law === undefined ? {} : { law: path(law) }),
    source: sourceOf(need(root, "source"), path),
    ...(seed === undefined ? {} : { seed: upTo(seed, SEED_MAX) }),
    parameters: new Map((root.get("parameters")?.entries() ?? []).map(([key, value]) => [key, value.number()])),
    faults: (root.get("faults")?.list(FAULTS_MAX) ?? []).map((entry) => faultOf(entry, file)),
    expect: (root.get("expect")?.list(EXPECTATIONS_MAX) ?? []).map(parseExpectation),
  };
}

function sourceOf(entry: Checked, path: (text: string) => string): ScenarioSource {
  const frames = entry.get("frames");
  const count = frames === undefined ? {} : { frames: whole(frames, 1) };
  const plant = entry.get("plant")?.string();
  const trace = entry.get("trace")?.string();
  if (plant !== undefined) {
    entry.only(["plant", "frames"]);
    return { kind: "plant", plant, ...count };
  }
  if (trace === undefined) entry.fail('either "plant" or "trace" in this object');
  const map = entry.only(["trace", "map", "frames"]).get("map")?.string();
  return { kind: "trace", trace: path(trace), ...(map === undefined ? {} : { map: path(map) }), ...count };
}

/** A text as for `--fault`, or the same spelled out. */
function faultOf(entry: Checked, file: string): FaultSpec {
  const { path } = entry;
  if (typeof entry.value === "string") return parseFaultOf(entry.value, { file, path, form: "text" });
  entry.only(["where", "fault", "arguments", "frame", "frames", "note"]);
  const given = entry.get("arguments")?.entries() ?? [];
  const frames = entry.get("frames");
  const fields = {
    where: need(entry, "where").string(),
    fault: need(entry, "fault").string(),
    arguments: given.map(([name, value]) => {
      return { name, value: numberOrText(value), field: value.path.slice(path.length) };
    }),
    frame: whole(need(entry, "frame"), 0),
    frames: frames === undefined ? undefined : whole(frames, 1),
  };
  return spelledFault(fields, { file, path });
}

function numberOrText(value: Checked): number | string {
  return typeof value.value === "string" ? value.value : value.number();
}

function faultRefused(error: FaultError, file: string): ScenarioError {
  const { problem, expected, found, hint, origin } = error;
  return new ScenarioError("bad-scenario", problem, { file, path: origin?.path, expected, found, hint });
}

function upTo(entry: Checked, most: number): number {
  const value = entry.number(0, Math.min(most, FRAME_MAX + 1));
  return Number.isInteger(value) ? value : entry.fail("a whole number");
}
