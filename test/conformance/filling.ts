/**
 * The three fillings of engine.h behind the lines of target/script.c, so that one judge serves all of them. A module of
 * the suite that imports is refused, so no module can change another one: each is talked to alone.
 */
import { spawnSync } from "node:child_process";
import { METER } from "../runtime/session.ts";
import type { Workshop } from "../runtime/toolchain.ts";

export const FILLINGS = ["interpreter", "aot", "wasm3"] as const;
export type FillingName = (typeof FILLINGS)[number];

/** What is asked of one module, in order, behind the line that loads it. */
export interface Talk {
  readonly file: string;
  readonly lines: string[];
}

/** Where fillings may differ without being wrong (docs/engine.md, "Conformance"). */
export interface Traits {
  /** The interpreter has one NaN; a compiler or wasm3 leaves what the core gives, within the suite's patterns. */
  readonly nan: "one" | "any";
  /** wasm2c has one trap for the three of call_indirect. */
  readonly tableTraps: "each" | "one";
}

export interface Filling {
  readonly name: FillingName;
  readonly traits: Traits;
  /** Slow work for all modules that will be talked to. */
  prepare(files: readonly string[]): Promise<void>;
  /** For each talk the answer to its load, then to each of its lines. */
  answers(talks: readonly Talk[]): readonly (readonly string[])[];
}

/** In place of an answer: the process ended before it. */
export const DIED = "died";
/** What script.c says of a module that was not taken. */
export const EMPTY = "empty";

/** Frames for the suite's deep recursions. */
const STACK_BYTES = 1 << 16;
const SECONDS_MAX = 60;

function linesOf({ file, lines }: Talk): readonly string[] {
  return [`load 0 ${file} ${METER.none} ${STACK_BYTES}`, ...lines];
}

/** Answers of a program to talks one behind the other; shorter than asked when it dies or does not end. */
export function converse(program: string, talks: readonly Talk[], seconds = SECONDS_MAX): readonly string[] {
  const input = `${talks.flatMap(linesOf).join("\n")}\n`;
  const { stdout } = spawnSync(program, [], {
    encoding: "utf8",
    input,
    maxBuffer: 1 << 28,
    timeout: seconds * 1000,
  });
  return stdout.split("\n").slice(0, -1);
}

/** Cuts one program's answers into those of each talk; what is missing died. */
export function cut(answers: readonly string[], talks: readonly Talk[]): readonly (readonly string[])[] {
  let at = 0;
  return talks.map((talk) => {
    const count = talk.lines.length + 1;
    const own = answers.slice(at, at + count);
    at += count;
    return [...own, ...Array.from({ length: count - own.length }, () => DIED)];
  });
}

/** Our interpreter. It must not die of any module, so a file's talks share a process. */
export class Interpreter implements Filling {
  readonly name = "interpreter";
  readonly traits: Traits = { nan: "one", tableTraps: "each" };
  readonly #program: string;

  constructor(workshop: Workshop, isSanitized: boolean) {
    this.#program = workshop.scriptProgram(isSanitized ? "sanitized" : "pc");
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  answers(talks: readonly Talk[]): readonly (readonly string[])[] {
    return cut(converse(this.#program, talks), talks);
  }
}
