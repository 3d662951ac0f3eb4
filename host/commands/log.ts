import type { Command } from "commander";
import { register as check } from "./log/check.ts";
import { register as diff } from "./log/diff.ts";
import { register as events } from "./log/events.ts";
import { register as exportLog } from "./log/export.ts";
import { register as info } from "./log/info.ts";
import { register as query } from "./log/query.ts";
import { register as recover } from "./log/recover.ts";
import { register as show } from "./log/show.ts";
import { register as stats } from "./log/stats.ts";

/** `quorate log`: reading voter logs. Every column is explained in docs/log-command.md. */
export function register(program: Command): void {
  const log = program
    .command("log")
    .description("read voter logs: the story, single frames, figures, differences")
    .helpCommand(false);
  for (const add of [check, info, events, show, stats, query, diff, recover, exportLog]) add(log);
}
