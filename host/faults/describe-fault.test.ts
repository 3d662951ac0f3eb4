import { expect, describe as group, it } from "vitest";
import { cutText, describe } from "./describe-fault.ts";
import { parseFault } from "./parse-fault.ts";
import { resolveFaults } from "./resolve-faults.ts";
import { faults, TARGET } from "./testing.ts";

function told(text: string): string | undefined {
  return faults(text).map(describe)[0];
}

group("a fault in a sentence", () => {
  it.each([
    ["B.gyro_x:stuck(2.5)@500+200", "B.gyro_x: stuck (value 2.5 rad/s), frames 500 to 699"],
    ["B.gyro_x:drift@500", "B.gyro_x: drift (rate 0.75 rad/s per s), from frame 500"],
    ["B.gyro_x:drop@500+1", "B.gyro_x: drop (probability 1 per frame), frame 500"],
    ["B.armed:stuck@7", "B.armed: stuck (value 1), from frame 7"],
    ["B.gyro_x:swap(gyro_y)@7", "B.gyro_x: swap (with gyro_y), from frame 7"],
    ["A>B:drop(X1|X3,0.5)@40", "A>B: drop (messages X1|X3, probability 0.5 per message), from frame 40"],
    ["B:twofaced(to=A)@1", "B: twofaced (what sample, to A), from frame 1"],
    ["B:hang@1+2000", "B: hang, frames 1 to 999"],
    ["C:bitflip(core,420,3)@9", "C: bitflip of bit 3 of byte 0x1a4 of the core's memory, frame 9"],
    ["C:bitflip(core,16,3)@9+2", "C: bitflip of bit 3 of byte 0x10 of the core's memory, frames 9 to 10"],
  ])("%s", (text, sentence) => {
    const [fault] = resolveFaults([parseFault(text)], { ...TARGET, coreStateSize: 512 });
    expect(fault === undefined ? "" : describe(fault)).toBe(sentence);
  });

  it("names the bits that were drawn, as far as one reads them", () => {
    const bit = "bit [0-7] of byte 0x[0-9a-f]+";
    expect(told("C:bitflip@9")).toMatch(new RegExp(`^C: bitflip of ${bit} of the module's memory, frame 9$`));
    expect(told("C:bitflip@9+2")).toMatch(
      new RegExp(`^C: bitflip of ${bit} and ${bit} of the module's memory, frames 9`),
    );
    expect(told("C:bitflip@9+5")).toMatch(new RegExp(`of ${bit}, ${bit}, ${bit} and 2 more of the module's memory`));
    const long = { ...TARGET, frames: 5000 };
    const texts = ["C:bitflip@9+2000", "C:bitflip(module,8)@9+2000", "C:bitflip(bit=3)@9+2000"];
    expect(resolveFaults(texts.map(parseFault), long).map(describe)).toEqual([
      "C: bitflip of a drawn bit of the module's memory in each frame, frames 9 to 2008",
      "C: bitflip of a drawn bit of byte 0x8 of the module's memory in each frame, frames 9 to 2008",
      "C: bitflip of bit 3 of a drawn byte of the module's memory in each frame, frames 9 to 2008",
    ]);
  });

  it("says that a fault is cut at the end of the run", () => {
    const cuts = faults("B:hang@990+20", "B:hang@999+20", "B:hang@990+10", "B:hang@5").map(cutText);
    expect(cuts).toEqual([
      "B:hang@990+20 is cut at the end of the run: 10 of its 20 frames are flown",
      "B:hang@999+20 is cut at the end of the run: 1 of its 20 frames is flown",
      "",
      "",
    ]);
  });
});
