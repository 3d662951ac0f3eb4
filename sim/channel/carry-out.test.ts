import { describe, expect, it } from "vitest";
import { carryOut, EFFECT, type Hands } from "./carry-out.ts";

const AT = 4;

/** Hands that tell what they were asked for. `behindStep` is the list that the call of `stepped` leaves. */
function carried(list: readonly (readonly number[])[], behindStep: readonly (readonly number[])[] = []): string[] {
  const words = new Uint32Array(64);
  const put = (effects: readonly (readonly number[])[]) => {
    words.fill(EFFECT.gate); // What is left of longer lists.
    for (const [i, effect] of effects.entries()) words.set(effect, AT + 4 * i);
    return effects.length;
  };
  const told: string[] = [];
  const tell =
    (name: string) =>
    (...given: number[]): void => {
      told.push([name, ...given].join(" "));
    };
  const hands: Hands = {
    send: tell("send"),
    snapshot: tell("snapshot"),
    restore: tell("restore"),
    step: () => {
      told.push("step");
      return put(behindStep);
    },
    line: tell("line"),
    pull: tell("pull"),
    gate: tell("gate"),
    record: tell("record"),
    event: tell("event"),
  };
  carryOut({ words, effectsAt: AT }, put(list), hands);
  return told;
}

describe("carryOut", () => {
  it("asks for every effect in its order, with its words", () => {
    const told = carried([
      [EFFECT.restore, 0],
      [EFFECT.event, 60, 1, 2],
      [EFFECT.send, 6, 1040, 72],
      [EFFECT.gate, 1],
      [EFFECT.line],
      [EFFECT.pull, 4],
      [EFFECT.record, 512, 164, 1],
      [EFFECT.snapshot, 1],
    ]);
    expect(told).toEqual(
      "restore 0, event 60 1 2, send 6 1040 72, gate 1, line, pull 4, record 1 512 164, snapshot 1".split(", "),
    );
  });

  it("reads no further than the call's count", () => {
    expect(carried([])).toEqual([]);
  });

  it("goes on behind a step with the list that the step left, and with nothing else", () => {
    const list = [[EFFECT.snapshot, 0], [EFFECT.step], [EFFECT.gate, 0], [EFFECT.gate, 1]];
    expect(carried(list, [[EFFECT.send, 6, 8, 4]])).toEqual(["snapshot 0", "step", "send 6 8 4"]);
    expect(carried(list)).toEqual(["snapshot 0", "step"]);
  });

  it.each([0, 10, 0xffffffff])("leaves out an effect of number %i, and carries out the next", (number) => {
    expect(
      carried([
        [number, 1, 2, 3],
        [EFFECT.pull, 3],
      ]),
    ).toEqual(["pull 3"]);
  });
});
