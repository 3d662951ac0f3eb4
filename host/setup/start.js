/** `npm start`: installs what is missing, builds, and flies a seeded plant with faults. */
import { build } from "./build.js";
import { demo } from "./demo.js";
import { ensurePackages } from "./packages.js";

ensurePackages();
if (!build()) process.exit(1);
process.exit(demo());
