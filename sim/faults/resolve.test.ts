import { describe, expect, it } from "vitest";
import { parseFault } from "./parse.ts";
import { FAULTS_MAX, resolveFaults } from "./resolve.ts";
import { faults, TARGET } from "./testing.ts";

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

  it("draws a flip from the seed, the same for the same seed and another for another fault", () => {
    const [one, two] = faults("C:bitflip@9", "C:bitflip@9");
    expect(one).toEqual(faults("C:bitflip@9")[0]);
    expect(one).not.toMatchObject({ address: two !== undefined && "address" in two && two.address });
    for (let frame = 0; frame < 200; frame += 1) {
      const [fault] = faults(`C:bitflip(core)@${frame}`);
      if (fault?.place !== "channel") throw new Error("a channel fault");
      expect(fault.address).toBeLessThan(96);
      expect(fault.bit).toBeLessThan(8);
    }
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
