import { type Command, Option } from "commander";
import type { MissingSpan } from "../../log/file/frame-span.ts";
import { framesTold } from "../../log/file/run-metadata.ts";
import { missingCount, missingFrames, missingTexts } from "../../log/gaps.ts";
import { tellLog } from "../../log/log-story.ts";
import type { VoterLog } from "../../log/reader.ts";
import type { Story, StoryChapter, StoryLine } from "../../log/story/story.ts";
import { CHANNELS, listText } from "../../model/enums.ts";
import { isOwnReport, type Level } from "../../model/events.ts";
import { counted } from "../../model/words.ts";
import { painter, printJson } from "../../output.ts";
import { stateOf, withLog } from "./opened.ts";
import { frameNumber, Out, secondsText, wrap } from "./out.ts";

interface Options {
  readonly from?: number;
  readonly to?: number;
  readonly level: Level;
  readonly json?: true;
}

export function register(log: Command): void {
  log
    .command("events")
    .description("the story of a run in sentences: what was seen, who was accused, what was done")
    .argument("<file>", "voter log")
    .option("--from <frame>", "first frame", frameNumber)
    .option("--to <frame>", "last frame", frameNumber)
    .addOption(
      new Option("--level <level>", "leave out what is below").choices(["info", "warning", "error"]).default("info"),
    )
    .option("--json", "print one object")
    .action((file: string, options: Options) => withLog(file, (opened) => events(opened, options), { told: options }));
}

async function events(log: VoterLog, { json, ...options }: Options): Promise<void> {
  const missing = await missingFrames(log, options);
  const story = await tellLog(log, { ...options, missing });
  if (json === true) return printJson("log-events", { ...storyJson(log, story), missing, ...stateOf(log) });
  const out = new Out();
  const result = log.metadata("quorate.result");
  const seed = log.metadata("quorate.run").get("seed");
  const frames = framesTold(result);
  const heading = [`${log.table.law}: ${frames === 0 ? "the end of the run is not in the file" : `${frames} frames`}`];
  if (frames > 0) heading.push(secondsText(frames, log.periodUs));
  if (seed) heading.push(`seed ${seed}`);
  await out.line(heading.join(", "));
  for (const text of warnings(missing, options)) for (const line of wrap(text, 0)) await out.line(line);
  for (const chapter of story.chapters) await tellChapter(out, log, chapter);
  await out.line("");
  for (const line of wrap(ending(story, result), 0)) await out.line(line);
  await out.end();
}

/** What the reader must know before the story: what is missing from it. */
function warnings(missing: readonly MissingSpan[], { from, to }: Options): string[] {
  const texts = missingTexts(missing);
  if (missingCount(missing) > 0) texts.push("What happened in missing frames is not told, and is in no result below.");
  if (from === undefined && to === undefined) return texts;
  const window = [from === undefined ? "" : ` from frame ${from}`, to === undefined ? "" : ` up to frame ${to}`].join(
    "",
  );
  return [...texts, `Only what was reported${window} is told, and each result judges only that.`];
}

/** Column of the sentences: `  +12345  `. */
const TEXT_COLUMN = 10;

async function tellChapter(out: Out, log: VoterLog, chapter: StoryChapter): Promise<void> {
  const paint = painter(process.stdout);
  const { frame, cause, lines, outcome } = chapter;
  await out.line("");
  const title = `frame ${frame}, ${secondsText(frame, log.periodUs)}. ${cause ?? "No injected cause is known."}`;
  for (const line of wrap(title, 2)) await out.line(paint("bold", line));
  for (const line of lines) await tellLine(out, line);
  const text = wrap(outcome.text, TEXT_COLUMN);
  for (const [i, line] of text.entries()) await out.line(i === 0 ? `  result  ${line}` : line);
}

async function tellLine(out: Out, { entry, after, text, contradiction }: StoryLine): Promise<void> {
  const paint = painter(process.stdout);
  const colour = entry.level === "error" ? "red" : entry.level === "warning" ? "yellow" : "reset";
  const until = after + entry.last - entry.frame;
  const times = entry.last === entry.frame ? "" : `, until ${signed(until)} (frame ${entry.last})`;
  const who = witnesses(entry);
  const denial = contradiction === undefined ? "" : `, BUT ${contradiction}`;
  const wrapped = wrap(`${capital(text)}${times}${who}${denial}.`.replace(/\.\.$/, "."), TEXT_COLUMN);
  const offset = `  ${signed(after)}`.padEnd(TEXT_COLUMN);
  for (const [i, line] of wrapped.entries()) await out.line(`${i === 0 ? offset : ""}${paint(colour, line)}`);
}

/** `+12`, `-3`. */
function signed(frames: number): string {
  return frames < 0 ? String(frames) : `+${frames}`;
}

/**
 * Says who reported what all should have reported. That a channel that is faulty or out says something else is no news.
 * Sentences with the reporters in them begin with their names.
 */
function witnesses({ by, code, excused }: StoryLine["entry"]): string {
  const silent = CHANNELS.filter((name) => !by.includes(name));
  const channels = CHANNELS.filter((name) => by.includes(name));
  if (channels.length === 0 || isOwnReport(code) || silent.every((name) => excused.includes(name))) return "";
  return ` (reported by ${channels.join(" and ")} only)`;
}

/** Sentences begin with a capital; the name of a channel, sensor or input stays as it is. */
function capital(text: string): string {
  return /^(the|channel|link|results|an|all) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

function ending(story: Story, result: ReadonlyMap<string, string>): string {
  const told = [`${counted(story.events, "event")} in ${counted(story.chapters.length, "chapter")}.`];
  if (story.skipped > 0)
    told.push(
      `${story.skipped} more ${story.skipped === 1 ? "event is" : "events are"} left out: narrow the story with --from and --to.`,
    );
  const were = story.checked === 1 ? "was" : "were";
  told.push(
    `${counted(story.checked, "statement")} ${were} compared with the frame records, ${story.contradicted} contradicted.`,
  );
  const denial = story.contradiction === undefined ? "" : `, BUT ${story.contradiction}`;
  if (story.out.length > 0)
    told.push(`In the last record ${listText(story.out)} ${story.out.length === 1 ? "is" : "are"} out.`);
  if (result.size === 0) told.push("The log has no result: the run did not end, or the end is lost.");
  else
    told.push(
      `Verdict ${result.get("verdict")}, final mode ${result.get("mode")}, output hash ${result.get("output_hash")}${denial}.`,
    );
  return told.join(" ");
}

function storyJson(log: VoterLog, story: Story) {
  const { chapters, gatesOff, ...counts } = story;
  return {
    file: log.name,
    period_us: log.periodUs,
    ...counts,
    gates_off: gatesOff,
    result: Object.fromEntries(log.metadata("quorate.result")),
    chapters: chapters.map(({ frame, cause, faults, lines, outcome }) => ({
      frame,
      cause,
      faults,
      lines: lines.map(({ entry, after, text, contradiction }) => ({ ...entry, text, after, contradiction })),
      outcome: {
        noticed_after: outcome.noticedAfter,
        acted_after: outcome.actedAfter,
        back_after: outcome.backAfter,
        mode_before: outcome.modeBefore,
        mode_after: outcome.modeAfter,
        out: outcome.out,
        gates_off: outcome.gatesOff,
        still_voting: outcome.stillVoting,
        held_frames: outcome.heldFrames,
        safe_frame: outcome.safeFrame,
        latent_until: outcome.unnoticed?.until,
        text: outcome.text,
      },
    })),
  };
}
