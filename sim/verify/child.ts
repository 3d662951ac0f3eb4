import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly timeoutMs: number;
  /** Called for each line of stdout; return false to stop the child. */
  readonly onLine: (line: string) => boolean;
}

export type ChildEnd =
  | { readonly kind: "exit"; readonly code: number | null; readonly signal: string | null; readonly stderr: string }
  | { readonly kind: "stopped" }
  | { readonly kind: "timeout" }
  | { readonly kind: "not-found" };

/** Standard error is for a person; more than this says nothing new. */
const STDERR_MAX = 2_000;

/** Runs a program line by line; nothing but the present line and the head of its stderr is kept. */
export function runChild({ command, args, timeoutMs, onLine }: ChildOptions): Promise<ChildEnd> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let end: ChildEnd | undefined;
    let stderr = "";
    const stop = (why: ChildEnd): void => {
      end ??= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => stop({ kind: "timeout" }), timeoutMs);
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (error.code === "ENOENT") resolve({ kind: "not-found" });
      else reject(error);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < STDERR_MAX) stderr += chunk.toString("utf8").slice(0, STDERR_MAX - stderr.length);
    });
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => {
      if (end === undefined && !onLine(line)) stop({ kind: "stopped" });
    });
    const closed = new Promise<void>((done) => lines.on("close", done));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      void closed.then(() => resolve(end ?? { kind: "exit", code, signal, stderr: stderr.trim() }));
    });
  });
}
