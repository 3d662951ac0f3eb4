import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Parser } from "assemblyscript";
import asc, { type DiagnosticMessage } from "assemblyscript/asc";
import binaryen from "assemblyscript/binaryen";
import { type NameFile, placeAt } from "./law/ast.ts";
import { BuildError } from "./law/build-error.ts";
import type { Compiled, CompiledBinary } from "./law/compiled.ts";
import { hideWords } from "./law/dialect.ts";
import { type ReadLaw, readLaw } from "./law/read-law.ts";
import { BLOCK_EXPORT, rewriteLaw, STEP_EXPORT } from "./law/rewrite.ts";

/** Static data starts here: low, so that the state is small, but address 0 stays free for null. */
const MEMORY_BASE = 16;
const ERROR_CATEGORY = 3;

/** Compiles a law. Reads the law's file and what it imports; writes nothing. */
export async function compileLaw(path: string): Promise<Compiled> {
  const folder = dirname(path);
  const entry = basename(path);
  const nameFile: NameFile = (normalized) => join(folder, normalized);
  if (!entry.endsWith(".ts") || entry.endsWith(".d.ts")) refuseEnding(path);
  if (readText(path) === undefined) {
    throw new BuildError({
      code: "no-such-file",
      problem: "the control law cannot be read",
      place: { file: path },
      expected: "an AssemblyScript file",
      found: "no readable file",
      hint: "Check the path.",
    });
  }
  const written = new Map<string, Uint8Array | string>();
  const job = new LawTransform(entry, nameFile);
  const diagnostics: DiagnosticMessage[] = [];
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(ARGUMENTS(entry), {
    stdout: asc.createMemoryStream(),
    stderr,
    readFile: (name) => readSource(resolve(folder, name)),
    writeFile: (name, contents) => {
      written.set(name, contents);
    },
    listFiles: () => [],
    reportDiagnostic: (message) => {
      diagnostics.push(message);
    },
    transforms: [job as unknown as asc.Transform],
  });
  if (job.refusal !== undefined) throw job.refusal;
  refuseDiagnostics(diagnostics, folder);
  if (error !== null) throw new Error(`asc: ${error.message}\n${stderr.toString()}`, { cause: error });
  const wasm = written.get("law.wasm");
  const map = written.get("law.wasm.map");
  if (!(wasm instanceof Uint8Array) || typeof map !== "string" || job.law === undefined || job.plain === undefined) {
    throw new Error("asc wrote no module although it reported no error");
  }
  return { law: job.law, plain: job.plain, optimised: { wasm, map }, blockAddress: job.blockAddress, nameFile };
}

/** The compiler would look for the name with .ts behind it, and complain of a file that nobody named. */
function refuseEnding(path: string): never {
  throw new BuildError({
    code: "not-a-law",
    problem: "this is no control law",
    place: { file: path },
    expected: "a file whose name ends in .ts",
    found: basename(path),
    hint: "Name the law's source, such as law/thermostat.ts.",
  });
}

const ARGUMENTS = (entry: string): string[] => [
  entry,
  "--outFile=law.wasm",
  "--sourceMap",
  "--debug",
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--runtime=stub",
  "--use=abort=",
  "--initialMemory=1",
  "--maximumMemory=1",
  `--memoryBase=${MEMORY_BASE}`,
  "--noColors",
];

/** Reads the declarations, rewrites the law and keeps the plain binary. */
class LawTransform {
  readonly #entry: string;
  readonly #nameFile: NameFile;
  law: ReadLaw | undefined;
  plain: CompiledBinary | undefined;
  blockAddress = 0;
  refusal: Error | undefined;

  constructor(entry: string, nameFile: NameFile) {
    this.#entry = entry;
    this.#nameFile = nameFile;
  }

  afterParse(parser: Parser): void {
    try {
      const source = parser.sources.find((each) => each.normalizedPath === this.#entry);
      if (source === undefined) throw new Error(`the parser has no source ${this.#entry}`);
      this.law = readLaw(source, this.#nameFile);
      rewriteLaw(parser, source, this.law);
    } catch (error) {
      this.refusal = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  afterCompile(module: binaryen.Module): void {
    this.blockAddress = constantOf(module, BLOCK_EXPORT);
    const kept = new Set(["memory", STEP_EXPORT]);
    for (const name of exportNames(module)) if (!kept.has(name)) module.removeExport(name);
    binaryen.setDebugInfo(true);
    const { binary, sourceMap } = module.emitBinary("plain.wasm.map");
    this.plain = { wasm: binary, map: sourceMap ?? "" };
  }
}

function exportNames(module: binaryen.Module): string[] {
  return Array.from(
    { length: module.getNumExports() },
    (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)).name,
  );
}

function constantOf(module: binaryen.Module, exported: string): number {
  for (let i = 0; i < module.getNumExports(); i += 1) {
    const { name, value } = binaryen.getExportInfo(module.getExportByIndex(i));
    if (name !== exported) continue;
    const { init } = binaryen.getGlobalInfo(module.getGlobal(value));
    const info = binaryen.getExpressionInfo(init);
    if ("value" in info && typeof info.value === "number") return info.value;
  }
  throw new Error(`the compiler gave no constant ${exported}`);
}

/** The SDK for laws as AssemblyScript. Found beside the package's own package.json, from source and from dist alike. */
function sdkText(): string {
  for (const up of ["../../", "../../../"]) {
    const text = readText(fileURLToPath(new URL(`${up}firmware/sdk/assembly/index.ts`, import.meta.url)));
    if (text !== undefined) return text;
  }
  throw new Error("quorate is installed without firmware/sdk");
}

/** A source file, or null. The SDK is always this build's own, wherever the law finds its types. */
function readSource(path: string): string | null {
  const normal = path.replaceAll("\\", "/");
  if (normal.endsWith("node_modules/quorate/sdk.ts")) return sdkText();
  if (normal.endsWith("/sdk/index.ts") && readText(`${path.slice(0, -3)}.d.ts`) !== undefined) return sdkText();
  const text = readText(path);
  return text === undefined ? null : hideWords(text);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Passes on the compiler's own errors; the first one in full, the others counted. */
function refuseDiagnostics(messages: readonly DiagnosticMessage[], folder: string): void {
  const errors = messages.filter((message) => message.category === ERROR_CATEGORY);
  const [first] = errors;
  if (first === undefined) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const { range } = first;
  const file = range === null ? undefined : join(folder, range.source.normalizedPath);
  const text = file === undefined ? undefined : readText(file);
  throw new BuildError({
    code: `as${first.code}`,
    problem: `AssemblyScript: ${first.message}${more}`,
    place: range === null || file === undefined || text === undefined ? { file } : placeAt(text, range.start, file),
  });
}
