/**
 * Goal: a module does the same on every engine, step by step, traps and fuel included. Method: every kernel and control law, and
 * modules that trap, built plain and with `-O`, follow the same recorded words in V8, npm wasmtime, wabt's interpreter
 * and the fillings of engine.h on the PC and the boards. Status, fuel left, outputs, state hash and the chain over all of
 * them must agree after each step.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSignalTable } from "../../host/build/law/signal-section.ts";
import { wordOf } from "../../host/model/numbers.ts";
import { qh64Text } from "../../host/model/qh64.ts";
import { referenceChain } from "../../sim/verify/chain.ts";
import { StepRecording } from "../../sim/verify/step-recording.ts";
import { type Followed, follow, type Image, NOTHING_BROKEN, writeTable } from "./chain/engines.ts";
import { chainInWabt, chainsInWasmtime } from "./chain/others.ts";
import { firstDifference, type Shown, STEP_FUEL, STEP_OK, STEP_TRAP } from "./chain/shown.ts";
import { buildSubjects, LAWS, type Subject } from "./chain/subjects.ts";
import { chainInV8 } from "./chain/v8.ts";
import { FILLINGS, INTERPRETER, type TestFilling } from "./fillings.ts";
import { METER } from "./session.ts";
import { type TargetName, Workshop } from "./toolchain.ts";

const BROKEN_STEPS = 4;
/** A run that is broken at thousands of blocks moves to another engine at some of them only. */
const rarely = ({ name }: Subject): number => (name.startsWith("kf") ? 40 : name.startsWith("crc") ? 8 : 1);
const broken = { brokenSteps: BROKEN_STEPS, rarely };

const workshop = new Workshop();
let subjects: readonly Subject[] = [];
const inV8 = new Map<string, readonly Shown[]>();
let onPc: ReadonlyMap<string, Followed> = new Map();
let images: ReadonlyMap<string, readonly Image[]> = new Map();
beforeAll(async () => {
  subjects = await buildSubjects(workshop);
  for (const { name, plan } of subjects) inV8.set(name, chainInV8(plan));
  const table = writeTable(workshop, "first", subjects, { ...broken, showsImages: true, images });
  onPc = follow(workshop, "pc", { name: "first", table, filling: workshop.engine("pc") });
  images = new Map([...onPc].map(([name, { images: shown }]) => [name, shown]));
}, 300_000);
afterAll(() => workshop.close());

const expected = (name: string): readonly Shown[] => inV8.get(name) ?? [];

/** Sentences for all subjects in which an engine differs from V8. */
function differences(engine: string, followed: (subject: Subject) => readonly Shown[] | undefined): string[] {
  return subjects.flatMap((subject) => {
    const steps = followed(subject);
    if (steps === undefined) return [];
    const sentence = firstDifference(expected(subject.name), { engine: `${engine}, ${subject.name}`, steps });
    return sentence === undefined ? [] : [sentence];
  });
}

/** Broken runs against the start of V8's unbroken ones, and runs from images against their ends. */
function differencesWhenBroken(engine: string, followed: ReadonlyMap<string, Followed>): string[] {
  return subjects.flatMap(({ name }) => {
    const { broken: steps = [], from = [], moved = "" } = followed.get(name) ?? {};
    const named = `${engine}, ${name}`;
    const found = [firstDifference(expected(name).slice(0, steps.length), { engine: `${named}, broken`, steps })];
    for (const [n, { step }] of (images.get(name) ?? []).entries()) {
      const rest = expected(name).slice(step);
      found.push(firstDifference(rest, { engine: `${named}, from step ${step}`, steps: from[n] ?? [] }));
    }
    if (moved !== (onPc.get(name)?.moved ?? "")) found.push(`${named}: other snapshots than on the PC: ${moved}`);
    return found.filter((sentence) => sentence !== undefined);
  });
}

describe("the subjects", () => {
  it("end, run out of fuel and trap in every way that there is", () => {
    expect(subjects.length).toBeGreaterThan(40);
    for (const { name, shortOf } of subjects.filter((subject) => subject.name.endsWith("starved"))) {
      const statuses = new Set(expected(name).map(({ status }) => status));
      expect([name, shortOf, statuses]).toEqual([name, undefined, new Set([STEP_OK, STEP_FUEL])]);
    }
    const traps = new Set(expected("traps without fuel").flatMap(({ traps: known }) => known ?? []));
    expect(traps).toEqual(new Set([-32, -33, -34, -35, -36, -37, -38, -39, -40]));
    for (const name of ["traps", "traps -O", "trapping law", "trapping law -O"]) {
      const statuses = expected(name).map(({ status }) => status);
      expect(statuses.filter((status) => status === STEP_TRAP).length).toBeGreaterThan(10);
      // Where fuel ends depends on the build, and these must be alike in both.
      expect(statuses).not.toContain(STEP_FUEL);
    }
  });

  it("give the same outputs and states built with -O as without, and burn no more fuel", () => {
    for (const { name, shortOf } of subjects) {
      if (shortOf === undefined) continue;
      const steps = expected(name);
      const plain = expected(shortOf);
      expect(firstDifference(plain, { engine: name, steps }, ["status", "outputs", "state"])).toBeUndefined();
      // Where a step traps, fuel tells the block; blocks differ.
      const ended = [...plain.entries()].filter(([, { status }]) => status === STEP_OK);
      for (const [step, { fuel }] of ended) expect(steps[step]?.fuel).toBeGreaterThanOrEqual(fuel);
    }
  });

  it.each(LAWS)("chain %s as the simulator does", async (name) => {
    const subject = subjects.find((each) => each.name === name);
    if (subject === undefined) throw new Error(`no subject ${name}`);
    const { wasm, words, stride, steps: count } = subject.plan;
    const table = readSignalTable(wasm);
    const steps = new StepRecording(table.inputs.length);
    for (let step = 0; step < count; step++) {
      const [frame = 0, ...rest] = words.subarray(step * stride, (step + 1) * stride);
      const [selected, valid] = [rest.slice(0, steps.inputs), rest.slice(steps.inputs)].map((part) =>
        Uint32Array.from(part),
      );
      if (selected !== undefined && valid !== undefined) steps.committed({ frame, selected, valid });
    }
    const parameters = Uint32Array.from(table.parameters, ({ type, initial }) => wordOf(type, initial));
    const { lanes } = await referenceChain({ wasm, table, parameters, steps });
    const texts = expected(name).map((_, step) => qh64Text(lanes[2 * step] ?? 0, lanes[2 * step + 1] ?? 0));
    expect(texts).toEqual(expected(name).map(({ chain }) => chain));
  });
});

describe("the comparison", () => {
  it("names engine, step and what differs", () => {
    const good = expected("rate-damper");
    const at = (step: number, change: Partial<Shown>): Shown[] =>
      good.map((shown, n) => (n === step ? { ...shown, ...change } : shown));
    const compare = (steps: readonly Shown[]): string | undefined => firstDifference(good, { engine: "x", steps });
    expect(compare(good)).toBeUndefined();
    expect(compare(at(7, { fuel: 3 }))).toBe(`x, step 7: fuel 3 instead of ${good[7]?.fuel}`);
    expect(compare(at(59, { state: "0" }))).toBe(`x, step 59: state 0 instead of ${good[59]?.state}`);
    expect(compare(good.slice(0, 10))).toBe("x: no step 10, expected 60 steps");
    expect(compare([...good, ...good])).toBe("x: 120 steps instead of 60");
    const trapped = expected("traps without fuel");
    const step = trapped.findIndex(({ status }) => status === STEP_TRAP);
    const other = trapped.map((shown, n) => (n === step ? { ...shown, traps: [-41] } : shown));
    const sentence = `x, step ${step}: trap -41 instead of ${trapped[step]?.traps}`;
    expect(firstDifference(trapped, { engine: "x", steps: other })).toBe(sentence);
  });
});

describe("every step of every subject is V8's", () => {
  it("in npm wasmtime, which does not tell which trap it was", () => {
    const plans = subjects.map(({ plan }) => plan);
    const chains = chainsInWasmtime(workshop, plans);
    expect(differences("wasmtime", (subject) => chains[subjects.indexOf(subject)])).toEqual([]);
  }, 300_000);

  it("in wabt's interpreter", () => {
    expect(differences("wabt", ({ plan }) => chainInWabt(workshop, plan))).toEqual([]);
  }, 300_000);

  it.each(INTERPRETER.targets)(
    "in the interpreter on %s, also when stopped at every block, and from the PC's snapshots",
    (target) => {
      const table = writeTable(workshop, "second", subjects, { ...broken, showsImages: false, images });
      const followed = follow(workshop, target, { name: "second", table, filling: workshop.engine(target) });
      expect(differences(target, ({ name }) => followed.get(name)?.whole ?? [])).toEqual([]);
      expect(differencesWhenBroken(target, followed)).toEqual([]);
      const stops = subjects.filter(({ isBreakable }) => isBreakable).map(({ name }) => followed.get(name)?.moved);
      expect(stops.length).toBe(18);
      for (const line of stops) expect(line).toMatch(/^moved [0-9a-f]{8} [0-9a-f]{16}$/);
      expect([...images.values()].flat().length).toBeGreaterThan(40);
    },
    300_000,
  );

  const others = FILLINGS.filter((filling) => filling !== INTERPRETER);
  it.each(others.flatMap((filling) => filling.targets.map((target) => [filling.name, target, filling] as const)))(
    "in %s on %s",
    (name, target, filling) => {
      const wanted = target === "pc" ? subjects : subjects.filter(isForBoards);
      const followed = followWhole(filling, target, wanted);
      expect([...followed.keys()].sort()).toEqual(wanted.map((subject) => subject.name).sort());
      expect(differences(`${name} on ${target}`, (subject) => followed.get(subject.name))).toEqual([]);
    },
    300_000,
  );
});

/** Where each module is a program of its own, one build of each will do on the boards. */
const isForBoards = ({ name, meter }: Subject): boolean =>
  !name.includes(" -O") && (meter === METER.module || name.startsWith("traps"));

/** Whole runs over a filling, in as many programs as it needs. */
function followWhole(
  { name, isOneModule, traps, objects }: TestFilling,
  target: TargetName,
  wanted: readonly Subject[],
): ReadonlyMap<string, readonly Shown[]> {
  const followed = new Map<string, readonly Shown[]>();
  for (const [n, group] of (isOneModule ? sameModules(wanted) : [wanted]).entries()) {
    const table = writeTable(workshop, `${name.replaceAll(" ", "-")}-${n}`, group, NOTHING_BROKEN);
    const filling = objects(workshop, target, { name: `whole-${n}`, wasm: group[0]?.plan.wasm ?? new Uint8Array() });
    for (const [one, { whole }] of follow(workshop, target, { name: `whole-${n}`, table, filling })) {
      followed.set(
        one,
        whole.map((shown) => ({ ...shown, traps: shown.traps?.flatMap(traps) })),
      );
    }
  }
  return followed;
}

/** Subjects by module: a program that is compiled ahead of time has one. */
function sameModules(all: readonly Subject[]): readonly (readonly Subject[])[] {
  const groups = new Map<string, Subject[]>();
  for (const subject of all) {
    const key = Buffer.from(subject.plan.wasm).toString("base64");
    groups.set(key, [...(groups.get(key) ?? []), subject]);
  }
  return [...groups.values()];
}
