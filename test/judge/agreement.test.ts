import { describe, expect, it } from "vitest";
import { AgreementCheck } from "../../host/judge/agreement.ts";
import type { FrameRecords } from "../../host/judge/frame-records.ts";
import { Gates } from "../../host/judge/gates.ts";
import { CHANNEL_WORD, DETAIL_WORD } from "../../host/model/record.ts";

type Words = Partial<Record<keyof typeof CHANNEL_WORD, number>>;

/** As much of a record as the check looks at: a committed frame, hashes and agreed health. */
function channel(fields: Words): Uint32Array {
  const words = new Uint32Array(64);
  words[CHANNEL_WORD.pending_frame] = 0xffffffff;
  words[CHANNEL_WORD.gate] = 1;
  for (const [name, value] of Object.entries(fields)) words[CHANNEL_WORD[name as keyof Words]] = value;
  return words;
}

function records(frame: number, voter: Words, c: Words, errorsOfC = 0): FrameRecords {
  const detail = new Uint32Array(32);
  detail[DETAIL_WORD.err_c] = errorsOfC;
  const details = errorsOfC === 0 ? [undefined, undefined, undefined] : [detail, detail, detail];
  return { frame, channels: [channel(voter), channel(voter), channel(c)], details, stage: undefined };
}

function makeCheck(): AgreementCheck {
  return new AgreementCheck({ faults: [], lagFrames: 0, gates: new Gates() });
}

describe("the check of agreement", () => {
  it("finds a channel that differs and that nobody counts", () => {
    const check = makeCheck();
    for (let frame = 10; frame < 16; frame += 1) {
      const [voter, c] = [{ committed_frame: frame }, { committed_frame: frame, module_hash_low: 1 }];
      check.frame(records(frame, voter, c), 0);
    }
    expect(check.result().undetected).toEqual({ frame: 14, channel: "C" });
    expect(check.result().split?.problem).toBe("module states differ after frame 10");
  });

  it("is content while its error is counted", () => {
    const check = makeCheck();
    for (let frame = 10; frame < 30; frame += 1) {
      check.frame(records(frame, { committed_frame: frame }, { committed_frame: 9 }, 1), 0);
    }
    expect(check.result().undetected).toBeNull();
  });

  it("is content with channels that agree, and says how many pairs it compared", () => {
    const check = makeCheck();
    for (let frame = 0; frame < 5; frame += 1) {
      check.frame(records(frame, { committed_frame: frame }, { committed_frame: frame }), 0);
    }
    expect(check.result()).toEqual({ compared: 15, split: null, undetected: null });
  });
});
