/** `npm test`: installs what is missing, builds, and runs all tests. Arguments go to vitest. */
import { build } from "./build.js";
import { ensureTools } from "./debian.js";
import { ensurePackages } from "./packages.js";
import { inPackages, run } from "./say.js";

ensurePackages();
ensureTools();
if (!build()) process.exit(1);
process.exit(run(process.execPath, [inPackages("vitest/vitest.mjs"), "run", ...process.argv.slice(2)]));
