import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type BuiltModule, buildLaw } from "../../host/build/build.ts";
import type { BuildError } from "../../host/build/law/build-error.ts";
import { LawError, loadLaw } from "../../host/testing/index.ts";
import { type Flown, fly } from "./fly.ts";
import { buildText, lawText } from "./helpers.ts";

/**
 * Goal: a law built with `-O` cannot be told from the same law built without, except by its fuel.
 * Method: both run side by side on the same random words in inputs, validity, parameters and frame, NaN and infinity among them.
 * After each step all of memory and every state global must be equal.
 */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LAWS = ["altitude-hold", "motor-speed", "rate-damper", "thermal-guard"];
const FRAMES = 1500;

function expectSame(plain: BuiltModule, short: BuiltModule, frames = FRAMES): void {
  const [one, two] = [fly(plain, frames), fly(short, frames)];
  expect(two).toHaveLength(one.length);
  for (const [frame, { memory, globals, fuel, isTrap }] of one.entries()) {
    const other = two[frame] as Flown;
    expect(other.isTrap, `trap in frame ${frame}`).toBe(isTrap);
    expect(other.memory.equals(memory), `memory after frame ${frame}`).toBe(true);
    expect(other.globals, `globals after frame ${frame}`).toEqual(globals);
    // Where a step traps, fuel tells the block; blocks differ.
    if (!isTrap) expect(other.fuel, `fuel of frame ${frame}`).toBeLessThanOrEqual(fuel);
  }
}

describe.each(LAWS)("the control law %s built with -O", (law) => {
  const path = `${ROOT}firmware/control/${law}.ts`;

  it("leaves the same memory and globals after every step and burns no more fuel", async () => {
    expectSame(await buildLaw({ path }), await buildLaw({ path, optimise: true }));
  });

  it("has the same signals and state, and a bound on its fuel that is no higher", async () => {
    const [plain, short] = [await buildLaw({ path }), await buildLaw({ path, optimise: true })];
    const facts = ({ table, report }: BuiltModule): unknown => ({
      ...table,
      worstFuel: 0,
      callDepth: 0,
      valueStackDepth: 0,
      globals: report.stateGlobals,
    });
    expect(facts(short)).toEqual(facts(plain));
    expect(short.report.worstFuel).toBeGreaterThan(0);
    expect(short.report.worstFuel).toBeLessThanOrEqual(plain.report.worstFuel);
  });

  it("is the same file each time", async () => {
    const [one, two] = [await buildLaw({ path, optimise: true }), await buildLaw({ path, optimise: true })];
    expect(two.hash).toBe(one.hash);
  });
});

/** A law from its text, without and with `-O`. */
async function both(text: string): Promise<[BuiltModule, BuiltModule]> {
  return [await buildText(text), await buildText(text, { optimise: true })];
}

const FIELDS = `
  private past: StaticArray<f32> = new StaticArray<f32>(8);
  private grid: StaticArray<f32> = new StaticArray<f32>(12);
  private next: i32 = 0;`;
const BEFORE = "const TAPS: StaticArray<f32> = [0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625];";
const FILTER = `
    this.past[this.next] = inputs.a.value;
    let sum: f32 = 0;
    for (let i: i32 = 0; i < TAPS.length; i++) sum += TAPS[i] * this.past[(this.next + 8 - i) & 7];
    this.next = (this.next + 1) & 7;
    for (let row: i32 = 0; row < 3; row++) {
      for (let column: i32 = 0; column < 4; column++) this.grid[row * 4 + column] += sum * f32(row - column);
    }
    for (let i: i32 = 11; i >= 4; i--) sum += this.grid[i] * this.grid[i - 4];
    outputs.b = sum;`;

describe("a law with arrays, every index tested, built with -O", () => {
  it.each([320, 1024, 65_536])("does the same in a memory of %i bytes, for less than half the fuel", async (memory) => {
    const text = lawText(FILTER, { before: BEFORE, fields: FIELDS, options: `, memory: ${memory}` });
    const [plain, short] = await both(text);
    expectSame(plain, short);
    const [one] = fly(plain, 1);
    const [two] = fly(short, 1);
    expect(Number(two?.fuel)).toBeLessThan(Number(one?.fuel) / 2);
    expect(short.report.bounds.tested).toBeLessThanOrEqual(plain.report.bounds.tested);
  });

  it("has a bound on its fuel where the compiler's code has none", async () => {
    const [plain, short] = await both(lawText(FILTER, { before: BEFORE, fields: FIELDS, options: ", memory: 1024" }));
    expect(short.report.worstFuel).toBeGreaterThan(0);
    const most = Math.max(...fly(short, 200).map(({ fuel }) => fuel));
    expect(most).toBeLessThanOrEqual(short.report.worstFuel);
    expect(plain.report.worstFuel === 0 || plain.report.worstFuel >= short.report.worstFuel).toBe(true);
  });

  it("traps at the same store when an index leaves its array in the middle of a loop", async () => {
    const text = lawText(
      `const from: i32 = inputs.a.value > 7 ? 3 : 0;
       for (let i: i32 = 0; i < 6; i++) this.past[from + i] = inputs.a.value + f32(i);
       outputs.b = this.past[0];`,
      { fields: FIELDS },
    );
    const [plain, short] = await both(text);
    expectSame(plain, short);
    expect(fly(plain, FRAMES).at(-1)?.isTrap).toBe(true);
  });

  it("names the same line of the law when it traps", async () => {
    const body = `for (let i: i32 = 0; i < 8; i++) this.past[i] = 1;
    this.past[inputs.a.valid ? 8 : 0] = 2;`;
    const errors = await Promise.all(
      (await both(lawText(body, { fields: FIELDS }))).map(async (built) => {
        const law = await loadLaw(built);
        law.set({ a: 1 });
        try {
          law.step();
        } catch (error) {
          return error instanceof LawError ? error : undefined;
        }
        return undefined;
      }),
    );
    const [plain, short] = errors;
    expect(plain?.place.line).toBeGreaterThan(0);
    expect(short?.place.line).toBe(plain?.place.line);
    expect(short?.code).toBe(plain?.code);
  });

  it("traps in the first step when the loop's last index is one too many", async () => {
    const text = lawText("for (let i: i32 = 0; i <= 8; i++) this.past[i] = f32(i) + inputs.a.value;", {
      fields: FIELDS,
    });
    const [plain, short] = await both(text);
    expectSame(plain, short);
    expect(fly(short, 3).map(({ isTrap }) => isTrap)).toEqual([true]);
  });
});

/** Array lengths and addresses are taken for fixed only because no step can write them. These laws can. */
const CHANGED: readonly (readonly [string, string])[] = [
  [
    "writes the length of an array",
    `store<u32>(changetype<usize>(this.past) - 4, inputs.a.value > 0 ? 32 : 8);
     for (let i: i32 = 0; i < 8; i++) this.past[i] = inputs.a.value;`,
  ],
  [
    "writes through an address it computed",
    `store<u32>(changetype<usize>(this.past) + usize(i32(inputs.a.value) * 4), 7);
     for (let i: i32 = 0; i < this.past.length; i++) outputs.b += this.past[i];`,
  ],
  [
    "exchanges two arrays",
    `if (inputs.a.value > 2) { const kept = this.past; this.past = this.grid; this.grid = kept; }
     for (let i: i32 = 0; i < this.past.length; i++) this.past[i] = f32(i) + inputs.a.value;
     outputs.b = this.grid[7];`,
  ],
  [
    "fills a piece of memory of a size that comes from outside",
    `memory.fill(changetype<usize>(this.grid), u8(inputs.a.value), usize(abs(inputs.a.value)) * 3);
     for (let i: i32 = 0; i < this.grid.length; i++) outputs.b += this.grid[i];`,
  ],
  [
    "writes bytes into its pointers",
    `store<u8>(changetype<usize>(this) + 4, u8(this.past.length));
     outputs.b = inputs.a.value > 9.5 ? this.grid[0] : f32(this.next);`,
  ],
];

describe("NaNs with bits of their own", () => {
  it.each([
    ["copied straight", "this.grid[1] = inputs.a.value; this.grid[2] = this.grid[1]; outputs.b = this.grid[2];"],
    [
      "kept in a local",
      "const kept: f32 = inputs.a.value; if (this.next > 0) this.next = 0; this.grid[1] = kept; outputs.b = -kept;",
    ],
    [
      "read as bits",
      "this.next = reinterpret<i32>(inputs.a.value); this.grid[3] = reinterpret<f32>(this.next ^ 0x80000000); outputs.b = 0;",
    ],
    [
      "read three times",
      "const sum: f32 = inputs.a.value + inputs.a.value + inputs.a.value; this.grid[0] = inputs.a.value; outputs.b = sum;",
    ],
  ])("come out of a law built with -O as without: %s", async (_, body) => {
    const [plain, short] = await both(lawText(body, { fields: FIELDS }));
    expectSame(plain, short);
  });
});

describe("a law that may change what other laws leave alone", () => {
  it.each(CHANGED)("%s and does so with -O too", async (_, body) => {
    const [plain, short] = await both(lawText(body, { fields: FIELDS, before: BEFORE }));
    expectSame(plain, short);
  });

  it("is refused with -O as without when it cannot start", async () => {
    const text = lawText("outputs.b = this.late[0];", {
      fields: "private late: StaticArray<f32> = made();",
      before: `
      function made(): StaticArray<f32> { const one = new StaticArray<f32>(2); one[2] = 1; return one; }`,
    });
    const codes = await Promise.all(
      [false, true].map((optimise) =>
        buildText(text, { optimise }).then(
          () => "built",
          (error) => (error as BuildError).code,
        ),
      ),
    );
    expect(codes).toEqual(["init-trap", "init-trap"]);
  });
});
