import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { QuorateError } from "../errors.ts";
import { printJson } from "../output.ts";
import { packageRoot } from "../package-root.ts";

/** The project that is copied. It lies among the examples, where its own test runs. */
const TEMPLATE = "examples/starter";

export interface NewProject {
  readonly folder: string;
  readonly name: string;
  /** Files made, from the project's folder, sorted. */
  readonly files: readonly string[];
}

/** What package.json of a new project says about quorate: the copy that made it, or the version when that was installed by npm. */
export function dependencyOn({ folder, version }: { readonly folder: string; readonly version: string }): string {
  const isInstalled = basename(dirname(folder)) === "node_modules";
  return isInstalled ? version : `file:${folder}`;
}

/** The name of a folder as npm allows it for a package; `controller` when nothing is left. */
export function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 214);
  return name === "" ? "controller" : name;
}

/**
 * Makes a new project in a folder that is empty or not there yet.
 *
 * @throws QuorateError `not-empty` or `not-a-folder`; nothing has been written then.
 */
export function makeProject(target: string): NewProject {
  const folder = resolve(target);
  refuseOccupied(folder, target);
  const origin = packageRoot();
  cpSync(join(origin.folder, TEMPLATE), folder, { recursive: true });
  renameSync(join(folder, "gitignore"), join(folder, ".gitignore")); // npm leaves files named .gitignore out of packages.
  const path = join(folder, "package.json");
  const facts = JSON.parse(readFileSync(path, "utf8")) as { name: string; devDependencies: Record<string, string> };
  facts.name = packageName(folder);
  facts.devDependencies.quorate = dependencyOn(origin);
  writeFileSync(path, `${JSON.stringify(facts, undefined, 2)}\n`);
  return { folder, name: facts.name, files: filesIn(folder) };
}

function refuseOccupied(folder: string, target: string): void {
  if (!existsSync(folder)) return;
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch (cause) {
    throw new QuorateError({
      code: "not-a-folder",
      kind: "usage",
      problem: "the new project needs a folder of its own",
      place: { file: target },
      expected: "a folder, or a name that is free",
      found: "something that cannot be listed",
      cause,
    });
  }
  if (entries.length === 0) return;
  throw new QuorateError({
    code: "not-empty",
    kind: "usage",
    problem: "the folder is in use",
    place: { file: target },
    expected: "an empty folder, or a name that is free",
    found: `${entries.length} ${entries.length === 1 ? "entry" : "entries"} (${entries.slice(0, 3).join(", ")})`,
    hint: "Choose another name; nothing has been written.",
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function init(target: string, options: { readonly json?: boolean }): void {
  const { folder, name, files } = makeProject(target);
  if (options.json === true) {
    printJson("init", { folder, name, files });
    return;
  }
  process.stdout.write(`${files.map((file) => `${join(target, file)}\n`).join("")}`);
  process.stderr.write(
    `\nNext:\n  cd ${target}\n  npm install\n  npm test\n  npx quorate sim --scenario scenarios/stuck-sensor.json\n`,
  );
}

/** `quorate init <dir>`: a new project with a law, its test, a trace, a mapping and a scenario. */
export function register(program: Command): void {
  program
    .command("init")
    .description("a new project: law, unit test, trace, mapping, scenario")
    .argument("<dir>", "folder to make; it must be empty or not there yet")
    .option("--json", "print one JSON object")
    .action(init);
}
