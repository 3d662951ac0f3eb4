import { describe, expect, it } from "vitest";
import { FAULTS_MAX } from "./fault-spec.ts";
import { FLIPS_LISTED_MAX, type FlipPlace, flipIn } from "./flips.ts";
import { parseFault } from "./parse-fault.ts";
import { resolveFaults } from "./resolve-faults.ts";
import { activeIn, component, placeText, type ResolvedFault, sharesInput } from "./resolved-fault.ts";
import { faults, input, TARGET } from "./testing.ts";

/** The bits that a bitflip inverts, frame by frame. */
function bits(fault: ResolvedFault | undefined): FlipPlace[] {
  if (fault?.place !== "channel" || fault.flips === undefined) throw new Error("this is no bitflip");
  const { flips, frame, end } = fault;
  return Array.from({ length: end - frame }, (_, i) => flipIn(flips, fault, frame + i));
}

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
    const alone = bits(faults("C:bitflip@9")[0]);
    expect(bits(faults("A>B:drop@1", "C:bitflip@9")[1])).toEqual(alone);
    expect(bits(faults("C:bitflip@9", "C:bitflip@9")[1])).not.toEqual(alone);
    expect(bits(resolveFaults([parseFault("C:bitflip@9")], { ...TARGET, seed: 8 })[0])).not.toEqual(alone);
    const places = new Set<number>();
    for (let frame = 0; frame < 900; frame += 1) {
      const [place] = bits(faults(`C:bitflip(core)@${frame}`)[0]);
      if (place !== undefined) places.add(8 * place.address + place.bit);
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
    const target = { ...TARGET, table: { ...TARGET.table, ...table }, moduleStateSize: 36 };
    const at = (text: string): number => bits(resolveFaults([parseFault(text)], target)[0])[0]?.address ?? -1;
    const words = new Set(Array.from({ length: 300 }, (_, frame) => at(`C:bitflip@${frame}`) >>> 2));
    expect([...words].sort((a, b) => a - b)).toEqual([0, 2, 3, 8]);
    expect(at("C:bitflip(module,25)@1")).toBe(25);
  });

  it("draws a bit for each frame, the same whether it lists them or not", () => {
    const most = FLIPS_LISTED_MAX;
    const long = { ...TARGET, frames: 3000 };
    const [listed, seeded] = [most, most + 1].map(
      (frames) => resolveFaults([parseFault(`C:bitflip(core,bit=2)@5+${frames}`)], long)[0],
    );
    expect(listed).toMatchObject({ flips: { kind: "each" }, arguments: { target: "core", bit: 2 } });
    expect(seeded).toMatchObject({ flips: { kind: "seeded", given: { bit: 2 } } });
    expect(bits(listed)).toHaveLength(most);
    for (const fault of [listed, seeded]) {
      expect(bits(fault).every(({ address, bit }) => address < long.coreStateSize && bit === 2)).toBe(true);
      expect(new Set(bits(fault).map(({ address }) => address)).size).toBeGreaterThan(60);
    }
    const [drawn] = resolveFaults([parseFault(`C:bitflip(core,bit=2)@5+${most + 1}`)], { ...long, frames: most + 5 });
    expect(drawn).toMatchObject({ flips: { kind: "each" } });
    expect(bits(seeded).slice(0, most)).toEqual(bits(drawn));
    const [same] = resolveFaults([parseFault("C:bitflip(core,16,3)@5+2000")], long);
    expect(new Set(bits(same).map(({ address, bit }) => 8 * address + bit))).toEqual(new Set([8 * 16 + 3]));
  });

  it("has every argument that has a value", () => {
    const given = (text: string) => faults(text)[0]?.arguments;
    expect(given("B.gyro_y:drift@5")).toEqual({ rate: 0.75 });
    expect(given("B.gyro_y:swap(gyro_x)@5")).toEqual({ with: "gyro_x" });
    expect(given("A>C:drop(X2)@5")).toEqual({ messages: 2, probability: 1 });
    expect(given("C:twofaced@5")).toEqual({ what: "sample", to: 1 });
    expect(Object.keys(given("C:bitflip@5") ?? {})).toEqual(["target", "address", "bit"]);
    expect(given("C:bitflip@5+2")).toEqual({ target: "module" });
    expect(given("C:hang@5")).toEqual({});
  });

  it("knows its frames, its place and what it shares with others", () => {
    const [swap, stuck, drop, off] = faults("A.gyro_x:swap(gyro_y)@5+2", "B.gyro_y:stuck@9", "A>C:drop@1", "A:off@2+1");
    if (swap === undefined || stuck === undefined || drop === undefined || off === undefined) throw new Error("four");
    expect([4, 5, 6, 7].map((frame) => activeIn(swap, frame))).toEqual([false, true, true, false]);
    expect([swap, stuck, drop, off].map(placeText)).toEqual(["A.gyro_x", "B.gyro_y", "A>C", "A"]);
    expect(new Set([swap, stuck, drop, off].map(component)).size).toBe(4);
    expect(component(swap)).toBe(component(faults("A.gyro_x:stuck@7")[0] ?? stuck));
    expect([sharesInput(swap, stuck), sharesInput(stuck, swap), sharesInput(stuck, off)]).toEqual([true, true, false]);
    expect(sharesInput(stuck, faults("A.gyro_x:stuck@9")[0] ?? swap)).toBe(false);
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
