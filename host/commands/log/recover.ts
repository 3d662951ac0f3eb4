import type { Command } from "commander";
import { spanText } from "../../log/file/frame-span.ts";
import { fileSource } from "../../log/file/log-source.ts";
import { replaceFile } from "../../log/file/log-target.ts";
import { type Recovery, recoverLog } from "../../log/file/recover-log.ts";

import { counted } from "../../model/words.ts";
import { printJson } from "../../output.ts";
import { requireOtherFile } from "../../same-file.ts";
import { DOUBT, lossText } from "./opened.ts";
import { Out, wrap } from "./out.ts";

interface Options {
  readonly unverified?: true;
  readonly json?: true;
}

export function register(log: Command): void {
  log
    .command("recover")
    .description("save what is whole in a damaged log and say which frames are lost")
    .argument("<in>", "damaged voter log")
    .argument("<out>", "new voter log")
    .option("--unverified", "take messages from chunks with a wrong checksum too")
    .option("--json", "print one object")
    .action((from: string, to: string, options: Options) => recover(from, to, options));
}

async function recover(from: string, to: string, { unverified, json }: Options): Promise<void> {
  await requireOtherFile(to, from);
  const source = await fileSource(from);
  try {
    const recovery = await replaceFile(to, (target) => recoverLog(source, target, { unverified: unverified === true }));
    if (json === true) printJson("log-recover", { in: from, out: to, ...recovery });
    else await tell(recovery, from, to);
  } finally {
    await source.close();
  }
}

async function tell(
  { messages, losses, gaps, moreGaps, chunks, unverified, repeated, intact, metadata }: Recovery,
  file: string,
  to: string,
): Promise<void> {
  const out = new Out();
  const line = async (text: string) => {
    for (const part of wrap(text, 4)) await out.line(part);
  };
  const counts = Object.entries(messages).map(([topic, count]) => `${topic} ${count}`);
  await line(`${to}: ${counted(chunks, "chunk")}, messages ${counts.join(", ")}`);
  if (unverified > 0)
    await line(`Chunks without a valid checksum, whose messages are taken as they are: ${unverified}.`);
  for (const loss of losses) await line(lossText(loss));
  const other = metadata.includes("quorate.recovery")
    ? "not in the file: off, never written, or lost before an earlier recovery"
    : "not in the file, and no damage was found there: off, or never written";
  for (const { topic, damaged, ...span } of gaps) await line(`${topic}: ${spanText(span)} ${damaged ? "lost" : other}`);
  if (moreGaps > 0) await line(`and ${counted(moreGaps, "more gap")}`);
  if (gaps.length === 0) {
    const upTo = metadata.includes("quorate.result") ? "" : " up to the last one in the file";
    const doubt = unverified > 0 ? "; values of unverified messages may be wrong" : "";
    await line(`No frame is missing${upTo}${doubt}.`);
  }
  if (repeated > 0)
    await line(`${counted(repeated, "record")} left out: a frame that was there already, or a newer one.`);
  for (const name of ["run", "source"])
    if (!metadata.includes(`quorate.${name}`)) await line(`The file does not say of which ${name} it is.`);
  if (!metadata.includes("quorate.result")) await line("The result of the run is not in the file.");
  if (intact !== true) await line(`${file}: ${DOUBT}.`);
  await out.end();
}
