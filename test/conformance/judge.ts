/**
 * Runs one file of the suite against the engine and judges every command. Nothing is dropped: a command passes, fails,
 * or is unsupported for a named reason.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { run, ToolError } from "../runtime/toolchain.ts";
import { type Action, type Command, foreignType, matches, trapStatus } from "./suite.ts";

export interface Verdict {
  readonly line: number;
  readonly command: string;
  readonly outcome: "passed" | "failed" | "unsupported";
  /** Why it failed, or the feature that is missing. */
  readonly reason: string;
}

/** Frames for the suite's deep recursions, and what a refused feature answers with. */
const STACK_BYTES = 1 << 16;
const ERR_FEATURE = "-4";
const ERR_IMPORT = "-5";
const ERR_LIMIT = "-6";
const ERR_ARENA = "-7";
const TRAP_STACK = -40;
const ERR_SEGMENT = -9;
const SLOTS = 15;

interface Slot {
  readonly index: number;
  readonly file: string;
  /** Set when the module was refused for a reason that is not a fault of the engine. */
  unsupported?: string;
  /** Offered to modules that import; all of those are refused, so what they would have written is missing. */
  isRegistered?: boolean;
}

/** Marked, because a name may be empty. */
const hex = (name: string): string => `x${Buffer.from(name, "utf8").toString("hex")}`;

/** The reason if a refusal is one of the engine's declared limits. */
function declined(words: readonly string[]): string | undefined {
  const [verb, status, , ...feature] = words;
  if (verb !== "refused") return undefined;
  if (status === ERR_FEATURE) return feature.join(" ");
  if (status === ERR_IMPORT) return "imports";
  if (status === ERR_LIMIT || status === ERR_ARENA) return "larger than the engine's limits";
  return undefined;
}

/** One file: commands become lines for the engine, its answers are read in a second pass. */
export class FileJudge {
  readonly #commands: readonly Command[];
  readonly #folder: string;
  readonly #lines: string[] = [];
  readonly #answerOf = new Map<number, number>();
  readonly #slotOf = new Map<number, Slot>();

  constructor(wast: string, folder: string) {
    this.#folder = folder;
    const json = join(folder, `${basename(wast, ".wast")}.json`);
    run("wast2json", [wast, "-o", json]);
    this.#commands = (JSON.parse(readFileSync(json, "utf8")) as { commands: Command[] }).commands;
  }

  /** @throws ToolError when the engine itself dies, which no module may cause. */
  judge(program: string): readonly Verdict[] {
    this.#write();
    const answers = run(program, [], `${this.#lines.join("\n")}\n`).split("\n");
    if (answers.length - 1 !== this.#lines.length) {
      throw new ToolError(`the engine answered ${answers.length - 1} of ${this.#lines.length} lines`);
    }
    return this.#commands.map((command, at) => {
      const answer = answers[this.#answerOf.get(at) ?? -1]?.split(" ") ?? [];
      return { line: command.line, command: command.type, ...this.#verdict(command, this.#slotOf.get(at), answer) };
    });
  }

  #ask(at: number, line: string): void {
    this.#answerOf.set(at, this.#lines.length);
    this.#lines.push(line);
  }

  #load(at: number, file: string, index: number): Slot {
    const path = join(this.#folder, file);
    const slot = { index, file: path };
    this.#slotOf.set(at, slot);
    this.#ask(at, `load ${index} ${path} 2 ${STACK_BYTES}`);
    return slot;
  }

  #write(): void {
    const named = new Map<string, Slot>();
    let current: Slot | undefined;
    let next = 0;
    for (const [at, command] of this.#commands.entries()) {
      if (command.type === "module" && command.filename !== undefined) {
        // A named module stays; an unnamed one gives its place to the next.
        current = this.#load(at, command.filename, Math.min(next, SLOTS - 1));
        if (command.name !== undefined) {
          named.set(command.name, current);
          next += 1;
        }
      } else if (command.type === "register") {
        const slot = command.name === undefined ? current : named.get(command.name);
        if (slot !== undefined) slot.isRegistered = true;
      } else if (command.filename !== undefined && command.module_type === "binary") {
        this.#load(at, command.filename, SLOTS);
      } else if (command.action !== undefined) {
        const { action } = command;
        const slot = action.module === undefined ? current : named.get(action.module);
        if (slot === undefined) continue;
        this.#slotOf.set(at, slot);
        this.#ask(at, actionLine(action, slot));
      }
    }
  }

  #verdict(command: Command, slot: Slot | undefined, answer: readonly string[]): Pick<Verdict, "outcome" | "reason"> {
    const declinedAs = slot?.unsupported ?? declined(answer);
    switch (command.type) {
      case "module":
        if (slot !== undefined && declinedAs !== undefined) slot.unsupported = declinedAs;
        if (declinedAs !== undefined) return unsupported(declinedAs);
        return answer[0] === "ok" ? passed : failed(`the module was refused: ${answer.join(" ")}`);
      case "register":
        return unsupported("imports");
      case "assert_malformed":
      case "assert_invalid":
        if (command.module_type === "text") return unsupported("text format (not the engine's business)");
        if (declinedAs !== undefined) return unsupported(declinedAs);
        if (answer[0] === "refused") return passed;
        // Editions differ in one place (br_table in dead code); V8 knows the current one.
        if (slot !== undefined && WebAssembly.validate(readFileSync(slot.file))) {
          return unsupported("invalid only in an older edition of the specification");
        }
        return failed(`taken although ${command.text}`);
      case "assert_unlinkable":
        if (answer[1] === String(ERR_SEGMENT)) return passed;
        return declinedAs === undefined ? failed("linked without imports") : unsupported(declinedAs);
      case "assert_uninstantiable":
        if (declinedAs !== undefined) return unsupported(declinedAs);
        return answer[0] === "start" || answer[1] === String(ERR_SEGMENT) ? passed : failed(answer.join(" "));
      default:
        return declinedAs === undefined ? judgeAction(command, slot, answer) : unsupported(declinedAs);
    }
  }
}

const passed = { outcome: "passed", reason: "" } as const;
const failed = (reason: string) => ({ outcome: "failed", reason }) as const;
const unsupported = (reason: string) => ({ outcome: "unsupported", reason }) as const;

function actionLine(action: Action, slot: Slot): string {
  if (action.type === "get") return `get ${slot.index} ${hex(action.field)}`;
  const words = (action.args ?? []).map(({ value }) =>
    /^\d+$/.test(value ?? "") ? BigInt(value ?? 0).toString(16) : "0",
  );
  return `call ${slot.index} ${hex(action.field)} ${words.join(" ")}`;
}

function judgeAction(
  command: Command,
  slot: Slot | undefined,
  answer: readonly string[],
): Pick<Verdict, "outcome" | "reason"> {
  const foreign = foreignType([...(command.action?.args ?? []), ...(command.expected ?? [])]);
  if (foreign !== undefined) return unsupported(`values of type ${foreign}`);
  if (slot === undefined) return unsupported("a module that another engine would have to export");
  const verdict = compare(command, answer);
  // Memory never grows here (docs/engine.md): what follows a growth that the suite expects cannot be judged.
  if (verdict.outcome === "failed" && existsSync(slot.file) && growsMemory(slot.file)) {
    return unsupported("memory.grow by more than nothing");
  }
  if (verdict.outcome === "failed" && slot.isRegistered) return unsupported("imports");
  if (command.action?.field.includes("\0")) return unsupported("export names with a zero byte (names are C strings)");
  return verdict;
}

const growing = new Map<string, boolean>();
function growsMemory(file: string): boolean {
  const known = growing.get(file);
  if (known !== undefined) return known;
  const grows = /memory\.grow/.test(run("wasm-objdump", ["-d", file]));
  growing.set(file, grows);
  return grows;
}

function compare(command: Command, answer: readonly string[]): Pick<Verdict, "outcome" | "reason"> {
  const said = answer.join(" ");
  if (command.type === "assert_trap" || command.type === "assert_exhaustion") {
    const status = command.type === "assert_exhaustion" ? TRAP_STACK : trapStatus(command.text ?? "");
    return said === `status ${status}` ? passed : failed(`expected a trap (${command.text}), found ${said}`);
  }
  if (answer[0] !== "ok") return failed(`expected a result, found ${said}`);
  const [expected] = command.expected ?? [];
  if (command.type === "action" || expected === undefined) return passed;
  const bits = BigInt(`0x${answer[1] ?? "0"}`);
  return matches(expected, bits) ? passed : failed(`expected ${expected.type} ${expected.value}, found ${bits}`);
}
