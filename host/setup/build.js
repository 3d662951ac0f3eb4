/**
 * `npm run build`: the AssemblyScript targets of asconfig.json and the TypeScript of host, sim, hil and test, all into
 * dist/. A run with nothing to do reads file times and ends. `npm run build mutants` makes the wrong versions of core and
 * stage by which the tests are tested.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildMutants } from "./build-mutants.js";
import { filesUnder, firmwareSources, SOURCE_NAME, unlessDone } from "./build-step.js";
import { CORE_LAYOUT } from "./layout-transform.js";
import { inPackages, root, run, say } from "./say.js";

/**
 * The compiler's own passes run once; run again until nothing changes they make a simulated frame 4 % faster. The features are
 * those that AssemblyScript emits.
 */
const OPTIMISE = [
  ...["-O4", "--converge", "--enable-mutable-globals", "--enable-sign-ext"],
  ...["--enable-nontrapping-float-to-int", "--enable-bulk-memory", "--enable-bulk-memory-opt"],
];

/** What the TypeScript build reads. */
const SOURCES = [
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "host",
  "sim",
  "hil",
  "test",
  "firmware",
];
/** What the compiler tells of a module on the way. @type {Readonly<Record<string, { transform: string, output: string }>>} */
const TOLD = { core: { transform: "host/setup/layout-transform.js", output: CORE_LAYOUT } };

/**
 * One AssemblyScript module: target `<name>` of asconfig.json is made from firmware/<name>/index.ts.
 * @param {string} name
 */
function buildModule(name) {
  const entry = `firmware/${name}/index.ts`;
  const output = `dist/firmware/${name}.wasm`;
  if (!existsSync(join(root, entry))) {
    say(`There is no ${entry}: ${name}.wasm is not built.`);
    return true;
  }
  const told = TOLD[name];
  return unlessDone({
    name: `${name}.wasm`,
    inputs: [...firmwareSources(), ...(told === undefined ? [] : [told.transform])],
    outputs: [output, ...(told === undefined ? [] : [told.output])],
    make: () => {
      // Made beside its place and moved there, so that nobody ever loads half a module.
      const fresh = `${output}.${process.pid}`;
      mkdirSync(join(root, "dist/firmware"), { recursive: true });
      const args = [inPackages("assemblyscript/bin/asc.js"), entry, "--config", "asconfig.json", "--target", name];
      if (told !== undefined) args.push("--transform", join(root, told.transform));
      const isGood =
        run(process.execPath, [...args, "--outFile", fresh]) === 0 &&
        existsSync(join(root, fresh)) &&
        run(process.execPath, [inPackages("binaryen/bin/wasm-opt"), fresh, "-o", fresh, ...OPTIMISE]) === 0;
      if (isGood) renameSync(join(root, fresh), join(root, output));
      else rmSync(join(root, fresh), { force: true });
      return isGood;
    },
  });
}

/** All TypeScript that runs in Node. */
function buildTypeScript() {
  const inputs = SOURCES.flatMap(filesUnder).filter((file) => SOURCE_NAME.test(file) && !file.endsWith(".test.ts"));
  return unlessDone({
    name: "typescript",
    inputs,
    outputs: ["dist/host/cli.js"],
    make: () => {
      const isGood =
        run(process.execPath, [inPackages("@typescript/native/bin/tsc"), "-p", "tsconfig.build.json"]) === 0;
      removeOrphans();
      return isGood;
    },
  });
}

/** Removes what was built from files that are gone: a command that no longer exists must not be found. */
function removeOrphans() {
  for (const file of filesUnder("dist").filter((path) => /\.(js|d\.ts|js\.map)$/.test(path))) {
    const stem = relative("dist", file).replace(/\.(d\.ts|js\.map|js)$/, "");
    if (![".ts", ".js"].some((end) => existsSync(join(root, `${stem}${end}`)))) rmSync(join(root, file));
  }
}

/** @returns {boolean} true when everything is built */
export function build() {
  /** @type {{ targets: Record<string, unknown> }} */
  const { targets } = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  const modules = Object.keys(targets).map(buildModule);
  return [...modules, buildTypeScript()].every((isGood) => isGood);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.exit((process.argv[2] === "mutants" ? buildMutants() : build()) ? 0 : 1);
}
