/** Words to and from the engine behind lines (target/script.c). All lines go in at once, the answers come out in order. */
import { run } from "./toolchain.ts";

/** An export's name as a line carries it. */
export const nameWord = (name: string): string => `x${Buffer.from(name, "utf8").toString("hex")}`;

/** Collects lines and runs them; each line's answer is asked for by the number that `ask` gave. */
export class Session {
  readonly #lines: string[] = [];
  #answers: readonly string[] = [];

  ask(line: string): number {
    return this.#lines.push(line) - 1;
  }

  /** @throws ToolError when the engine dies, or a sanitizer speaks. */
  run(program: string): void {
    this.#answers = run(program, [], `${this.#lines.join("\n")}\n`).split("\n");
  }

  answer(at: number): string {
    return this.#answers[at] ?? "";
  }
}

export const METER = { module: 0, engine: 1, none: 2 } as const;
