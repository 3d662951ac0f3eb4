import type { Command } from "commander";

import { framesOf, missingCount, missingFrames, missingTexts } from "../../log/gaps.ts";
import type { VoterLog } from "../../log/reader.ts";
import type { Signal } from "../../model/signals.ts";
import { counted } from "../../model/words.ts";
import { printJson } from "../../output.ts";
import { stateOf, withLog } from "./opened.ts";
import { Out, secondsText, wrap } from "./out.ts";

export function register(log: Command): void {
  log
    .command("info")
    .description("what a log is of: law, hashes, source, signals, messages, attachments")
    .argument("<file>", "voter log")
    .option("--json", "print one object")
    .action((file: string, { json }: { json?: true }) => withLog(file, (opened) => info(opened, json === true)));
}

async function info(log: VoterLog, json: boolean): Promise<void> {
  const facts = await factsOf(log);
  if (json) return printJson("log-info", facts);
  const out = new Out();
  const { run, result, table: law } = facts;
  const rows: [string, string][] = [
    ["file", `${facts.file}, ${facts.bytes} bytes`],
    ["law", `${law.name}, period ${law.period_us} us, fuel budget ${law.fuel_budget}`],
    ["frames", framesText(facts.frames, missingCount(facts.missing), law.period_us)],
    ...missingTexts(facts.missing).map((text): [string, string] => ["", text]),
    ...entriesOf("run", run),
    ...entriesOf("source", facts.source),
    ...entriesOf("recovery", facts.recovery),
    ...(result === undefined
      ? [["result", "none: the run did not end, or the end is lost"] as [string, string]]
      : entriesOf("result", result)),
    ...law.signals.map(({ role, text }): [string, string] => [role, text]),
    ...facts.topics.map(({ topic, messages }): [string, string] => [
      "topic",
      `${topic}, ${counted(messages, "message")}`,
    ]),
    ...facts.attachments.map(({ name, bytes, type }): [string, string] => [
      "attachment",
      `${name}, ${bytes} bytes, ${type}`,
    ]),
    ["index", facts.index],
    ["checksum", CHECKSUM_TEXT.get(facts.intact) ?? ""],
  ];
  let before = "";
  for (const [name, text] of rows) {
    const label = (name === before ? "" : name).padEnd(12);
    before = name;
    for (const line of wrap(text, 12).map((one, i) => (i === 0 ? `${label}${one}` : one))) await out.line(line);
  }
  await out.end();
}

function framesText(frames: number, missing: number, periodUs: number): string {
  const run = secondsText(frames, periodUs);
  return missing === 0 ? `${frames} (${run})` : `${frames} (${run}), of which ${missing} are missing from the file`;
}

const CHECKSUM_TEXT: ReadonlyMap<boolean | null, string> = new Map([
  [true, "right: every byte of the data is as it was written"],
  [false, "WRONG: something in the file was changed"],
  [null, "not found: nothing vouches for what has no checksum of its own"],
]);

async function factsOf(log: VoterLog) {
  const { table: law, index } = log;
  const counts = await log.counts();
  const result = log.metadata("quorate.result");
  return {
    file: log.name,
    bytes: log.size,
    frames: await framesOf(log),
    missing: await missingFrames(log),
    library: index.library,
    run: Object.fromEntries(log.metadata("quorate.run")),
    source: Object.fromEntries(log.metadata("quorate.source")),
    result: result.size === 0 ? undefined : Object.fromEntries(result),
    table: {
      name: law.law,
      period_us: law.periodUs,
      fuel_budget: law.fuelBudget,
      signals: [...law.inputs, ...law.outputs, ...law.parameters, ...law.probes].map((signal) => ({
        role: signal.role,
        name: signal.name,
        type: signal.type,
        unit: signal.unit,
        text: signalText(signal),
      })),
    },
    topics: counts.map(({ topic, messages, first, last: end }) => ({ topic, messages, first, last: end })),
    attachments: [...index.attachments].map(([name, { dataSize, mediaType }]) => ({
      name,
      bytes: dataSize,
      type: mediaType,
    })),
    chunks: index.chunks.length,
    index: `${log.indexProblem === undefined ? "whole" : `${log.indexProblem}; scanned`}, ${chunksText(log)}`,
    ...stateOf(log),
  };
}

/** What of the chunks can be used. */
function chunksText({ index, losses, indexProblem }: VoterLog): string {
  const whole = counted(index.chunks.length, "chunk");
  const damaged = losses.filter(({ frames }) => frames !== undefined).length;
  return indexProblem !== undefined || damaged === 0 ? whole : `${whole} can be read, ${damaged} cannot`;
}

function entriesOf(name: string, entries: Readonly<Record<string, string>>): [string, string][] {
  const said = Object.entries(entries).filter(([, value]) => value !== "");
  return said.map(([key, value]) => [name, `${key} ${value}`]);
}

function signalText(signal: Signal): string {
  const { name, type, unit, min, max, role, tolerance, safe, initial } = signal;
  const parts = [`${name} ${type}${unit === "" ? "" : ` in ${unit}`}`];
  if (role !== "probe") parts.push(`${min} to ${max}`);
  if (role === "input") parts.push(`tolerance ${tolerance}`, signal.selection);
  if (role === "output") parts.push(`safe ${safe}`);
  if (role === "parameter") parts.push(`default ${initial}`);
  return parts.join(", ");
}
