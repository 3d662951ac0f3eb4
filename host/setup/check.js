/** `npm run check`: every static check. All of them run, then the exit code tells whether one failed. */
import { spawnSync } from "node:child_process";
import { build } from "./build.js";
import { ensurePackages } from "./packages.js";
import { inPackages, root, say } from "./say.js";

/** @type {readonly { what: string, program: string, args: readonly string[] }[]} */
const CHECKS = [
  { what: "types", program: "@typescript/native/bin/tsc", args: ["--noEmit", "-p", "tsconfig.json"] },
  { what: "types of the core", program: "@typescript/native/bin/tsc", args: ["-p", "firmware/tsconfig.json"] },
  { what: "types of laws", program: "@typescript/native/bin/tsc", args: ["-p", "firmware/control/tsconfig.json"] },
  { what: "lint and format", program: "@biomejs/biome/bin/biome", args: ["check", "--error-on-warnings"] },
  { what: "promises", program: "eslint/bin/eslint.js", args: ["--max-warnings", "0", "."] },
  { what: "house rules and docs", program: "vitest/vitest.mjs", args: ["run", "test/house"] },
  { what: "dead code", program: "knip/bin/knip.js", args: [] },
  { what: "package", program: "publint/src/cli.js", args: ["--strict"] },
];

/** @param {(typeof CHECKS)[number]} check */
function isGood({ what, program, args }) {
  const command = [inPackages(program), ...args];
  const done = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 });
  say(`${done.status === 0 ? "ok  " : "FAIL"} ${what}`);
  if (done.status !== 0) say(`${done.stdout}${done.stderr}`);
  return done.status === 0;
}

ensurePackages();
const isBuilt = build();
const results = CHECKS.map(isGood);
process.exit(isBuilt && results.every((good) => good) ? 0 : 1);
