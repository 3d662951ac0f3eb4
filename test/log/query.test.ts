import { describe, expect, it } from "vitest";
import { LogError } from "../../host/log/file/log-error.ts";
import { memorySource } from "../../host/log/file/log-source.ts";
import { parseQuery } from "../../host/log/query-log.ts";
import { QUERY_LENGTH_MAX } from "../../host/log/query-tokens.ts";
import { VoterLog } from "../../host/log/reader.ts";
import { handLog } from "./fixture.ts";

/** C is off from frame 6; B is outvoted in frame 4; the stage holds in frame 5; A's sensor is out in frame 3. */
const log = await VoterLog.open(
  memorySource(
    await handLog({
      frames: 8,
      channel: (channel, frame) => {
        if (channel === 2 && frame >= 6) return undefined;
        return {
          outcome: channel === 1 && frame === 4 ? 4 : channel === 0 && frame === 4 ? 1 : 0,
          mode: frame < 5 ? 3 : 2,
          gyro_x_sample: channel === 1 && frame === 2 ? 5 : channel === 0 && frame === 7 ? Number.NaN : 0.5,
          gyro_x_sensors: frame === 3 ? 0x002 : 0,
          ...(channel === 0 && frame === 4 ? { accusations: 2, alpha_b: 512, no_majority: 1 } : {}),
          ...(channel === 1 && frame === 5 ? { err_b: 4, cooldown_b: 100 } : {}),
          health_b: frame < 5 ? 0 : 2,
        };
      },
      stage: (frame) => ({ outcome: frame === 5 ? 2 : 0 }),
    }),
  ),
);

/** `4A 4B`: frames and channels whose records match. */
async function ask(text: string): Promise<string> {
  const { matches } = parseQuery(text, log);
  const found: string[] = [];
  for await (const set of log.frames()) {
    for (const [i, view] of set.channels.entries()) {
      if (view !== undefined && matches(set, i)) found.push(`${set.frame}${"ABC"[i]}`);
    }
  }
  return found.join(" ");
}

function refusal(text: string): LogError {
  try {
    parseQuery(text, log);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe("a query", () => {
  it.each([
    ["outcome == MASKED", "4A"],
    ["outcome == masked or outcome == LOST", "4A 4B"],
    ["LOST == outcome", "4B"],
    ["frame == 4 and not outcome == AGREED", "4A 4B"],
    ["mode != TRIPLEX and frame < 6", "5A 5B 5C"],
    ["gyro_x_sample > 3", "2B"],
    ["gyro_x_sample > 3 by B", "2A 2B 2C"],
    ["B.gyro_x_sample > 3 and channel == C", "2C"],
    ["channel == A and (frame == 1 or frame == 2) and gyro_x_sample < 1 by A", "1A 2A"],
    ["(gyro_x_sample > 3 and outcome == AGREED) by B and channel == A", "2A"],
    ["stage.outcome == HELD", "5A 5B 5C"],
    ["abs(gyro_x_sample - 1) > 3 by B", "2A 2B 2C"],
    ["abs(gyro_x_sample - B.gyro_x_sample) > 3", "2A 2C"],
    ["(frame - 4 == 0 or frame == 9) by B and channel == A", "4A"],
    ["gyro_x_sensors[A] == OPEN and channel == B", "3B"],
    ["accusations[B]", "4A"],
    ["accusations[C]", ""],
    ["accusations", "4A"],
    ["accusations == 2", "4A"],
    ["gyro_x_sensors == 2 and channel != C", "3A 3B"],
    ["alpha[B]", "4A"],
    ["alpha[B] == 512 by A and channel == C", "4C"],
    ["no_majority > 0 or cooldown[B] == 100", "4A 5B"],
    ["B.err[B] == 4 and channel == A", "5A"],
    ["frame >= 6 and C.alpha[A] == 0", ""],
    ["frame == 5 and health[B] == OPEN and err[B] == 0", "5A 5C"],
    ["alpha_b == 512", "4A"],
    ["gyro_x_sensors == A.gyro_x_sensors and frame == 3", "3A 3B 3C"],
    ["C == channel and frame == 1", "1C"],
    ["frame * 2 - 1 == 7 and channel == A", "4A"],
    ["abs(torque_x + 0.25) == 0.125 and frame == 0", "0A 0B 0C"],
    ["-frame <= -7", "7A 7B"],
    ["frame >= 0x7 and channel == B", "7B"],
    ["frame >= 6 and C.frame >= 0", ""],
    ["frame >= 6 and C.frame != 0", ""],
    ["frame == 7 and gyro_x_sample != 0", "7B"],
    ["not (frame > 0)", "0A 0B 0C"],
  ])("%s", async (text, expected) => {
    expect(await ask(text)).toBe(expected);
  });

  it.each([
    ["", 1, "a value is missing"],
    ["mode ==", 8, "a value is missing"],
    ["mode = 3", 6, "no query has this character"],
    ["mode == TRIPLEXX", 9, "the value is unknown"],
    ["moode == 3", 1, "the name is unknown"],
    ["stage.moode == 3", 7, "the name is unknown"],
    ["frame == 3 by D", 15, "by is followed by a channel"],
    ["(frame == 3", 12, "a bracket is not closed"],
    ["frame == 3)", 11, "something follows the query"],
    ["frame[A] == 3", 6, "frame has no parts"],
    ["alpha == 3", 1, "alpha has one value per channel"],
    ["B.health == OPEN", 3, "health has one value per channel"],
    ["alpha[D] == 3", 7, "a part is named by its channel"],
    ["stage.alpha[A] == 3", 7, "the name is unknown"],
    ["stage.health[A] == 3", 7, "the name is unknown"],
    ["gyro_x_sensors[D] == OPEN", 16, "a part is named by its channel"],
    ["frame == 3; process.exit()", 11, "no query has this character"],
    ["constructor == 3", 1, "the name is unknown"],
    ["frame and and", 11, "a value is missing"],
    ["frame == OPEN", 10, "the name is unknown"],
    ["abs(gyro_x_sample - gyro_x_sample by B) > 5", 35, "by stands in arithmetic"],
    ["(frame * frame by B) > 5", 16, "by stands in arithmetic"],
    ["-frame by B", 8, "by stands in arithmetic"],
    ["gyro_x_sensors[B] == A", 22, "a channel is no value of this"],
    ["accusations + 0 == C", 20, "a channel is no value of this"],
    ["(accusations) == C", 18, "a channel is no value of this"],
    ["omissions == C", 14, "a channel is no value of this"],
    ["frame == 3 and not A", 20, "a channel is no value of this"],
  ])("is refused with its place: %s", (text, column, problem) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: "bad-query", kind: "usage", place: { column } });
    expect(error.message).toContain(problem);
    expect(error.message.split("\n").at(-1)).toBe(`    ${" ".repeat(column - 1)}^`);
  });

  it.each([
    ["accusations == C", 16, "one bit per channel", "accusations[C] (1 or 0), or a number"],
    ["A != accusations", 1, "one bit per channel", "accusations[A] (1 or 0), or a number"],
    ["pulls < C by B", 9, "one bit per channel", "pulls[C] (1 or 0), or a number"],
    ["B.matching == C", 15, "B.matching has one bit per channel", "B.matching[C] (1 or 0), or a number"],
    ["stage.counted == C", 18, "stage.counted has one bit per channel", "stage.counted[C] (1 or 0), or a number"],
    [
      "accusations == channel",
      16,
      "one bit per channel",
      "accusations[A], accusations[B], accusations[C] (1 or 0), or",
    ],
    ["accusations == none", 16, "one bit per channel", "accusations[A], accusations[B], accusations[C] (1 or 0), or"],
    ["gyro_x_sensors == OPEN", 19, "one value per channel", "gyro_x_sensors[B] == OPEN, or a number"],
    ["open > gyro_x_sensors", 1, "one value per channel", "open > gyro_x_sensors[B], or a number"],
    ["gyro_x_reasons != RATE", 19, "one value per channel", "gyro_x_reasons[B] != RATE, or a number"],
    ["gyro_x_sensors == C", 19, "one value per channel", "gyro_x_sensors[C] == SUSPECT, or a number"],
  ])("says what to write instead of a name beside a word of all channels: %s", (text, column, problem, expected) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: "bad-query", kind: "usage", place: { column } });
    expect(error.message).toContain(problem);
    expect(error.message).toContain(expected);
  });

  it("has a limit of length and of depth", () => {
    expect(refusal("1".repeat(QUERY_LENGTH_MAX + 1)).message).toContain("too long");
    expect(refusal(`${"(".repeat(65)}1${")".repeat(65)}`).message).toContain("nested too deeply");
    expect(refusal(`${"not ".repeat(65)}1`).message).toContain("nested too deeply");
    expect(() => parseQuery(`${"(".repeat(64)}1${")".repeat(64)}`, log)).not.toThrow();
  });
});
