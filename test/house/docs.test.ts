/**
 * Goal: what the pages show is true. Method: JSON blocks parse, TypeScript blocks are read by the compiler, every command
 * and option of an `sh` block exists, and `console` blocks are run and their output compared.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command } from "commander";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildLaw } from "../../host/build/build.ts";
import { COMMANDS } from "../../host/commands/table.ts";
import { FLIGHT } from "../../host/setup/demo.js";
import { type Block, blocksOf, commandsOf, departure, shownIn } from "./blocks.ts";
import { projectFiles, root, textOf } from "./files.ts";

const pages = projectFiles().filter((file) => file.endsWith(".md"));
const blocks = pages.flatMap((file) => blocksOf(file, textOf(file)));
const scripts = Object.keys((JSON.parse(textOf("package.json")) as { scripts: object }).scripts);
const program = new Command("quorate");
const folder = mkdtempSync(join(tmpdir(), "quorate-docs-"));

const where = ({ file, line }: Block): string => `${file}:${line}`;
const inLanguage = (language: string): Block[] => blocks.filter((block) => block.language === language);

/** Why a command line of a page cannot be right, or undefined. Programs that are not ours are believed. */
function objection(line: string): string | undefined {
  const words = line.replace(/^[A-Z_]+=\S+\s+/, "").split(/\s+/);
  if (words[0] === "npm" && words[1] === "run" && !scripts.includes(words[2] ?? "")) return `no script ${words[2]}`;
  if (words[0] === "npx") words.shift();
  if (words[0] !== "quorate") return undefined;
  let command = program;
  for (const word of words.slice(1)) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
  }
  if (command === program && !/^-|^help$/.test(words[1] ?? "-")) return `no command ${words[1]}`;
  const flags = words.filter((word) => /^--?[a-z]/i.test(word)).map((word) => word.replace(/=.*/, ""));
  const known = ["--help", "-h", "--version", "-V", ...command.options.flatMap(({ short, long }) => [short, long])];
  const unknown = flags.filter((flag) => !known.includes(flag));
  return unknown.length === 0 ? undefined : `${command.name()} has no option ${unknown.join(", ")}`;
}

beforeAll(async () => {
  for (const entry of COMMANDS) (await entry.load()).register(program);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe("the judge of commands", () => {
  it.each(["quorate doktor", "npx quorate doctor --jsn", "npm run nix", "quorate --nix"])("refuses: %s", (line) => {
    expect(objection(line)).toBeDefined();
  });

  it.each(["npx quorate doctor --json", "npm run perf -- cli --json", "git status", "quorate --help"])(
    "lets pass: %s",
    (line) => {
      expect(objection(line)).toBeUndefined();
    },
  );
});

describe("the pages", () => {
  it("are there, with blocks in them", () => {
    expect(pages).toContain("README.md");
    expect(inLanguage("sh").length).toBeGreaterThan(2);
  });

  it("show JSON that parses", () => {
    for (const block of inLanguage("json")) expect(() => JSON.parse(block.text), where(block)).not.toThrow();
  });

  it("show TypeScript that the compiler can read", () => {
    for (const block of inLanguage("ts")) {
      const { diagnostics = [] } = ts.transpileModule(block.text, {
        reportDiagnostics: true,
        compilerOptions: { target: ts.ScriptTarget.ES2022, experimentalDecorators: true },
      });
      expect(
        diagnostics.map(({ messageText }) => messageText),
        where(block),
      ).toEqual([]);
    }
  });

  it("show control laws that build", async () => {
    const laws = inLanguage("ts").filter(({ text }) => text.includes("@law("));
    expect(laws.length).toBeGreaterThan(0);
    for (const block of laws) {
      const path = join(folder, "law.ts");
      writeFileSync(path, block.text);
      const hash = expect.stringMatching(/^[0-9a-f]{16}$/);
      await expect(buildLaw({ path }), where(block)).resolves.toMatchObject({ hash });
    }
  });

  it("name only commands, options and scripts that exist", () => {
    const lines = [
      ...inLanguage("sh").flatMap((block) => commandsOf(block.text).map((line) => ({ block, line }))),
      ...inLanguage("console").flatMap((block) => shownIn(block.text).map(({ command }) => ({ block, line: command }))),
    ];
    const found = lines.map(({ block, line }) => ({ at: where(block), line, why: objection(line) }));
    expect(found.filter(({ why }) => why !== undefined)).toEqual([]);
  });

  it("list the exit numbers that the command line has", () => {
    const [, code = ""] = /const EXIT\b[^{]*\{([^}]*)\}/.exec(textOf("host/cli.ts")) ?? [];
    const coded = [...code.matchAll(/(\w+): (\d+)/g)].map(([, kind, number]) => `${number} ${kind}`);
    const listed = [...textOf("docs/command-line.md").matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(
      ([, number, kind]) => `${number} ${kind}`,
    );
    expect(coded).toHaveLength(11);
    expect(listed).toEqual(coded);
  });

  it("link to files that are there", () => {
    const links = pages.flatMap((file) => {
      const text = textOf(file).replace(/```[\s\S]*?```/g, "");
      return [...text.matchAll(/\]\(([^)\s]+)\)|<img [^>]*src="([^"]+)"/g)].map((m) => ({
        file,
        to: m[1] ?? m[2] ?? "",
      }));
    });
    expect(links.length).toBeGreaterThan(5);
    const lost = links
      .filter(({ to }) => !/^(https?:|mailto:|#)/.test(to))
      .filter(({ file, to }) => !existsSync(join(root, dirname(file), to.replace(/#.*/, ""))));
    expect(lost).toEqual([]);
  });
});

describe("the output that pages show", () => {
  beforeAll(() => {
    for (const name of ["firmware", "examples", "docs", "package.json"]) {
      if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name));
    }
    mkdirSync(join(folder, "out"));
    mkdirSync(join(folder, "bin"));
    const start = `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/host/cli.js")}" "$@"\n`;
    writeFileSync(join(folder, "bin/quorate"), start, { mode: 0o755 });
  });

  it("starts with the flight of npm start", () => {
    const flights = inLanguage("console")
      .flatMap((block) => shownIn(block.text))
      .filter(({ command }) => command.includes(" sim "));
    const words = (line: string): string[] => line.replace(/'/g, "").trim().split(/\s+/);
    expect(flights.map(({ command }) => words(command))).toContainEqual(["npx", "quorate", ...FLIGHT]);
  });

  it("is the output that the commands give", () => {
    for (const block of inLanguage("console")) {
      for (const { command, output } of shownIn(block.text)) {
        const line = command.replace(/\bnpx quorate\b/g, "quorate");
        const path = `${join(folder, "bin")}:${process.env.PATH}`;
        const done = spawnSync("bash", ["-c", line], {
          cwd: folder,
          encoding: "utf8",
          env: { ...process.env, PATH: path },
        });
        const why = departure(output, done.stdout.split("\n"));
        expect(why === undefined ? undefined : `${where(block)}: $ ${command}: ${why}\n${done.stderr}`).toBeUndefined();
      }
    }
  });
});
