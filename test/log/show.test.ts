/**
 * Goal: one frame is explained as its records have it, and nothing is claimed that they do not say. Method: hand-made
 * logs with one thing amiss, shown as text; one frame in full as a golden file.
 */
import { describe, expect, it } from "vitest";
import { handLog, type Words } from "./fixture.ts";
import { goldenText } from "./golden.ts";
import { OUTVOTED, run } from "./log-command.ts";

const LOG = await handLog(OUTVOTED);

/** What `show` prints of the vote, in one line. */
function vote(text: string): string {
  return text.slice(text.indexOf("\nvote\n"), text.indexOf("\nevidence\n")).replace(/\s+/g, " ");
}

describe("show", () => {
  it("explains the frame in full", async () => {
    const printed = await run(LOG, "show", "{log}", "--at", "4");
    expect(printed).toBe(goldenText("log-show.txt", printed));
  });

  it("says why a sample was not used, and which record is missing", async () => {
    expect(await run(LOG, "show", "{log}", "--at", "5")).toContain("B.gyro_x: not used: out of range.");
    expect(await run(LOG, "show", "{log}", "--at", "7")).toContain("No record of C: off, or lost.");
  });

  it("says that a channel did not commit, and of which frame its agreed state is", async () => {
    const log = await handLog({
      frames: 3,
      channel: (channel, frame) =>
        channel === 2 && frame > 0 ? { outcome: 4, committed_frame: frame === 1 ? 0 : 0xffffffff } : {},
    });
    expect(await run(log, "show", "{log}", "--at", "0")).not.toContain("did not commit");
    const second = (await run(log, "show", "{log}", "--at", "1")).replace(/\s+/g, " ");
    expect(second).toContain(
      "C did not commit this frame: its selection below is what the step was given, its health and mode are the state of frame 0.",
    );
    const third = (await run(log, "show", "{log}", "--at", "2")).replace(/\s+/g, " ");
    expect(third).toContain("C did not commit this frame");
    expect(third).toContain("the state from before its first commit.");
  });

  it("does not take the older selection of a channel that ran no step for a disagreement", async () => {
    const shown = async (change: Words) => {
      const bad = { gyro_x_reasons: 3 << 4 };
      const channel = (index: number, frame: number) => (index === 2 && frame === 1 ? change : bad);
      return (await run(await handLog({ frames: 2, channel }), "show", "{log}", "--at", "1")).replace(/\s+/g, " ");
    };
    const idle = await shown({ outcome: 5, committed_frame: 0, step_status: 3 });
    expect(idle).toContain(
      "C did not run a step in this frame: its selection, health and mode below are the state of frame 0.",
    );
    expect(idle).toContain("B.gyro_x: not used: out of range.");
    expect(idle).not.toContain("different reasons");
    expect(idle).toMatch(/stepped from frame 0 frame 0 - module state then 0000000000003333 0000000000003333 -/);
    // What a step was given is of this frame, committed or not.
    expect(await shown({ outcome: 4, committed_frame: 0 })).toContain("the channels see different reasons");
  });

  it("compares the states that steps led to, committed or not", async () => {
    const open = { outcome: 2, committed_frame: 0, pending_frame: 1, matching: 0, module_hash_low: 0x3333 };
    const apart = (result_hash_low: number) => ({ ...open, result_hash_low, result_agreed_hash_low: 9 });
    const log = await handLog({
      frames: 3,
      channel: (channel, frame) => {
        if (frame === 1) return apart(channel === 0 ? 0x70 : 0x71);
        // C's state differs, and nothing else.
        return frame === 2 && channel === 2 ? { ...apart(0x72), outcome: 4 } : { outcome: 1, matching: 3 };
      },
    });
    const text = await run(log, "show", "{log}", "--at", "1");
    expect(text).toMatch(/\n {2}state of {12}not committed {5}not committed {5}not committed\n/);
    expect(text).toMatch(/\n {2}module state {8}0{14}70 {2}0{14}71 {2}0{14}71\n {2}agreed hash {9}0{15}9 /);
    expect(vote(text)).toContain(
      "No two results are equal. B and C logged the same digest, outputs and state. A differs in module state.",
    );
    const lost = vote(await run(log, "show", "{log}", "--at", "2"));
    expect(lost).toContain("C differs in module state and agreed hash.");
    expect(`${text}${lost}`).not.toContain("The record does not hold");
  });

  it("shows samples that were not fresh, and what only the details say", async () => {
    const log = await handLog({
      frames: 1,
      channel: (channel) => ({
        ...(channel === 1 ? { fresh: 2, miscompares: 2, declaration: 1 } : {}),
        ...{ health_c: 2, trips_c: 1, cooldown_c: 100, alpha_c: 1280, err_c: 6, link_bc: 640 },
        ...(channel === 0 ? { no_majority: 3 } : {}),
      }),
    });
    const text = (await run(log, "show", "{log}", "--at", "0")).replace(/\s+/g, " ");
    expect(text).toContain("gyro_x rad/s 0.25 0.26, not fresh 0.27");
    expect(text).toContain("C A, B and C OPEN 5 1 100 frames");
    expect(text).toContain(
      "C is in error, seen by A, B and C: both others accuse it of silence, it declared itself. " +
        "Link B-C, seen by A, B and C: score 2.5.",
    );
    expect(text).toContain("B declares: own tuple lost. B found other results on equal data (2 frames in a row).");
    expect(text).toContain("without majority 3 0 0");
  });

  it("says of a sensor that was still used that it opens in this frame", async () => {
    const log = await handLog({
      frames: 2,
      channel: (_, frame) => ({ gyro_x_sensors: 2 << 4, gyro_x_used: 7 - 2 * frame }),
    });
    expect(await run(log, "show", "{log}", "--at", "0")).toContain(
      "B.gyro_x: sensor OPEN, opens in this frame, so its sample was still used.",
    );
    expect(await run(log, "show", "{log}", "--at", "1")).toContain("B.gyro_x: sensor OPEN.");
  });

  it("calls no results equal that no channel found equal, and says of which frame the state hashes are", async () => {
    const pending = { outcome: 2, committed_frame: 0, pending_frame: 1, matching: 0, module_hash_low: 0x3333 };
    const log = await handLog({
      frames: 3,
      channel: (channel, frame) => {
        if (frame === 0) return {};
        const own = { ...pending, torque_x: channel === 0 ? 0.5 : -0.125, digest_low: 1 };
        return frame === 1 ? own : { ...own, received: 1 << channel, committed_frame: 0xffffffff };
      },
    });
    const text = await run(log, "show", "{log}", "--at", "1");
    expect(text).toMatch(/\n {2}state of {12}frame 0 {11}frame 0 {11}frame 0\n {2}module state/);
    expect(vote(text)).toContain(
      "No two results are equal. B and C logged the same digest and outputs. A differs in torque_x. The record does not hold the state in which they differ.",
    );
    const apart = await run(log, "show", "{log}", "--at", "2");
    expect(apart).toMatch(/\n {2}state of {12}no frame yet/);
    expect(vote(apart)).toContain("A, B and C say: no result of another channel arrived.");
    for (const shown of [vote(text), vote(apart)]) expect(shown).not.toMatch(/hold the same|module state and|hash\./);
    expect(await run(log, "show", "{log}", "--at", "0")).not.toContain("state of");
  });

  it("goes by the votes where only some channels committed", async () => {
    const late = { outcome: 2, committed_frame: 0, pending_frame: 1, matching: 0, module_hash_low: 0x3333 };
    const unheard = await handLog({
      frames: 2,
      channel: (channel, frame) => (channel === 2 && frame === 1 ? { ...late, received: 4 } : {}),
    });
    const heard = vote(await run(unheard, "show", "{log}", "--at", "1"));
    expect(heard).toContain(
      "A and B say: A, B and C hold the same result. C says: no result of another channel arrived.",
    );
    expect(heard).not.toContain("differs");

    const lost = await handLog({
      frames: 2,
      channel: (channel, frame) => {
        if (frame === 0) return {};
        return channel === 2 ? { ...late, outcome: 4 } : { outcome: 1, matching: 3 };
      },
    });
    expect(vote(await run(lost, "show", "{log}", "--at", "1"))).toContain(
      "A and B say: A and B hold the same result. C says: both others hold the same result, and its own is another. " +
        "C differs in nothing that is logged: its record has no state of this frame.",
    );
  });

  it("prints as many digits as make different values differ", async () => {
    // Six digits leave 14.7547 of both; zeros of both signs differ in no digit.
    const log = await handLog({
      frames: 2,
      channel: (channel, frame) => ({
        torque_x: frame === 1 ? (channel === 2 ? -0 : 0) : channel === 2 ? 14.754702 : 14.754701,
        gyro_x: channel === 2 ? 14.754702 : 14.754701,
      }),
    });
    const text = await run(log, "show", "{log}", "--at", "0");
    expect(text).toMatch(/torque_x \(N\.m\) {2}14\.754701 {2}14\.754701 {2}14\.754702\n/);
    expect(text).toMatch(/gyro_x {4}A and B {5}14\.754701 .*\n {2}gyro_x {4}C {11}14\.754702 /);
    expect(await run(log, "show", "{log}", "--at", "1")).toContain("0 (0x00000000)  0 (0x80000000)");
  });

  it("shows one channel alone", async () => {
    const text = await run(LOG, "show", "{log}", "--at", "4", "--channel", "C");
    expect(text).toContain("Only C is shown.");
    expect(text).not.toContain("B   BOTH");
  });

  it("names the frames there are when there is none such", async () => {
    const shown = run(LOG, "show", "{log}", "--at", "10");
    await expect(shown).rejects.toMatchObject({ code: "no-such-frame", kind: "file", expected: "a frame from 0 to 9" });
  });
});
