import { describe, expect, it } from "vitest";
import { Channel } from "../../sim/channel/channel.ts";
import type { Core } from "../../sim/channel/core.ts";
import { accumulatorWasm, TABLE } from "../../sim/channel/testing.ts";
import { AGREED_AT, fieldOf, SETTINGS, SLOTS_AT } from "../../sim/explore/core-layout.ts";
import { TINY } from "../../sim/explore/tiny-law.ts";
import { CORE, signalTable, WINDOWS } from "../../sim/explore/tiny-table.ts";
import { Trio } from "../../sim/explore/trio.ts";
import { X1, X2, X3 } from "../../sim/explore/trio-hooks.ts";

/** A count out of its limits: the core's next call traps. */
function damage({ state }: Core): void {
  state[fieldOf(SETTINGS, "inputs").at] = 255;
}

function channel(): Channel {
  const wasm = accumulatorWasm();
  return new Channel(
    0,
    {
      coreModule: CORE,
      lawModule: new WebAssembly.Module(Buffer.from(wasm)),
      wasm,
      table: TABLE,
      tableBytes: signalTable([{ type: "i32" }], 1),
      config: { windows: WINDOWS },
      parameters: new Uint32Array(0),
    },
    () => undefined,
  );
}

const SAMPLE = Uint32Array.of(4);

/** docs/core.md, "Carrying out": gate off, nothing more sent or recorded, pulls as they were. */
describe("a core whose call traps", () => {
  it("ends its channel in the simulator", () => {
    const hurt = channel();
    hurt.begin(0, SAMPLE, 0, 1, 1);
    hurt.pulls = 4;
    expect([hurt.sendCount, hurt.gateOn]).toEqual([1, 1]);
    damage(hurt.core);
    hurt.receive(1, new Uint8Array(16), 0, 1000);
    expect(hurt.crashed).toContain("unreachable");
    expect([hurt.running, hurt.gateOn, hurt.sendCount, hurt.recordSize, hurt.pulls]).toEqual([false, 0, 0, 0, 4]);
  });

  it.each([
    ["receives X1", X1],
    ["receives X2", X2],
    ["receives X3", X3],
  ])("ends its channel in the exploration: while it %s", (_what, during) => {
    const trio = new Trio(TINY);
    trio.frame({});
    const heard: string[] = [];
    trio.pulls[2] = 1;
    trio.frame({
      deliver: ({ kind, from, to }) => {
        if (kind === during && from === 0 && to === 2) damage(trio.cores[2] as Core);
        if (trio.running[2] === false) heard.push(`X${kind} of ${"ABC"[from]}`);
        return undefined;
      },
    });
    expect(trio.crashed[2]).toContain("unreachable");
    expect([trio.running[2], trio.gates[2], trio.pulls[2]]).toEqual([false, 0, 1]);
    expect(heard.filter((text) => text.endsWith("C"))).toEqual([]);
    expect(heard.length).toBeGreaterThan(0);
    expect(trio.stage.record[3]).toBe(3); // Enabled: A and B.
  });
});

/** docs/core.md, "Carrying out": the bytes of SEND are good until the core's next call. Both hosts deliver later. */
describe("a message that is sent", () => {
  it("stays as it was in the simulator, whatever becomes of its core's memory", () => {
    const sender = channel();
    sender.begin(0, SAMPLE, 0, 1, 1);
    const sent = sender.sends[0] as Uint8Array;
    const before = sent.slice();
    sender.core.state.fill(0, SLOTS_AT, AGREED_AT);
    expect(before.length).toBeGreaterThan(0);
    expect(sent).toEqual(before);
  });

  it.each([X1, X3])("stays as it was in the exploration: X%i", (during) => {
    const trio = new Trio(TINY);
    const heard: string[] = [];
    trio.frame({
      deliver: ({ kind, from, words }) => {
        if (kind !== during || from !== 1) return undefined;
        heard.push(words.join());
        trio.cores[1]?.state.fill(0, SLOTS_AT, AGREED_AT);
        return undefined;
      },
    });
    expect(heard.length).toBe(2);
    expect(heard[1]).toBe(heard[0]);
  });
});
