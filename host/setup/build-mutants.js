/**
 * `npm run build mutants`: the wrong versions of core and stage of mutant-list.js, into dist/firmware/mutants. All are compiled
 * into one module with a switch in its memory; a mutant is that module with the switch set, so that they cost two compilations.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { firmwareSources, unlessDone } from "./build-step.js";
import { MUTANTS } from "./mutant-list.js";
import { inPackages, root, run } from "./say.js";

const FOLDER = "dist/firmware/mutants";
/** Names every mutant with its file. Written last: where it is, the others are. */
const INDEX = "mutants.json";
const ARGUMENTS = "--runtime stub --initialMemory 1 --maximumMemory 1 --use abort= -O1".split(" ");

const SWITCH = 0x4e54554d;
const SWITCH_FILE = "firmware/core/mutant.ts";
const SWITCH_TEXT = `const CHOSEN: usize = memory.data<u32>([0x${SWITCH.toString(16)}]);
export function mutant(n: u32): bool { return load<u32>(CHOSEN) == n; }
`;

/** @returns {boolean} true when they are all there */
export function buildMutants() {
  return unlessDone({
    name: "mutants",
    inputs: [...firmwareSources(), "host/setup/build-mutants.js", "host/setup/mutant-list.js"],
    outputs: [`${FOLDER}/${INDEX}`],
    make: () => {
      // Made beside their place and moved there, so that nobody ever loads half of them.
      const fresh = join(root, `${FOLDER}.${process.pid}`);
      try {
        if (!makeIn(fresh)) return false;
        rmSync(join(root, FOLDER), { recursive: true, force: true });
        renameSync(fresh, join(root, FOLDER));
        return true;
      } finally {
        rmSync(fresh, { recursive: true, force: true });
      }
    },
  });
}

/** @param {string} folder */
function makeIn(folder) {
  const files = firmwareSources().filter((file) => file.endsWith(".ts"));
  const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const places = join(folder, "sources");
  for (const [file, text] of editSources(sources, MUTANTS)) {
    mkdirSync(dirname(join(places, file)), { recursive: true });
    writeFileSync(join(places, file), text);
  }
  const isGood = ["core", "stage"].every((part) => {
    const args = [inPackages("assemblyscript/bin/asc.js"), `firmware/${part}/index.ts`, "--baseDir", places];
    return run(process.execPath, [...args, ...ARGUMENTS, "--outFile", `${part}.wasm`]) === 0;
  });
  if (isGood) writeMutants(folder, places);
  rmSync(places, { recursive: true });
  return isGood;
}

/**
 * One file a mutant, one for each module with the switch still unset, and the index.
 * @param {string} folder
 * @param {string} places
 */
function writeMutants(folder, places) {
  const modules = { core: readFileSync(join(places, "core.wasm")), stage: readFileSync(join(places, "stage.wasm")) };
  for (const [part, wasm] of Object.entries(modules)) {
    writeFileSync(join(folder, `unbroken-${part}.wasm`), switched(wasm, 0));
  }
  const index = MUTANTS.map(({ name, module, caughtBy }, at) => {
    const file = `${name.replaceAll(" ", "-")}.wasm`;
    writeFileSync(join(folder, file), switched(modules[module], at + 1));
    return { name, module, caughtBy, file };
  });
  writeFileSync(join(folder, INDEX), `${JSON.stringify(index, undefined, 2)}\n`);
}

/**
 * The sources of firmware with every edit in place, each behind its number. Throws where an edit does not fit exactly once.
 * @param {ReadonlyMap<string, string>} files
 * @param {typeof MUTANTS} mutants
 */
export function editSources(files, mutants) {
  const sources = new Map(files);
  mutants.forEach(({ name, edits }, index) => {
    for (const { file, from, to } of edits) {
      const path = `firmware/${file}`;
      const found = (sources.get(path) ?? "").split(from).length - 1;
      if (found !== 1)
        throw new RangeError(`mutant "${name}": its place is ${found} times in ${path}, not once:\n${from}`);
      // A function, or a dollar sign in the text would mean something.
      const text = () => to.replaceAll("#", `mutant(${index + 1})`);
      sources.set(path, (sources.get(path) ?? "").replace(from, text));
    }
  });
  for (const path of new Set(mutants.flatMap(({ edits }) => edits.map(({ file }) => `firmware/${file}`)))) {
    sources.set(path, `import { mutant } from "../core/mutant";\n${sources.get(path)}`);
  }
  return sources.set(SWITCH_FILE, SWITCH_TEXT);
}

/**
 * The module with its switch at `index`; its place is where the magic word stands.
 * @param {Uint8Array} wasm
 * @param {number} index
 */
function switched(wasm, index) {
  const bytes = Uint8Array.from(wasm);
  const view = new DataView(bytes.buffer);
  const places = Array.from({ length: bytes.length - 3 }, (_, at) => at).filter(
    (at) => view.getUint32(at, true) === SWITCH,
  );
  if (places.length !== 1) throw new RangeError(`the switch of the mutants was found ${places.length} times`);
  view.setUint32(Number(places[0]), index, true);
  return bytes;
}
