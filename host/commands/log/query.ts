import { type Command, InvalidArgumentError } from "commander";
import { decodeChannel, fieldText } from "../../log/decode.ts";
import type { FrameSet } from "../../log/file/frame-set.ts";
import { findField, viewOf } from "../../log/query-fields.ts";
import { parseQuery, type Query } from "../../log/query-log.ts";
import type { VoterLog } from "../../log/reader.ts";
import { CHANNELS } from "../../model/enums.ts";
import { counted } from "../../model/words.ts";
import { withLog } from "./opened.ts";
import { frameNumber, Out, secondsText } from "./out.ts";

interface Options {
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly json?: true;
}

export function register(log: Command): void {
  log
    .command("query")
    .description("records that match an expression over the fields, such as: outcome == MASKED and mode == DUPLEX")
    .argument("<file>", "voter log")
    .argument("<expression>", "fields, numbers, names, == != < <= > >=, and or not, by A|B|C, stage.<field>")
    .option("--from <frame>", "first frame", frameNumber)
    .option("--to <frame>", "last frame", frameNumber)
    .option("--limit <count>", "stop after so many records", positive)
    .option("--json", "print one object")
    .action((file: string, text: string, options: Options) =>
      withLog(file, (opened) => query(opened, text, options), { told: options, isPartial: true }),
    );
}

async function query(log: VoterLog, text: string, { json, limit, ...range }: Options): Promise<void> {
  const parsed = parseQuery(text, log);
  const out = new Out();
  if (json === true) {
    const head = JSON.stringify({ schema: "quorate/log-query/1", file: log.name, query: text });
    await out.line(`${head.slice(0, -1)},"records":[`);
  }
  let count = 0;
  let frames = 0;
  scan: for await (const set of log.frames(range)) {
    frames += 1;
    for (const [channel, view] of set.channels.entries()) {
      if (view === undefined || !parsed.matches(set, channel)) continue;
      if (json === true) await out.line(`${count === 0 ? " " : ","}${recordJson(log, set, channel)}`);
      else await out.line(recordLine(log, { set, channel, query: parsed }));
      count += 1;
      if (count === limit) break scan;
    }
  }
  const isLimited = count === limit;
  if (json === true) await out.line(`],"count":${count},"frames":${frames},"limited":${isLimited}}`);
  else {
    const found = `${counted(count, "record")} in ${counted(frames, "frame")} ${count === 1 ? "matches" : "match"}`;
    await out.line(isLimited ? `${found}; stopped at the limit, what follows was not searched` : found);
  }
  await out.end();
}

function recordJson(log: VoterLog, set: FrameSet, channel: number): string {
  return JSON.stringify({ channel: CHANNELS[channel], ...decodeChannel(log, set, channel), frame: set.frame });
}

interface Match {
  readonly set: FrameSet;
  readonly channel: number;
  readonly query: Query;
}

/** Frame, time, channel, and the fields that the query asks about. */
function recordLine(log: VoterLog, { set, channel, query }: Match): string {
  const cells = query.fields.map((name) => {
    const [of, field] = name.includes(".") ? (name.split(".") as [string, string]) : [undefined, name];
    const found = findField(log, field, of === "stage");
    const owner = of === undefined ? channel : CHANNELS.indexOf(of as "A");
    const view = found === undefined ? undefined : viewOf(set, found.record, owner);
    const text = view === undefined || found === undefined ? "-" : fieldText(view, found.fields[0]);
    return `${name}=${text.replaceAll(" ", ",")}`;
  });
  return [`frame ${set.frame}`, secondsText(set.frame, log.periodUs), CHANNELS[channel], ...cells].join("  ");
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`Expected a number of at least 1, found "${text}".`);
  }
  return value;
}
