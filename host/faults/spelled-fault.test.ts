import { describe, expect, it } from "vitest";
import { FaultError } from "./fault-error.ts";
import { parseFault } from "./parse-fault.ts";
import { resolveFaults } from "./resolve-faults.ts";
import { type SpelledFault, spelledFault } from "./spelled-fault.ts";
import { TARGET } from "./testing.ts";

const PLACE = { file: "s.json", path: "$.faults[1]" };

function spelled(
  where: string,
  fault: string,
  more: Partial<SpelledFault> & { given?: Record<string, number | string> },
) {
  const { given = {}, ...rest } = more;
  const args = Object.entries(given).map(([name, value]) => ({ name, value, field: `.arguments.${name}` }));
  return spelledFault({ where, fault, arguments: args, frame: 5, frames: undefined, ...rest }, PLACE);
}

function errorOf(make: () => unknown): FaultError {
  try {
    make();
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

describe("a fault in fields", () => {
  it.each([
    ["A>B:drop(messages=X1|X3,probability=0.5)@5+2", "A>B", "drop", { messages: "X1|X3", probability: 0.5 }, 2],
    ["B.gyro_x:swap(with=gyro_y)@5", "B.gyro_x", "swap", { with: "gyro_y" }, undefined],
    ["B:twofaced(to=A,what=validity)@5", "B", "twofaced", { to: "A", what: "validity" }, undefined],
    ["C:bitflip(address=0x10,bit=3)@5", "C", "bitflip", { address: "0x10", bit: 3 }, undefined],
    ["B.gyro_x:stuck(value=-1e-7)@5", "B.gyro_x", "stuck", { value: -1e-7 }, undefined],
    ["B:hang@5", "B", "hang", {}, undefined],
  ])("is the fault that --fault takes as %s", (text, where, fault, given, frames) => {
    const spec = spelled(where, fault, { given, frames });
    const { origin, ...rest } = spec;
    expect(rest).toEqual({ ...parseFault(text), origin: undefined, text });
    expect(origin).toEqual({ ...PLACE, form: "fields" });
  });

  it("is refused with the path of the field, also when it meets its run", () => {
    const wrong = errorOf(() => spelled("B.gyro_x", "old", { given: { age: "never" } }));
    expect(wrong).toMatchObject({ code: "bad-argument", kind: "file", origin: { path: "$.faults[1].arguments.age" } });
    expect(wrong.message).toMatch(/^s\.json: \$\.faults\[1\]\.arguments\.age: age cannot be this: expected a whole/);
    const meet = (spec: ReturnType<typeof spelled>) => errorOf(() => resolveFaults([spec], TARGET)).origin?.path;
    expect(meet(spelled("B.gyro_z", "stuck", {}))).toBe("$.faults[1].where");
    expect(meet(spelled("B.armed", "drift", {}))).toBe("$.faults[1].fault");
    expect(meet(spelled("B", "hang", { frame: 1000 }))).toBe("$.faults[1].frame");
    expect(meet(spelled("B", "bitflip", { given: { address: 64 } }))).toBe("$.faults[1].arguments.address");
    expect(meet(spelled("B", "twofaced", { given: { to: "B" } }))).toBe("$.faults[1].arguments.to");
  });
});
