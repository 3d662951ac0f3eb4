import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { Argument, type Command } from "commander";
import { EXPORT_FORMATS, type ExportFormat, exportLog } from "../../log/export.ts";
import type { VoterLog } from "../../log/reader.ts";
import { printJson } from "../../output.ts";
import { withLog } from "./opened.ts";
import { frameNumber, Out } from "./out.ts";

interface Options {
  readonly from?: number;
  readonly to?: number;
  readonly out?: string;
  readonly json?: true;
}

export function register(log: Command): void {
  log
    .command("export")
    .description("a log as CSV, JSON, or a trace that ui.perfetto.dev opens")
    .addArgument(new Argument("<format>", "what to write").choices([...EXPORT_FORMATS]))
    .argument("<file>", "voter log")
    .option("-o, --out <file>", "write here instead of to stdout")
    .option("--from <frame>", "first frame", frameNumber)
    .option("--to <frame>", "last frame", frameNumber)
    .option("--json", "with --out: print one object about what was written")
    .action((format: ExportFormat, file: string, options: Options) =>
      withLog(file, (opened) => write(opened, format, options), options),
    );
}

async function write(log: VoterLog, format: ExportFormat, { out: path, json, ...range }: Options): Promise<void> {
  const stream = path === undefined ? process.stdout : createWriteStream(path);
  const failed = path === undefined ? undefined : finished(stream);
  failed?.catch(() => undefined); // Told by the await below, or by the write that fails.
  const out = new Out(stream);
  let lines = 0;
  for await (const line of exportLog(log, format, range)) {
    await out.line(line);
    lines += 1;
  }
  await out.end();
  if (path === undefined) return;
  stream.end();
  await failed;
  if (json === true) printJson("log-export", { file: log.name, format, out: path, lines });
}
