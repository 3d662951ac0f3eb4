import { expect } from "vitest";
import { memorySource } from "../../host/log/file/log-source.ts";
import { type LogStoryOptions, tellLog } from "../../host/log/log-story.ts";
import { VoterLog } from "../../host/log/reader.ts";
import type { Story, StoryChapter } from "../../host/log/story/story.ts";
import { borneOut, type Events } from "./borne-out.ts";
import { type HandEvent, type HandRun, handLog } from "./fixture.ts";

/** Hand-made runs whose story is told, and what tests look at in it. */

export type Name = "A" | "B" | "C";
export const CHANNELS_ALL: readonly Name[] = ["A", "B", "C"];

export const begin = (fault: string): HandEvent => ({ by: "host", code: 90, fault });
export const end = (fault: string): HandEvent => ({ by: "host", code: 91, fault });

/** The same event by several channels. */
export function say(by: readonly Name[], code: number, subject: number, argument = 0): HandEvent[] {
  return by.map((one) => ({ by: one, code, subject, argument }));
}

/** The story of a run with these events, whose records bear them out where `options` have no others. */
export async function storyOf(events: Events, options: LogStoryOptions & Partial<HandRun> = {}): Promise<Story> {
  const frames = options.frames ?? 1 + Math.max(...Object.keys(events).map(Number));
  // As the last stage record has it: 0xabcd and the frame (quietStage).
  const result = { outputHash: (0xabcd + frames - 1).toString(16).padStart(16, "0") };
  const run = { events, result, ...borneOut(events), ...options, frames };
  const story = await tellLog(await VoterLog.open(memorySource(await handLog(run))), options);
  expect(story.contradicted).toBe(0);
  return story;
}

export function chapterOf(story: Story, ...faults: readonly string[]): StoryChapter {
  const found = story.chapters.find((one) => one.faults.join() === faults.join());
  if (found === undefined) throw new Error(`no chapter of ${faults.join(" and ")}`);
  return found;
}

/** Frames since the cause and names of the events. */
export function told({ lines }: StoryChapter): string[] {
  return lines.map(({ after, entry }) => `+${after} ${entry.name}`);
}
