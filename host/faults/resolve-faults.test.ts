import { describe, expect, it } from "vitest";
import { parseFault } from "./parse-fault.ts";
import { FAULTS_MAX, resolveFaults } from "./resolve-faults.ts";
import { faults, input, TARGET } from "./testing.ts";

describe("a fault bound to its run", () => {
  it("takes its defaults from the signal", () => {
    expect(faults("B.gyro_y:stuck@5")[0]).toMatchObject({ channel: 1, input: 1, amount: 35, frame: 5, end: 1000 });
    expect(faults("B.gyro_y:offset@5+3")[0]).toMatchObject({ amount: 0.75, end: 8 });
    expect(faults("B.gyro_y:drift(2)@5")[0]).toMatchObject({ amount: 0.02 });
    expect(faults("A>C:drop(X2)@5")[0]).toMatchObject({ from: 0, to: 2, messages: 2, probability: 1 });
    expect(faults("A>C:delay@5")[0]).toMatchObject({ messages: 7, amount: 2000 });
    expect(faults("A>C:duplicate(7)@5")[0]).toMatchObject({ messages: 7, amount: 7 });
    expect(faults("C:twofaced@5", "A:twofaced@5").map((fault) => "to" in fault && fault.to)).toEqual([1, 2]);
  });

  it("draws a flip from seed and text, whatever else is in the list", () => {
    const flips = (...texts: string[]) =>
      faults(...texts).flatMap((fault) => ("bit" in fault ? [[fault.address, fault.bit]] : []));
    const [alone] = flips("C:bitflip@9");
    expect(flips("A>B:drop@1", "C:bitflip@9")).toEqual([alone]);
    expect(flips("C:bitflip@9", "C:bitflip@9")[1]).not.toEqual(alone);
    const [other] = resolveFaults([parseFault("C:bitflip@9")], { ...TARGET, seed: 8 });
    expect(other).not.toMatchObject({ address: alone?.[0], bit: alone?.[1] });
    const places = new Set<number>();
    for (let frame = 0; frame < 900; frame += 1) {
      const [[address = -1, bit = -1] = []] = flips(`C:bitflip(core)@${frame}`);
      places.add(8 * address + bit);
    }
    expect(Math.max(...places)).toBeLessThan(96 * 8);
    expect(places.size).toBeGreaterThan(400);
  });

  it("draws no flip where a step overwrites it, unless told the address", () => {
    const table = {
      inputs: [input("x")],
      outputs: [input("y", { address: 24, validAddress: 0 })],
      probes: [input("z", { address: 4, validAddress: 0 })],
      frameAddress: 28,
      dtAddress: 0,
    };
    const target = { ...TARGET, table, moduleStateSize: 36 };
    const at = (text: string): number => {
      const [fault] = resolveFaults([parseFault(text)], target);
      return fault !== undefined && "address" in fault ? fault.address : -1;
    };
    const words = new Set(Array.from({ length: 300 }, (_, frame) => at(`C:bitflip@${frame}`) >>> 2));
    expect([...words].sort((a, b) => a - b)).toEqual([0, 2, 3, 8]);
    expect(at("C:bitflip(module,25)@1")).toBe(25);
  });

  it("says in a sentence what was done", () => {
    const texts = faults(
      "B.gyro_x:stuck(2.5)@500+200",
      "C:bitflip(module)@900",
      "A>B:drop(X1|X3)@40",
      "B:twofaced(to=A)@1",
    );
    expect(texts.map((fault) => fault.sentence)).toEqual([
      "B.gyro_x: stuck (value 2.5), frames 500 to 699",
      "C: bitflip (target module), frame 900",
      "A>B: drop (messages X1|X3), from frame 40",
      "B: twofaced (to A), from frame 1",
    ]);
  });

  it.each([
    ["B.gyro_z:stuck@1", "unknown-input", 3, "gyro_x"],
    ["B.gyrox:stuck@1", "unknown-input", 3, "Did you mean gyro_x"],
    ["B.gyro_x:swap(gyroy)@1", "unknown-input", 15, "Did you mean gyro_y"],
    ["B.gyro_x:swap(gyro_x)@1", "cannot-do", 15, "another input of type f32"],
    ["B.gyro_x:swap(armed)@1", "cannot-do", 15, "armed of type bool"],
    ["B.armed:drift@1", "cannot-do", 9, "stuck, freeze"],
    ["B:hang@1000", "bad-frame", 8, "a frame below 1000"],
    ["B:bitflip(core,96)@1", "cannot-do", 16, "0 to 95"],
    ["B:bitflip(module,64)@1", "cannot-do", 18, "0 to 63"],
    ["B:twofaced(to=B)@1", "cannot-do", 15, "A or C"],
  ])("%s is refused", (text, code, column, words) => {
    expect(() => faults(text)).toThrow(expect.objectContaining({ code, column }));
    expect(() => faults(text)).toThrow(words);
  });

  it("is refused where the target keeps no state or the list has no end", () => {
    const stateless = { ...TARGET, moduleStateSize: 0 };
    expect(() => resolveFaults([parseFault("B:bitflip@1")], stateless)).toThrow("the module keeps no state");
    const many = Array.from({ length: FAULTS_MAX + 1 }, () => parseFault("B:hang@1"));
    expect(() => resolveFaults(many, TARGET)).toThrow("at most 64");
    expect(resolveFaults(many.slice(1), TARGET)).toHaveLength(FAULTS_MAX);
  });
});
