import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, type Row, row } from "../row.ts";

/** Starts of each program. They take turns, so that a busy moment of the machine meets both. */
const STARTS = 21;

/** A command line that answers `--help` in more than three times an empty Node is felt as slow. */
const RATIO_MOST = 3;

/** How long the command line takes to start, beside an empty Node. */
export function measure(): Row[] {
  const cli = fileURLToPath(new URL("../../../host/cli.js", import.meta.url));
  const ours: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    empty.push(startTime(["-e", "0"]));
    ours.push(startTime([cli, "--help"]));
  }
  const peer = { name: "node -e 0", value: median(empty) };
  const goal = { of: "ratio", atMost: RATIO_MOST } as const;
  return [row({ group: "cli", name: "quorate --help", value: median(ours), unit: "ms", peer, goal })];
}

function startTime(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, error } = spawnSync(process.execPath, args, { stdio: "ignore" });
  const spent = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status ?? error?.message}`);
  return spent;
}
