import { type Command, Option } from "commander";
import { decodeChannel, decodeRecord } from "../../log/decode.ts";
import { explainFrame } from "../../log/explain.ts";
import type { FrameSet } from "../../log/file/frame-set.ts";
import { spanText } from "../../log/file/frame-span.ts";
import { LogError } from "../../log/file/log-error.ts";
import { missingFrames } from "../../log/gaps.ts";
import type { VoterLog } from "../../log/reader.ts";
import { CHANNELS, type ChannelName } from "../../model/enums.ts";
import { painter, printJson } from "../../output.ts";
import { withLog } from "./opened.ts";
import { frameNumber, Out, secondsText, table, wrap } from "./out.ts";

interface Options {
  readonly at: number;
  readonly channel?: ChannelName;
  readonly json?: true;
}

export function register(log: Command): void {
  log
    .command("show")
    .description("one frame in full: samples, selection, results, vote, health, outputs")
    .argument("<file>", "voter log")
    .requiredOption("--at <frame>", "the frame", frameNumber)
    .addOption(new Option("--channel <name>", "only what this channel logged").choices([...CHANNELS]))
    .option("--json", "print one object")
    .action((file: string, options: Options) =>
      withLog(file, (opened) => show(opened, options), { told: { from: options.at, to: options.at }, isPartial: true }),
    );
}

async function show(log: VoterLog, { at, channel, json }: Options): Promise<void> {
  const set = (await log.frame(at)) ?? (await missing(await log.recheck(), at));
  const channels = channel === undefined ? [0, 1, 2] : [CHANNELS.indexOf(channel)];
  if (json === true) return printJson("log-show", frameJson(log, set, channels));
  const paint = painter(process.stdout);
  const out = new Out();
  await out.line(`frame ${at}, ${secondsText(at, log.periodUs)}, ${log.table.law}`);
  const silent = channels.filter((one) => set.channels[one] === undefined).map((one) => CHANNELS[one]);
  if (silent.length > 0) await out.line(`No record of ${silent.join(", ")}: off, or lost.`);
  for (const block of explainFrame(log, set, channels)) {
    if (block.kind === "heading") await out.line(`\n${paint("bold", block.text)}`);
    else if (block.kind === "text") for (const line of wrap(`  ${block.text}`, 2)) await out.line(line);
    else for (const line of table(block.rows)) await out.line(`  ${line}`);
  }
  const events: string[] = [];
  for await (const { by, level, text } of log.events({ from: at, to: at })) events.push(`  ${by} ${level}: ${text}`);
  if (events.length > 0) await out.line(`\n${paint("bold", "events of this frame")}`);
  for (const event of events) for (const line of wrap(event, 4)) await out.line(line);
  await out.end();
}

async function missing(log: VoterLog, frame: number): Promise<never> {
  const counts = await log.counts();
  const first = Math.min(...counts.map(({ first: one }) => one ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...counts.map(({ last: one }) => one ?? -1));
  const lost = (await missingFrames(log)).find(({ of, from, to }) => of === "all" && frame >= from && frame <= to);
  if (lost !== undefined) {
    throw new LogError({
      code: "lost-frame",
      kind: "file",
      problem: `this frame is lost: the run had it, the file has no record of ${spanText(lost)}`,
      place: { file: log.name, frame },
      expected: "a frame whose records are in the file",
      found: `${frame}`,
      hint: "quorate log info lists what is missing.",
    });
  }
  throw new LogError({
    code: "no-such-frame",
    kind: "file",
    problem: "the log has no record of this frame",
    place: { file: log.name, frame },
    expected: last < 0 ? "a log with frames" : `a frame from ${first} to ${last}`,
    found: `${frame}`,
  });
}

function frameJson(log: VoterLog, set: FrameSet, channels: readonly number[]) {
  const decoded = channels.map((channel) => {
    return [CHANNELS[channel], decodeChannel(log, set, channel) ?? null] as const;
  });
  return {
    file: log.name,
    frame: set.frame,
    time_s: (set.frame * log.periodUs) / 1e6,
    channels: Object.fromEntries(decoded),
    stage: set.stage === undefined ? null : decodeRecord(set.stage, log.stageLayout),
  };
}
