import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root, run, say } from "./say.js";

/** Where the first flight leaves its files. */
const LOG = "out/first-flight.mcap";

/** The one place of the first flight's command line; README.md shows the same, and a test compares. */
export const FLIGHT = [
  "sim",
  "firmware/control/altitude-hold.ts",
  "--plant",
  "vertical",
  "--seed",
  "7",
  "--fault",
  "B.baro:stuck@500+200",
  "--fault",
  "C:bitflip(module)@900",
  "--log",
  LOG,
];

/** What to try next, the first on a recording of one's own. */
const NEXT = [
  [
    "npx quorate sim firmware/control/rate-damper.ts --trace <your recording: .ulg, .mcap or .csv>",
    "the same on your data",
  ],
  [`npx quorate log events ${LOG}`, "the story of this flight, in sentences"],
  ["npx quorate init my-controller", "a project of your own, with tests"],
];

/** Flies it and says where the results are. Returns the simulator's exit code. */
export function demo() {
  mkdirSync(join(root, "out"), { recursive: true });
  say(`\n$ npx quorate ${FLIGHT.join(" ")}\n`);
  const code = run(process.execPath, ["dist/host/cli.js", ...FLIGHT]);
  if (code !== 0) return code;
  say(`\nVoter log: ${join(root, LOG)}`);
  say("\nNext:");
  const width = Math.max(...NEXT.map(([command = ""]) => command.length));
  for (const [command = "", what = ""] of NEXT) say(`  ${command.padEnd(width)}  ${what}`);
  return 0;
}
