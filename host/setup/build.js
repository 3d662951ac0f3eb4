/**
 * `npm run build`: the AssemblyScript targets of asconfig.json and the TypeScript of host, sim, hil and test, all into
 * dist/. A run with nothing to do reads file times and ends.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
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
/** Both kinds of source end in these; vectors and pages are read where they lie. */
const SOURCE_NAME = /\.(ts|js|json)$/;

/**
 * All files under a path, sorted, as paths from the project's folder. A path that is not there gives none.
 * @param {string} path
 * @returns {string[]}
 */
function filesUnder(path) {
  const whole = join(root, path);
  if (!existsSync(whole)) return [];
  if (statSync(whole).isFile()) return [path];
  return readdirSync(whole, { withFileTypes: true })
    .filter((entry) => entry.name !== "node_modules")
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)]))
    .sort();
}

/**
 * Changes when any of the files does. Size and time of change are enough here: a checkout or an editor sets both.
 * @param {readonly string[]} files
 */
function fingerprint(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/**
 * Runs `make` unless the inputs are those of the last good run and the output is there.
 * @param {{ name: string, inputs: readonly string[], output: string, make: () => boolean }} step
 * @returns {boolean} false when it failed
 */
function unlessDone({ name, inputs, output, make }) {
  const stamp = join(root, "dist", ".stamps", name);
  const now = fingerprint(inputs);
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, "utf8") === now) return true;
  rmSync(stamp, { force: true });
  say(`Building ${name} ...`);
  if (!make()) return false;
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, now);
  return true;
}

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
  return unlessDone({
    name: `${name}.wasm`,
    inputs: [
      "asconfig.json",
      "package-lock.json",
      ...["firmware/core", "firmware/stage"].flatMap(filesUnder).filter((file) => SOURCE_NAME.test(file)),
    ],
    output,
    make: () => {
      // Made beside its place and moved there, so that nobody ever loads half a module.
      const fresh = `${output}.${process.pid}`;
      mkdirSync(join(root, "dist/firmware"), { recursive: true });
      const args = [inPackages("assemblyscript/bin/asc.js"), entry, "--config", "asconfig.json", "--target", name];
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
    output: "dist/host/cli.js",
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

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(build() ? 0 : 1);
