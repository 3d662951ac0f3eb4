import type { Command } from "commander";
import { QuorateError } from "../../errors.ts";
import { diffLogs, type LogDifference, type RecordDifference } from "../../log/compare.ts";
import { counted } from "../../model/words.ts";
import { printJson } from "../../output.ts";
import { withLog } from "./opened.ts";
import { Out, wrap } from "./out.ts";

export function register(log: Command): void {
  log
    .command("diff")
    .description("the first divergence of two runs; exit code 1 when they differ")
    .argument("<a>", "voter log")
    .argument("<b>", "voter log")
    .option("--json", "print one object")
    .action((a: string, b: string, { json }: { json?: true }) => diff(a, b, json === true));
}

async function diff(a: string, b: string, json: boolean): Promise<void> {
  const difference = await withLog(a, (one) => withLog(b, (other) => diffLogs(one, other)));
  if (json) printJson("log-diff", { a, b, ...difference });
  else await tell(difference, a, b);
  if (difference.equal) return;
  const { uncompared, stage, channels, lengths } = difference;
  if (uncompared > 0 && stage === undefined && channels.length === 0 && lengths === undefined) {
    const problem = `${counted(uncompared, "frame")} of ${a} and ${b} could not be compared`;
    throw new QuorateError({ code: "logs-not-compared", kind: "expectation", problem });
  }
  throw new QuorateError({ code: "logs-differ", kind: "expectation", problem: `${a} and ${b} differ` });
}

/** Fields of one record that are printed; the rest is counted. */
const FIELDS_MAX = 12;

async function tell(
  { frames, uncompared, equal, facts, stage, channels, lengths }: LogDifference,
  a: string,
  b: string,
): Promise<void> {
  const out = new Out();
  const line = async (text: string) => {
    for (const part of wrap(text, 4)) await out.line(part);
  };
  await line(`a = ${a}`);
  await line(`b = ${b}`);
  if (uncompared > 0)
    await line(`${counted(uncompared, "frame")} could not be compared: a damaged log has not all records of them.`);
  for (const fact of facts) await line(`${fact.field}: ${fact.a} in a, ${fact.b} in b`);
  if (equal) await line(`The runs are equal: ${frames} frames, every record of the channels and of the output stage.`);
  else if (facts.some(({ field }) => field === "signals")) await line("No frame was compared: the signals differ.");
  else {
    await line(
      stage === undefined
        ? `The output stage gives the same in the ${frames} frames compared.`
        : `${place(stage)}: the output stage differs first here.`,
    );
    if (stage !== undefined) await fields(line, stage);
    const [first] = channels;
    if (first === undefined) await line("No record of a channel differs up to there.");
    else
      await line(
        `Frame ${first.frame}: the first records of channels to differ are those of ${channels.map(({ of }) => of).join(", ")}.`,
      );
    for (const channel of channels) await fields(line, channel);
    if (lengths !== undefined) await line(`a has ${lengths.a} frames, b has ${lengths.b}.`);
  }
  await out.end();
}

async function fields(
  line: (text: string) => Promise<void>,
  { of, fields: list, present }: RecordDifference,
): Promise<void> {
  if (present !== "both") return await line(`  ${of}: only ${present} has a record of it.`);
  for (const { field, a, b } of list.slice(0, FIELDS_MAX)) await line(`  ${of} ${label(field)}: ${a} in a, ${b} in b`);
  if (list.length > FIELDS_MAX)
    await line(`  ${of}: and ${list.length - FIELDS_MAX} more ${list.length - FIELDS_MAX === 1 ? "field" : "fields"}`);
}

/** The record's `module_hash` is over the module's state; the hash of its file is one of the run's facts. */
function label(field: string): string {
  return field === "module_hash" ? "module state" : field;
}

function place({ frame }: RecordDifference): string {
  return `Frame ${frame}`;
}
