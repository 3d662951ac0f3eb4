import type { Command } from "commander";
import { type Contradiction, Refly } from "../../../sim/flight/refly.ts";
import { QuorateError } from "../../errors.ts";
import type { Judgement } from "../../judge/judge.ts";
import { judgeLog } from "../../log/judge-log.ts";
import type { VoterLog } from "../../log/reader.ts";
import { windowsOf } from "../../model/configuration.ts";
import { painter, printJson } from "../../output.ts";
import { Progress } from "../../progress.ts";
import { figureLines, findingLines, lineText, verdictLines } from "../judgement-text.ts";
import { stateOf, withLog } from "./opened.ts";
import { type RecordedRun, recordedRun } from "./recorded-run.ts";

/** More than these say nothing more: a run that goes another way differs in everything behind it. */
const CONTRADICTIONS_MAX = 10;
const PROGRESS_FRAMES = 4096;

export function register(log: Command): void {
  log
    .command("check")
    .description("judge a log by itself: fly its run again and compare every record")
    .argument("<file>", "voter log")
    .option("--json", "print one object")
    .action((file: string, options: { readonly json?: true }) => withLog(file, (opened) => check(opened, options)));
}

export interface Checked {
  /** With the contradictions among its reasons. */
  readonly judgement: Judgement;
  readonly isSafety: boolean;
  /** Frames that were flown again. */
  readonly flown: number;
  readonly contradictions: readonly Contradiction[];
}

async function check(log: VoterLog, { json }: { readonly json?: true }): Promise<void> {
  const run = await recordedRun(log);
  const checked = await checkRun(log, run);
  const { judgement, flown, contradictions } = checked;
  const faults = run.faults.map(({ text }) => text);
  const told = { file: log.name, faults, ...judgement, flown, contradictions, ...stateOf(log) };
  if (json === true) printJson("log-check", told);
  else print(judgement, { flown, faults });
  const failure = failureOf(log, checked);
  if (failure !== undefined) throw failure;
}

/** Judges the records of a log, and flies its run again beside them. */
export async function checkRun(log: VoterLog, { judge, faults, run, parts }: RecordedRun): Promise<Checked> {
  const progress = new Progress();
  const { core, baud, frames } = run;
  const refly = new Refly({ parts, faults, baud, core, windows: windowsOf(core), holdFrames: core.hold_frames });
  const contradictions: Contradiction[] = [];
  let flown = 0;
  await judgeLog(log, judge, ({ records, events }) => {
    if (records.frame % PROGRESS_FRAMES === 0) progress.show("checking", records.frame / Math.max(frames, 1));
    if (contradictions.length >= CONTRADICTIONS_MAX || refly.isLost) return;
    const found = refly.frame(records, events);
    if (found !== undefined) contradictions.push(found);
    if (!refly.isLost) flown += 1;
  });
  progress.end();
  const { isSafety, ...judgement } = judge.result(frames);
  if (contradictions.length === 0) return { judgement, isSafety, flown, contradictions };
  const reasons = [...judgement.reasons, ...contradictions.map(contradictionText)];
  return { judgement: { ...judgement, verdict: "fail", reasons }, isSafety, flown, contradictions };
}

function contradictionText({ frame, of, field, recorded, computed }: Contradiction): string {
  return `frame ${frame}: ${of} recorded ${field} ${recorded}, its core gives ${computed} on the recorded samples`;
}

function print(
  judgement: Judgement,
  { flown, faults }: { readonly flown: number; readonly faults: readonly string[] },
) {
  const paint = painter(process.stdout);
  const lines = [
    ...verdictLines(judgement, paint),
    ["faults", faults.length === 0 ? "none" : faults.join("  ")] as const,
    ["frames", `${judgement.frames}, ${flown} of them flown again`] as const,
    ...figureLines(judgement),
    ...findingLines(judgement, paint),
  ];
  process.stdout.write(lines.map(lineText).join(""));
}

/** The numbers of `quorate sim`; what is not whole, or contradicts itself and nothing worse, is a bad file. */
function failureOf(log: VoterLog, { judgement, isSafety, contradictions }: Checked): QuorateError | undefined {
  const { reasons, not_judged } = judgement;
  if (reasons.length === 0 && not_judged.length === 0 && log.losses.length === 0) return undefined;
  const isExpectation = reasons.length > contradictions.length;
  const kind = isSafety ? "safety" : isExpectation ? "expectation" : "unjudged";
  const missing = not_judged.length === 0 ? "bytes of the log are damaged" : "records are missing";
  const problem = reasons.length > 0 ? reasons.join("; ") : `the run is not judged whole: ${missing}`;
  return new QuorateError({ code: `log-${kind}`, kind, problem, place: { file: log.name } });
}
