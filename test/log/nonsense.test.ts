/**
 * Goal: a record whose checksum is right and whose values are nonsense (memory of a board that failed, messages that
 * `recover --unverified` took) crashes no command, hangs none and takes no memory. Method: logs with any word in any
 * field and any event, through every command.
 */
import { Command } from "commander";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { register } from "../../host/commands/log.ts";
import { QuorateError } from "../../host/errors.ts";
import { CHANNEL_WORDS, DETAIL_WORDS, type HandEvent, handLog, STAGE_WORDS, type Words } from "./fixture.ts";
import { withFile } from "./stdout.ts";

const FRAMES = 12;
const COMMANDS = [
  ["info", "{log}"],
  ["events", "{log}"],
  ["events", "{log}", "--from", "3", "--json"],
  ["stats", "{log}"],
  ["show", "{log}", "--at", "3"],
  ["query", "{log}", "mode != TRIPLEX and gyro_x_sensors[B] == OPEN or stage.outcome > 2"],
  ["export", "csv", "{log}"],
  ["export", "json", "{log}"],
  ["export", "perfetto", "{log}"],
  ["diff", "{log}", "{log}"],
  ["recover", "{log}", "{log}.new"],
];

const word = fc.oneof(fc.constantFrom(0, 1, 15, 255, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff));
const field = (names: readonly string[]) => fc.constantFrom(...names.filter((name) => name !== "frame"));
const some = (names: readonly string[]) =>
  fc.array(fc.tuple(fc.nat(FRAMES - 1), field(names), word), { maxLength: 30 });
const event = fc.record({
  by: fc.constantFrom<HandEvent["by"]>("A", "B", "C", "stage", "host"),
  code: fc.oneof(fc.integer({ min: 1, max: 99 }), word),
  subject: fc.oneof(fc.nat(12), word),
  argument: word,
});

function wordsOf(changes: readonly [number, string, number][], frame: number): Words {
  return Object.fromEntries(changes.filter(([at]) => at === frame).map(([, name, value]) => [name, value]));
}

describe("a log full of nonsense with the right checksums", () => {
  it("goes through every command", async () => {
    const run = fc.record({
      channel: some([...CHANNEL_WORDS, ...DETAIL_WORDS]),
      stage: some(STAGE_WORDS),
      events: fc.array(event),
    });
    await fc.assert(
      fc.asyncProperty(run, async ({ channel, stage, events }) => {
        const bytes = await handLog({
          frames: FRAMES,
          channel: (index, frame) => wordsOf(channel, frame + index),
          stage: (frame) => wordsOf(stage, frame),
          events: { 3: events.slice(0, 5), 4: events.slice(5) },
        });
        for (const words of COMMANDS) expect([words, await outcome(bytes, words)]).toEqual([words, "done"]);
      }),
      { seed: 2026, numRuns: 60 },
    );
  });
});

/** `done`, also when the file is refused with a proper error. */
async function outcome(bytes: Uint8Array, words: readonly string[]): Promise<string> {
  return await withFile(bytes, async (path) => {
    const program = new Command().exitOverride();
    register(program);
    try {
      await program.parseAsync(["log", ...words.map((one) => one.replace("{log}", path))], { from: "user" });
    } catch (error) {
      if (!(error instanceof QuorateError && error.kind === "file")) return String(error);
    }
    return "done";
  });
}
