/** Builds the engine with the compilers that the boards and the PC use. Outputs go to a folder of their own. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder, from the sources and from dist/ alike: the C sources are only in the former. */
export const root = fileURLToPath(
  new URL(import.meta.url.includes("/dist/") ? "../../../" : "../../", import.meta.url),
);
export const runtimeFolder = join(root, "firmware/runtime");
export const targetFolder = join(root, "test/runtime/target");
/** What every filling of engine.h shares, in `runtimeFolder`. */
export const SHARED_SOURCES: readonly string[] = ["hash.c", "texts.c"];

/** The interpreter's C files and the shared ones, as paths in `runtimeFolder`. */
export function interpreterSources(): readonly string[] {
  const own = readdirSync(join(runtimeFolder, "interpreter")).filter((file) => file.endsWith(".c"));
  return [...SHARED_SOURCES, ...own.map((file) => `interpreter/${file}`)];
}

/** A compiler or an emulator said no; the text is what it said. */
export class ToolError extends Error {
  readonly code = "tool-failed";
}

/** Strictness of the project's C (docs/engine.md, "Portability"). */
export const STRICT = ["-std=gnu11", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-ffp-contract=off"];
const SECTIONS = ["-ffunction-sections", "-fdata-sections"];

export type TargetName = "pc" | "clang" | "sanitized" | "m3" | "rv32";

interface Target {
  readonly compiler: string;
  readonly flags: readonly string[];
  readonly link: readonly string[];
  readonly platform: string;
  /** Words before the program's name that run it. */
  readonly runner: readonly string[];
}

const sanitizers = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"];

export const TARGETS: Readonly<Record<TargetName, Target>> = {
  pc: { compiler: "gcc", flags: ["-O2"], link: [], platform: "host.c", runner: [] },
  clang: { compiler: "clang", flags: ["-O2"], link: [], platform: "host.c", runner: [] },
  sanitized: { compiler: "gcc", flags: sanitizers, link: [], platform: "host.c", runner: [] },
  m3: {
    compiler: "arm-none-eabi-gcc",
    flags: ["-mcpu=cortex-m3", "-mthumb", ...SECTIONS],
    link: ["-nostartfiles", "-specs=nano.specs", "-T", join(targetFolder, "mps2.ld"), "-Wl,--gc-sections"],
    platform: "mps2.c",
    runner: [
      ..."qemu-system-arm -M mps2-an385 -display none -monitor none -serial none -icount shift=0".split(" "),
      ..."-chardev stdio,id=out -semihosting-config enable=on,target=native,chardev=out -kernel".split(" "),
    ],
  },
  rv32: {
    compiler: "riscv64-unknown-elf-gcc",
    flags: ["-march=rv32imac", "-misa-spec=2.2", "-mabi=ilp32", "--specs=picolibc.specs", ...SECTIONS],
    link: [
      ...["-nostartfiles", "-nostdlib", "-T", join(targetFolder, "virt.ld")],
      ...["-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments", "-lc", "-lgcc"],
    ],
    platform: "virt.c",
    runner: "qemu-system-riscv32 -M virt -cpu rv32 -bios none -nographic -icount shift=0 -kernel".split(" "),
  },
};

/** A folder for objects and programs that `close` removes. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "quorate-engine-"));
  readonly #objects = new Map<TargetName, readonly string[]>();

  path(name: string): string {
    return join(this.folder, name);
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Compiles one file and returns the object's path. @throws ToolError with the compiler's words. */
  compile(target: TargetName, source: string, flags: readonly string[] = [], name = basename(source)): string {
    const object = this.path(`${target}-${name}.o`);
    compileTo(object, target, source, flags);
    return object;
  }

  /** The same for a file that stays as it is while this workshop is open: the second time the object is there. */
  compileOnce(target: TargetName, source: string, flags: readonly string[] = [], name = basename(source)): string {
    const object = this.path(`${target}-${name}.o`);
    return existsSync(object) ? object : this.compile(target, source, flags, name);
  }

  /** The engine's objects for a target. */
  engine(target: TargetName): readonly string[] {
    const known = this.#objects.get(target) ?? cachedObjects(target, this.folder);
    this.#objects.set(target, known);
    return known;
  }

  /** Links objects and returns the program's path. */
  link(target: TargetName, objects: readonly string[], name: string): string {
    const { compiler, flags, link } = TARGETS[target];
    const program = this.path(name);
    run(compiler, [...flags, ...objects, ...link, "-o", program]);
    return program;
  }

  /** The engine behind lines on stdin (target/script.c). */
  scriptProgram(target: "pc" | "clang" | "sanitized"): string {
    const main = this.compile(target, join(targetFolder, "script.c"));
    return this.link(target, [...this.engine(target), main], `script-${target}`);
  }
}

function compileTo(object: string, target: TargetName, source: string, flags: readonly string[]): void {
  const { compiler, flags: own } = TARGETS[target];
  const include = [`-I${runtimeFolder}`, `-I${targetFolder}`];
  run(compiler, [...STRICT, ...own, ...include, ...flags, "-c", source, "-o", object]);
}

/**
 * The engine's objects for a target. They are kept between runs in the system's folder for such things, under the hash
 * of all that goes into them: sanitized builds take ten seconds, and every test file wants them.
 */
function cachedObjects(target: TargetName, workFolder: string): readonly string[] {
  const files = ["", "interpreter"].flatMap((room) =>
    readdirSync(join(runtimeFolder, room))
      .filter((file) => /\.(c|h|inc)$/.test(file))
      .map((file) => join(room, file)),
  );
  const hash = createHash("sha256").update(JSON.stringify([STRICT, TARGETS[target]]));
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(runtimeFolder, file)));
  const folder = join(tmpdir(), `quorate-objects-${hash.digest("hex").slice(0, 16)}`);
  const sources = interpreterSources();
  if (!existsSync(folder)) {
    const fresh = join(workFolder, `objects-${target}`);
    mkdirSync(fresh);
    for (const file of sources)
      compileTo(join(fresh, `${basename(file)}.o`), target, join(runtimeFolder, file), speed(target, file));
    try {
      renameSync(fresh, folder);
    } catch {
      // Another test file was faster: its objects are the same.
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return sources.map((file) => join(folder, `${basename(file)}.o`));
}

/**
 * The M3's compiler makes the interpreter no faster at -O2; the RV32's does. The rest runs once for each module, and the
 * boards have little flash.
 */
function speed(target: TargetName, file: string): readonly string[] {
  const isBoard = target === "m3" || target === "rv32";
  return isBoard ? [basename(file) === "execute.c" && target === "rv32" ? "-O2" : "-Os"] : [];
}

/** Text and read-only data of objects, in bytes, as the target's own `size` counts them. */
export function textBytes(target: TargetName, objects: readonly string[]): number {
  const tool = TARGETS[target].compiler.replace(/(gcc|clang)$/, "size");
  return Number(/(\d+)\s.*TOTALS/.exec(run(tool, ["-t", ...objects]))?.[1]);
}

/** Runs a tool to its end. @throws ToolError when it fails or is not there. */
export function run(tool: string, words: readonly string[], input = "", seconds = 240): string {
  const { status, stdout, stderr, error, signal } = spawnSync(tool, words, {
    encoding: "utf8",
    input,
    maxBuffer: 1 << 28,
    timeout: seconds * 1000,
  });
  if (error !== undefined || status !== 0) {
    const words_ = `${stderr ?? ""}${stdout ?? ""}`.trim().slice(0, 4000);
    throw new ToolError(`${tool} failed (${error?.message ?? signal ?? `exit code ${status}`}):\n${words_}`);
  }
  return stdout;
}

/** Runs a linked program on its target and gives what it printed. */
export function runOn(target: TargetName, program: string): string {
  const [tool = program, ...words] = [...TARGETS[target].runner, program];
  return run(tool, words);
}

/** The same without counting instructions, which makes the emulators slow. */
export function runUncounted(target: TargetName, program: string): string {
  const runner = TARGETS[target].runner.filter((word) => word !== "-icount" && word !== "shift=0");
  const [tool = program, ...words] = [...runner, program];
  return run(tool, words);
}
