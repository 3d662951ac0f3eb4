/**
 * Runs one file of the suite against a filling and judges every command. Nothing is dropped: a command passes, fails, or
 * is unsupported for a named reason, and the reason is proved (verdict.ts).
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "../runtime/toolchain.ts";
import type { Filling, Talk } from "./filling.ts";
import { type Action, type Command, foreignType } from "./suite.ts";
import { type Finding, type Subject, verdictOf } from "./verdict.ts";

export interface Verdict extends Finding {
  readonly line: number;
  readonly command: string;
}

interface Module extends Talk {
  readonly actions: Action[];
  /** Offered to modules that import; all of those are refused, so what they would have written is missing. */
  isRegistered: boolean;
}

/** Where the answer to a command is: which module, and which of its lines; 0 is the load. */
interface Place {
  readonly module: number;
  readonly line: number;
}

/** Marked, because a name may be empty. */
const hex = (name: string): string => `x${Buffer.from(name, "utf8").toString("hex")}`;

function lineOf({ type, field, args }: Action): string {
  if (type === "get") return `get 0 ${hex(field)}`;
  const isNumber = (value: unknown): value is string => typeof value === "string" && /^\d+$/.test(value);
  const words = (args ?? []).map(({ value }) => (isNumber(value) ? BigInt(value).toString(16) : "0"));
  return `call 0 ${hex(field)} ${words.join(" ")}`;
}

/** One file: commands are sorted by the module that they speak to, answers are read back in the file's order. */
export class FileJudge {
  readonly #commands: readonly Command[];
  readonly #folder: string;
  readonly #modules: Module[] = [];
  readonly #places = new Map<number, Place>();

  /** @throws ToolError when wast2json cannot read the file. */
  constructor(wast: string, folder: string) {
    this.#folder = folder;
    const json = join(folder, `${basename(wast, ".wast")}.json`);
    run("wast2json", [wast, "-o", json]);
    this.#commands = (JSON.parse(readFileSync(json, "utf8")) as { commands: Command[] }).commands;
    this.#sort();
  }

  /** Modules that a filling will be offered. */
  get files(): readonly string[] {
    return this.#modules.map(({ file }) => file);
  }

  judge(filling: Filling): readonly Verdict[] {
    const answers = filling.answers(this.#modules);
    return this.#commands.map((command, at) => {
      const place = this.#places.get(at);
      const module = this.#modules[place?.module ?? -1];
      const subject: Subject | undefined =
        place === undefined || module === undefined
          ? undefined
          : {
              ...module,
              loaded: answers[place.module]?.[0] ?? "",
              answer: answers[place.module]?.[place.line] ?? "",
              action: place.line - 1,
            };
      return { line: command.line, command: command.type, ...verdictOf(command, subject, filling) };
    });
  }

  #load(at: number, file: string): number {
    this.#modules.push({ file: join(this.#folder, file), lines: [], actions: [], isRegistered: false });
    const module = this.#modules.length - 1;
    this.#places.set(at, { module, line: 0 });
    return module;
  }

  #sort(): void {
    const named = new Map<string, number>();
    let current = -1;
    for (const [at, command] of this.#commands.entries()) {
      const { type, name, filename, action } = command;
      if (type === "module" && filename !== undefined && command.module_type !== "text") {
        current = this.#load(at, filename);
        if (name !== undefined) named.set(name, current);
      } else if (type === "register") {
        const module = this.#modules[name === undefined ? current : (named.get(name) ?? -1)];
        if (module !== undefined) module.isRegistered = true;
      } else if (filename !== undefined && command.module_type === "binary") {
        this.#load(at, filename);
      } else if (action !== undefined) {
        this.#ask(at, action, action.module === undefined ? current : (named.get(action.module) ?? -1), command);
      }
    }
  }

  #ask(at: number, action: Action, module: number, command: Command): void {
    const to = this.#modules[module];
    if (to === undefined) return;
    // Values that no line can carry are not asked for; verdict.ts says why that is no loss.
    const isForeign = foreignType([...(action.args ?? []), ...(command.expected ?? [])]) !== undefined;
    if (!isForeign) {
      to.lines.push(lineOf(action));
      to.actions.push(action);
    }
    this.#places.set(at, { module, line: isForeign ? 0 : to.lines.length });
  }
}
