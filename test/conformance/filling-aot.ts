/**
 * Each module of the suite as C behind engine.h, with the compiler and flags that firmware/runtime/README.md shows.
 * Programs are kept in the system's folder for such things under the hash of all that went into them: the suite has about
 * a thousand modules, and compiling them takes minutes.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { aotDeclines, writeAot } from "../../host/build/aot/aot.ts";
import { BuildError } from "../../host/build/law/build-error.ts";
import { IMPORTS, SEGMENT } from "../../host/wasm/declined.ts";
import { runtimeFolder, SHARED_SOURCES, TARGETS, targetFolder, type Workshop } from "../runtime/toolchain.ts";
import { converse, cut, EMPTY, type Filling, type Talk, type Traits } from "./filling.ts";

const ERR_INVALID = -3;
const ERR_FEATURE = -4;
const ERR_IMPORT = -5;
const ERR_SEGMENT = -9;
const execute = promisify(execFile);

/** A program, or what the ground tool said instead of making one, in the words of script.c. */
type Made = { readonly program: string } | { readonly refusal: string };

export class Ahead implements Filling {
  readonly name = "aot";
  readonly traits: Traits = { nan: "any", tableTraps: "one" };
  readonly #workshop: Workshop;
  readonly #target: "pc" | "sanitized";
  readonly #shared: readonly string[];
  readonly #cache = join(tmpdir(), "quorate-ahead");
  readonly #made = new Map<string, Made>();

  constructor(workshop: Workshop, isSanitized: boolean) {
    this.#workshop = workshop;
    this.#target = isSanitized ? "sanitized" : "pc";
    mkdirSync(this.#cache, { recursive: true });
    const own = ["aot/engine.c", ...SHARED_SOURCES].map((file) => join(runtimeFolder, file));
    this.#shared = [...own, join(targetFolder, "script.c")].map((file) =>
      workshop.compile(this.#target, file, [], `ahead-${file.replaceAll("/", "-")}`),
    );
  }

  async prepare(files: readonly string[]): Promise<void> {
    const byContent = new Map<string, string[]>();
    for (const file of files) {
      const hash = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);
      byContent.set(hash, [...(byContent.get(hash) ?? []), file]);
    }
    const waiting = [...byContent];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [hash, same] = next;
        const made = await this.#make(same[0] ?? "", this.#workshop.path(`ahead-${hash}`));
        for (const file of same) this.#made.set(file, made);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
  }

  answers(talks: readonly Talk[]): readonly (readonly string[])[] {
    return talks.map((talk) => {
      const made = this.#made.get(talk.file);
      if (made === undefined) throw new Error(`${talk.file} was not prepared`);
      if ("refusal" in made) return [made.refusal, ...talk.lines.map(() => EMPTY)];
      return cut(converse(made.program, [talk]), [talk])[0] ?? [];
    });
  }

  async #make(file: string, folder: string): Promise<Made> {
    const wasm = readFileSync(file);
    const declined = aotDeclines(wasm);
    if (declined !== undefined) {
      const status = { [IMPORTS]: ERR_IMPORT, [SEGMENT]: ERR_SEGMENT }[declined.feature] ?? ERR_FEATURE;
      return { refusal: `refused ${status} ${declined.offset} ${declined.feature}` };
    }
    try {
      const { source, flags } = writeAot(wasm, folder);
      return { program: await this.#compile(folder, source, flags) };
    } catch (error) {
      // A program that cannot be made is no refusal: it fails whatever was expected.
      if (!(error instanceof BuildError)) return { refusal: `no program: ${String(error).split("\n")[1]}` };
      return { refusal: `refused ${ERR_INVALID} 0 ${error.code}: ${error.found?.split("\n")[0]}` };
    }
  }

  async #compile(folder: string, source: string, flags: readonly string[]): Promise<string> {
    const written = readdirSync(folder).map((file) => join(folder, file));
    const own = ["engine.h", "config.h", "aot/aot.h", "wasm2c/module.h", "wasm2c/names.h", "wasm2c/runtime.inc"];
    const { compiler, flags: targetFlags } = TARGETS[this.#target];
    const words = ["-w", ...targetFlags, ...flags];
    const hash = createHash("sha256").update(JSON.stringify([compiler, words]));
    for (const input of [...written, ...own.map((file) => join(runtimeFolder, file)), ...this.#shared])
      hash.update(readFileSync(input));
    const program = join(this.#cache, hash.digest("hex").slice(0, 24));
    if (existsSync(program)) return program;
    const fresh = join(folder, "program");
    const include = [`-I${runtimeFolder}`, `-I${folder}`];
    await execute(compiler, [...words, ...include, source, ...this.#shared, "-lm", "-o", fresh]);
    // Written under another name first: whoever reads the cache at the same time sees whole programs only.
    writeFileSync(`${program}.${process.pid}`, readFileSync(fresh), { mode: 0o755 });
    renameSync(`${program}.${process.pid}`, program);
    return program;
  }
}
