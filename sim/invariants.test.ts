import { describe, expect, it } from "vitest";
import type { Channel } from "./channel/channel.ts";
import type { FrameView } from "./flight/run.ts";
import { AgreementCheck } from "./invariants.ts";

const RECORD_AT = 64;

/** As much of a channel as the check looks at: a record with a committed frame, hashes and agreed health. */
function channel(index: number, fields: Readonly<Record<number, number>>): Channel {
  const words = new Uint32Array(64);
  words[RECORD_AT / 4 + 1 + 2] = 0xffffffff; // Nothing pending.
  for (const [word, value] of Object.entries(fields)) words[RECORD_AT / 4 + 1 + Number(word)] = value;
  return { index, core: { words }, recordAt: RECORD_AT, recordSize: 160, gate: 1, running: true } as unknown as Channel;
}

const COMMITTED = 1;
const ERRORS_C = 25;
const MODULE_HASH = 31;

function view(frame: number, voter: Readonly<Record<number, number>>, c: Readonly<Record<number, number>>): FrameView {
  const channels = [channel(0, voter), channel(1, voter), channel(2, c)];
  return { frame, channels, voter: channels[0] } as unknown as FrameView;
}

describe("the check of agreement", () => {
  it("finds a channel that differs and that nobody counts", () => {
    const check = new AgreementCheck([], 0);
    for (let frame = 10; frame < 16; frame += 1) {
      check.frame(view(frame, { [COMMITTED]: frame }, { [COMMITTED]: frame, [MODULE_HASH]: 1 }));
    }
    expect(check.undetected).toEqual({ frame: 14, channel: "C" });
    expect(check.split?.problem).toBe("module states differ after frame 10");
  });

  it("is content while its error is counted", () => {
    const check = new AgreementCheck([], 0);
    for (let frame = 10; frame < 30; frame += 1) {
      check.frame(view(frame, { [COMMITTED]: frame, [ERRORS_C]: 1 }, { [COMMITTED]: 9 }));
    }
    expect(check.undetected).toBeUndefined();
  });

  it("is content with channels that agree, and says how many pairs it compared", () => {
    const check = new AgreementCheck([], 0);
    for (let frame = 0; frame < 5; frame += 1) check.frame(view(frame, { [COMMITTED]: frame }, { [COMMITTED]: frame }));
    expect(check).toMatchObject({ compared: 15, split: undefined, undetected: undefined });
  });
});
