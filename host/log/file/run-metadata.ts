import { RECORD_VERSION } from "../../model/record.ts";
import { LogError } from "./log-error.ts";
import type { LogIndex } from "./log-index.ts";
import { FORMAT_VERSION, LIBRARY_NAME } from "./schemas.ts";

/** What the metadata of a log says in numbers: its versions, and how long its run was. */

/** Versions that this quorate reads, as `quorate.run` has them. */
export const VERSIONS: Readonly<Record<string, number>> = { format: FORMAT_VERSION, record: RECORD_VERSION };

/**
 * Refuses a log of another format or with other records: its words would be read as other fields. The header's library
 * stands for a `quorate.run` that is lost; where both are, the schemas tell the rest.
 * @throws LogError `log-version`
 */
export function checkVersion(file: string, { metadata, library }: LogIndex): void {
  const run = metadata.get("quorate.run");
  const found =
    run === undefined ? libraryVersion(library) : Object.keys(VERSIONS).map((key) => said(key, run.get(key)));
  const expected = Object.entries(VERSIONS).map(([key, version]) => said(key, String(version)));
  if (found === undefined || found.every((text) => expected.includes(text))) return;
  throw new LogError({
    code: "log-version",
    kind: "file",
    problem: "this log was written by another version",
    place: { file },
    expected: expected.join(", "),
    found: found.join(", "),
    hint: "Read it with the version of quorate that wrote it.",
  });
}

function said(key: string, version: string | undefined): string {
  return `${key} ${version ?? "not told"}`;
}

/** Nothing when the header is not that of a voter log, or lost. */
function libraryVersion(library: string): string[] | undefined {
  return library.startsWith(`${LIBRARY_NAME} `) ? [said("format", library.slice(LIBRARY_NAME.length + 1))] : undefined;
}

/** Frames that a result tells, 0 when it says nothing that is a number of frames. */
export function framesTold(result: ReadonlyMap<string, string> | undefined): number {
  const text = result?.get("frames") ?? "";
  return /^\d{1,10}$/.test(text) ? Number(text) : 0;
}
