import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { Argument, type Command } from "commander";
import { EXPORT_FORMATS, type ExportFormat, exportLog } from "../../log/export-table.ts";
import type { LogWritable } from "../../log/file/file-writer.ts";
import { replaceFile } from "../../log/file/log-target.ts";
import type { VoterLog } from "../../log/reader.ts";
import { printJson } from "../../output.ts";
import { requireOtherFile } from "../../same-file.ts";
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
      withLog(file, (opened) => write(opened, format, options), { told: options, isPartial: true }),
    );
}

async function write(log: VoterLog, format: ExportFormat, { out: path, json, ...range }: Options): Promise<void> {
  const lines = exportLog(log, format, range);
  if (path === undefined) {
    await writeLines(process.stdout, lines);
    return;
  }
  await requireOtherFile(path, log.name);
  const count = await replaceFile(path, async (target) => {
    const stream = streamInto(target);
    const written = finished(stream);
    written.catch(() => undefined); // Told by the await below, or by the write that fails.
    const told = await writeLines(stream, lines);
    stream.end();
    await written;
    return told;
  });
  if (json === true) printJson("log-export", { file: log.name, format, out: path, lines: count });
}

/** Gives how many lines it wrote. */
async function writeLines(stream: Writable, lines: AsyncIterable<string>): Promise<number> {
  const out = new Out(stream);
  let count = 0;
  for await (const line of lines) {
    await out.line(line);
    count += 1;
  }
  await out.end();
  return count;
}

function streamInto(target: LogWritable): Writable {
  return new Writable({
    write(bytes: Uint8Array, _encoding, done) {
      target.write(bytes).then(() => done(), done);
    },
  });
}
