import type { Command } from "commander";
import { QuorateError } from "../../errors.ts";
import type { Judgement } from "../../judge/judge.ts";
import { missingCount, missingFrames, missingTexts } from "../../log/gaps.ts";
import { judgeLog } from "../../log/judge-log.ts";
import { type Counts, type LogStats, statsOf } from "../../log/log-stats.ts";
import type { VoterLog } from "../../log/reader.ts";
import { counted } from "../../model/words.ts";
import { type Painter, painter, printJson } from "../../output.ts";
import { figureLines, findingLines, lineText, verdictLines } from "../judgement-text.ts";
import { stateOf, withLog } from "./opened.ts";
import { frameNumber, Out, table, wrap } from "./out.ts";
import { recordedRun } from "./recorded-run.ts";

interface Options {
  readonly from?: number;
  readonly to?: number;
  readonly json?: true;
}

export function register(log: Command): void {
  log
    .command("stats")
    .description("figures per channel, sensor and output, each with what it was counted in")
    .argument("<file>", "voter log")
    .option("--from <frame>", "first frame", frameNumber)
    .option("--to <frame>", "last frame", frameNumber)
    .option("--json", "print one object")
    .action((file: string, options: Options) => withLog(file, (opened) => stats(opened, options), { told: options }));
}

/** What the whole log says of its run, as `sim` and `log check` say it; or why nobody can say it. */
async function judgementOf(log: VoterLog): Promise<Judgement | string> {
  try {
    const { judge, run } = await recordedRun(log);
    await judgeLog(log, judge);
    const { isSafety: _, ...judgement } = judge.result(run.frames);
    return judgement;
  } catch (error) {
    if (error instanceof QuorateError) return error.message;
    throw error;
  }
}

async function stats(log: VoterLog, { json, ...range }: Options): Promise<void> {
  const judgement = await judgementOf(log);
  const figures = await statsOf(log, range);
  const missing = await missingFrames(log, range);
  if (json === true) {
    const judged = typeof judgement === "string" ? { verdict: null, why_not_judged: judgement } : judgement;
    const told = { file: log.name, ...judged, figures: statsJson(figures), missing, ...stateOf(log) };
    return printJson("log-stats", told);
  }
  const out = new Out();
  const paint = painter(process.stdout);
  for (const text of judgedLines(judgement, paint)) await out.line(text);
  const { stage, channels, inputs, sensors } = figures;
  const share = stage.frames === 0 ? "-" : `${((100 * stage.available) / stage.frames).toFixed(4)} %`;
  const section = async (title: string, lines: readonly string[]) => {
    await out.line(`\n${paint("bold", title)}`);
    for (const line of lines) for (const part of wrap(`  ${line}`, 4)) await out.line(part);
  };
  const { frames: all, unagreed } = figures;
  const agreed = all - unagreed;
  const heading = `${log.table.law}: ${counted(all, "frame")}`;
  const silence = unagreed === 0 ? "" : `; in ${unagreed} no vote had a majority: they have no health or selection`;
  for (const part of wrap(`${heading}${silence}`, 0)) await out.line(part);
  for (const text of missingTexts(missing)) for (const part of wrap(text, 0)) await out.line(part);
  const unknown = missingCount(missing);
  const uncounted = unknown === 0 ? "" : `; nothing is known of ${unknown} missing frames`;
  await section("output stage", [
    `outcome ${countsText(stage.outcomes, stage.frames)}`,
    `available ${stage.available} of ${stage.frames} frames (${share}), longest hold ${counted(stage.longestHold, "frame")}${uncounted}`,
  ]);
  for (const [name, channel] of Object.entries(channels)) {
    const { fuel, frames } = channel;
    await section(`channel ${name}`, [
      `outcome ${countsText(channel.outcomes, frames)}`,
      `health ${countsText(channel.health, agreed)}; trips ${channel.trips}`,
      `line driven ${channel.driven} of ${frames} frames, gate on ${channel.gateOn} of ${frames}, accused ${counted(channel.accused, "time")}`,
      `step ${countsText(channel.steps, frames)}`,
      `fuel ${fuel.min} / ${fuel.mean.toFixed(1)} / ${fuel.max} (least, mean, most) over ${counted(fuel.steps, "step")}`,
    ]);
  }
  await section(
    "selection",
    inputs.map(
      ({ input, frames, why, invalid }) => `${input}: ${countsText(why, frames)}; invalid ${invalid} of ${frames}`,
    ),
  );
  const rows = sensors.map(({ sensor, frames, used, health }) => [sensor, `used ${used} of ${frames}`, listed(health)]);
  const unused = sensors.filter(({ reasons }) => listed(reasons) !== "");
  await section("sensors: samples used, health in frames, why samples were not used", [
    ...table(rows),
    ...unused.map(({ sensor, reasons }) => `${sensor} not used: ${listed(reasons)}`),
  ]);
  await out.end();
}

function judgedLines(judgement: Judgement | string, paint: Painter): string[] {
  if (typeof judgement === "string") return wrap(`the run is not judged: ${judgement}`, 0);
  const lines = [...verdictLines(judgement, paint), ...figureLines(judgement), ...findingLines(judgement, paint)];
  return [...lines.map((line) => lineText(line).trimEnd()), ""];
}

/** `AGREED 90 of 100, MASKED 10 of 100`. */
function countsText(counts: Counts, of: number): string {
  const entries = Object.entries(counts);
  return entries.length === 0
    ? `none of ${of}`
    : entries.map(([name, count]) => `${name} ${count} of ${of}`).join(", ");
}

function listed(counts: Counts): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function statsJson({ channels, stage, ...figures }: LogStats) {
  const named = Object.entries(channels).map(([name, { gateOn, ...channel }]) => [
    name,
    { ...channel, gate_on: gateOn },
  ]);
  const { longestHold, ...outcomes } = stage;
  return {
    ...figures,
    channels: Object.fromEntries(named),
    stage: { ...outcomes, longest_hold: longestHold },
  };
}
