/** `npm run perf | fuzz | soak | conformance`: builds, then runs test/<kind>/index.ts with the arguments given. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.js";
import { ensurePackages } from "./packages.js";
import { root, run, say } from "./say.js";

const [kind = "", ...args] = process.argv.slice(2);
ensurePackages();
if (!build()) process.exit(1);
const program = `dist/test/${kind}/index.js`;
if (!existsSync(join(root, program))) {
  say(`There is no test/${kind}/index.ts.`);
  process.exit(2);
}
process.exit(run(process.execPath, [program, ...args]));
