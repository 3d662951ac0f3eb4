import { QuorateError } from "../../errors.ts";
import { FormatDamage } from "./mcap-parse.ts";

/** A log that cannot be read, or only in part. Exit code 3. */
export class LogError extends QuorateError {}

/** Turns damage found by a parser into an error that names the file. Anything else passes through. */
export function asLogError(error: unknown, file: string): unknown {
  if (!(error instanceof FormatDamage)) return error;
  const { offset, expected, found, message } = error;
  const isForeign = offset === 0 && message.includes("no MCAP");
  return new LogError({
    code: isForeign ? "not-mcap" : "damaged-log",
    kind: "file",
    problem: message,
    place: { file, offset },
    expected,
    found,
    hint: isForeign
      ? "Give a voter log, as written by --log."
      : `Save what is whole with: quorate log recover ${file} out.mcap`,
    cause: error,
  });
}
