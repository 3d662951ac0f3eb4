import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, say } from "./say.js";

/** Where the first flight leaves its files, from the project's folder. */
const LOG = "out/first-flight.mcap";
const SUMMARY = "out/first-flight.txt";

/**
 * The one place of the first flight's command line: a vehicle that holds its height, a barometer of channel B that
 * sticks for two seconds, and a bit of channel C's memory that flips. README.md shows the same; a test compares.
 */
export const FLIGHT = [
  "sim",
  "firmware/control/altitude-hold.ts",
  ...["--plant", "vertical-axis", "--seed", "7"],
  ...["--fault", "B.baro_alt:stuck@500+200"],
  ...["--fault", "C:bitflip(module)@1200"],
  ...["--log", LOG],
];

/** What to try next, the first on a recording of one's own. */
const NEXT = [
  ["npx quorate sim firmware/control/rate-damper.ts --trace <file>", "the same on your recording: .ulg, .mcap or .csv"],
  [`npx quorate log events ${LOG}`, "the story of this flight, in sentences"],
  ["npx quorate init my-controller", "a project of your own, with tests"],
];

/** Flies it and says where the results are. Returns the simulator's exit code. */
export function demo() {
  mkdirSync(join(root, "out"), { recursive: true });
  // What a shell would read otherwise stands in quotes, so that the line can be typed.
  const words = FLIGHT.map((word) => (/[()]/.test(word) ? `'${word}'` : word));
  say(`\n$ npx quorate ${words.join(" ")}\n`);
  const done = spawnSync(process.execPath, ["dist/host/cli.js", ...FLIGHT], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(done.stdout);
  if (done.status !== 0) return done.status ?? 1;
  writeFileSync(join(root, SUMMARY), done.stdout);
  say(`\nVoter log  ${LOG}\nSummary    ${SUMMARY}\n\nNext:`);
  const width = Math.max(...NEXT.map(([command = ""]) => command.length));
  for (const [command = "", what = ""] of NEXT) say(`  ${command.padEnd(width)}  ${what}`);
  return 0;
}
