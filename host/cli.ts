#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { COMMANDS } from "./commands/table.ts";
import { type ErrorKind, QuorateError } from "./errors.ts";
import { painter, printJson } from "./output.ts";
import { packageRoot } from "./package-root.ts";

/** The exit numbers, here and nowhere else. 0 is a pass. */
const EXIT: Readonly<Record<ErrorKind, number>> = {
  expectation: 1,
  usage: 2,
  file: 3,
  // A log that is not whole, or contradicts itself: what could be said of it has been printed.
  unjudged: 3,
  board: 4,
  flash: 5,
  timeout: 6,
  lost: 7,
  busy: 8,
  safety: 9,
  // What a shell gives for a program that Ctrl-C ended.
  interrupted: 130,
};

/** A defect of quorate itself: none of the promises above, so that no script mistakes it for a verdict (sysexits.h). */
const EXIT_DEFECT = 70;

/** What the system says about files most often, in words. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "this may not be opened by this user",
  EISDIR: "expected a file, found a folder",
  ENOTDIR: "a part of this path is no folder",
  ENOSPC: "the disk is full",
  EROFS: "the disk cannot be written to",
};

/** These come after a result has been printed, so they add nothing to stdout. */
const VERDICTS: readonly ErrorKind[] = ["expectation", "safety", "unjudged"];

async function main(words: readonly string[]): Promise<void> {
  const program = new Command("quorate")
    .description("One control law, three channels, bit-exact votes, every disagreement explained.")
    .version(packageRoot().version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride();
  const wanted = words.find((word) => !word.startsWith("-") && word !== "help");
  for (const { name, summary, load } of COMMANDS) {
    if (name === wanted) (await load()).register(program);
    else program.command(name).description(summary);
  }
  if (words.length === 0) program.help({ error: true });
  await program.parseAsync([...words], { from: "user" });
}

/** Reports an error to the person and gives the exit number. */
function report(error: unknown, isJson: boolean): number {
  if (error instanceof CommanderError) return reportUsage(error, isJson);
  const known = classify(error);
  const label = painter(process.stderr)("red", "error");
  if (known === undefined) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`${label}: a defect of quorate itself, please report it with the command line:\n${text}\n`);
    return EXIT_DEFECT;
  }
  const { kind, code, message } = known;
  process.stderr.write(`${label}: ${message}\n`);
  if (isJson && !VERDICTS.includes(kind)) printJson("error", { kind, code, message, place: known.place });
  return EXIT[kind];
}

/** A wrong word on the command line: the parser has told the person already. */
function reportUsage({ exitCode, code, message }: CommanderError, isJson: boolean): number {
  if (exitCode === 0) return 0;
  if (isJson) {
    const dashed = code.replace(/^commander\./, "").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    printJson("error", { kind: "usage", code: dashed, message: message.replace(/^error: /, ""), place: {} });
  }
  return EXIT.usage;
}

interface Known {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly place: unknown;
}

/** What a person can mend: our own errors, and files that the system refuses. Anything else is a defect. */
function classify(error: unknown): Known | undefined {
  if (error instanceof QuorateError) return error;
  if (!(error instanceof Error) || !("code" in error && "syscall" in error && "path" in error)) return undefined;
  const [code, file] = [String(error.code), String(error.path)];
  return { kind: "file", code, message: `${file}: ${SYSTEM[code] ?? error.message}`, place: { file } };
}

// `quorate log events | head` closes our stdout early; that is no error of anybody.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

const words = process.argv.slice(2);
try {
  await main(words);
} catch (error) {
  // Not process.exit(): what was written to a pipe must still arrive.
  process.exitCode = report(error, words.includes("--json"));
}
