/** `npm run perf -- [group] [--json]`: measures the groups and exits 1 when a promise is not kept. */
import { parseArgs } from "node:util";
import { complain, loadGroups } from "../groups.ts";
import type { Group, Row } from "./row.ts";
import { table } from "./table.ts";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean", default: false } },
  });
  const groups = await loadGroups<Group>(new URL("./groups/", import.meta.url), positionals[0]);
  const rows: Row[] = [];
  for (const [name, group] of groups) {
    process.stderr.write(`Measuring ${name} ...\n`);
    rows.push(...(await group.measure()));
  }
  process.stdout.write(
    values.json ? `${JSON.stringify({ schema: "quorate/perf/1", rows }, undefined, 2)}\n` : table(rows),
  );
  return rows.length > 0 && rows.every(({ ok }) => ok) ? 0 : 1;
}

process.exitCode = await main().catch(complain);
