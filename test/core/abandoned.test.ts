import { describe, expect, it } from "vitest";
import { coreConfiguration } from "../../host/model/configuration.ts";
import { EFFECT } from "../../sim/channel/carry-out.ts";
import { Core } from "../../sim/channel/core.ts";
import { TINY } from "../../sim/explore/tiny-law.ts";
import { CORE, WINDOWS } from "../../sim/explore/tiny-table.ts";
import { decodeMessage } from "./message-codec.ts";

const STEP_FAILED = 3;
const EVENT_STEP_FAILED = 68;

/** Channel A whose step of frame 0 was asked for. */
function stepping(): Core {
  const core = new Core(CORE);
  core.configure(coreConfiguration({ channel: 0, windows: WINDOWS }), TINY.table);
  core.begin(0);
  core.advance(WINDOWS.x1CloseUs);
  const count = core.advance(WINDOWS.x2CloseUs);
  expect(kinds(core, count).at(-1)).toBe(EFFECT.step);
  return core;
}

function kinds(core: Core, count: number): number[] {
  return Array.from({ length: count }, (_, index) => core.effects[4 * index] as number);
}

/** Declaration in the X1 that a call sent. */
function declared(core: Core, count: number): number | undefined {
  const send = kinds(core, count).indexOf(EFFECT.send);
  const at = core.effects[4 * send + 2] as number;
  const result = decodeMessage(core.bytes.slice(at, at + (core.effects[4 * send + 3] as number)));
  return result.kind === "value" && result.message.kind === "X1" ? result.message.declaration : undefined;
}

function finish(core: Core, status: number): void {
  core.stepOut.fill(0);
  core.stepOut[10] = status;
}

describe("S12: a step", () => {
  it.each([
    ["traps", 1, 5000],
    ["runs out of fuel", 2, 5000],
    ["ends a microsecond too late", 0, WINDOWS.stepCloseUs + 1],
  ])("that %s sends no X3, is told, taken back and declared", (_what, status, timeUs) => {
    const core = stepping();
    finish(core, status);
    const told = core.stepped(timeUs);
    expect(kinds(core, told)).toEqual([EFFECT.event]);
    expect(core.effects[1]).toBe(EVENT_STEP_FAILED);
    expect(kinds(core, core.advance(WINDOWS.x3CloseUs))).toContain(EFFECT.restore);
    expect(core.line[1]).toBe(0);
    expect(declared(core, core.begin(1))).toBe(STEP_FAILED);
  });

  it("that never ends is taken back when its frame closes, and what it says later is not heard", () => {
    const core = stepping();
    core.advance(WINDOWS.stepCloseUs);
    finish(core, 0);
    expect(core.stepped(WINDOWS.stepCloseUs)).toBe(0);
    expect(kinds(core, core.advance(WINDOWS.x3CloseUs))).toContain(EFFECT.restore);
    expect(declared(core, core.begin(1))).toBe(STEP_FAILED);
  });

  it("whose frame the host never closed is taken back when the next one begins", () => {
    for (const isFinished of [false, true]) {
      const core = stepping();
      if (isFinished) {
        finish(core, 0);
        core.stepped(5000);
      }
      const count = core.begin(1);
      expect(kinds(core, count)[0]).toBe(EFFECT.restore);
      expect(declared(core, count)).toBe(STEP_FAILED);
    }
  });

  it("that ended in time is not taken back", () => {
    const core = stepping();
    finish(core, 0);
    expect(kinds(core, core.stepped(WINDOWS.stepCloseUs))).toEqual([EFFECT.send]);
    expect(kinds(core, core.advance(WINDOWS.x3CloseUs))).not.toContain(EFFECT.restore);
  });
});
